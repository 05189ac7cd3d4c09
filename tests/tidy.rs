//! The house keeps its shape: floors, file sizes and function sizes of `src/`, checked by reading it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const FILE_MAX: usize = 400;
const FILE_MEDIAN: usize = 150;
const FUNCTION_MAX: usize = 70;
const FUNCTION_P90: usize = 40;

/// A module imports only from floors below its own.
const FLOORS: [(&str, u8); 24] = [
    ("domain", 0),
    ("policy", 0),
    ("store", 1),
    ("directory", 1),
    ("observe", 1),
    ("handoff", 1),
    ("federation", 2),
    ("ledger", 2),
    ("mail", 2),
    ("passwords", 2),
    ("throttle", 2),
    ("tls", 2),
    ("tokens", 2),
    ("upstreams", 2),
    ("desk", 3),
    ("edge", 4),
    ("portal", 4),
    ("sample", 4),
    ("config", ROOF),
    ("run", ROOF),
    ("control", ROOF),
    ("fuzzing", ROOF),
    ("main", ROOF),
    ("lib", ROOF),
];
const ROOF: u8 = 5;

/// Imports on the same floor, each with its reason.
const ALLOW: [(&str, &str, &str); 1] = [("policy", "domain", "policy is the pure decision over the nouns")];

/// The hot path decides from the directory alone.
const FORBIDDEN: [(&str, &[&str]); 1] = [("edge", &["ledger", "store", "desk", "portal"])];

#[test]
fn modules_import_only_from_the_floors_below() {
    let mut wrong = Vec::new();
    for file in sources() {
        let from = module_of(&file.path);
        for to in imports(&file.product(), file.depth()) {
            if let Err(reason) = may_import(&from, &to) {
                wrong.push(format!("{}: {from} -> {to}: {reason}", file.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_below_the_roof_reads_the_environment() {
    let below = sources().into_iter().filter(|file| floor(&module_of(&file.path)).is_some_and(|floor| floor < ROOF));
    let readers: Vec<_> = below
        .filter(|file| ["env::var", "env::vars", "env::args"].iter().any(|call| file.product().contains(call)))
        .map(|file| file.path)
        .collect();
    assert!(readers.is_empty(), "{readers:?}");
}

#[test]
fn files_are_small() {
    let mut sizes: Vec<(usize, PathBuf)> =
        sources().into_iter().map(|file| (file.product().lines().count(), file.path)).collect();
    sizes.sort();
    let big: Vec<_> = sizes.iter().filter(|(lines, _)| *lines > FILE_MAX).collect();
    assert!(big.is_empty(), "longer than {FILE_MAX} lines: {big:#?}");
    let median = sizes[sizes.len() / 2].0;
    assert!(median <= FILE_MEDIAN, "the median file has {median} lines");
}

#[test]
fn functions_are_small() {
    let mut sizes: Vec<(usize, String)> = sources().iter().flat_map(Source::functions).collect();
    sizes.sort();
    let big: Vec<_> = sizes.iter().filter(|(lines, _)| *lines > FUNCTION_MAX).collect();
    assert!(big.is_empty(), "longer than {FUNCTION_MAX} lines: {big:#?}");
    let p90 = sizes.get(sizes.len() * 9 / 10).map_or(0, |(lines, _)| *lines);
    assert!(p90 <= FUNCTION_P90, "nine functions in ten should have at most {FUNCTION_P90} lines, not {p90}");
}

#[test]
fn main_is_a_table_of_contents() {
    let main = std::fs::read_to_string(root().join("main.rs")).expect("src/main.rs");
    assert!(main.lines().count() <= 60, "{} lines", main.lines().count());
}

struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// The file without its unit tests, which stand last.
    fn product(&self) -> String {
        let end = self.text.find("#[cfg(test)]\nmod ").unwrap_or(self.text.len());
        self.text[..end].to_owned()
    }

    /// How many modules lie between the crate's root and this one's items.
    fn depth(&self) -> usize {
        let inner = self.path.strip_prefix(root()).expect("a file in src").with_extension("");
        inner.components().count() - usize::from(inner.ends_with("mod"))
    }

    /// The lines of each function, from `fn` to its closing brace.
    fn functions(&self) -> Vec<(usize, String)> {
        let product = self.product();
        let lines: Vec<&str> = product.lines().collect();
        let starts = lines.iter().enumerate().filter(|(_, line)| starts_function(line));
        starts.filter_map(|(at, line)| Some((length(&lines[at..])?, self.name(at, line)))).collect()
    }

    fn name(&self, at: usize, line: &str) -> String {
        format!("{}:{}: {}", self.path.display(), at + 1, line.trim())
    }
}

fn starts_function(line: &str) -> bool {
    let mut words = line.trim_start().split([' ', '(']).filter(|word| !word.is_empty());
    let qualifiers = ["pub", "async", "const", "crate)", "super)", "extern"];
    words.find(|word| !qualifiers.contains(word)) == Some("fn")
}

/// A formatted function ends at the brace that stands where its line began; a declaration has no body.
fn length(lines: &[&str]) -> Option<usize> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(lines.first()?);
    let is_end = |line: &&str| indent(line) == own && (line.trim() == "}" || line.ends_with(';'));
    let first = lines.first()?.trim_end();
    if first.ends_with('}') {
        return Some(1);
    }
    if first.ends_with(';') {
        return None;
    }
    lines.iter().skip(1).position(is_end).map(|at| at + 2)
}

fn may_import(from: &str, to: &str) -> Result<(), &'static str> {
    if FORBIDDEN.iter().any(|(module, list)| *module == from && list.contains(&to)) {
        return Err("the hot path must not know it");
    }
    let Some(from_floor) = floor(from) else {
        return Err("this module has no floor yet: give it one in tests/tidy.rs");
    };
    let Some(to_floor) = floor(to) else { return Ok(()) };
    let allowed = ALLOW.iter().any(|(a, b, _)| *a == from && *b == to);
    if from == to || to_floor < from_floor || from_floor == ROOF || allowed {
        return Ok(());
    }
    Err("not from a floor below")
}

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

/// The first segments of every path that starts at the crate, also by as many `super::` as lead there.
fn imports(text: &str, depth: usize) -> Vec<String> {
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut found: BTreeMap<String, ()> = BTreeMap::new();
    for root in ["crate::", "millgate::", &"super::".repeat(depth)] {
        for (at, _) in code.match_indices(root).filter(|(at, _)| !code[..*at].ends_with("::")) {
            found.extend(first_segments(&code[at + root.len()..]).into_iter().map(|name| (name, ())));
        }
    }
    found.into_keys().collect()
}

/// `a::b` gives a; `{a::b, c::{d, e}}` gives a and c.
fn first_segments(path: &str) -> Vec<String> {
    let word = |text: &str| text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = path.strip_prefix('{') else { return vec![word(path)] };
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            ',' if depth == 0 => {
                names.push(word(&group[start..at]));
                start = at + 1;
            }
            '}' if depth == 0 => {
                names.push(word(&group[start..at]));
                break;
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// `src/edge/route.rs` belongs to `edge`.
fn module_of(path: &Path) -> String {
    let inner = path.strip_prefix(root()).expect("a file in src");
    let first = inner.components().next().expect("a name").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("tests.rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                found.push(Source { path, text });
            }
        }
    }
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

#[test]
fn the_reader_of_imports_understands_groups() {
    let text = "use super::super::policy;\nuse super::own;\nuse crate::domain::{Email, id::AppId};\nuse crate::{ledger::Ledger, store::{A, B}, desk};\n// crate::portal";
    assert_eq!(imports(text, 2), ["desk", "domain", "ledger", "policy", "store"]);
}

#[test]
fn the_reader_of_functions_counts_whole_bodies() {
    let text = "impl A {\n    pub(crate) async fn long(\n        a: u8,\n    ) -> u8 {\n        a\n    }\n\n    fn short() {}\n}\n";
    let source = Source { path: root().join("a.rs"), text: text.to_owned() };
    let sizes: Vec<usize> = source.functions().into_iter().map(|(lines, _)| lines).collect();
    assert_eq!(sizes, [5, 1]);
}

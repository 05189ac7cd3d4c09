//! Every target on its seeds and on what a few thousand small changes make of them, the same ones each time: what the
//! fuzzer found once stays found, without building anything twice. `tests/fuzz/run.sh` looks for more.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Of each target; together they take a few seconds without optimization.
const ROUNDS: usize = 4000;
/// Changes of one input before it is a new one.
const CHANGES: u64 = 5;
const LONGEST: usize = 2048;

macro_rules! replay {
    ($($target:ident)*) => {
        $(#[test]
        fn $target() {
            replay(stringify!($target), super::$target);
        })*

        #[test]
        fn every_target_is_built_and_replayed() {
            let targets = [$(stringify!($target)),*];
            for (folder, ending) in [("seeds", ""), ("targets", ".rs"), ("words", ".dict")] {
                let mut found: Vec<String> = files(&folder_of_targets().join(folder)).into_iter().map(name_of).collect();
                found.sort();
                assert_eq!(found, targets.map(|target| format!("{target}{ending}")), "tests/fuzz/{folder}");
            }
        }
    };
}

// In the alphabet's order.
replay!(address chunks cookies forwarded person proxy_header request response return_to settings);

fn replay(name: &str, target: fn(&[u8])) {
    let seeds = files(&folder_of_targets().join("seeds").join(name));
    let seeds: Vec<Vec<u8>> = seeds.into_iter().map(|path| fs::read(path).unwrap()).collect();
    let words = fs::read_to_string(folder_of_targets().join("words").join(format!("{name}.dict"))).unwrap();
    let words: Vec<Vec<u8>> = words.lines().filter_map(word).collect();
    assert!(!seeds.is_empty() && !words.is_empty());
    for seed in &seeds {
        judge(name, target, seed);
    }
    let mut random = Random(name.len() as u64);
    for _ in 0..ROUNDS {
        let mut input = random.of(&seeds).clone();
        for _ in 0..=random.below(CHANGES) {
            change(&mut input, &mut random, &seeds, &words);
        }
        input.truncate(LONGEST);
        judge(name, target, &input);
    }
}

fn judge(name: &str, target: fn(&[u8]), input: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| target(input))).is_err() {
        panic!("{name} has found something; keep it as a seed: b\"{}\"", input.escape_ascii());
    }
}

/// One small change, of the kinds that find things: a flipped bit, a word, a piece twice or gone, half of another input.
fn change(input: &mut Vec<u8>, random: &mut Random, seeds: &[Vec<u8>], words: &[Vec<u8>]) {
    let at = random.below(input.len() as u64 + 1) as usize;
    let end = (at + random.below(16) as usize).min(input.len());
    match random.below(7) {
        0 => drop(input.drain(at..end)),
        1 => input.splice(at..at, input[at..end].to_vec()).for_each(drop),
        2 => input.insert(at, random.below(256) as u8),
        3 if at < input.len() => input[at] ^= 1 << random.below(8),
        4 => {
            let other = random.of(seeds);
            let from = random.below(other.len() as u64 + 1) as usize;
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        }
        5 => input.splice(at..end, random.of(words).clone()).for_each(drop),
        _ => input.splice(at..at, random.of(words).clone()).for_each(drop),
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn of<'a>(&mut self, list: &'a [Vec<u8>]) -> &'a Vec<u8> {
        &list[self.below(list.len() as u64) as usize]
    }
}

/// A line of a dictionary, as libFuzzer reads it: `"\x0d\x0a"`.
fn word(line: &str) -> Option<Vec<u8>> {
    let mut rest = line.strip_prefix('"')?.strip_suffix('"')?;
    let mut word = Vec::new();
    while let Some(c) = rest.chars().next() {
        if let Some(hex) = rest.strip_prefix("\\x") {
            word.push(u8::from_str_radix(&hex[..2], 16).unwrap());
            rest = &hex[2..];
        } else {
            rest = rest.strip_prefix('\\').unwrap_or(rest);
            word.extend_from_slice(&rest.as_bytes()[..c.len_utf8().min(rest.len())]);
            rest = &rest[c.len_utf8()..];
        }
    }
    Some(word)
}

fn folder_of_targets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz")
}

/// In a fixed order, as the changes are.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn name_of(path: PathBuf) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

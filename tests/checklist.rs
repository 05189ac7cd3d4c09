//! Every line of the product's checklist that holds by now is named by a test: `/// C7.` before it, or `c7_…` in its name.
//!
//! Read from the sources, so that a line loses its test only together with this file's consent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The lines of the issue, by letter.
fn lines() -> BTreeSet<String> {
    let some = |letter: char, numbers: &[u8]| numbers.iter().map(move |n| format!("{letter}{n}")).collect::<Vec<_>>();
    let through = |letter: char, last: u8| some(letter, &(1..=last).collect::<Vec<_>>());
    [some('A', &[1, 2, 3, 4, 7, 9]), through('B', 6), through('C', 28), some('F', &[1, 2, 3, 4, 5, 8, 9])]
        .concat()
        .into_iter()
        .collect()
}

#[test]
fn every_line_is_named_by_a_test() {
    let named = named();
    let missing: Vec<String> = lines().into_iter().filter(|line| !named.contains_key(line)).collect();
    assert!(missing.is_empty(), "no test names {missing:?}");
}

#[test]
fn no_test_names_a_line_that_is_not_there() {
    let highest = BTreeMap::from([('A', 9), ('B', 16), ('C', 28), ('D', 45), ('E', 39), ('F', 9)]);
    for (line, tests) in named() {
        let (letter, number) = line.split_at(1);
        let letter = letter.chars().next().expect("a letter");
        let number: u8 = number.parse().expect("a number");
        assert!((1..=highest[&letter]).contains(&number), "{line} of {tests:?}");
    }
}

/// Which tests name which line.
fn named() -> BTreeMap<String, Vec<String>> {
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for entry in std::fs::read_dir(folder).expect("the tests").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|kind| kind != "rs") || path.ends_with("checklist.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source file");
        for (test, comment) in tests_of(&text) {
            for line in tags(&comment).into_iter().chain(tags_of_name(&test)) {
                named.entry(line).or_default().push(format!("{}::{test}", path.display()));
            }
        }
    }
    named
}

/// The name of each test and the doc comment before it.
fn tests_of(text: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let starts = lines.iter().enumerate().filter(|(_, line)| line.trim() == "#[test]");
    starts
        .filter_map(|(at, _)| {
            let name = lines.get(at + 1)?.trim().strip_prefix("fn ")?.split('(').next()?;
            let before = lines[..at].iter().rev().take_while(|line| line.starts_with("///"));
            Some((name.to_owned(), before.copied().collect::<Vec<_>>().join(" ")))
        })
        .collect()
}

/// Words like `C7` in a comment.
fn tags(comment: &str) -> Vec<String> {
    let words = comment.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| is_tag(word)).map(str::to_owned).collect()
}

/// `c7_…` and `a1_b4_…` at the beginning of a name.
fn tags_of_name(name: &str) -> Vec<String> {
    name.split('_').map(str::to_uppercase).take_while(|word| is_tag(word)).collect()
}

fn is_tag(word: &str) -> bool {
    let Some(number) = word.strip_prefix(|letter: char| ('A'..='F').contains(&letter)) else { return false };
    matches!(number.len(), 1 | 2) && number.bytes().all(|digit| digit.is_ascii_digit())
}

#[test]
fn tags_are_read_from_comments_and_names() {
    let text = "/// C7, F4. Anyone (A4).\n/// Not D0x.\n#[test]\nfn b1_c2_holds() {}\n\n#[test]\nfn plain() {}\n";
    let found = tests_of(text);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].0, "b1_c2_holds");
    let mut all = tags(&found[0].1);
    all.extend(tags_of_name(&found[0].0));
    all.sort_unstable();
    assert_eq!(all, ["A4", "B1", "C2", "C7", "F4"]);
    assert!(tags(&found[1].1).is_empty() && tags_of_name("plain").is_empty());
}

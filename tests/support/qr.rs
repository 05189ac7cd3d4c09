//! What a phone reads from a QR code that came as SVG.

use std::collections::HashSet;

/// The text in the code. The picture must be an SVG of its own, without script and without anything from elsewhere.
#[track_caller]
pub fn read(svg: &str) -> String {
    let text = svg.trim_start();
    assert!(text.starts_with("<svg") || text.starts_with("<?xml"), "no SVG: {}", &text[..text.len().min(200)]);
    assert!(text.trim_end().ends_with("</svg>") && text.contains("xmlns=\"http://www.w3.org/2000/svg\""));
    assert!(text.contains("viewBox=\""), "it cannot be scaled without a viewBox");
    for foreign in ["<script", "href=", "<image", "<foreignObject", "style="] {
        assert!(!text.contains(foreign), "{foreign} in {text}");
    }
    let dark = dark_modules(text);
    let low = |of: fn(&(i32, i32)) -> i32| dark.iter().map(of).min().expect("a dark module");
    let (left, top) = (low(|at| at.0), low(|at| at.1));
    let size = dark.iter().map(|at| at.0).max().expect("a dark module") - left + 1;
    assert!(left >= 2 && top >= 2, "a quiet zone around the code");
    let is_dark = |x: usize, y: usize| {
        let at = |base: i32, step: usize| base + i32::try_from(step).expect("a small picture");
        dark.contains(&(at(left, x), at(top, y)))
    };
    let grid = rqrr::SimpleGrid::from_func(usize::try_from(size).expect("a size"), is_dark);
    rqrr::Grid::new(grid).decode().expect("a readable code").1
}

/// Squares and bars as `M4,4h1v1h-1`, one after another in any number of paths.
fn dark_modules(svg: &str) -> HashSet<(i32, i32)> {
    let mut dark = HashSet::new();
    for path in svg.split(" d=\"").skip(1) {
        let (mut at, mut width) = ((0, 0), 0);
        for (command, numbers) in commands(path.split('"').next().unwrap_or_default()) {
            match (command, numbers.as_slice()) {
                ('M', [x, y]) => at = (*x, *y),
                ('h', [across]) if *across > 0 => width = *across,
                ('v', [down]) if *down > 0 => {
                    dark.extend((0..width).flat_map(|x| (0..*down).map(move |y| (at.0 + x, at.1 + y))));
                }
                _ => {}
            }
        }
    }
    dark
}

fn commands(path: &str) -> Vec<(char, Vec<i32>)> {
    let mut found: Vec<(char, String)> = Vec::new();
    for letter in path.chars() {
        match found.last_mut() {
            Some((_, numbers)) if !letter.is_ascii_alphabetic() => numbers.push(letter),
            _ => found.push((letter, String::new())),
        }
    }
    let number = |word: &str| word.parse().unwrap_or_else(|_| panic!("no whole number: {word:?}"));
    let words =
        |text: &str| -> Vec<i32> { text.split([',', ' ', '\n']).filter(|word| !word.is_empty()).map(number).collect() };
    found.into_iter().map(|(command, numbers)| (command, words(&numbers))).collect()
}

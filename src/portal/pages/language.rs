//! Which language a page speaks.

use crate::domain::Language;

/// More entries than any browser sends; the rest of a longer list is not read.
const MOST_ENTRIES: usize = 32;

/// The best of ours by `Accept-Language` (RFC 9110 section 12.5.4), or English.
pub(in crate::portal) fn negotiate(accept: &str) -> Language {
    let mut best = (Language::En, 0);
    for entry in accept.split(',').take(MOST_ENTRIES) {
        let mut parts = entry.split(';').map(str::trim);
        let language = parts.next().and_then(parse);
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let weight = weight.map_or(1000, |text| thousandths(text).unwrap_or(0));
        if let Some(language) = language.filter(|_| weight > best.1) {
            best = (language, weight);
        }
    }
    best.0
}

/// A language tag, by its first part: `de-AT` is German.
pub(in crate::portal) fn parse(tag: &str) -> Option<Language> {
    match tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "en" => Some(Language::En),
        "de" => Some(Language::De),
        _ => None,
    }
}

/// A weight from 0 to 1 with up to three digits behind the point.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fits = matches!(whole, "0" | "1") && fraction.len() <= 3 && fraction.bytes().all(|b| b.is_ascii_digit());
    let value = format!("{whole}{fraction:0<3}").parse().ok()?;
    (fits && value <= 1000).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_known_language_wins() {
        for (accept, expected) in [
            ("", Language::En),
            ("de", Language::De),
            ("de-AT,de;q=0.9,en;q=0.8", Language::De),
            ("en-US,en;q=0.9,de;q=0.8", Language::En),
            ("en;q=0.3, de;q=0.7", Language::De),
            ("fr, de;q=0.2", Language::De),
            ("fr", Language::En),
            ("de;q=0", Language::En),
            ("de;q=0, en;q=0", Language::En),
            ("en;q=0.5,de;q=0.5", Language::En),
            ("de;q=2", Language::En),
            ("de;q=x", Language::En),
            ("*;q=0.5, DE;Q=0.4", Language::De),
        ] {
            assert_eq!(negotiate(accept), expected, "{accept}");
        }
    }
}

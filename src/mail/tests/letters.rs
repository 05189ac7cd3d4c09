//! What the letters say.

use super::*;

fn shown(letter: &Composed) -> String {
    format!("Subject: {}\n\n{}\n\n{}", letter.subject, letter.text, letter.html)
}

#[test]
fn letters_in_english() {
    let letters = all("Line 4", Language::En);
    insta::assert_snapshot!(letters.each_ref().map(shown).join("\n=====\n"));
}

#[test]
fn letters_in_german() {
    let letters = all("Linie 4", Language::De);
    insta::assert_snapshot!(letters.each_ref().map(shown).join("\n=====\n"));
}

fn all(title: &str, language: Language) -> [Composed; 4] {
    let occasion = occasion(title, language);
    [
        compose::invite(&occasion),
        compose::reset(&occasion),
        compose::confirm_address(&occasion),
        compose::test("https://gate.example:8443", language),
    ]
}

#[test]
fn a_title_is_text() {
    for language in [Language::En, Language::De] {
        for letter in &all("<img src=x onerror=alert(1)> \"&\" 'x'", language)[..3] {
            assert!(!letter.html.contains("<img"), "{}", letter.html);
            assert!(letter.text.contains("<img src=x onerror=alert(1)> \"&\" 'x'"), "{}", letter.text);
        }
    }
}

#[test]
fn a_link_stays_in_its_attribute() {
    let link = "https://hmi.example/\" onclick=\"x\n";
    let letter = compose::invite(&Occasion { link, ..occasion("Line 4", Language::En) });
    assert!(!letter.html.contains("\" onclick="), "{}", letter.html);
}

#[test]
fn a_title_does_not_turn_the_writing_around() {
    let letter = compose::invite(&occasion("Line\u{202e}4\u{2066}\nx\u{0}", Language::En));
    assert_eq!(letter.subject, "Your invitation to Line 4 x");
}

#[test]
fn a_time_beyond_the_calendar_is_left_out() {
    let expires_at = Timestamp::from_millis(i64::MAX);
    let letter = compose::invite(&Occasion { expires_at, ..occasion("Line 4", Language::En) });
    assert!(letter.text.contains("/.millgate/invite/") && !letter.text.contains("UTC"), "{}", letter.text);
}

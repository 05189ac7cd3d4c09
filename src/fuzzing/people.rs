//! What people sign in by: one person, one spelling, and nothing in it that means something to a program.

use crate::domain::{Domain, Email, Username};

pub fn person(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let spellings = [text.to_ascii_uppercase(), text.to_ascii_lowercase(), format!(" \t{text}\r\n")];
    if let Ok(email) = text.parse::<Email>() {
        address(&email);
        assert_eq!(email.as_str().parse().as_ref(), Ok(&email), "canonical is canonical");
        for spelled in &spellings {
            assert_eq!(spelled.parse().as_ref(), Ok(&email), "{spelled:?}");
        }
    }
    if let Ok(name) = text.parse::<Username>() {
        assert_eq!(name.as_str().parse().as_ref(), Ok(&name), "canonical is canonical");
        assert_eq!(name.is_email(), name.email().is_some());
        assert_eq!(name.is_email(), text.parse::<Email>().is_ok());
        for spelled in &spellings {
            assert_eq!(spelled.parse().as_ref(), Ok(&name), "{spelled:?}");
        }
        assert!(!name.as_str().starts_with("anon-") || name.is_email(), "nobody passes for a device");
        harmless(name.as_str());
    }
    if let Ok(domain) = text.parse::<Domain>() {
        assert_eq!(domain.as_str().parse().as_ref(), Ok(&domain), "canonical is canonical");
        let email: Email = format!("anna@{domain}").parse().expect("a domain of addresses");
        assert_eq!(email.domain(), domain.as_str());
    }
}

fn address(email: &Email) {
    let text = email.as_str();
    assert!(text.len() <= 254 && text.matches('@').count() == 1, "{text}");
    let (local, domain) = text.rsplit_once('@').expect("two parts");
    assert!((1..=64).contains(&local.len()) && email.domain() == domain, "{text}");
    assert!(domain.is_ascii() && domain == domain.to_ascii_lowercase(), "{text}");
    assert_eq!(domain.parse::<Domain>().map(|domain| domain.to_string()).as_deref(), Ok(domain));
    harmless(text);
}

/// Goes into headers, logs, pages and mails.
fn harmless(text: &str) {
    let hurts = |c: char| {
        c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '"' | ',' | ';' | ':' | '\\' | '(' | ')')
    };
    assert!(!text.is_empty() && !text.contains(hurts), "{text:?}");
}

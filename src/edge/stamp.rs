//! What the app is told about the visitor: header lines, made once for a session and half a minute.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::directory::AppEntry;
use crate::domain::{AppId, IdentityPreset, SessionId, Timestamp};
use crate::policy::{Permit, Principal};
use crate::tokens::Claims;

use super::admission::Traveler;
use super::worker::Worker;

/// Identity tokens live for 60 s and are signed anew at half of it.
const FRESH_MILLIS: u64 = 30_000;
/// Stamps that one worker remembers. Beyond it all are forgotten: signing anew costs microseconds.
const MOST: usize = 8192;

#[derive(Default)]
pub(super) struct Stamps(RefCell<HashMap<(AppId, SessionId), Stamp>>);

struct Stamp {
    lines: Rc<[u8]>,
    made_at: Timestamp,
    facts: Facts,
}

/// What the lines were made from: once any of it changes, they are made anew.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Facts {
    app_version: u64,
    people_version: u64,
    principal: Principal,
}

/// The identity lines for a permitted request; `None` when the user has gone since the verdict.
pub(super) fn lines(worker: &Worker, permit: &Permit, entry: &AppEntry, traveler: &Traveler) -> Option<Rc<[u8]>> {
    let Some(session) = traveler.session else {
        return Some(make(worker, permit, entry, None)?.into());
    };
    let now = worker.now();
    let people_version = worker.shared.directory.people_version();
    let key = (entry.app.id, session);
    let facts = Facts { app_version: entry.version, people_version, principal: permit.principal() };
    if let Some(stamp) = worker.stamps.0.borrow().get(&key)
        && stamp.holds(&facts, now)
    {
        return Some(Rc::clone(&stamp.lines));
    }
    let lines: Rc<[u8]> = make(worker, permit, entry, Some(session))?.into();
    worker.stamps.keep(key, Stamp { lines: Rc::clone(&lines), made_at: now, facts });
    Some(lines)
}

impl Stamps {
    fn keep(&self, key: (AppId, SessionId), stamp: Stamp) {
        let mut stamps = self.0.borrow_mut();
        if stamps.len() >= MOST {
            stamps.clear();
        }
        stamps.insert(key, stamp);
    }
}

impl Stamp {
    fn holds(&self, facts: &Facts, now: Timestamp) -> bool {
        let age = now.as_millis().abs_diff(self.made_at.as_millis());
        self.facts == *facts && age < FRESH_MILLIS
    }
}

fn make(worker: &Worker, permit: &Permit, entry: &AppEntry, session: Option<SessionId>) -> Option<Vec<u8>> {
    let claims = Claims::of(entry, &worker.shared.directory, permit.principal(), session)?;
    let mut lines = Vec::with_capacity(1024);
    let user = ascii(claims.user());
    put(&mut lines, "$USER", &user);
    put(&mut lines, entry.app.user_header.as_str(), &user);
    put(&mut lines, "X-User-Info", &ascii_json(&claims)?);
    if entry.app.identity_token {
        let audience = entry.app.url.to_string();
        let issuer = entry.app.url.origin();
        let token = worker.shared.identity.sign(&claims, &issuer, &audience, worker.now())?;
        put(&mut lines, "X-User-Jwt", &token);
    }
    for preset in &entry.app.presets {
        put_preset(&mut lines, *preset, &claims, &user);
    }
    Some(lines)
}

fn put_preset(lines: &mut Vec<u8>, preset: IdentityPreset, claims: &Claims, user: &str) {
    let names = match preset {
        IdentityPreset::RemoteUser => ["Remote-User", "Remote-Email", "Remote-Name", "Remote-Groups"],
        IdentityPreset::XForwardedUser => {
            ["X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Preferred-Username", "X-Forwarded-Groups"]
        }
        IdentityPreset::XWebauthUser => ["X-WebAuth-User", "X-WebAuth-Email", "X-WebAuth-Name", "X-WebAuth-Groups"],
    };
    let third = match preset {
        IdentityPreset::XForwardedUser => user.to_owned(),
        IdentityPreset::RemoteUser | IdentityPreset::XWebauthUser => ascii(&claims.name),
    };
    let email = claims.email.as_deref().map(ascii).unwrap_or_default();
    let values = [user.to_owned(), email, third, ascii(&claims.groups.join(","))];
    for (name, value) in names.into_iter().zip(values).filter(|(_, value)| !value.is_empty()) {
        put(lines, name, &value);
    }
}

/// `value` is printable ASCII by now: no line can be split.
fn put(lines: &mut Vec<u8>, name: &str, value: &str) {
    lines.extend_from_slice(name.as_bytes());
    lines.extend_from_slice(b": ");
    lines.extend_from_slice(value.as_bytes());
    lines.extend_from_slice(b"\r\n");
}

/// Percent-encodes (RFC 3986 section 2.1) every byte that is not printable ASCII, and `%` itself.
fn ascii(text: &str) -> String {
    const ESCAPED: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS.add(b'%');
    percent_encoding::utf8_percent_encode(text, ESCAPED).to_string()
}

/// JSON with `\u` escapes for everything beyond printable ASCII.
fn ascii_json(claims: &Claims) -> Option<String> {
    let json = serde_json::to_string(claims).ok()?;
    if json.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Some(json);
    }
    let mut plain = String::with_capacity(json.len() + 32);
    for c in json.chars() {
        if (' '..='~').contains(&c) {
            plain.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                plain.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use crate::domain::{DeviceId, UserId};

    use super::*;

    fn claims() -> Claims {
        Claims {
            sub: "u1".to_owned(),
            kind: "user",
            email: Some("ada@example.com".to_owned()),
            preferred_username: None,
            name: "Ada Zhào".to_owned(),
            given_name: "Ada".to_owned(),
            family_name: "Zhào".to_owned(),
            groups: vec!["a".to_owned(), "b".to_owned()],
            app: "hmi".to_owned(),
            workspace: "default".to_owned(),
            mode: "signup",
            sid: None,
        }
    }

    fn preset(preset: IdentityPreset, claims: &Claims) -> String {
        let mut lines = Vec::new();
        put_preset(&mut lines, preset, claims, &ascii(claims.user()));
        String::from_utf8(lines).unwrap().replace("\r\n", "|")
    }

    #[test]
    fn lines_hold_for_what_they_were_made_from_and_half_a_tokens_life() {
        let made_at = Timestamp::from_millis(1_000_000);
        let principal = Principal::User(UserId::from_u64(1));
        let facts = Facts { app_version: 1, people_version: 2, principal };
        let stamp = Stamp { lines: Rc::from(&b""[..]), made_at, facts };
        for (millis, holds) in
            [(970_000, false), (970_001, true), (1_000_000, true), (1_029_999, true), (1_030_000, false)]
        {
            assert_eq!(stamp.holds(&facts, Timestamp::from_millis(millis)), holds, "{millis}");
        }
        let other = Principal::Device(DeviceId::from_bytes([0; 10]));
        for changed in [
            Facts { app_version: 2, ..facts },
            Facts { people_version: 3, ..facts },
            Facts { principal: Principal::User(UserId::from_u64(2)), ..facts },
            Facts { principal: other, ..facts },
        ] {
            assert!(!stamp.holds(&changed, made_at));
        }
    }

    #[test]
    fn so_many_are_remembered_and_no_more() {
        let principal = Principal::User(UserId::from_u64(1));
        let facts = Facts { app_version: 1, people_version: 2, principal };
        let stamps = Stamps::default();
        let lengths = (0..=MOST as u64).map(|number| {
            let stamp = Stamp { lines: Rc::from(&b""[..]), made_at: Timestamp::from_millis(0), facts };
            stamps.keep((AppId::from_u64(number), SessionId::from_bytes([1; 32])), stamp);
            stamps.0.borrow().len()
        });
        let lengths: Vec<_> = lengths.collect();
        assert_eq!((lengths[0], lengths[1], lengths[MOST - 1], lengths[MOST]), (1, 2, MOST, 1));
    }

    #[test]
    fn presets_say_who_is_there_in_other_proxies_words() {
        let ada = claims();
        assert_eq!(
            preset(IdentityPreset::RemoteUser, &ada),
            "Remote-User: ada@example.com|Remote-Email: ada@example.com|Remote-Name: Ada Zh%C3%A0o|Remote-Groups: a,b|"
        );
        assert_eq!(
            preset(IdentityPreset::XForwardedUser, &ada),
            "X-Forwarded-User: ada@example.com|X-Forwarded-Email: ada@example.com|\
             X-Forwarded-Preferred-Username: ada@example.com|X-Forwarded-Groups: a,b|"
        );
        let nameless = Claims { email: None, name: String::new(), groups: Vec::new(), ..claims() };
        assert_eq!(preset(IdentityPreset::XWebauthUser, &nameless), "X-WebAuth-User: u1|");
    }

    #[test]
    fn json_is_plain_ascii_and_says_the_same() {
        for name in ["Ada", "Zhào 赵 \u{1f600}", "\u{7f}\u{0}\r\n\"\\~ "] {
            let claims = Claims { name: name.to_owned(), ..claims() };
            let json = ascii_json(&claims).unwrap();
            assert!(json.bytes().all(|b| (0x20..0x7f).contains(&b)), "{json}");
            let read: serde_json::Value = serde_json::from_str(&json).unwrap();
            assert_eq!(read, serde_json::to_value(&claims).unwrap());
        }
    }

    #[test]
    fn any_name_becomes_printable_ascii_and_back() {
        for name in ["Дима Müller 赵", "a\r\nX-Evil: 1", "a,b\"c", "100%", "\u{7f}\u{0}", "plain"] {
            let encoded = ascii(name);
            assert!(encoded.bytes().all(|b| (0x20..0x7f).contains(&b)), "{encoded}");
            let decoded = percent_encoding::percent_decode_str(&encoded).decode_utf8().unwrap();
            assert_eq!(decoded, name);
        }
    }
}

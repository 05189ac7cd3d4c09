//! An upstream's head, which may be broken or hostile: the visitor gets one answer, with one end.

use crate::directory::AppEntry;
use crate::domain::{AccessMode, cookie};
use crate::edge::origin::{HostMemory, Origin};
use crate::edge::pump::Coding;
use crate::edge::response_out::{self, Context, Delivery};
use crate::edge::wire::{BodyFraming, RequestHead, ResponseHead};

use super::cookies::as_browsers_send;
use super::plain::Plain;
use super::{Fed, app, fed, listener, requests};

const DEVICE: &str = "millgate-device=x; Path=/";

/// The first byte says what was asked for.
pub fn response(data: &[u8]) {
    let Some((flags, data)) = data.split_first() else { return };
    let [to_head, to_old, is_public, is_below, closes] = [1, 2, 4, 8, 16].map(|bit| flags & bit != 0);
    let whole = read(data, data.len(), to_head);
    for most in [1, 2, 7] {
        assert_eq!(seen(&read(data, most, to_head)), seen(&whole), "cut into pieces of {most}");
    }
    let Ok(Some(head)) = &whole.answer else { return };
    assert!((100..=999).contains(&head.status));
    if head.status < 200 {
        return interim(head);
    }
    let mut entry = match is_below {
        true => app("http://edge/hmi", "http://127.0.0.1:1880/base"),
        false => app("http://hmi.plant", "http://127.0.0.1:1880"),
    };
    entry.app.access = if is_public { AccessMode::Public } else { AccessMode::InviteOnly };
    let request = asked(to_head, to_old);
    let set_cookie = (!is_public).then_some(DEVICE);
    let out = passed_on(head, &entry, &request, set_cookie, closes);
    let again = reread(&out, to_head);
    assert_eq!(again.status, head.status);
    assert_eq!(again.reason(), head.reason());
    if !is_below {
        let twice = passed_on(&again, &entry, &request, set_cookie, closes);
        assert_eq!(Plain::read(&twice).sorted(), Plain::read(&out).sorted(), "settled");
    }
}

fn read(data: &[u8], most: usize, to_head: bool) -> Fed<ResponseHead, String> {
    let mut head = ResponseHead::default();
    fed(data, most, |buffer| {
        let is_there = head.take(buffer, to_head).map_err(|bad| bad.0.to_owned())?;
        Ok(is_there.then(|| std::mem::take(&mut head)))
    })
}

fn seen(fed: &Fed<ResponseHead, String>) -> String {
    match &fed.answer {
        Ok(None) => "more".to_owned(),
        Err(bad) => bad.clone(),
        Ok(Some(head)) => {
            let fields =
                head.fields.iter().map(|field| (head.slice(&field.name), head.slice(&field.value), field.kind));
            let start = (head.status, head.reason(), head.framing(), head.closes);
            format!("{start:?} {:?} {:?}", fields.collect::<Vec<_>>(), fed.rest)
        }
    }
}

fn interim(head: &ResponseHead) {
    let mut out = Vec::new();
    response_out::write_interim(&mut out, head);
    let plain = Plain::read(&out);
    plain.is_an_answer();
    assert!(plain.all("content-length").is_empty() && plain.all("transfer-encoding").is_empty(), "{plain}");
    assert_eq!(plain.all("connection").len(), usize::from(head.status == 101));
    plants_no_cookie_of_ours(&plain, None);
}

fn asked(to_head: bool, to_old: bool) -> RequestHead {
    let method = if to_head { "HEAD" } else { "GET" };
    let line = format!("{method} / HTTP/1.{}\r\nHost: hmi.plant\r\n\r\n", u8::from(!to_old));
    requests::reread(line.as_bytes())
}

fn passed_on(
    head: &ResponseHead,
    entry: &AppEntry,
    request: &RequestHead,
    set_cookie: Option<&str>,
    closes: bool,
) -> Vec<u8> {
    let peer = ([192, 0, 2, 1], 40000).into();
    let origin = Origin::of(request, peer, &listener(false), &mut HostMemory::default()).expect("a good host");
    let behind = &entry.app.upstream;
    let delivery = Delivery::of(request, head, false);
    let closes = closes || delivery.closes;
    let context = Context { entry, behind, origin: &origin, request, set_cookie, hsts: Some("max-age=1"), closes };
    let mut out = Vec::new();
    response_out::write(&mut out, head, &context, delivery);
    let plain = Plain::read(&out);
    plain.is_an_answer();
    let connection = plain.all("connection");
    assert!(if closes { connection == [b"close"] } else { connection.is_empty() }, "{plain}");
    assert!(!plain.all("strict-transport-security").is_empty());
    if head.framing() != BodyFraming::Empty {
        has_the_end_that_was_meant(&plain, head.framing(), delivery);
    }
    if set_cookie.is_some() {
        is_for_one_visitor(&plain);
    }
    plants_no_cookie_of_ours(&plain, set_cookie);
    out
}

fn has_the_end_that_was_meant(plain: &Plain<'_>, framing: BodyFraming, delivery: Delivery) {
    let lengths: Vec<String> =
        plain.all("content-length").iter().map(|value| value.escape_ascii().to_string()).collect();
    let codings = plain.all("transfer-encoding");
    match (framing, delivery.coding) {
        (BodyFraming::Length(length), _) => assert_eq!(lengths, [length.to_string()]),
        (_, Coding::Chunked) => assert_eq!(codings, [b"chunked"]),
        _ => assert!(lengths.is_empty() && codings.is_empty() && delivery.closes, "{plain}"),
    }
}

fn reread(out: &[u8], to_head: bool) -> ResponseHead {
    let again = read(out, out.len(), to_head);
    assert!(again.rest.is_empty(), "nothing behind the head");
    match again.answer {
        Ok(Some(head)) => head,
        other => panic!("refused by ourselves: {other:?}: {}", out.escape_ascii()),
    }
}

/// No cache in between may keep it for somebody else (RFC 9111 section 5.2.2).
fn is_for_one_visitor(plain: &Plain<'_>) {
    let list = |name: &str| -> Vec<String> {
        let values = plain.all(name).into_iter().map(|value| value.escape_ascii().to_string().to_ascii_lowercase());
        values.flat_map(|value| value.split(',').map(|one| one.trim().to_owned()).collect::<Vec<_>>()).collect()
    };
    let caching = list("cache-control");
    let is = |directive: &String, name: &str| directive.split('=').next().is_some_and(|found| found.trim() == name);
    assert!(caching.iter().any(|one| is(one, "private") || is(one, "no-store")), "{plain}");
    assert!(!caching.iter().any(|one| is(one, "public") || is(one, "s-maxage")), "{plain}");
    assert!(list("vary").iter().any(|one| one == "cookie" || one == "*"), "{plain}");
}

fn plants_no_cookie_of_ours(plain: &Plain<'_>, own: Option<&str>) {
    for value in plain.all("set-cookie").into_iter().filter(|value| own.is_none_or(|own| *value != own.as_bytes())) {
        let Some(sent) = as_browsers_send(value) else { continue };
        let planted = cookie::pairs(&sent).any(|(name, _)| cookie::is_ours(name));
        assert!(!planted, "{} plants {}", value.escape_ascii(), sent.escape_ascii());
    }
}

//! A visitor's head: read the same however it is cut, and passed on as something that can be read in one way only.

use http::request::Parts;
use percent_encoding::percent_decode_str;

use crate::directory::AppEntry;
use crate::edge::origin::{HostMemory, Origin};
use crate::edge::request_out;
use crate::edge::wire::{BodyFraming, Kind, Reject, RequestHead, is_reserved};
use crate::policy::is_below;

use super::plain::{Plain, folded};
use super::{Fed, HEAD_BYTES, app, fed, listener};

pub(super) const IDENTITY: &[u8] = b"$USER: gate\r\nX-User: gate\r\n";

pub fn request(data: &[u8]) {
    let whole = read(data, data.len());
    for most in [1, 2, 7] {
        assert_eq!(seen(&read(data, most)), seen(&whole), "cut into pieces of {most}");
    }
    let Ok(Some(head)) = &whole.answer else { return };
    judge_target(head);
    let stranger = ([192, 0, 2, 1], 40000).into();
    let Ok(origin) = Origin::of(head, stranger, &listener(false), &mut HostMemory::default()) else { return };
    assert_eq!((origin.ip, origin.is_trusted), (stranger.ip(), false), "a stranger's word counts for nothing");

    let plain = app("http://hmi.plant", "http://127.0.0.1:1880");
    let out = passed_on(head, &plain, &origin);
    let again = reread(&out);
    assert_eq!(again.target().whole(), head.target().whole());
    assert_eq!(again.host(), head.host());
    assert_eq!(
        passed_on(&again, &plain, &origin).escape_ascii().to_string(),
        out.escape_ascii().to_string(),
        "settled"
    );
    over_frames(head, &plain, &origin, &out);

    if is_below(head.target().path(), "/hmi") {
        let below = app("http://edge/hmi", "http://127.0.0.1:1880/base");
        let out = passed_on(head, &below, &origin);
        let again = reread(&out);
        assert!(again.target().whole().starts_with("/base/"), "stays below the upstream's path");
        assert_eq!(again.host(), "127.0.0.1:1880");
    }
}

pub(super) fn read(data: &[u8], most: usize) -> Fed<RequestHead, Reject> {
    let mut head = RequestHead::default();
    fed(data, most, |buffer| Ok(head.take(buffer, HEAD_BYTES)?.then(|| std::mem::take(&mut head))))
}

/// What of a reading must not depend on how it was cut.
fn seen(fed: &Fed<RequestHead, Reject>) -> String {
    match &fed.answer {
        Ok(None) => "more".to_owned(),
        Err(reject) => format!("{reject:?}"),
        Ok(Some(head)) => {
            let fields =
                head.fields.iter().map(|field| (head.slice(&field.name), head.slice(&field.value), field.kind));
            let flags = (head.http_10, head.wants_close, head.upgrades);
            let start = (head.method(), head.target(), head.host());
            format!("{start:?} {:?} {flags:?} {:?} {:?}", head.framing(), fields.collect::<Vec<_>>(), fed.rest)
        }
    }
}

/// What the upstream gets, after every rule for it was checked.
pub(super) fn passed_on(head: &RequestHead, entry: &AppEntry, origin: &Origin) -> Vec<u8> {
    let mut out = Vec::new();
    request_out::write(&mut out, head, (entry, &entry.app.upstream), origin, IDENTITY);
    let plain = Plain::read(&out);
    plain.is_scrubbed(&["$USER", "X-User"]);
    for name in ["host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"] {
        plain.one(name);
    }
    assert_eq!(plain.one("x-user"), b"gate");
    assert_eq!(plain.all("connection").len(), usize::from(head.upgrades));
    assert_eq!(plain.all("upgrade").len(), usize::from(head.upgrades));
    let user_header = folded(entry.app.user_header.as_str().as_bytes());
    let told = plain.fields.iter().filter(|(name, _)| folded(name) == user_header).count();
    assert_eq!(told, usize::from(user_header == "x-user"), "the app's own header comes from the gate alone");
    if !origin.is_trusted {
        only_the_gate_forwards(&plain, entry);
    }
    out
}

fn only_the_gate_forwards(plain: &Plain<'_>, entry: &AppEntry) {
    let set = ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-prefix"];
    for (name, _) in &plain.fields {
        let name = folded(name);
        let prefixes = ["x-forwarded-", "x-original-", "x-auth-request-", "x-authentik-"];
        let names = ["x-real-ip", "client-ip", "forwarded-for", "x-forwarded", "x-remote-user", "x-script-name"];
        let claims = prefixes.iter().any(|prefix| name.starts_with(prefix)) || names.contains(&&*name);
        assert!(!claims || set.contains(&&*name), "a stranger's {name} gets through");
    }
    assert_eq!(plain.all("forwarded").len(), usize::from(entry.app.forwarded_header));
}

/// What the gate writes, the gate takes: as one head, with the same end of the body.
pub(super) fn reread(out: &[u8]) -> RequestHead {
    let again = read(out, out.len());
    assert!(again.rest.is_empty(), "nothing behind the head");
    match again.answer {
        Ok(Some(head)) => head,
        other => panic!("refused by ourselves: {other:?}: {}", out.escape_ascii()),
    }
}

/// The path that is judged is the one that a server behind sees, decoded as often as it may like.
fn judge_target(head: &RequestHead) {
    let target = head.target();
    let whole = target.whole();
    assert!(whole.starts_with('/') && whole.bytes().all(|b| b.is_ascii_graphic()), "{whole}");
    let url = url::Url::parse(&format!("http://a.test{whole}")).expect("a browser reads it as an address");
    assert_eq!(url.host_str(), Some("a.test"));
    assert_eq!(url.path().split('/').count(), target.path().split('/').count(), "no segment is taken away: {whole}");
    let flagged = target.readings().any(|reading| is_reserved(&reading));
    let mut text = target.path().to_owned();
    for _ in 0..3 {
        let segments = text.split(['/', '\\']).map(|segment| segment.split(';').next().unwrap_or_default());
        let first = segments.clone().find(|segment| !segment.is_empty()).unwrap_or_default();
        assert!(flagged || !first.eq_ignore_ascii_case(".millgate"), "{whole} is ours in disguise");
        assert!(!segments.clone().any(|segment| matches!(segment, "." | "..")), "{whole} leads elsewhere");
        text = percent_decode_str(&text).decode_utf8_lossy().into_owned();
    }
}

/// The same request in frames of HTTP/2 becomes the same request behind.
fn over_frames(head: &RequestHead, entry: &AppEntry, origin: &Origin, out: &[u8]) {
    let is_of_connection = |kind| matches!(kind, Kind::Connection | Kind::Upgrade | Kind::TransferEncoding);
    if head.upgrades || head.all(Kind::Cookie).count() > 1 || head.fields.iter().any(|f| is_of_connection(f.kind)) {
        return;
    }
    let Some(parts) = in_frames(head) else { return };
    let mut framed = RequestHead::default();
    framed.compose(&parts, head.framing() == BodyFraming::Empty).expect("taken in lines, taken in frames");
    assert_eq!(framed.framing(), head.framing());
    let mut again = Vec::new();
    request_out::write(&mut again, &framed, (entry, &entry.app.upstream), origin, IDENTITY);
    assert_eq!(Plain::read(&again).sorted(), Plain::read(out).sorted());
}

fn in_frames(head: &RequestHead) -> Option<Parts> {
    let uri = format!("http://{}{}", head.host(), head.target().whole());
    let mut request = http::Request::builder().method(head.method()).uri(&uri);
    for field in head.fields.iter().filter(|field| field.kind != Kind::Host) {
        request = request.header(head.slice(&field.name), head.slice(&field.value));
    }
    let parts = request.body(()).ok()?.into_parts().0;
    // Its types know fewer addresses than HTTP does.
    let kept =
        parts.uri.authority()?.as_str() == head.host() && parts.uri.path_and_query()?.as_str() == head.target().whole();
    kept.then_some(parts)
}

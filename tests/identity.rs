//! Who the app behind hears is there: `$USER`, its copies, `X-User-Info`, the signed token (T7).

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use crate::headers::{ADA, PRESETS, RESERVED, entered, fold, spellings};
use crate::support::visitor::escape;
use crate::support::{App, Gate, Mode, PASSWORD, Recorder, Request};

#[test]
pub fn the_name_of_the_plain_copy_can_be_chosen_and_is_guarded_too() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder).with("user_header = \"X-Employee\""));
    let mut visitor = entered(&gate, Mode::Signup);
    let mut request = Request::fetch("/");
    for name in spellings("X-Employee") {
        request = request.header(&name, "forged");
    }
    let seen = visitor.send(&request).seen();
    let found: Vec<_> = seen.headers.iter().filter(|(name, _)| fold(name) == "x-employee").collect();
    assert_eq!(found, [&("X-Employee".to_owned(), ADA.to_owned())]);
}

/// C25. Who is there is in the headers of every request.
#[test]
pub fn a_user_is_named_in_every_configured_way() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder).with(PRESETS));
    let seen = entered(&gate, Mode::Signup).get("/").seen();
    for name in
        ["$USER", "X-User", "Remote-User", "Remote-Email", "X-Forwarded-User", "X-Forwarded-Email", "X-WebAuth-User"]
    {
        assert_eq!(seen.all(name), [ADA], "{name}");
    }
    assert_eq!(seen.all("Remote-Name"), ["Ada Lovelace"]);
    assert_eq!(seen.all("X-Forwarded-Preferred-Username").len(), 1);
}

#[test]
pub fn without_presets_only_the_own_names_are_set() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let seen = entered(&gate, Mode::Signup).get("/").seen();
    for name in &RESERVED[4..] {
        assert!(seen.all(name).is_empty(), "{name}");
    }
    for name in &RESERVED[..4] {
        assert_eq!(seen.all(name).len(), 1, "{name}");
    }
}

/// C26, C27. Names, and a subject that stays the same.
#[test]
pub fn user_info_says_who_in_the_words_of_oidc() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let mut visitor = entered(&gate, Mode::Signup);
    let info = visitor.get("/").seen().user_info();
    assert_eq!(info["kind"], "user");
    assert_eq!(info["email"], ADA);
    assert_eq!(info["name"], "Ada Lovelace");
    assert_eq!(info["given_name"], "Ada");
    assert_eq!(info["family_name"], "Lovelace");
    assert_eq!(info["mode"], "signup");
    assert_eq!(info["workspace"], "default");
    assert_eq!(info["app"], "hmi");
    assert_eq!(info["sub"], gate.api().user("hmi", ADA)["id"]);
    assert_eq!(info["sid"], gate.api().sessions_of("hmi", ADA)[0]["id"]);
    assert_eq!(info, visitor.me(), "the front end hears the same");
}

#[test]
pub fn a_device_has_no_email_and_its_own_id_as_subject() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::MasterPassword, &recorder));
    let seen = entered(&gate, Mode::MasterPassword).get("/").seen();
    let info = seen.user_info();
    assert_eq!(info["kind"], "anon");
    assert_eq!(info["sub"], seen.user());
    for absent in ["email", "name", "given_name", "family_name"] {
        assert!(info.get(absent).is_none(), "{absent} has no value: {info}");
    }
}

#[test]
pub fn the_identity_token_is_signed_by_the_published_key_for_this_app() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let seen = entered(&gate, Mode::Signup).get("/").seen();
    let token = seen.header("X-User-Jwt").expect("a token");
    let claims = verify(&gate, token);
    let info = seen.user_info();
    for claim in ["sub", "email", "kind", "name", "sid", "mode"] {
        assert_eq!(claims[claim], info[claim], "{claim}");
    }
    let time = |claim: &str| claims[claim].as_i64().unwrap_or_else(|| panic!("no {claim}: {claims}"));
    assert!(time("exp") - time("iat") <= 60 && time("exp") > time("iat"), "{claims}");
}

fn verify(gate: &Gate, token: &str) -> Value {
    let keys: JwkSet = serde_json::from_value(gate.site("hmi").bare_get("/.millgate/jwks.json").expect(200).json())
        .expect("a key set");
    let header = decode_header(token).expect("a JWT");
    assert_eq!(header.alg, Algorithm::EdDSA);
    let key = keys.find(&header.kid.expect("a key id")).expect("a published key");
    let mut rules = Validation::new(Algorithm::EdDSA);
    let url = gate.site("hmi").url("");
    rules.set_audience(&[url.clone(), format!("{url}/")]);
    decode::<Value>(token, &DecodingKey::from_jwk(key).expect("a key"), &rules).expect("a good token").claims
}

#[test]
pub fn the_identity_token_can_be_switched_off_and_is_still_guarded() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder).with("identity_token = false"));
    let seen = entered(&gate, Mode::Signup).send(&Request::get("/").header("X-User-Jwt", "forged")).seen();
    assert!(seen.all("X-User-Jwt").is_empty());
}

#[test]
pub fn any_name_works_over_http_and_websocket_in_ascii() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder).with(PRESETS));
    let people = [
        ("dima@example.com", "Дима", "Müller 赵"),
        ("quote@example.com", "O\"Brien, \\", "a,b; c"),
        ("per@example.com", "100%", "😀"),
    ];
    for (email, given, family) in people {
        let mut visitor = gate.visitor("hmi");
        visitor
            .post(
                "/.millgate/sign-up",
                &[("email", email), ("password", PASSWORD), ("given_name", given), ("family_name", family)],
            )
            .expect(303);
        let info = visitor.get("/").seen().user_info();
        assert_eq!((info["given_name"].as_str(), info["family_name"].as_str()), (Some(given), Some(family)));
        visitor.websocket("/ws?tag=name").assert_alive();
        for request in recorder.requests() {
            let name = request.header("Remote-Name").expect("a name");
            assert!(request.raw.is_ascii(), "{}", request.raw_text());
            assert_eq!(name, percent(&format!("{given} {family}")));
        }
        recorder.forget();
    }
}

#[test]
pub fn an_address_outside_ascii_is_percent_encoded() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    for (email, shown) in
        [("müller@example.com", "m%C3%BCller@example.com"), ("100%@example.com", "100%25@example.com")]
    {
        let mut visitor = gate.visitor("hmi");
        visitor.sign_up(email).expect(303);
        let seen = visitor.get("/").seen();
        assert_eq!((seen.user(), seen.header("X-User")), (shown, Some(shown)));
        assert_eq!(seen.user_info()["email"], email);
    }
}

#[test]
fn a_name_with_line_breaks_is_refused_or_made_harmless() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder).with(PRESETS));
    let mut visitor = gate.visitor("hmi");
    let answer = visitor.post(
        "/.millgate/sign-up",
        &[("email", ADA), ("password", PASSWORD), ("given_name", "A\r\nX-User: root"), ("family_name", "B\0")],
    );
    if answer.status == 422 {
        return;
    }
    answer.expect(303);
    let seen = visitor.get("/").seen();
    assert_eq!(seen.all("X-User"), [ADA]);
    assert!(!recorder.wait_request("/").raw_text().contains("\r\nX-User: root"));
}

/// The one documented encoding: what is not printable ASCII, and `%`.
fn percent(text: &str) -> String {
    let shown = |c: char| if c == '%' || !(' '..='~').contains(&c) { escape(&c.to_string()) } else { c.to_string() };
    text.chars().map(shown).collect()
}

//! Small questions about a page of ours: its links and what its forms hold.

/// The first tag in which this text stands: `<a … data-provider="google" …>`.
pub fn tag_with(page: &str, text: &str) -> Option<String> {
    tags(page).find(|tag| tag.contains(text)).map(str::to_owned)
}

pub fn tags(page: &str) -> impl Iterator<Item = &str> {
    page.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag)
}

/// The value of an attribute, without its character references.
pub fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split_once(&format!(" {name}=\""))?.1;
    Some(unescape(rest.split('"').next().unwrap_or_default()))
}

/// What a form's field holds.
pub fn field(page: &str, name: &str) -> Option<String> {
    let tag = tag_with(page, &format!("name=\"{name}\""))?;
    attribute(&tag, "value")
}

pub fn has_field(page: &str, name: &str) -> bool {
    tag_with(page, &format!("name=\"{name}\"")).is_some()
}

/// Whether a form of the page goes to an address with this ending.
pub fn has_form(page: &str, action: &str) -> bool {
    tags(page)
        .any(|tag| tag.starts_with("form") && attribute(tag, "action").is_some_and(|target| target.ends_with(action)))
}

/// The provider's button.
#[track_caller]
pub fn button(page: &str, provider: &str) -> String {
    tag_with(page, &format!("data-provider=\"{provider}\""))
        .unwrap_or_else(|| panic!("no button of {provider}: {page}"))
}

/// Named and numeric references; pages of ours use no others.
pub fn unescape(text: &str) -> String {
    let mut plain = text.to_owned();
    for (reference, sign) in [
        ("&#38;", "&"),
        ("&#x2f;", "/"),
        ("&#x2F;", "/"),
        ("&#47;", "/"),
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&lt;", "<"),
        ("&#62;", ">"),
        ("&gt;", ">"),
        ("&#61;", "="),
        ("&amp;", "&"),
    ] {
        plain = plain.replace(reference, sign);
    }
    plain
}

/// What two answers must have in common so that nobody can tell them apart: status, headers and body without the date
/// and without what is random in every answer (nonces, the value of a cookie).
pub fn bytes(answer: &super::Response) -> String {
    let mut text = format!("{}\n", answer.status);
    for (name, value) in &answer.headers {
        let value = match name.to_lowercase().as_str() {
            "date" => "…".to_owned(),
            "set-cookie" => cookie_without_value(value),
            "content-security-policy" => without(value, "'nonce-", '\''),
            _ => value.clone(),
        };
        text += &format!("{name}: {value}\n");
    }
    text + "\n" + &without(&answer.text(), "nonce=\"", '"')
}

fn cookie_without_value(line: &str) -> String {
    let (name, rest) = line.split_once('=').unwrap_or((line, ""));
    let (value, attributes) = rest.split_once(';').unwrap_or((rest, ""));
    format!("{name}={};{attributes}", if value.is_empty() { "" } else { "…" })
}

/// The text with everything gone that stands between these two.
fn without(text: &str, before: &str, after: char) -> String {
    let mut parts = text.split(before);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept += before;
        kept += part.find(after).map_or("", |at| &part[at..]);
    }
    kept
}

/// The named values of the form that goes to an address with this ending, as its submission would send them.
#[track_caller]
pub fn form(page: &str, action: &str) -> Vec<(String, String)> {
    let mut forms = page.split("<form").skip(1);
    let goes_there = |text: &&str| attribute(&format!("form{text}"), "action").is_some_and(|to| to.ends_with(action));
    let form = forms.find(goes_there).unwrap_or_else(|| panic!("no form to {action}: {page}"));
    let inside = form.split("</form").next().unwrap_or_default();
    let held = tags(inside).filter(|tag| tag.starts_with("input") && !tag.contains("type=\"checkbox\""));
    held.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))).collect()
}

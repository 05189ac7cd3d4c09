//! A form of a page of ours, filled and submitted as a browser without scripts does it.

use super::page::{attribute, tags, unescape};

pub struct Form {
    /// A path from the root, or a whole address.
    pub action: String,
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// The first form of the page whose action has this ending; a form without an action posts to the page itself.
    #[track_caller]
    pub fn on(at: &str, page: &str, action: &str) -> Form {
        Form::all(at, page)
            .into_iter()
            .find(|form| form.leads_to(action))
            .unwrap_or_else(|| panic!("no form to {action} at {at}: {page}"))
    }

    /// All forms that change something. The others ask, by their address.
    pub fn all(at: &str, page: &str) -> Vec<Form> {
        let forms = page.split("<form").skip(1).map(|rest| rest.split("</form").next().unwrap_or_default());
        let posts = forms.filter(|form| form.split('>').next().is_some_and(|head| head.contains("method=\"post\"")));
        posts.map(|form| Form { action: target(at, form), fields: fields(form) }).collect()
    }

    pub fn leads_to(&self, action: &str) -> bool {
        self.action.split('?').next().is_some_and(|path| path.ends_with(action))
    }

    /// With this in the field, whether it was there or not.
    pub fn with(mut self, name: &str, value: &str) -> Form {
        self.fields.retain(|(held, _)| held != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }
}

/// Relative actions lead from the page's own place.
fn target(at: &str, form: &str) -> String {
    let head = format!("form{}", form.split('>').next().unwrap_or_default());
    let action = attribute(&head, "action").unwrap_or_default();
    let base = url::Url::parse("http://here.invalid").and_then(|base| base.join(at));
    let joined = base.and_then(|base| base.join(&action)).unwrap_or_else(|error| panic!("{action}: {error}"));
    match joined.as_str().strip_prefix("http://here.invalid") {
        Some(path) => path.to_owned(),
        None => joined.to_string(),
    }
}

fn fields(form: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for tag in tags(form).filter(|tag| tag.starts_with("input")) {
        let kind = attribute(tag, "type").unwrap_or_default();
        let is_off = matches!(&*kind, "checkbox" | "radio") && !has_word(tag, "checked");
        if matches!(&*kind, "submit" | "button" | "image" | "file" | "reset") || is_off || has_word(tag, "disabled") {
            continue;
        }
        let default = if matches!(&*kind, "checkbox" | "radio") { "on" } else { "" };
        let value = attribute(tag, "value").unwrap_or_else(|| default.to_owned());
        found.extend(attribute(tag, "name").map(|name| (name, value)));
    }
    found.extend(elements(form, "textarea").into_iter().filter_map(|(head, inside)| {
        Some((attribute(&head, "name")?, unescape(inside.strip_prefix('\n').unwrap_or(inside))))
    }));
    found.extend(elements(form, "select").into_iter().filter_map(|(head, inside)| {
        let options: Vec<&str> = tags(inside).filter(|tag| tag.starts_with("option")).collect();
        let chosen = options.iter().find(|tag| has_word(tag, "selected")).or(options.first())?;
        Some((attribute(&head, "name")?, attribute(chosen, "value").unwrap_or_default()))
    }));
    // As if Enter was pressed: the first button says what it stands for.
    let mut buttons = tags(form).filter(|tag| tag.starts_with("button") && !tag.contains("type=\"button\""));
    found.extend(buttons.next().and_then(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?))));
    found
}

/// The heads and insides of all elements of this name.
fn elements<'a>(form: &'a str, name: &str) -> Vec<(String, &'a str)> {
    let (start, end) = (format!("<{name}"), format!("</{name}"));
    let parts = form.split(&start).skip(1).filter_map(|rest| rest.split_once('>'));
    parts.map(|(head, rest)| (format!("{name}{head}"), rest.split(&end).next().unwrap_or_default())).collect()
}

/// Whether the tag has this attribute, with or without a value.
fn has_word(tag: &str, word: &str) -> bool {
    tag.split([' ', '\n', '/']).any(|part| part == word || part.starts_with(&format!("{word}=")))
}

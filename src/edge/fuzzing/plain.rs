//! A head as the plainest reader sees it: no library, no rule but CR LF and the first colon. What it sees is compared with
//! what the engine meant.

/// Identity under any preset; written down anew, so that a name lost from the product's own list is noticed.
const IDENTITY: [&str; 16] = [
    // `$USER`, folded.
    "-user",
    "x-user",
    "x-user-info",
    "x-user-jwt",
    "remote-user",
    "remote-email",
    "remote-name",
    "remote-groups",
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-preferred-username",
    "x-forwarded-groups",
    "x-webauth-user",
    "x-webauth-email",
    "x-webauth-name",
    "x-webauth-groups",
];
/// What is between two hops only (RFC 9110 section 7.6.1).
const HOP: [&str; 7] =
    ["keep-alive", "te", "trailer", "proxy-connection", "proxy-authenticate", "proxy-authorization", "http2-settings"];
const FRAMING: [&str; 2] = ["content-length", "transfer-encoding"];

#[derive(Debug)]
pub(super) struct Plain<'a> {
    pub(super) first: &'a str,
    pub(super) fields: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> Plain<'a> {
    /// Asserts that `head` is one head and nothing but a head.
    pub(super) fn read(head: &'a [u8]) -> Self {
        let end = head.windows(4).position(|four| four == b"\r\n\r\n").expect("the head has an end");
        assert_eq!(end + 4, head.len(), "one head, not more: {}", head.escape_ascii());
        let mut lines = lines(head.get(..end).unwrap_or_default());
        let first = lines.next().and_then(|line| std::str::from_utf8(line).ok()).expect("a first line in ASCII");
        Self { first, fields: lines.map(field).collect() }
    }

    /// The values of a name in exactly this spelling, but for its case.
    pub(super) fn all(&self, name: &str) -> Vec<&'a [u8]> {
        let named = self.fields.iter().filter(|(spelled, _)| spelled.eq_ignore_ascii_case(name.as_bytes()));
        named.map(|(_, value)| *value).collect()
    }

    /// The one value of a name, which no other spelling of the name may accompany.
    pub(super) fn one(&self, name: &str) -> &'a [u8] {
        let spellings = self.fields.iter().filter(|(spelled, _)| folded(spelled) == name.to_ascii_lowercase());
        assert_eq!(spellings.count(), 1, "{name} is there exactly once: {self}");
        self.all(name).first().expect("in its plain spelling")
    }

    /// Asserts of a request that nothing says who is there but `own`, that the body's end is told at most once, and
    /// that nothing is left of what belongs to one connection only; however a server reads names.
    pub(super) fn is_scrubbed(&self, own: &[&str]) {
        let names: Vec<String> = self.fields.iter().map(|(name, _)| folded(name)).collect();
        for (folded, (name, _)) in names.iter().zip(&self.fields) {
            let is_own = own.iter().any(|own| own.as_bytes().eq_ignore_ascii_case(name));
            let never = IDENTITY.contains(&&**folded) || HOP.contains(&&**folded);
            assert!(is_own || !never, "{folded} gets through: {self}");
        }
        let ends = names.iter().filter(|name| FRAMING.contains(&&***name)).count();
        assert!(ends <= 1, "two ends: {self}");
    }

    /// All that is said, in no order.
    pub(super) fn sorted(&self) -> Vec<String> {
        let lines = self.fields.iter().map(|(name, value)| {
            format!("{}: {}", name.escape_ascii().to_string().to_ascii_lowercase(), value.escape_ascii())
        });
        let mut lines: Vec<String> = std::iter::once(self.first.to_owned()).chain(lines).collect();
        lines.sort();
        lines
    }

    /// Asserts the same of an answer, which nobody reads but by its plain names.
    pub(super) fn is_an_answer(&self) {
        assert!(HOP.iter().all(|name| self.all(name).is_empty()), "{self}");
        assert!(FRAMING.iter().map(|name| self.all(name).len()).sum::<usize>() <= 1, "two ends: {self}");
    }
}

impl std::fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.first)?;
        self.fields
            .iter()
            .try_for_each(|(name, value)| writeln!(f, "{}: {}", name.escape_ascii(), value.escape_ascii()))
    }
}

/// What CGI and WSGI make of a name: one variable of many spellings.
pub(super) fn folded(name: &[u8]) -> String {
    name.iter()
        .map(|byte| match char::from(*byte) {
            sign if !sign.is_ascii_alphanumeric() => '-',
            letter => letter.to_ascii_lowercase(),
        })
        .collect()
}

/// Field lines, each with its CR LF, as trailers are kept.
pub(super) fn fields(block: &[u8]) -> Vec<(&[u8], &[u8])> {
    match block {
        [] => Vec::new(),
        _ => lines(block.strip_suffix(b"\r\n").expect("whole lines")).map(field).collect(),
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.windows(2).position(|two| two == b"\r\n");
        rest = end.and_then(|end| text.get(end + 2..));
        let line = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
        assert!(!line.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)), "a line within a line");
        Some(line)
    })
}

fn field(line: &[u8]) -> (&[u8], &[u8]) {
    let colon = line.iter().position(|byte| *byte == b':').expect("a field has a colon");
    let (name, value) = (line.get(..colon).unwrap_or_default(), line.get(colon + 1..).unwrap_or_default());
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    assert!(!name.is_empty() && name.iter().all(is_token), "{} is no name", name.escape_ascii());
    (name, value.trim_ascii())
}

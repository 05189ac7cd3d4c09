//! One event is one line, whatever strangers write.

use std::fmt::{self, Write};

/// Writes text so that it cannot end a line, move a cursor or hide what stands beside it.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '\\' => f.write_str("\\\\")?,
                c if is_dangerous(c) => write!(f, "{}", c.escape_default())?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Control characters of ASCII and Latin-1, line and paragraph separators, and what reorders text.
fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A value of a field: bare when it is one plain word, else in quotes.
pub(super) struct Value<'a>(pub(super) &'a str);

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = !self.0.is_empty() && !self.0.contains([' ', '"', '=']);
        if bare {
            return write!(f, "{}", Escaped(self.0));
        }
        let inner = Escaped(self.0).to_string().replace('"', "\\\"");
        write!(f, "\"{inner}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_line_or_leaves_its_quotes() {
        assert_eq!(Escaped("a\r\nb\u{1b}[2Jc\u{202e}d\\n").to_string(), "a\\r\\nb\\u{1b}[2Jc\\u{202e}d\\\\n");
        assert_eq!(Value("x\" y=\"z").to_string(), "\"x\\\" y=\\\"z\"");
        assert_eq!(Value("plain").to_string(), "plain");
        assert_eq!(Value("").to_string(), "\"\"");
    }
}

//! Addresses as people paste them: out of a table, a mail's header, a chat.

/// What stands for one person: an address, perhaps with a name before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::portal) struct Pasted<'a> {
    /// As it was written; what a refusal names.
    pub(in crate::portal) input: &'a str,
    pub(in crate::portal) address: &'a str,
    pub(in crate::portal) name: &'a str,
}

/// Commas, semicolons and line ends part them, and spaces do unless a name stands before an address in angle brackets
/// (RFC 5322 section 3.4). Separators in quotation marks belong to the name.
pub(in crate::portal) fn read(text: &str) -> Vec<Pasted<'_>> {
    let mut found = Vec::new();
    for piece in pieces(text) {
        match named(piece) {
            Some(one) => found.push(one),
            // Words of which none is an address are told back as they stand together.
            None if !piece.contains('@') => found.push(bare(piece)),
            None => found.extend(piece.split_whitespace().map(bare)),
        }
    }
    found
}

fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let pieces = text.split(move |c: char| {
        quoted = (quoted ^ (c == '"')) && !matches!(c, '\n' | '\r');
        !quoted && matches!(c, ',' | ';' | '\n' | '\r')
    });
    pieces.map(str::trim).filter(|piece| !piece.is_empty())
}

fn named(piece: &str) -> Option<Pasted<'_>> {
    let (name, address) = piece.strip_suffix('>')?.rsplit_once('<')?;
    let name = name.trim().trim_matches('"').trim();
    (!name.contains(['<', '>', '@'])).then_some(Pasted { input: piece, address: address.trim(), name })
}

fn bare(word: &str) -> Pasted<'_> {
    let address = word.strip_prefix('<').and_then(|word| word.strip_suffix('>')).unwrap_or(word);
    Pasted { input: word, address, name: "" }
}

impl Pasted<'_> {
    /// Given and family name; the last word is the family's, or what stands before a comma.
    pub(in crate::portal) fn names(&self) -> (&str, &str) {
        let (given, family) = match self.name.split_once(',') {
            Some((family, given)) => (given, family),
            None => self.name.rsplit_once(char::is_whitespace).unwrap_or((self.name, "")),
        };
        (given.trim(), family.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(text: &str) -> Vec<&str> {
        read(text).into_iter().map(|one| one.address).collect()
    }

    #[test]
    fn any_separator_parts_addresses() {
        assert_eq!(addresses("a@x, b@x;c@x\r\n\td@x   e@x;;\n"), ["a@x", "b@x", "c@x", "d@x", "e@x"]);
        assert_eq!(addresses(" ,;\n"), [""; 0]);
        assert_eq!(addresses("<a@x> <b@x>,<c@x>"), ["a@x", "b@x", "c@x"]);
    }

    #[test]
    fn names_are_read_as_mail_programs_write_them() {
        let text = "Ada Lovelace <ada@x>; \"Müller, Dima\" <dima@x>, Cher <c@x>\nAnna Maria Weiß <a@x>";
        let found = read(text);
        let names: Vec<_> = found.iter().map(Pasted::names).collect();
        assert_eq!(names, [("Ada", "Lovelace"), ("Dima", "Müller"), ("Cher", ""), ("Anna Maria", "Weiß")]);
        assert_eq!(found.iter().map(|one| one.address).collect::<Vec<_>>(), ["ada@x", "dima@x", "c@x", "a@x"]);
    }

    #[test]
    fn what_is_no_address_is_there_to_be_refused() {
        assert_eq!(addresses("no-address; @x\nb@@x a@b,c"), ["no-address", "@x", "b@@x", "a@b", "c"]);
        assert_eq!(addresses("\"open, a@x\nb@x"), ["\"open,", "a@x", "b@x"]);
    }
}

//! As much of MIME (RFC 2045 to 2047) as a mail of the gate needs to be read.

use data_encoding::BASE64;

use super::response::{Headers, first};

/// The headers, unfolded, and what comes after the empty line.
pub fn split(raw: &str) -> (Headers, &str) {
    let (head, body) = raw.split_once("\r\n\r\n").unwrap_or((raw, ""));
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let headers = unfolded.split("\r\n").filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
    (headers, body)
}

/// Each part's type and its text.
pub fn parts(headers: &Headers, body: &str) -> Vec<(String, String)> {
    let kind = first(headers, "content-type").unwrap_or("text/plain").to_owned();
    let Some((_, rest)) = kind.split_once("boundary=") else {
        let encoding = first(headers, "content-transfer-encoding").unwrap_or("7bit");
        return vec![(kind.clone(), decoded(encoding, body))];
    };
    let boundary = rest.trim_start_matches('"').split(['"', ';']).next().unwrap_or_default();
    let border = format!("--{boundary}");
    let pieces = body.split(&border).skip(1).filter(|piece| !piece.starts_with("--"));
    let parted = pieces.flat_map(|piece| {
        let piece = piece.trim_start_matches("\r\n");
        let (headers, body) = split(piece.strip_suffix("\r\n").unwrap_or(piece));
        parts(&headers, body)
    });
    parted.collect()
}

fn decoded(encoding: &str, body: &str) -> String {
    match encoding.to_lowercase().as_str() {
        "base64" => text(BASE64.decode(body.replace("\r\n", "").as_bytes()).expect("base64")),
        "quoted-printable" => text(quoted(body.replace("=\r\n", "").as_bytes())),
        _ => body.to_owned(),
    }
}

/// `=C3=A4` for what is not printable ASCII.
fn quoted(encoded: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut rest = encoded;
    while let [first, after @ ..] = rest {
        match (first, after) {
            (b'=', [high, low, after @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).expect("two digits");
                plain.push(u8::from_str_radix(digits, 16).expect("two hexadecimal digits"));
                rest = after;
            }
            _ => {
                plain.push(*first);
                rest = after;
            }
        }
    }
    plain
}

/// A header's value with its encoded words in plain text.
pub fn words(value: &str) -> String {
    let mut plain = String::new();
    let mut rest = value;
    let mut after_word = false;
    while let Some((before, word)) = rest.split_once("=?") {
        // RFC 2047 section 6.2: space between two encoded words is not part of the text.
        if !(after_word && before.trim().is_empty()) {
            plain.push_str(before);
        }
        let mut pieces = word.splitn(4, '?');
        let (_charset, encoding, encoded) = (pieces.next(), pieces.next(), pieces.next().expect("an encoded word"));
        plain.push_str(&match encoding {
            Some("b" | "B") => text(BASE64.decode(encoded.as_bytes()).expect("base64")),
            _ => text(quoted(encoded.replace('_', " ").as_bytes())),
        });
        rest = pieces.next().and_then(|rest| rest.strip_prefix('=')).expect("the end of an encoded word");
        after_word = true;
    }
    plain + rest
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("UTF-8")
}

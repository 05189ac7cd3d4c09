//! Icons: what kind of picture it is, the bytes themselves say.

use std::fmt;

use data_encoding::BASE64;

use super::{Icon, IconKind};

/// In bytes. A tile's picture needs less; it is sent along with every list.
const MOST: usize = 64 * 1024;

/// Why a picture cannot be an icon, as a sentence that names the fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidIcon(&'static str);

impl fmt::Display for InvalidIcon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidIcon {}

impl IconKind {
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            _ => is_webp.then_some(Self::Webp),
        }
    }
}

impl Icon {
    pub fn read(bytes: Vec<u8>) -> Result<Self, InvalidIcon> {
        if bytes.len() > MOST {
            return Err(InvalidIcon("use a picture of 64 KiB at most"));
        }
        match IconKind::of(&bytes) {
            Some(kind) => Ok(Self { kind, bytes }),
            None => Err(InvalidIcon("use a PNG, JPEG or WebP picture")),
        }
    }

    /// RFC 2397, in base64. The kind that it claims does not count.
    pub fn from_data_url(text: &str) -> Result<Self, InvalidIcon> {
        const FORM: InvalidIcon = InvalidIcon("write it like data:image/png;base64,…");
        let (_, data) = text.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,")).ok_or(FORM)?;
        Self::read(BASE64.decode(data.as_bytes()).map_err(|_| FORM)?)
    }

    pub fn data_url(&self) -> String {
        format!("data:{};base64,{}", self.kind.media_type(), BASE64.encode(&self.bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_icon_is_what_its_bytes_are() {
        let png = Icon::read(b"\x89PNG\r\n\x1a\nrest".to_vec()).unwrap();
        assert_eq!(png.kind, IconKind::Png);
        assert_eq!(Icon::from_data_url(&png.data_url()), Ok(png.clone()));
        let posing = png.data_url().replace("image/png", "image/svg+xml");
        assert_eq!(Icon::from_data_url(&posing).unwrap().kind, IconKind::Png);
        assert_eq!(Icon::read(b"\xff\xd8\xff\xe0".to_vec()).unwrap().kind, IconKind::Jpeg);
        assert_eq!(Icon::read(b"RIFF\x00\x00\x00\x00WEBPVP8 ".to_vec()).unwrap().kind, IconKind::Webp);
    }

    #[test]
    fn what_could_hold_a_script_or_is_too_large_is_refused() {
        for bytes in [b"<svg xmlns=''/>".to_vec(), b"GIF89a".to_vec(), Vec::new(), b"RIFF".to_vec()] {
            assert!(Icon::read(bytes).is_err());
        }
        let mut large = b"\x89PNG\r\n\x1a\n".to_vec();
        large.resize(MOST + 1, 0);
        assert!(Icon::read(large).is_err());
        for text in ["", "data:", "data:image/png,xx", "data:image/png;base64,***", "http://x/y.png"] {
            assert!(Icon::from_data_url(text).is_err(), "{text}");
        }
    }
}

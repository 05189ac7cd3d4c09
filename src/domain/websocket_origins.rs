//! Whose pages may open an app's WebSockets. Browsers send cookies with them wherever the page is from, and no answer's
//! header could forbid it: only the handshake's `Origin` tells (RFC 6455 section 10.2).

use serde::{Deserialize, Serialize};

use super::AppUrl;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum WebsocketOrigins {
    /// The app's own, and programs that are no browsers.
    #[default]
    Same,
    Any,
    /// The app's own and these: scheme, host and port.
    Listed(Vec<AppUrl>),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Word(String),
    List(Vec<String>),
}

const FORM: &str = "write \"same\", \"any\" or a list of origins like https://plant.example";

impl WebsocketOrigins {
    /// Of origins as they are written.
    pub fn listed<'a>(origins: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let origins = origins.into_iter().map(|text| {
            let url = text.parse::<AppUrl>().map_err(|error| format!("\"{text}\" is no origin: {error}"))?;
            if url.prefix.is_empty() { Ok(url) } else { Err(format!("\"{text}\" is no origin: leave out the path")) }
        });
        Ok(Self::Listed(origins.collect::<Result<_, _>>()?))
    }

    /// One word.
    pub fn word(text: &str) -> Result<Self, String> {
        match text {
            "same" => Ok(Self::Same),
            "any" => Ok(Self::Any),
            _ => Err(format!("\"{text}\" is none: {FORM}")),
        }
    }

    /// Whether a page of `origin` may connect to the app, which visitors know as `host` or by its `url`.
    pub fn allow(&self, origin: &str, host: &str, url: &AppUrl) -> bool {
        let Ok(origin) = origin.parse::<AppUrl>() else { return *self == Self::Any };
        let authority = origin.authority();
        let is_own = authority.eq_ignore_ascii_case(host)
            // A default port may be written out.
            || format!("{authority}:{}", origin.port).eq_ignore_ascii_case(host)
            || origin.origin() == url.origin();
        match self {
            Self::Any => true,
            Self::Same => is_own,
            Self::Listed(others) => is_own || others.contains(&origin),
        }
    }
}

impl TryFrom<Written> for WebsocketOrigins {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Word(text) => Self::word(&text),
            Written::List(texts) => Self::listed(texts.iter().map(String::as_str)),
        }
    }
}

impl From<WebsocketOrigins> for Written {
    fn from(origins: WebsocketOrigins) -> Self {
        match origins {
            WebsocketOrigins::Same => Self::Word("same".to_owned()),
            WebsocketOrigins::Any => Self::Word("any".to_owned()),
            WebsocketOrigins::Listed(urls) => Self::List(urls.iter().map(ToString::to_string).collect()),
        }
    }
}

/// In the store: one text, origins separated by spaces.
impl<C> minicbor::Encode<C> for WebsocketOrigins {
    fn encode<W: minicbor::encode::Write>(
        &self,
        encoder: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let text = match Written::from(self.clone()) {
            Written::Word(text) => text,
            Written::List(texts) => texts.join(" "),
        };
        encoder.str(&text)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for WebsocketOrigins {
    fn decode(decoder: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let text = decoder.str()?;
        let read = Self::word(text).or_else(|_| Self::listed(text.split(' ').filter(|text| !text.is_empty())));
        read.map_err(minicbor::decode::Error::message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_another_port_is_another_page() {
        let url: AppUrl = "https://10.0.0.5:9001".parse().unwrap();
        let same = WebsocketOrigins::Same;
        for (origin, host, is_allowed) in [
            ("http://10.0.0.5:9001", "10.0.0.5:9001", true),
            ("https://10.0.0.5:9001", "10.0.0.5", true),
            ("http://10.0.0.5:9002", "10.0.0.5:9001", false),
            ("https://hmi.example", "HMI.example", true),
            ("https://hmi.example", "hmi.example:443", true),
            ("https://evil.example", "hmi.example", false),
            ("null", "hmi.example", false),
            ("file://", "hmi.example", false),
        ] {
            assert_eq!(same.allow(origin, host, &url), is_allowed, "{origin} {host}");
            assert!(WebsocketOrigins::Any.allow(origin, host, &url));
        }
        let listed = WebsocketOrigins::listed(["https://other.example"]).unwrap();
        assert!(listed.allow("https://other.example", "hmi.example", &url));
        assert!(!listed.allow("http://other.example", "hmi.example", &url));
    }

    #[test]
    fn they_are_kept_as_they_are_written() {
        for json in ["\"same\"", "\"any\"", "[\"https://a.example\",\"http://b:81\"]", "[]"] {
            let origins: WebsocketOrigins = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&origins).unwrap(), json);
            let kept = minicbor::to_vec(&origins).unwrap();
            assert_eq!(minicbor::decode::<WebsocketOrigins>(&kept).unwrap(), origins);
        }
        for json in ["\"none\"", "[\"x\"]", "[\"https://a/b\"]", "1"] {
            assert!(serde_json::from_str::<WebsocketOrigins>(json).is_err(), "{json}");
        }
    }
}

//! Records as bytes: version, revision, CBOR, checksum. The checksum covers the key too, so that a record that lies
//! under another's key is found like one with a flipped bit.

use std::fmt;

use crate::domain::{Record, Revision, Seq};

use super::{StoreError, checksum};

/// How values are written. A new field of a record needs no new version: it is optional, and absent in older bytes.
const VERSION: u8 = 1;

/// Why bytes are no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Damage {
    TooShort,
    Checksum,
    Version(u8),
    /// The bytes are as they were written, and still not a record.
    Content(String),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => f.write_str("too short"),
            Self::Checksum => f.write_str("the checksum differs"),
            Self::Version(version) => write!(f, "unknown version {version}"),
            Self::Content(why) => write!(f, "not a record: {why}"),
        }
    }
}

pub(super) fn encode(key: &[u8], record: &Record, revision: Revision) -> Result<Vec<u8>, StoreError> {
    let mut body = vec![VERSION];
    body.extend_from_slice(&revision.0.to_be_bytes());
    minicbor::encode(record, &mut body).map_err(|error| StoreError::Engine(error.to_string()))?;
    Ok(seal(key, body))
}

pub(super) fn decode(key: &[u8], value: &[u8]) -> Result<(Record, Revision), Damage> {
    let (revision, content) = open(key, value)?;
    let mut decoder = minicbor::Decoder::new(content);
    let record = decoder.decode().map_err(|error| Damage::Content(error.to_string()))?;
    if decoder.position() != content.len() {
        return Err(Damage::Content("bytes are left over".to_owned()));
    }
    Ok((record, revision))
}

/// When a record was written, without reading what it says.
pub(super) fn revision(key: &[u8], value: &[u8]) -> Result<Revision, Damage> {
    open(key, value).map(|(revision, _)| revision)
}

/// Puts the checksum behind.
pub(super) fn seal(key: &[u8], mut body: Vec<u8>) -> Vec<u8> {
    let sum = checksum::of(key, &body);
    body.extend_from_slice(&sum.to_le_bytes());
    body
}

/// What was sealed, or `None` when it was not sealed like this.
pub(super) fn unseal<'a>(key: &[u8], value: &'a [u8]) -> Option<&'a [u8]> {
    let (body, sum) = value.split_last_chunk()?;
    (checksum::of(key, body) == u64::from_le_bytes(*sum)).then_some(body)
}

fn open<'a>(key: &[u8], value: &'a [u8]) -> Result<(Revision, &'a [u8]), Damage> {
    if value.len() < 17 {
        return Err(Damage::TooShort);
    }
    let body = unseal(key, value).ok_or(Damage::Checksum)?;
    let (version, rest) = body.split_first().ok_or(Damage::TooShort)?;
    if *version != VERSION {
        return Err(Damage::Version(*version));
    }
    let (revision, content) = rest.split_first_chunk().ok_or(Damage::TooShort)?;
    Ok((Seq(u64::from_be_bytes(*revision)), content))
}

//! Records as bytes: version, revision, CBOR, checksum. The checksum covers the key too, so that a record that lies
//! under another's key is found like one with a flipped bit.

use std::fmt;

use crate::domain::{Glimpse, Record, Revision, Seq};

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
    decode_as(key, value)
}

/// What an older format wrote, too.
pub(super) fn decode_as<'b, T: minicbor::Decode<'b, ()>>(key: &[u8], value: &'b [u8]) -> Result<(T, Revision), Damage> {
    let (revision, content) = open(key, value)?;
    Ok((read(content)?, revision))
}

/// What the hot path needs of a user, a registration or a session.
pub(super) fn glimpse<'b>(key: &[u8], value: &'b [u8]) -> Result<Glimpse<'b>, Damage> {
    open(key, value).and_then(|(_, content)| read(content))
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

fn read<'b, T: minicbor::Decode<'b, ()>>(content: &'b [u8]) -> Result<T, Damage> {
    let mut decoder = minicbor::Decoder::new(content);
    let record = decoder.decode().map_err(|error| Damage::Content(error.to_string()))?;
    if decoder.position() != content.len() {
        return Err(Damage::Content("bytes are left over".to_owned()));
    }
    Ok(record)
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

/// Records as each format wrote them. Never changed: what is in here is what is in the field.
#[cfg(test)]
pub(super) mod golden {
    use data_encoding::HEXLOWER;

    pub(in crate::store) const FIRST: &str = include_str!("../../tests/golden/records-1.txt");
    pub(in crate::store) const SECOND: &str = include_str!("../../tests/golden/records-2.txt");
    pub(in crate::store) const THIRD: &str = include_str!("../../tests/golden/records-3.txt");

    pub(in crate::store) fn records(text: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
        let hex = |text: &str| HEXLOWER.decode(text.as_bytes()).unwrap();
        let pair = |line: &str| line.split_once(' ').map(|(key, value)| (hex(key), hex(value))).unwrap();
        text.lines().map(pair).collect()
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;
    use proptest::prelude::*;

    use super::*;
    use crate::store::{key, samples};

    #[test]
    fn records_of_this_format_stay_readable() {
        let records: Vec<Record> = golden::records(golden::THIRD)
            .iter()
            .map(|(key, value)| {
                let (record, revision) = decode(key, value).unwrap();
                assert_eq!((key::encode(&record.key()), revision), (key.clone(), Seq(258)));
                record
            })
            .collect();
        assert_eq!(records, samples::all_kinds());
    }

    #[test]
    fn records_of_the_format_before_are_read_as_they_are() {
        for (key, value) in golden::records(golden::SECOND) {
            let (record, _) = decode(&key, &value).unwrap();
            assert_eq!(key::encode(&record.key()), key);
        }
    }

    #[test]
    fn records_are_written_as_in_the_golden_file() {
        let lines: Vec<String> = samples::all_kinds()
            .iter()
            .map(|record| {
                let key = key::encode(&record.key());
                let value = encode(&key, record, Seq(258)).unwrap();
                format!("{} {}\n", HEXLOWER.encode(&key), HEXLOWER.encode(&value))
            })
            .collect();
        assert_eq!(lines.concat(), golden::THIRD);
    }

    #[test]
    fn a_record_under_another_key_or_with_a_flipped_bit_is_found() {
        let all = golden::records(golden::THIRD);
        for (key, value) in &all {
            for bit in 0..value.len() * 8 {
                let mut other = value.clone();
                other[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(decode(key, &other), Err(Damage::Checksum));
            }
            for (other, _) in all.iter().filter(|(other, _)| other != key) {
                assert_eq!(decode(other, value), Err(Damage::Checksum));
            }
            for length in 0..value.len() {
                assert!(decode(key, &value[..length]).is_err());
            }
        }
    }

    proptest! {
        #[test]
        fn sealed_nonsense_is_no_record(body in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut value = vec![VERSION, 0, 0, 0, 0, 0, 0, 0, 1];
            value.extend_from_slice(&body);
            let value = seal(b"key", value);
            if let Ok((record, _)) = decode(b"key", &value) {
                let (again, _) = decode(b"key", &encode(b"key", &record, Seq(1)).unwrap()).unwrap();
                prop_assert_eq!(again, record);
            }
        }
    }
}

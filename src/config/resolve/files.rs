//! Files that the configuration names: secrets, certificates, keys.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::config::problem::{Origin, Place, Problems};
use crate::config::resolved::Secret;
use crate::config::table::Field;

/// A secret or certificate that is longer was not meant.
const LONGEST: u64 = 1 << 20;

/// The file's own folder is where its relative paths begin; other origins speak of the working directory.
pub(super) fn from(base: &Path, field: &Field<PathBuf>) -> PathBuf {
    match field.place.origin {
        Origin::File { .. } => base.join(&field.value),
        Origin::Environment(_) | Origin::Flag(_) => field.value.clone(),
    }
}

/// A text that must not be empty; what cannot be read is reported.
pub(super) fn read(path: &Path, place: &Place, problems: &mut Problems) -> Option<String> {
    let shown = path.display();
    let read = fs::metadata(path).and_then(|meta| match meta.is_file() && meta.len() <= LONGEST {
        true => fs::read_to_string(path).map(Some),
        false => Ok(None),
    });
    match read {
        Ok(Some(text)) if !text.trim().is_empty() => return Some(text),
        Ok(Some(_)) => problems.error(place, format!("the file {shown} is empty")),
        Ok(None) => problems.error(place, format!("{shown} is no file of at most 1 MiB")),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            problems.error(
                place,
                format!("there is no file {shown}; relative paths begin at the configuration file's folder"),
            );
        }
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            problems.error(place, format!("the file {shown} is not text in UTF-8"));
        }
        Err(error) => problems.error(place, format!("the file {shown} cannot be read: {error}")),
    }
    None
}

/// As `read`, and warns when others than its owner can read the file too.
pub(super) fn read_private(path: &Path, place: &Place, problems: &mut Problems) -> Option<String> {
    let text = read(path, place, problems)?;
    let mode = fs::metadata(path).map_or(0, |meta| meta.permissions().mode() & 0o777);
    if mode & 0o077 != 0 {
        problems.warn(
            place,
            format!("others can read the secret in {0} (mode {mode:o}); run chmod 600 {0}", path.display()),
        );
    }
    Some(text)
}

/// A secret that is written in the file itself or in a file of its own, not in both. The line's end does not count.
pub(super) fn secret(
    written: Option<&Field<String>>,
    file: Option<&Field<PathBuf>>,
    base: &Path,
    problems: &mut Problems,
) -> Option<Field<Secret>> {
    if let (Some(written), Some(file)) = (written, file) {
        let (first, second) = (last(&written.place.key), last(&file.place.key));
        problems.error(&file.place, format!("both {first} and {second} are given; keep one of them"));
        return None;
    }
    let (text, place) = match (written, file) {
        (Some(field), _) if field.value.is_empty() => {
            problems.error(&field.place, "the secret is empty");
            return None;
        }
        (Some(field), _) => (field.value.clone(), field.place.clone()),
        (None, Some(field)) => {
            let text = read_private(&from(base, field), &field.place, problems)?;
            (text.trim_end_matches(['\r', '\n']).to_owned(), field.place.clone())
        }
        (None, None) => return None,
    };
    Some(Field { value: Secret::new(text), place })
}

/// PEM with at least one certificate in it.
pub(super) fn authorities(field: &Field<PathBuf>, base: &Path, problems: &mut Problems) -> Option<String> {
    let path = from(base, field);
    let pem = read(&path, &field.place, problems)?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    if all.map_or(true, |certificates| certificates.is_empty()) {
        problems.error(
            &field.place,
            format!("{} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)", path.display()),
        );
        return None;
    }
    Some(pem)
}

fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

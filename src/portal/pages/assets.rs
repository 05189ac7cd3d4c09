//! What pages load: named after its content, so that it can be kept for ever.

use std::sync::LazyLock;

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;

/// Enough of SHA-256 that two releases never share a name.
const HASH_BYTES: usize = 6;

pub(in crate::portal) struct Asset {
    /// Like `gate.0a1b2c3d4e5f.css`.
    pub(in crate::portal) name: String,
    pub(super) kind: &'static str,
    pub(super) bytes: &'static [u8],
}

impl Asset {
    fn new(stem: &str, extension: &str, kind: &'static str, bytes: &'static [u8]) -> Self {
        let hash = digest::digest(&digest::SHA256, bytes);
        let hash = HEXLOWER.encode(hash.as_ref().get(..HASH_BYTES).unwrap_or_default());
        Self { name: format!("{stem}.{hash}.{extension}"), kind, bytes }
    }
}

pub(super) static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("gate", "css", "text/css; charset=utf-8", include_bytes!("assets/gate.css")));
pub(super) static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("gate", "js", "text/javascript; charset=utf-8", include_bytes!("assets/gate.js")));
pub(in crate::portal) static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("gate", "svg", "image/svg+xml", include_bytes!("assets/gate.svg")));

pub(in crate::portal) static CONSOLE_STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("console", "css", "text/css; charset=utf-8", include_bytes!("../console/assets/console.css"))
});
pub(in crate::portal) static CONSOLE_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("console", "js", "text/javascript; charset=utf-8", include_bytes!("../console/assets/console.js"))
});

/// On top of `STYLE`, for the page that tells how to trust the gateway.
pub(super) static TRUST_STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("trust", "css", "text/css; charset=utf-8", include_bytes!("assets/trust.css")));

pub(super) fn find(name: &str) -> Option<&'static Asset> {
    let all = [&*STYLE, &*SCRIPT, &*ICON, &*TRUST_STYLE, &*CONSOLE_STYLE, &*CONSOLE_SCRIPT];
    all.into_iter().find(|asset| asset.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_present_content_has_a_name() {
        assert!(find(&STYLE.name).is_some_and(|asset| asset.kind.starts_with("text/css")));
        assert!(find("gate.000000000000.css").is_none());
        assert!(find("gate.css").is_none());
    }
}

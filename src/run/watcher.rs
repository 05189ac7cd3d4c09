//! Whether somebody has written the configuration's file.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::Loaded;

const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Device, inode, size and time.
type Stamp = (u64, u64, u64, i64, i64);

pub(super) struct Watcher {
    /// `None`: there is no file, or it is not to be watched.
    file: Option<PathBuf>,
    /// As it was read last, and as it was seen last: who writes a file may need more than a moment.
    read: Option<Stamp>,
    seen: Option<Stamp>,
}

impl Watcher {
    pub(super) fn of(loaded: &Loaded) -> Self {
        let file = loaded.file.clone().filter(|_| loaded.config.watch_config);
        let stamp = file.as_deref().and_then(stamp);
        Self { file, read: stamp, seen: stamp }
    }

    /// The file is read anew, whatever it was that called for it.
    pub(super) fn settle(&mut self) {
        self.read = self.file.as_deref().and_then(stamp);
        self.seen = self.read;
    }

    /// Returns when the file is another one and has stayed so for a look. One that is gone is on its way back.
    pub(super) async fn changed(&mut self) {
        let Some(file) = &self.file else { return std::future::pending().await };
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let path = file.clone();
            // It waits for the disk.
            let now = tokio::task::spawn_blocking(move || stamp(&path)).await.unwrap_or_default();
            let settled = now == self.seen;
            self.seen = now;
            if settled && now.is_some() && now != self.read {
                tracing::info!(file = %file.display(), "the configuration's file has changed");
                return;
            }
        }
    }
}

fn stamp(file: &Path) -> Option<Stamp> {
    let meta = std::fs::metadata(file).ok()?;
    Some((meta.dev(), meta.ino(), meta.size(), meta.mtime(), meta.mtime_nsec()))
}

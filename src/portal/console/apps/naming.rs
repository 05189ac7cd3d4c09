//! From a title to the short name that stands in addresses.

use crate::directory::Snapshot;
use crate::domain::{Slug, WorkspaceId};

const MOST: usize = 40;

/// Letters and digits in lower case, hyphens between; empty when nothing is left.
pub(super) fn slug(title: &str) -> String {
    let mut name = String::new();
    for letter in title.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => name.push(letter),
            'ä' => name.push_str("ae"),
            'ö' => name.push_str("oe"),
            'ü' => name.push_str("ue"),
            'ß' => name.push_str("ss"),
            _ if !name.ends_with('-') && !name.is_empty() => name.push('-'),
            _ => {}
        }
    }
    name.chars().take(MOST).collect::<String>().trim_matches('-').to_owned()
}

/// The same, and not taken in the workspace.
pub(super) fn free(title: &str, workspace: WorkspaceId, snapshot: &Snapshot) -> String {
    let first = slug(title);
    let first = if first.is_empty() { "app".to_owned() } else { first };
    let is_free = |name: &str| snapshot.app_named(workspace, name).is_none() && name.parse::<Slug>().is_ok();
    let others = (2..1000).map(|number| {
        let number = format!("-{number}");
        let stem: String = first.chars().take(MOST - number.len()).collect();
        format!("{}{number}", stem.trim_end_matches('-'))
    });
    std::iter::once(first.clone()).chain(others).find(|name| is_free(name)).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_name() {
        for (title, name) in [
            ("Line 4", "line-4"),
            ("Node-RED : plant", "node-red-plant"),
            ("Prüfstand Süd ", "pruefstand-sued"),
            ("  --  ", ""),
            ("赵", ""),
        ] {
            assert_eq!(slug(title), name, "{title}");
        }
        let long = slug(&"ab ".repeat(40));
        assert!(long.len() <= MOST && long.parse::<Slug>().is_ok(), "{long}");
    }
}

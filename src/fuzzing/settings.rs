//! The configuration: every text is either taken, always the same way, or refused with places and sentences.

use std::collections::HashSet;

use crate::config::{self, Origin, Problems, Sources};

pub fn settings(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // Devices that never end can be named as a file of secrets; nobody but the operator can do that.
    // A byte order mark is one at the beginning only.
    if text.contains("/dev") || text.contains("/proc") || text.starts_with('\u{feff}') {
        return;
    }
    let sources = Sources::default();
    let read = config::from_text(&text, &sources);
    let below = config::from_text(&format!("# a line\n{text}"), &sources);
    match (read, below) {
        (Ok(config), Ok(again)) => {
            assert_eq!(format!("{config:?}"), format!("{again:?}"), "a comment changes nothing");
            sound(&config);
        }
        (Err(problems), Err(shifted)) => {
            told(&problems);
            let lines = |problems: &Problems, by: usize| -> Vec<usize> {
                let places = problems.errors.iter().map(|problem| match problem.place.origin {
                    Origin::File { line, .. } if line > 0 => line + by,
                    _ => 0,
                });
                places.collect()
            };
            assert_eq!(lines(&problems, 1), lines(&shifted, 0), "each problem has its line: {text}");
        }
        _ => panic!("a comment decides: {text}"),
    }
}

fn told(problems: &Problems) {
    assert!(!problems.errors.is_empty(), "refused without a reason");
    for problem in problems.errors.iter().chain(&problems.warnings) {
        let shown = problem.to_string();
        assert!(!problem.text.is_empty() && !shown.contains(|c: char| c.is_control()), "{shown:?}");
    }
}

fn sound(config: &config::Config) {
    assert!(!config.listeners.is_empty());
    assert!((4096..=1 << 20).contains(&config.limits.head_bytes) && config.limits.connections > 0);
    let addresses: HashSet<_> = config.listeners.iter().map(|listener| listener.address).collect();
    assert_eq!(addresses.len(), config.listeners.len(), "no address twice");
    let urls: HashSet<String> = config.apps.iter().map(|app| app.url.to_string()).collect();
    assert_eq!(urls.len(), config.apps.len(), "no address of two apps");
    let names: HashSet<_> = config.apps.iter().map(|app| (&app.workspace, &app.name)).collect();
    assert_eq!(names.len(), config.apps.len(), "no name of two apps");
}

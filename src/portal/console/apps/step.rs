//! Where one is on a way of several pages.

/// Rendered by `apps/steps.html`.
pub(super) struct Step {
    pub(super) number: usize,
    pub(super) label: &'static str,
    pub(super) is_here: bool,
    pub(super) is_past: bool,
}

pub(super) fn steps<const N: usize>(labels: [&'static str; N], here: usize) -> Vec<Step> {
    let step = |(at, label)| Step { number: at + 1, label, is_here: at == here, is_past: at < here };
    labels.into_iter().enumerate().map(step).collect()
}

//! Revisions, and places in the audit record, as they are shown. As they are, they count everybody's changes, in every
//! workspace, and how much goes on elsewhere is nobody's business: so each is told by another number, which only this
//! run of the gateway can read.

use std::sync::OnceLock;

use aws_lc_rs::digest::{Context, SHA256};

use crate::domain::{Revision, Seq, secret};

/// Of a Feistel network: with four, numbers that follow each other look as if they did not.
const ROUNDS: [u8; 4] = [0, 1, 2, 3];

/// More than any record of this gateway will ever have.
const PLACES: u64 = 1 << 48;

pub(in crate::portal) fn shown(revision: Revision) -> u64 {
    let Seq(number) = revision;
    masked(number)
}

pub(in crate::portal) fn masked(number: u64) -> u64 {
    let turned = ROUNDS.iter().fold(halves(number), |(left, right), round| (right, left ^ mixed(*round, right)));
    whole(turned)
}

/// A number that was never shown is some revision, too, and most likely none that there is.
pub(in crate::portal) fn read(shown: u64) -> Revision {
    Seq(unmasked(shown))
}

/// `None` for what an earlier run of the gateway has shown, or nobody.
pub(in crate::portal) fn place(masked: u64) -> Option<u64> {
    Some(unmasked(masked)).filter(|place| *place < PLACES)
}

fn unmasked(shown: u64) -> u64 {
    let turned = ROUNDS.iter().rev().fold(halves(shown), |(left, right), round| (right ^ mixed(*round, left), left));
    whole(turned)
}

fn mixed(round: u8, half: u32) -> u32 {
    static KEY: OnceLock<[u8; 32]> = OnceLock::new();
    let mut context = Context::new(&SHA256);
    context.update(KEY.get_or_init(secret::random::<32>));
    context.update(&[round]);
    context.update(&half.to_be_bytes());
    context.finish().as_ref().first_chunk::<4>().map_or(0, |first| u32::from_be_bytes(*first))
}

fn halves(number: u64) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
    (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
}

fn whole((left, right): (u32, u32)) -> u64 {
    u64::from(left) << 32 | u64::from(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_again_and_counts_nothing() {
        let all = [0, 1, 2, 3, 1000, u64::from(u32::MAX), u64::MAX];
        for number in all {
            assert_eq!(read(shown(Seq(number))), Seq(number));
        }
        let told: std::collections::HashSet<u64> = all.iter().map(|number| shown(Seq(*number))).collect();
        assert_eq!(told.len(), all.len());
        assert_ne!(shown(Seq(2)).abs_diff(shown(Seq(1))), 1);
        assert!((1..100).any(|number| shown(Seq(number)) > u64::from(u32::MAX)));
    }
}

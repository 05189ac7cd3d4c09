//! The text form of a password hash (PHC string format): `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.

use data_encoding::BASE64_NOPAD;

/// What a hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) memory_kib: u32,
    pub(super) rounds: u32,
    pub(super) lanes: u32,
}

impl Cost {
    /// OWASP's recommendation for Argon2id (Password Storage Cheat Sheet): 19 MiB, two rounds, one lane.
    pub(super) const CURRENT: Self = Self { memory_kib: 19 * 1024, rounds: 2, lanes: 1 };
    /// A damaged record must not make the gateway allocate without end.
    const MOST: Self = Self { memory_kib: 256 * 1024, rounds: 16, lanes: 16 };

    fn is_sane(self) -> bool {
        self.memory_kib <= Self::MOST.memory_kib && self.rounds <= Self::MOST.rounds && self.lanes <= Self::MOST.lanes
    }
}

/// A stored hash, read.
pub(super) struct Stored {
    pub(super) cost: Cost,
    pub(super) salt: Vec<u8>,
    pub(super) output: Vec<u8>,
}

pub(super) const OUTPUT: usize = 32;

pub(super) fn write(cost: Cost, salt: &[u8; 16], output: &[u8]) -> String {
    let Cost { memory_kib, rounds, lanes } = cost;
    let (salt, output) = (BASE64_NOPAD.encode(salt), BASE64_NOPAD.encode(output));
    format!("$argon2id$v=19$m={memory_kib},t={rounds},p={lanes}${salt}${output}")
}

/// `None` for what this gateway did not write.
pub(super) fn read(text: &str) -> Option<Stored> {
    let rest = text.strip_prefix("$argon2id$v=19$m=")?;
    let (cost, rest) = rest.split_once('$')?;
    let (salt, output) = rest.split_once('$')?;
    let (memory, cost) = cost.split_once(",t=")?;
    let (rounds, lanes) = cost.split_once(",p=")?;
    let cost = Cost { memory_kib: memory.parse().ok()?, rounds: rounds.parse().ok()?, lanes: lanes.parse().ok()? };
    let salt = BASE64_NOPAD.decode(salt.as_bytes()).ok()?;
    let output = BASE64_NOPAD.decode(output.as_bytes()).ok()?;
    (cost.is_sane() && salt.len() == 16 && output.len() == OUTPUT).then_some(Stored { cost, salt, output })
}

/// A hash that no password is known to have.
pub(super) fn dummy(salt: [u8; 16], output: [u8; OUTPUT]) -> String {
    write(Cost::CURRENT, &salt, &output)
}

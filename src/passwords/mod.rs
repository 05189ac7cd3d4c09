//! Passwords at rest: Argon2id with a pepper, as PHC strings, and never more at work than the machine has cores.

mod common;
mod phc;
mod plain;
mod pool;

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::domain::secret;

pub use plain::{ChosenPassword, PlainPassword, Unfit};

/// How much hashing happens at once, and how long a visitor waits for it.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Hashes at work; each takes a core and 19 MiB for about 16 ms.
    pub at_work: NonZeroUsize,
    /// Visitors that wait for their turn.
    pub waiting: usize,
    /// How long one waits at most.
    pub patience: Duration,
}

impl Bounds {
    /// PITFALLS T21: whoever cannot be served within this time is told when to come back.
    pub const PATIENCE: Duration = Duration::from_secs(2);
    /// As many as one core hashes within the patience, with a margin for a slow core.
    pub const WAITING_PER_CORE: usize = 64;

    pub fn for_cores(cores: NonZeroUsize) -> Self {
        let waiting = cores.get().saturating_mul(Self::WAITING_PER_CORE);
        Self { at_work: cores, waiting, patience: Self::PATIENCE }
    }
}

/// Every place at the hashing pool, and every waiting place, is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    pub retry_after: Duration,
}

/// What a password is worth against a stored hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Right,
    /// Right, and the stored hash was made with other parameters than those of today: hash it anew.
    RightButDated,
}

impl Verdict {
    pub fn is_right(self) -> bool {
        self != Self::Wrong
    }
}

pub struct Passwords {
    pool: pool::Pool,
    /// Stands in for the hash of an address that nobody has: no password fits, the work is the same.
    dummy: String,
}

impl Passwords {
    pub fn new(pepper: [u8; 32], bounds: Bounds) -> Self {
        Self { pool: pool::Pool::new(pepper, bounds), dummy: phc::dummy(secret::random(), secret::random()) }
    }

    /// The PHC string of a password, under a fresh salt.
    pub async fn hash(&self, password: PlainPassword) -> Result<String, Busy> {
        let salt = secret::random();
        let output = self.pool.run(password, salt.to_vec(), phc::Cost::CURRENT).await?;
        Ok(phc::write(phc::Cost::CURRENT, &salt, &output))
    }

    /// The same work whether or not there is a hash to compare with.
    pub async fn verify(&self, password: PlainPassword, stored: Option<&str>) -> Result<Verdict, Busy> {
        let known = stored.and_then(phc::read);
        if stored.is_some() && known.is_none() {
            tracing::error!("a stored password hash cannot be read; its owner is turned away");
        }
        let Some(hash) = known.or_else(|| phc::read(&self.dummy)) else { return Ok(Verdict::Wrong) };
        let output = self.pool.run(password, hash.salt.clone(), hash.cost).await?;
        let fits = bool::from(subtle::ConstantTimeEq::ct_eq(output.as_slice(), hash.output.as_slice()));
        Ok(match (fits, hash.cost == phc::Cost::CURRENT) {
            (false, _) => Verdict::Wrong,
            (true, true) => Verdict::Right,
            (true, false) => Verdict::RightButDated,
        })
    }

    /// Gives back the memory of a burst that is over; called now and then.
    pub fn rest(&self) {
        self.pool.rest();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords(at_work: usize, waiting: usize, patience: Duration) -> Passwords {
        let at_work = NonZeroUsize::new(at_work).unwrap();
        Passwords::new([7; 32], Bounds { at_work, waiting, patience })
    }

    fn plain(text: &str) -> PlainPassword {
        PlainPassword::new(text.to_owned()).unwrap()
    }

    #[tokio::test]
    async fn only_the_same_password_fits() {
        let passwords = passwords(2, 8, Duration::from_secs(30));
        let hash = passwords.hash(plain("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(passwords.verify(plain("correct horse"), Some(&hash)).await, Ok(Verdict::Right));
        assert_eq!(passwords.verify(plain("correct hors"), Some(&hash)).await, Ok(Verdict::Wrong));
        assert_eq!(passwords.verify(plain("correct horse"), None).await, Ok(Verdict::Wrong));
        assert_eq!(passwords.verify(plain("correct horse"), Some("$argon2id$rubbish")).await, Ok(Verdict::Wrong));
    }

    #[tokio::test]
    async fn a_hash_is_what_the_reference_implementation_reads() {
        use argon2::password_hash::PasswordVerifier;
        let passwords = passwords(1, 8, Duration::from_secs(30));
        let hash = passwords.hash(plain("grüße an alle")).await.unwrap();
        let reference = argon2::Argon2::new_with_secret(
            &[7; 32],
            argon2::Algorithm::Argon2id,
            argon2::Version::V0x13,
            argon2::Params::DEFAULT,
        )
        .unwrap();
        let parsed = argon2::PasswordHash::new(&hash).unwrap();
        assert!(reference.verify_password("grüße an alle".as_bytes(), &parsed).is_ok());
    }

    #[tokio::test]
    async fn another_pepper_fits_nothing() {
        let ours = passwords(1, 8, Duration::from_secs(30));
        let theirs = Passwords::new([8; 32], Bounds::for_cores(NonZeroUsize::MIN));
        let hash = ours.hash(plain("correct horse")).await.unwrap();
        assert_eq!(theirs.verify(plain("correct horse"), Some(&hash)).await, Ok(Verdict::Wrong));
    }

    #[tokio::test]
    async fn dated_parameters_ask_for_a_new_hash() {
        let passwords = passwords(1, 8, Duration::from_secs(30));
        let old = phc::Cost { memory_kib: 64, rounds: 1, lanes: 1 };
        let output = passwords.pool.run(plain("correct horse"), vec![1; 16], old).await.unwrap();
        let hash = phc::write(old, &[1; 16], &output);
        assert_eq!(passwords.verify(plain("correct horse"), Some(&hash)).await, Ok(Verdict::RightButDated));
    }

    #[tokio::test]
    async fn whoever_finds_no_place_is_told_when_to_come_back() {
        let passwords = std::sync::Arc::new(passwords(1, 2, Duration::from_secs(30)));
        let taken = passwords.pool.place().await.unwrap();
        let crowd: Vec<_> = (0..12)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.hash(plain("correct horse")).await })
            })
            .collect();
        while crowd.iter().filter(|one| one.is_finished()).count() < 10 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        drop(taken);
        let mut busy = 0;
        for one in crowd {
            busy += usize::from(one.await.unwrap().is_err());
        }
        assert_eq!(busy, 10, "one place is taken, and two may wait for it");
    }
}

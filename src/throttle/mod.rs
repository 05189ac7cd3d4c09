//! How often one may try. Every try counts when it is made (a thousand at once are a thousand) and is given back when
//! it was no guess, so that a plant whose hundreds of people sign in at shift start behind one address is not locked out.
//!
//! An account is tried from three sides, each with an allowance of its own: from a device that has signed in to it
//! before, from an address that has, and from everywhere else. Strangers use up only the last one: they slow each other
//! down and never the owner.

mod familiar;
mod limiter;

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use smallvec::SmallVec;

use crate::domain::{AppId, DeviceId, Username};

use familiar::Familiar;
use limiter::{Allowance, Limiter};

/// Wrong passwords for one account from anywhere: ten to begin with, then 1,440 a day. At that pace the commonest
/// thousand takes most of a day, and everything better takes years.
const ACCOUNT: Allowance = Allowance::new(10, Duration::from_secs(60));
/// From a device or address that is known to the account: forgetful owners try more often than thieves wait.
const KNOWN: Allowance = Allowance::new(10, Duration::from_secs(30));
/// Wrong tries of one address or /64 on all accounts: hundreds of people may sit behind it, and one in ten mistypes.
const ADDRESS: Allowance = Allowance::new(200, Duration::from_secs(2));
/// Wrong tries of one device on all accounts: a person, or a terminal that a shift shares.
const DEVICE: Allowance = Allowance::new(30, Duration::from_secs(15));
/// Wrong master passwords of one device.
const MASTER_DEVICE: Allowance = Allowance::new(10, Duration::from_secs(20));
/// Wrong master passwords of one address or /64.
const MASTER_ADDRESS: Allowance = Allowance::new(60, Duration::from_secs(5));
/// Wrong master passwords for one app from the whole world: a botnet of fresh addresses meets this one. Devices that
/// gave the right one before do not.
const MASTER_APP: Allowance = Allowance::new(300, Duration::from_secs(2));
/// New users, and new devices with a master password, from one address or /64: a whole plant on its first day, then
/// 17,280 a day.
const NEWCOMER: Allowance = Allowance::new(1000, Duration::from_secs(5));
/// Ways to identity providers from one address or /64, each kept for minutes: a shift that starts, then one a second,
/// so that a dozen addresses do not fill the memory for all.
const FLOW: Allowance = Allowance::new(300, Duration::from_secs(1));
/// Wrong API keys from one address or /64; the keys are random, so this only keeps logs and cores quiet.
const API_KEY: Allowance = Allowance::new(50, Duration::from_secs(2));
/// Requests with one right API key: 50 a second, and a page of a console or a bulk import at once. One program in a
/// loop takes at most a core's worth, and the others still get theirs.
const PROGRAM: Allowance = Allowance::new(200, Duration::from_millis(20));
/// Mails that are asked for from one address or /64: a plant on the morning after the holidays, then 360 an hour.
const ASK_MAIL: Allowance = Allowance::new(60, Duration::from_secs(10));
/// Mails that strangers can have sent to one address: enough to try again, too few to fill a mailbox.
const MAIL_TO: Allowance = Allowance::new(3, Duration::from_secs(20 * 60));

/// Too many tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    pub retry_after: Duration,
}

/// Who tries to sign in, to what.
#[derive(Debug, Clone)]
pub struct SignInTry {
    pub app: AppId,
    pub username: Username,
    pub ip: IpAddr,
    pub device: DeviceId,
    /// A living session says that this device has signed in to the account; the throttle's own memory may know too.
    pub known_device: bool,
    pub known_address: bool,
}

/// Who tries the master password of what.
#[derive(Debug, Clone, Copy)]
pub struct MasterTry {
    pub app: AppId,
    pub ip: IpAddr,
    pub device: DeviceId,
    /// The device's session proves that it gave a right one before.
    pub known_device: bool,
}

pub struct Throttle {
    account: Limiter,
    known: Limiter,
    address: Limiter,
    device: Limiter,
    master_device: Limiter,
    master_address: Limiter,
    master_app: Limiter,
    newcomer: Limiter,
    flow: Limiter,
    api_key: Limiter,
    program: Limiter,
    ask_mail: Limiter,
    mail_to: Limiter,
    familiar: Familiar,
    hasher: RandomState,
}

/// Tries that were taken. Dropped, they count; refunded, they were no guess.
#[must_use]
pub struct Tries<'a>(SmallVec<[(&'a Limiter, u64); 4]>);

impl Tries<'_> {
    pub fn refund(self) {
        self.0.iter().for_each(|(limiter, key)| limiter.give_back(*key));
    }
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            account: Limiter::new(ACCOUNT),
            known: Limiter::new(KNOWN),
            address: Limiter::new(ADDRESS),
            device: Limiter::new(DEVICE),
            master_device: Limiter::new(MASTER_DEVICE),
            master_address: Limiter::new(MASTER_ADDRESS),
            master_app: Limiter::new(MASTER_APP),
            newcomer: Limiter::new(NEWCOMER),
            flow: Limiter::new(FLOW),
            api_key: Limiter::new(API_KEY),
            program: Limiter::new(PROGRAM),
            ask_mail: Limiter::new(ASK_MAIL),
            mail_to: Limiter::new(MAIL_TO),
            familiar: Familiar::default(),
            hasher: RandomState::new(),
        }
    }
}

impl Throttle {
    /// Refund it when the password was right, and `remember` who it was.
    pub fn sign_in(&self, tried: &SignInTry) -> Result<Tries<'_>, Wait> {
        let account = match self.known_side(tried) {
            Some(side) => (&self.known, side),
            None => (&self.account, self.key(&(tried.app, &tried.username))),
        };
        let address = (&self.address, self.key(&Block::of(tried.ip)));
        let device = (&self.device, self.key(&(tried.app, tried.device)));
        take([account, device, address])
    }

    /// From now on the account knows this device and this address.
    pub fn remember(&self, tried: &SignInTry) {
        self.familiar.remember(self.device_side(tried));
        self.familiar.remember(self.address_side(tried));
    }

    /// Refund it when the master password was right.
    pub fn master_password(&self, tried: &MasterTry) -> Result<Tries<'_>, Wait> {
        let device = (&self.master_device, self.key(&(tried.app, tried.device)));
        let address = (&self.master_address, self.key(&(tried.app, Block::of(tried.ip))));
        if tried.known_device {
            return take([device]);
        }
        take([device, address, (&self.master_app, self.key(&tried.app))])
    }

    /// Somebody who stays in the store: counted, and refunded only when nothing came of it.
    pub fn newcomer(&self, ip: IpAddr) -> Result<Tries<'_>, Wait> {
        take([(&self.newcomer, self.key(&Block::of(ip)))])
    }

    /// Somebody who leaves for an identity provider.
    pub fn flow(&self, ip: IpAddr) -> Result<Tries<'_>, Wait> {
        take([(&self.flow, self.key(&Block::of(ip)))])
    }

    /// Refund it when the key was right.
    pub fn api_key(&self, ip: IpAddr) -> Result<Tries<'_>, Wait> {
        take([(&self.api_key, self.key(&Block::of(ip)))])
    }

    /// One request of whoever has this API key.
    pub fn program(&self, key: &[u8; 32]) -> Result<(), Wait> {
        self.program.take(self.key(key)).map_err(|retry_after| Wait { retry_after })
    }

    /// Somebody asks for a mail, whoever it is to. Always counts.
    pub fn ask_for_mail(&self, ip: IpAddr) -> Result<(), Wait> {
        self.ask_mail.take(self.key(&Block::of(ip))).map_err(|retry_after| Wait { retry_after })
    }

    /// A mail that somebody asked for is to go to `whom`, whether or not there is anybody.
    pub fn mail_to(&self, whom: &impl Hash) -> Result<(), Wait> {
        self.mail_to.take(self.key(whom)).map_err(|retry_after| Wait { retry_after })
    }

    /// Forgets what is as good as new; called every minute or so.
    pub fn sweep(&self) {
        for limiter in [
            &self.account,
            &self.known,
            &self.address,
            &self.device,
            &self.master_device,
            &self.master_address,
            &self.master_app,
            &self.newcomer,
            &self.flow,
            &self.api_key,
            &self.program,
            &self.ask_mail,
            &self.mail_to,
        ] {
            limiter.sweep();
        }
    }

    fn known_side(&self, tried: &SignInTry) -> Option<u64> {
        let device = self.device_side(tried);
        if tried.known_device || self.familiar.knows(device) {
            return Some(device);
        }
        let address = self.address_side(tried);
        (tried.known_address || self.familiar.knows(address)).then_some(address)
    }

    fn device_side(&self, tried: &SignInTry) -> u64 {
        self.key(&("device", tried.app, &tried.username, tried.device))
    }

    fn address_side(&self, tried: &SignInTry) -> u64 {
        self.key(&("address", tried.app, &tried.username, Block::of(tried.ip)))
    }

    fn key(&self, what: &impl Hash) -> u64 {
        self.hasher.hash_one(what)
    }
}

/// All or none: what was taken before a refusal is given back.
fn take<'a>(wanted: impl IntoIterator<Item = (&'a Limiter, u64)>) -> Result<Tries<'a>, Wait> {
    let mut tries = Tries(SmallVec::new());
    for (limiter, key) in wanted {
        if let Err(retry_after) = limiter.take(key) {
            tries.refund();
            return Err(Wait { retry_after });
        }
        tries.0.push((limiter, key));
    }
    Ok(tries)
}

/// Whom an address stands for: itself, or for IPv6 the /64 that a single household owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Block(IpAddr);

impl Block {
    pub fn of(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V6(v6) => Self(IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)))),
            v4 => Self(v4),
        }
    }

    /// The first of its addresses.
    pub fn address(self) -> IpAddr {
        self.0
    }
}

#[cfg(test)]
mod tests;

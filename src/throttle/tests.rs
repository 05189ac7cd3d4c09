use super::*;

fn tried(username: &str, ip: &str, device: u8) -> SignInTry {
    SignInTry {
        app: AppId::from_u64(1),
        username: username.parse().unwrap(),
        ip: ip.parse().unwrap(),
        device: DeviceId::from_bytes([device; 10]),
        known_device: false,
        known_address: false,
    }
}

/// How many wrong passwords get through.
fn wrong(throttle: &Throttle, tries: impl Iterator<Item = SignInTry>) -> usize {
    tries.filter(|tried| throttle.sign_in(tried).is_ok()).count()
}

#[test]
fn guessing_one_account_ends_after_ten_from_however_many_addresses() {
    let throttle = Throttle::default();
    let botnet = (0..200).map(|n| tried("a@x", &format!("10.0.{n}.1"), n));
    assert_eq!(wrong(&throttle, botnet), 10);
    let wait = throttle.sign_in(&tried("a@x", "10.9.9.9", 9)).err().unwrap();
    assert!(wait.retry_after > Duration::from_secs(50) && wait.retry_after <= Duration::from_secs(60));
}

#[test]
fn an_attacker_cannot_lock_the_owner_out() {
    let throttle = Throttle::default();
    throttle.remember(&tried("a@x", "10.0.0.1", 1));
    wrong(&throttle, (0..200).map(|n| tried("a@x", &format!("10.1.{n}.1"), 77)));
    assert!(throttle.sign_in(&tried("a@x", "192.168.0.9", 1)).is_ok(), "the owner's device, elsewhere");
    assert!(throttle.sign_in(&tried("a@x", "10.0.0.1", 2)).is_ok(), "the owner's new browser, at home");
    let by_session = SignInTry { known_device: true, ..tried("a@x", "10.2.0.1", 3) };
    assert!(throttle.sign_in(&by_session).is_ok());
}

#[test]
fn a_known_device_cannot_guess_for_ever_either() {
    let throttle = Throttle::default();
    throttle.remember(&tried("a@x", "10.0.0.1", 1));
    assert_eq!(wrong(&throttle, (0..100).map(|_| tried("a@x", "10.0.0.1", 1))), 10);
}

#[test]
fn a_plant_behind_one_address_signs_in_at_shift_start() {
    let throttle = Throttle::default();
    for person in 0..2000 {
        let tried = tried(&format!("p{person}@x"), "10.0.0.1", (person % 200) as u8);
        throttle.sign_in(&tried).ok().unwrap().refund();
        throttle.remember(&tried);
    }
}

#[test]
fn an_address_that_tries_everybody_is_stopped_and_a_slash_64_is_one_address() {
    let throttle = Throttle::default();
    let spray = |n: u32| tried(&format!("p{n}@x"), &format!("2001:db8:1:2::{n:x}"), (n % 250) as u8);
    assert_eq!(wrong(&throttle, (1..1000).map(spray)), 200);
    assert!(throttle.sign_in(&tried("q@x", "2001:db8:1:3::1", 3)).is_ok());
}

#[test]
fn an_ipv4_address_in_ipv6_clothes_is_itself() {
    assert_eq!(Block::of("::ffff:10.0.0.1".parse().unwrap()), Block::of("10.0.0.1".parse().unwrap()));
}

#[test]
fn the_master_password_is_guarded_against_the_whole_world() {
    let throttle = Throttle::default();
    let tried = |n: u32, known_device: bool| MasterTry {
        app: AppId::from_u64(1),
        ip: std::net::Ipv4Addr::from_bits(n << 8).into(),
        device: DeviceId::from_bytes([u8::try_from(n % 251).unwrap(); 10]),
        known_device,
    };
    let through = (0..2000).filter(|n| throttle.master_password(&tried(*n, false)).is_ok()).count();
    assert_eq!(through, 300);
    let spare = MasterTry { device: DeviceId::from_bytes([255; 10]), ..tried(1, true) };
    assert!(throttle.master_password(&spare).is_ok(), "a device that was in before");
}

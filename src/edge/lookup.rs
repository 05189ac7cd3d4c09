//! What upstreams' names mean. Each lookup holds a thread for as long as the resolver thinks, and there are only so many:
//! those who ask for the same name at the same time ask together, so that a silent name server costs no other app.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use tokio::sync::OnceCell;

#[derive(Default)]
pub(super) struct Lookups(RefCell<HashMap<Name, Rc<OnceCell<Found>>>>);

/// With the port that goes with it.
type Name = (Box<str>, u16);
/// An error can be told once only: its kind and text can be told to everybody.
type Found = Result<Rc<[SocketAddr]>, (io::ErrorKind, String)>;

impl Lookups {
    /// Nothing is remembered: the resolver knows how long an answer holds.
    pub(super) async fn find(&self, host: &str, port: u16) -> io::Result<Rc<[SocketAddr]>> {
        self.share(host, port, async || tokio::net::lookup_host((host, port)).await.map(Iterator::collect)).await
    }

    async fn share(
        &self,
        host: &str,
        port: u16,
        ask: impl AsyncFnOnce() -> io::Result<Rc<[SocketAddr]>>,
    ) -> io::Result<Rc<[SocketAddr]>> {
        let name = (Box::from(host), port);
        let under_way = Rc::clone(self.0.borrow_mut().entry(name.clone()).or_default());
        // When whoever asks gives up, the next one of those who wait asks.
        let found =
            under_way.get_or_init(async || ask().await.map_err(|error| (error.kind(), error.to_string()))).await;
        let mut all = self.0.borrow_mut();
        if all.get(&name).is_some_and(|other| Rc::ptr_eq(other, &under_way)) {
            all.remove(&name);
        }
        found.clone().map_err(|(kind, text)| io::Error::new(kind, text))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::pending;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn who_asks_at_the_same_time_asks_together_and_nothing_is_kept() {
        let (lookups, asked) = (Lookups::default(), Cell::new(0));
        let slowly = async || {
            asked.set(asked.get() + 1);
            tokio::task::yield_now().await;
            Err(io::Error::new(io::ErrorKind::NotFound, "nobody knows"))
        };
        let ask = || lookups.share("plc", 80, slowly);
        let (one, two) = tokio::join!(ask(), ask());
        for error in [one.unwrap_err(), two.unwrap_err()] {
            assert_eq!((error.kind(), error.to_string().as_str()), (io::ErrorKind::NotFound, "nobody knows"));
        }
        assert_eq!(asked.get(), 1);
        ask().await.unwrap_err();
        assert_eq!(asked.get(), 2);
        assert!(lookups.0.borrow().is_empty());
    }

    #[tokio::test]
    async fn who_gives_up_takes_nobodys_answer_along() {
        let lookups = Lookups::default();
        let impatient = tokio::time::timeout(Duration::from_millis(1), lookups.share("plc", 80, pending));
        let address: SocketAddr = "127.0.0.1:80".parse().unwrap();
        let (gone, found) = tokio::join!(impatient, lookups.share("plc", 80, async || Ok(Rc::from([address]))));
        assert!(gone.is_err());
        assert_eq!(*found.unwrap(), [address]);
    }

    #[tokio::test]
    async fn a_name_is_looked_up() {
        let found = Lookups::default().find("localhost", 8080).await.unwrap();
        assert!(found.iter().all(|address| address.ip().is_loopback() && address.port() == 8080) && !found.is_empty());
    }
}

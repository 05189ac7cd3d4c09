//! The access log: one line for each request, written when its exchange ends, however it ends.

use std::cell::Cell;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Instant;

use crate::directory::Directory;
use crate::observe::ACCESS;
use crate::policy::{Principal, without_code};

use super::admission::Admission;
use super::origin::Origin;
use super::wire::RequestHead;

/// A request under way; dropping it writes its line, so that a stream that was cut is logged too.
pub(super) struct Access {
    begun: Instant,
    app: String,
    method: String,
    /// Without the query and without codes, which may hold what is nobody's business.
    path: String,
    user: String,
    ip: IpAddr,
    status: Rc<Cell<u16>>,
}

impl Access {
    /// `status` is where the connection notes what it answered.
    pub(super) fn of(
        head: &RequestHead,
        origin: &Origin,
        admission: &Admission,
        directory: &Directory,
        status: &Rc<Cell<u16>>,
    ) -> Self {
        status.set(0);
        Self {
            begun: Instant::now(),
            app: admission.app().map(|entry| entry.app.name.to_string()).unwrap_or_default(),
            method: head.method().to_owned(),
            path: without_code(head.target().path()).to_owned(),
            user: match admission {
                Admission::Forward(permit, ..) | Admission::Vouch(permit, ..) => name(permit.principal(), directory),
                _ => String::new(),
            },
            ip: origin.ip,
            status: Rc::clone(status),
        }
    }
}

fn name(principal: Principal, directory: &Directory) -> String {
    match principal {
        Principal::User(user) => directory.person(user).map(|person| person.username().to_owned()).unwrap_or_default(),
        Principal::Device(device) => device.to_string(),
    }
}

impl Drop for Access {
    fn drop(&mut self) {
        let millis = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Self { app, method, path, user, ip, status, .. } = self;
        let status = status.get();
        tracing::info!(target: ACCESS, app, method, path, status, user, %ip, millis, "request");
    }
}

//! What a form sent. The entrance has made sure already that it is one of our own.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request};

use crate::desk::Expected;
use crate::portal::pages::{Answer, Form};
use crate::portal::revision;

use super::Console;
use super::member::Member;
use super::stop::Stop;

/// As much as the data plane hands over.
const MOST_BYTES: usize = 1024 * 1024;

/// The hidden field that says which revision a form was made of.
pub(super) const REVISION: &str = "revision";

/// What whoever sent the form had seen: what somebody else changed meanwhile is not overwritten.
pub(super) fn expected(form: &Form) -> Expected {
    form.text(REVISION).parse().map_or(Expected::Anything, |number| Expected::OneOf(vec![revision::read(number)]))
}

/// The last argument of a handler that takes a form.
pub(super) struct Sent(pub(super) Form);

impl FromRequest<Arc<Console>> for Sent {
    type Rejection = Answer;

    async fn from_request(request: Request<Body>, _: &Arc<Console>) -> Result<Self, Answer> {
        let member = request.extensions().get::<Member>().cloned();
        let (parts, body) = request.into_parts();
        let read = async {
            let body = to_bytes(body, MOST_BYTES).await.map_err(|_| Stop::BrokenForm)?;
            Form::read(&parts.headers, &body).map_err(|_| Stop::BrokenForm)
        };
        read.await.map(Self).map_err(|stop| match &member {
            Some(member) => member.stop(stop),
            None => stop.problem(),
        })
    }
}

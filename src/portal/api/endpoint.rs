//! One thing that can be asked: what answers it, and what is said of it. Router and description are made of the same.

use axum::handler::Handler;
use axum::routing::{self, MethodRouter};

use std::sync::Arc;

use super::Api;

pub(super) struct Endpoint {
    pub(super) method: &'static str,
    pub(super) path: String,
    /// Of the operation; unique.
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    /// Who may, in words.
    pub(super) right: &'static str,
    /// Names among the described parameters.
    pub(super) query: Vec<&'static str>,
    pub(super) takes: Takes,
    pub(super) gives: Gives,
    /// Whether it can be bound to what was read before (`If-Match`).
    pub(super) is_guarded: bool,
    pub(super) router: MethodRouter<Arc<Api>>,
}

/// The body, by the name of its schema.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    Nothing,
    Json(&'static str),
    /// It may be left out.
    Maybe(&'static str),
}

/// What a success is.
#[derive(Clone, Copy)]
pub(super) enum Gives {
    Nothing,
    Json(u16, &'static str),
    /// A page of rows, or all of them in one of these media types.
    List(&'static str, &'static [&'static str]),
    /// Something else than JSON, by its media types.
    Other(&'static [&'static str]),
}

macro_rules! methods {
    ($($name:ident $method:literal),+) => {$(
        pub(super) fn $name<H, T>(path: impl Into<String>, id: &'static str, handler: H) -> Endpoint
        where
            H: Handler<T, Arc<Api>>,
            T: 'static,
        {
            Endpoint::new($method, path.into(), id, routing::$name(handler))
        }
    )+};
}

methods!(get "get", post "post", put "put", patch "patch", delete "delete");

impl Endpoint {
    fn new(method: &'static str, path: String, id: &'static str, router: MethodRouter<Arc<Api>>) -> Self {
        Self {
            method,
            path,
            id,
            summary: "",
            right: "",
            query: Vec::new(),
            takes: Takes::Nothing,
            gives: Gives::Nothing,
            is_guarded: false,
            router,
        }
    }

    pub(super) fn says(self, summary: &'static str) -> Self {
        Self { summary, ..self }
    }

    /// A permission, `owner`, or who else may.
    pub(super) fn right(self, right: &'static str) -> Self {
        Self { right, ..self }
    }

    pub(super) fn query(mut self, names: &[&'static str]) -> Self {
        self.query.extend(names);
        self
    }

    pub(super) fn takes(self, schema: &'static str) -> Self {
        Self { takes: Takes::Json(schema), ..self }
    }

    pub(super) fn may_take(self, schema: &'static str) -> Self {
        Self { takes: Takes::Maybe(schema), ..self }
    }

    pub(super) fn gives(self, schema: &'static str) -> Self {
        Self { gives: Gives::Json(200, schema), ..self }
    }

    pub(super) fn makes(self, schema: &'static str) -> Self {
        Self { gives: Gives::Json(201, schema), ..self }
    }

    pub(super) fn lists(self, schema: &'static str) -> Self {
        Self { gives: Gives::List(schema, &[]), ..self }.query(&["q", "limit", "cursor"])
    }

    /// The list, in further media types.
    pub(super) fn exports(self, kinds: &'static [&'static str]) -> Self {
        match self.gives {
            Gives::List(schema, _) => Self { gives: Gives::List(schema, kinds), ..self },
            _ => self,
        }
    }

    pub(super) fn streams(self, kinds: &'static [&'static str]) -> Self {
        Self { gives: Gives::Other(kinds), ..self }
    }

    pub(super) fn guarded(self) -> Self {
        Self { is_guarded: true, ..self }
    }
}

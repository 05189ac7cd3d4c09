//! How often one key may ask.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::authority::Program;
use super::{Api, Problem};

/// A program in a loop is told to wait before it keeps the others waiting.
pub(super) async fn limit(
    State(api): State<Arc<Api>>,
    program: Program,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    api.desk.throttle().program(&program.name())?;
    Ok(next.run(request).await)
}

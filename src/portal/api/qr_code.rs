//! An app's address as a code to scan.

use axum::http::header;
use axum::response::IntoResponse;

use crate::portal::qr;

use super::Problem;
use super::authority::AppGrant;

pub(super) async fn of_app(grant: AppGrant) -> Result<impl IntoResponse, Problem> {
    let svg = qr::svg(&grant.entry.app.url.to_string()).ok_or(Problem::Unavailable)?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], svg))
}

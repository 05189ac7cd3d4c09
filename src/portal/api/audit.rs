//! The audit record: of the account, or of one workspace. A list, or an export that streams.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, http};

use crate::desk::{AuditFilter, Flaw};
use crate::portal::audit::{EntryView, ExportBody, Format, Reach, narrow};
use crate::portal::right::SeeAudit;

use super::authority::{AccountGrant, InWorkspace};
use super::list::{ListQuery, Page};
use super::{Api, Problem};

/// What of the record is wanted, and how.
pub(super) struct AuditQuery {
    filter: AuditFilter,
    list: ListQuery,
    export: Option<Format>,
}

impl FromRequestParts<Arc<Api>> for AuditQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Problem> {
        let (mut filter, mut flaws) = (AuditFilter::default(), Vec::new());
        let (mut list, mut export) = (ListQuery::default(), accepted(&parts.headers));
        for (name, value) in url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            match (&*name, &*value) {
                ("format", "csv") => export = Some(Format::Csv),
                ("format", "jsonl") => export = Some(Format::JsonLines),
                ("format", "json") => export = None,
                ("format", _) => flaws.push(Flaw::new("format", "use csv, jsonl or json")),
                (name, value) if narrow(&mut filter, name, value, &mut flaws) || list.take(name, value, &mut flaws) => {
                }
                (other, _) => flaws.push(Flaw::new(
                    other,
                    "this list takes `q`, `actor`, `action`, `app`, `from`, `to`, `format`, `limit` and `cursor`",
                )),
            }
        }
        if flaws.is_empty() { Ok(Self { filter, list, export }) } else { Err(Problem::Invalid(flaws)) }
    }
}

/// The first kind of export that is asked for by name.
fn accepted(headers: &HeaderMap) -> Option<Format> {
    let accept = headers.get(header::ACCEPT)?.to_str().ok()?;
    accept.split(',').find_map(|kind| match kind.split(';').next().unwrap_or_default().trim() {
        "text/csv" => Some(Some(Format::Csv)),
        "application/jsonl" | "application/x-ndjson" => Some(Some(Format::JsonLines)),
        "application/json" => Some(None),
        _ => None,
    })?
}

pub(super) async fn of_account(
    State(api): State<Arc<Api>>,
    _: AccountGrant,
    query: AuditQuery,
) -> Result<Response, Problem> {
    answer(&api, query).await
}

pub(super) async fn of_workspace(
    State(api): State<Arc<Api>>,
    grant: InWorkspace<SeeAudit>,
    query: AuditQuery,
) -> Result<Response, Problem> {
    let filter = AuditFilter { workspace: Some(grant.workspace.id), ..query.filter };
    answer(&api, AuditQuery { filter, ..query }).await
}

async fn answer(api: &Api, query: AuditQuery) -> Result<Response, Problem> {
    let reach = Reach::of(&query.filter);
    if let Some(format) = query.export {
        let name = format!("attachment; filename=\"audit-{}.{}\"", day(api), format.extension());
        let body = Body::new(ExportBody::new(api.desk.export_audit(query.filter), format, reach));
        let headers = [(header::CONTENT_TYPE, format.content_type().to_owned()), (header::CONTENT_DISPOSITION, name)];
        return Ok((http::StatusCode::OK, headers, body).into_response());
    }
    let before = query.list.after(|text| reach.read(text))?;
    let (entries, next) = api.desk.audit(query.filter, query.list.limit, before).await?;
    let rows: Vec<EntryView<'_>> = entries.iter().map(|audited| EntryView::of(audited, reach)).collect();
    Ok(Json(Page::new(rows, next.map(|place| reach.show(place)))).into_response())
}

fn day(api: &Api) -> String {
    api.desk.clock().now().to_string().chars().take(10).collect()
}

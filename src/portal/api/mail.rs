//! The mail queue: list, try again, delete, and a test mail. For keys of the whole account.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use crate::desk::MailView;
use crate::domain::{AppId, Email, Language, MailId, Timestamp};
use crate::mail::Dialogue;

use super::authority::{AccountGrant, Id};
use super::body::Fields;
use super::list::{ListQuery, Page};
use super::{Api, Problem};

#[derive(Serialize)]
pub(super) struct MailRow {
    id: MailId,
    to: Email,
    kind: &'static str,
    app: AppId,
    state: &'static str,
    created_at: Timestamp,
    next_try_at: Option<Timestamp>,
    tries: u32,
    last_error: Option<String>,
}

impl From<MailView> for MailRow {
    fn from(mail: MailView) -> Self {
        Self {
            id: mail.id,
            to: mail.to,
            kind: mail.kind.as_str(),
            app: mail.app,
            state: if mail.is_stuck { "stuck" } else { "queued" },
            created_at: mail.created_at,
            next_try_at: mail.next_try_at,
            tries: mail.tries,
            last_error: mail.last_error,
        }
    }
}

#[derive(Serialize)]
pub(super) struct TestView {
    ok: bool,
    dialogue: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl From<Dialogue> for TestView {
    fn from(dialogue: Dialogue) -> Self {
        Self { ok: dialogue.error.is_none(), dialogue: dialogue.lines, error: dialogue.error }
    }
}

/// The oldest first.
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    _: AccountGrant,
    query: ListQuery,
) -> Result<Json<Page<MailRow>>, Problem> {
    let mut mails = api.desk.mails().await?;
    mails.retain(|mail| query.wants([mail.to.as_str(), mail.kind.as_str(), mail.last_error.as_deref().unwrap_or("")]));
    // Also before 1970, where a clock that was never set may be.
    let place = |mail: &MailView| format!("{:020}-{}", mail.created_at.as_millis().abs_diff(i64::MIN), mail.id);
    let (mails, next) = query.cut(mails, place)?;
    Ok(Json(Page::new(mails.into_iter().map(MailRow::from).collect(), next)))
}

pub(super) async fn retry(
    State(api): State<Arc<Api>>,
    _: AccountGrant,
    Id(mail): Id<MailId>,
) -> Result<Json<MailRow>, Problem> {
    Ok(Json(api.desk.retry_mail(mail).await?.into()))
}

pub(super) async fn delete(
    State(api): State<Arc<Api>>,
    _: AccountGrant,
    Id(mail): Id<MailId>,
) -> Result<StatusCode, Problem> {
    api.desk.delete_mail(mail).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says what was said between the gateway and the mail server, whether or not the mail got out.
pub(super) async fn test(
    State(api): State<Arc<Api>>,
    _: AccountGrant,
    mut fields: Fields,
) -> Result<Json<TestView>, Problem> {
    let to = fields.required("to", Fields::parsed::<Email>);
    let language: Option<Language> = fields.chosen("language", "en or de");
    fields.finish()?;
    let Some(to) = to else { return Err(Problem::flaw("to", "is needed")) };
    let dialogue = api.desk.send_test_mail(&to, language.unwrap_or(Language::En)).await?;
    Ok(Json(dialogue.into()))
}

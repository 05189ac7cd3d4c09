//! `Idempotency-Key`: a POST that is sent twice happens once, and is answered twice with the same bytes.
//!
//! Only success is remembered: what was refused has changed nothing and may be tried anew, with the same key, too.
//! Nothing is written down: a restart forgets. Answers carry links, which the store must not hold in plain text.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{Context, SHA256};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::authority::Program;
use super::{Api, Problem};

/// Longer than any program tries again at once; a new attempt on the next day is a new wish.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);
/// Answers kept at a time, the newest.
const ANSWERS: usize = 1000;
/// What they may take together. Most have a few hundred bytes; a thousand invites with a code to scan each have ten
/// million, and above all those must not go out twice.
const BYTES: usize = 32 * 1024 * 1024;
/// A longer answer is not kept, and its request happens anew.
const ANSWER_MOST: usize = BYTES / 2;
/// What the data plane hands over is no longer than this anyway.
const BODY_MOST: usize = 1024 * 1024;
/// Of the header: a UUID has 36 characters.
const KEY_MOST: usize = 255;

type Hash = [u8; 32];

/// What was asked, and by whom; a program whose scope has changed since is another.
type Wish = (Program, Hash);

/// What is remembered.
#[derive(Default)]
pub(super) struct Answers(Mutex<HashMap<Wish, Memory>>);

struct Memory {
    body: Hash,
    since: Instant,
    /// `None` while the request is at work.
    answer: Option<Answer>,
}

#[derive(Clone)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// Lets each wish happen once.
pub(super) async fn once(
    State(api): State<Arc<Api>>,
    program: Program,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let Some(key) = key(&request)? else { return Ok(next.run(request).await) };
    let wish = (program, hash(&[request.uri().to_string().as_bytes(), key.as_bytes()]));
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BODY_MOST).await.map_err(|_| Problem::TooLarge { most: BODY_MOST })?;
    let turn = match api.answers.begin(wish, hash(&[&body]), Instant::now())? {
        Begun::Answered(answer) => return Ok(answer.into_response()),
        Begun::Now(turn) => turn,
    };
    let response = next.run(Request::from_parts(head, Body::from(body))).await;
    Ok(turn.end(response).await)
}

/// The key of a request that has one. Other methods than POST can be repeated as they are.
fn key(request: &Request) -> Result<Option<String>, Problem> {
    const FIELD: &str = "Idempotency-Key";
    let mut given = request.headers().get_all(FIELD).iter();
    let Some(first) = given.next().filter(|_| request.method() == Method::POST) else { return Ok(None) };
    let text = first.to_str().ok().filter(|_| given.next().is_none());
    let key =
        text.filter(|text| (1..=KEY_MOST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()));
    let flaw = || Problem::flaw(FIELD, format!("send it once, with 1 to {KEY_MOST} visible characters"));
    key.map(|key| Some(key.to_owned())).ok_or_else(flaw)
}

enum Begun<'a> {
    Now(Turn<'a>),
    Answered(Answer),
}

/// The right to make a wish come true. Dropped before its end, as when the program hangs up, it leaves nothing behind.
struct Turn<'a> {
    answers: &'a Answers,
    wish: Wish,
    is_kept: bool,
}

impl Answers {
    fn begin(&self, wish: Wish, body: Hash, now: Instant) -> Result<Begun<'_>, Problem> {
        let mut known = self.lock();
        known.retain(|_, memory| memory.answer.is_none() || now.duration_since(memory.since) < REMEMBERED);
        match known.get(&wish) {
            Some(memory) if memory.body != body => Err(Problem::flaw(
                "Idempotency-Key",
                "was sent with another body before; a new request takes a new key",
            )),
            Some(Memory { answer: Some(answer), .. }) => Ok(Begun::Answered(answer.clone())),
            Some(Memory { answer: None, .. }) => {
                Err(Problem::Conflict("the first request with this Idempotency-Key is still at work".to_owned()))
            }
            None => {
                make_room(&mut known, 1, 0);
                known.insert(wish.clone(), Memory { body, since: now, answer: None });
                Ok(Begun::Now(Turn { answers: self, wish, is_kept: false }))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Wish, Memory>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The oldest answers go. What is at work stays: its number is bounded by the portal.
fn make_room(known: &mut HashMap<Wish, Memory>, more: usize, bytes: usize) {
    let length = |memory: &Memory| memory.answer.as_ref().map_or(0, |answer| answer.body.len());
    let mut held: usize = known.values().map(length).sum();
    while known.len() + more > ANSWERS || held + bytes > BYTES {
        let answered = known.iter().filter(|(_, memory)| memory.answer.is_some());
        let oldest = answered.min_by_key(|(_, memory)| memory.since).map(|(wish, _)| wish.clone());
        let Some(gone) = oldest.and_then(|oldest| known.remove(&oldest)) else { return };
        held -= length(&gone);
    }
}

impl Turn<'_> {
    async fn end(mut self, response: Response) -> Response {
        let (head, body) = response.into_parts();
        // Handlers answer from memory: there is nothing that could be cut short.
        let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
        if head.status.is_success() && body.len() <= ANSWER_MOST {
            let answer = Answer { status: head.status, headers: head.headers.clone(), body: body.clone() };
            let mut known = self.answers.lock();
            make_room(&mut known, 0, body.len());
            if let Some(memory) = known.get_mut(&self.wish) {
                memory.answer = Some(answer);
                self.is_kept = true;
            }
        }
        Response::from_parts(head, Body::from(body))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            self.answers.lock().remove(&self.wish);
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        (self.status, self.headers, self.body).into_response()
    }
}

/// Of parts, each with its length, so that none can pass for the next one's beginning.
fn hash(parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&part.len().to_le_bytes());
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(number: usize) -> Wish {
        (Program::of_test(), hash(&[&number.to_le_bytes()]))
    }

    async fn granted(answers: &Answers, number: usize, body: usize, now: Instant) {
        let Ok(Begun::Now(turn)) = answers.begin(wish(number), hash(&[]), now) else { panic!("{number}") };
        turn.end(Response::new(Body::from("x".repeat(body)))).await;
    }

    fn is_known(answers: &Answers, number: usize, now: Instant) -> bool {
        matches!(answers.begin(wish(number), hash(&[]), now), Ok(Begun::Answered(_)))
    }

    #[tokio::test]
    async fn answers_are_remembered_for_an_hour() {
        let (answers, start) = (Answers::default(), Instant::now());
        granted(&answers, 1, 9, start).await;
        assert!(is_known(&answers, 1, start + REMEMBERED - Duration::from_secs(1)));
        assert!(!is_known(&answers, 1, start + REMEMBERED));
    }

    #[tokio::test]
    async fn the_oldest_answer_makes_room_and_long_ones_are_not_kept() {
        let (answers, start) = (Answers::default(), Instant::now());
        let at = |number: usize| start + Duration::from_millis(number as u64);
        for number in 0..ANSWERS + 5 {
            granted(&answers, number, 9, at(number)).await;
        }
        assert_eq!(answers.lock().len(), ANSWERS);
        assert!(is_known(&answers, 5, at(ANSWERS)) && !is_known(&answers, 4, at(ANSWERS)));
        granted(&answers, 9999, ANSWER_MOST + 1, at(9999)).await;
        assert!(!is_known(&answers, 9999, at(9999)));
        for number in 10_000..10_003 {
            granted(&answers, number, ANSWER_MOST - 1, at(number)).await;
        }
        let held: Vec<usize> = (10_000..10_003).filter(|number| is_known(&answers, *number, at(*number))).collect();
        assert_eq!(held, [10_001, 10_002]);
    }

    #[test]
    fn who_hangs_up_leaves_nothing_behind() {
        let (answers, now) = (Answers::default(), Instant::now());
        let turn = answers.begin(wish(1), hash(&[]), now);
        assert!(matches!(answers.begin(wish(1), hash(&[]), now), Err(Problem::Conflict(_))));
        drop(turn);
        assert!(matches!(answers.begin(wish(1), hash(&[]), now), Ok(Begun::Now(_))));
    }
}

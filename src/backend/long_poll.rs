//! `--backend long-poll`: an HTTP request is held until there is something to say.
//!
//! A member asks "what came after message 17?" and the server does not answer until something did,
//! or until the wait is over (RFC 6202 §2). Then the member asks again. Nothing is kept between two
//! questions: the number in the question is the whole state, so what was said in between is simply
//! part of the next answer, and one answer carries everything that has come (batching).

use std::future::poll_fn;
use std::io::{self, Write};
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::{Request, Response, StatusCode};
use tokio::time;

use super::flow;
use super::http_server::{self, Guest, Service, asked, response};
use super::route::{Answer, Route, Site};
use super::{Backend, Door, Stop};
use crate::chat::{Cursor, News, Rooms, Start, Ticket};
use crate::message::{Message, Receipt, Wire};

/// Held requests.
#[derive(Debug)]
pub(super) struct LongPoll;

impl Backend for LongPoll {
    fn name(&self) -> &'static str {
        "long-poll"
    }

    fn about(&self) -> &'static str {
        "an HTTP request is held until there is something to say (hyper, HTTP/1.1)"
    }

    fn wire(&self) -> Wire {
        Wire::LongPoll
    }

    fn serve(&self, door: Door, rooms: Arc<Rooms>, stop: &Stop) -> io::Result<()> {
        let site = Site { backend: self.name(), wire: self.wire(), rooms };
        http_server::serve(door, &site, stop, &Holding(site.clone()))
    }
}

/// Answers requests, some of them late.
#[derive(Debug, Clone)]
struct Holding(Site);

impl Service for Holding {
    async fn answer(&self, request: Request<Incoming>, guest: Guest) -> Response<Full<Bytes>> {
        let site = &self.0;
        let answer = match site.route(&asked(&request)) {
            Route::Answer(answer) => Ok(answer),
            Route::Poll(ticket) => {
                // The request's head lies in hyper's read buffer. Holding the poll must not mean
                // holding the buffer: 4 KiB for each member who waits.
                drop(request);
                let answer = poll(site, &ticket).await;
                guest.was_answered();
                answer
            }
            // In boxes, so that reading a body does not enlarge the task of everybody who waits.
            Route::Say(ticket) => Box::pin(say(site, &ticket, request, &guest)).await,
            Route::EchoBody => Box::pin(echo(site, request)).await,
            Route::Chat(..) | Route::Echo(_) => {
                unreachable!("routes of another wire are answered with 404")
            }
        };
        response(answer.unwrap_or_else(|refusal| refusal))
    }
}

/// `GET /poll`: waits for news, for the end of the room, or for the end of patience.
async fn poll(site: &Site, ticket: &Ticket) -> Result<Answer, Answer> {
    let room = site.rooms.open(&ticket.room).map_err(|refusal| Answer::refused_say(&refusal))?;
    let mut cursor = room.join(&ticket.start);
    let mut news = Messages::default();
    // Who has no position yet, or one of another life of the log, is told its position at once.
    let patience = match ticket.start {
        Start::Head => time::Duration::ZERO,
        Start::After { .. } if cursor.was_reset() => time::Duration::ZERO,
        Start::After { .. } => ticket.wait,
    };
    // slide: wait
    if !news.take(&mut cursor, site) && !patience.is_zero() {
        let arrival = poll_fn(|task| news.poll(&mut cursor, site, task.waker()));
        let _ = time::timeout(patience, arrival).await;
    }
    Ok(Answer::json(StatusCode::OK, news.into_answer(&cursor)))
    // slide: end
}

/// `POST /say`: the body is one message; its number is the acknowledgement (R3).
async fn say(
    site: &Site,
    ticket: &Ticket,
    request: Request<Incoming>,
    guest: &Guest,
) -> Result<Answer, Answer> {
    let body = read_body(site, request, site.rooms.limits().frame_bytes).await?;
    let room = site.rooms.open(&ticket.room).map_err(|refusal| Answer::refused_say(&refusal))?;
    let said = |()| site.rooms.say_encoded(&room, &ticket.name, &body);
    let seq = guest.may_say().and_then(said);
    if seq.as_ref().is_err_and(flow::is_flood) {
        time::sleep(flow::PENALTY).await;
    }
    let seq = seq.map_err(|refusal| Answer::refused_say(&refusal))?;
    let mut receipt = Vec::new();
    Receipt { seq }.encode(&mut receipt);
    Ok(Answer::json(StatusCode::OK, receipt))
}

/// `POST /echo`: the body comes back.
async fn echo(site: &Site, request: Request<Incoming>) -> Result<Answer, Answer> {
    let given = request.headers().get(hyper::header::CONTENT_TYPE);
    let content_type = given.and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or("application/octet-stream").to_owned().into();
    let body = read_body(site, request, site.rooms.limits().echo_bytes).await?;
    let body = Vec::from(body).into();
    Ok(Answer { status: StatusCode::OK, content_type, headers: &[], body, is_last: false })
}

/// A whole request body, if it is not too large and does not take too long.
async fn read_body(site: &Site, request: Request<Incoming>, most: usize) -> Result<Bytes, Answer> {
    let too_large = || {
        let why = format!("a body here has at most {most} bytes");
        Err(Answer::refuse(StatusCode::PAYLOAD_TOO_LARGE, "too-large", why))
    };
    if request.body().size_hint().lower() > most as u64 {
        // It is not waited for, nor is memory taken for what was only announced.
        return too_large();
    }
    let body = Limited::new(request.into_body(), most).collect();
    match time::timeout(site.rooms.limits().handshake_deadline, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => too_large(),
        Ok(Err(_)) => {
            Err(Answer::refuse(StatusCode::BAD_REQUEST, "bad-body", "the body broke off"))
        }
        Err(_) => {
            let why = "the body took too long";
            Err(Answer::refuse(StatusCode::REQUEST_TIMEOUT, "too-slow", why))
        }
    }
}

/// The `messages` of an answer while it is being collected: the log's entries, with commas.
#[derive(Debug, Default)]
struct Messages {
    json: Vec<u8>,
    missed: u64,
}

impl Messages {
    /// Takes what is there; says whether there was anything.
    fn take(&mut self, cursor: &mut Cursor, site: &Site) -> bool {
        self.poll(cursor, site, std::task::Waker::noop()).is_ready()
    }

    /// Ready when there was something to take or there will never be anything again.
    fn poll(&mut self, cursor: &mut Cursor, site: &Site, waker: &std::task::Waker) -> Poll<()> {
        let Messages { json, missed } = self;
        let batch = cursor.read(waker, site.rooms.limits().batch_bytes, |news| match news {
            News::Lagged { missed: more, .. } => *missed += more,
            News::Entry(entry) => {
                if !json.is_empty() {
                    json.push(b',');
                }
                json.extend_from_slice(entry);
            }
        });
        if batch.is_empty() && !batch.closed {
            return Poll::Pending;
        }
        site.rooms.stats().delivered(&batch);
        Poll::Ready(())
    }

    fn into_answer(self, cursor: &Cursor) -> Vec<u8> {
        let (epoch, next, missed) = (cursor.room().epoch(), cursor.position(), self.missed);
        let reset = if cursor.was_reset() { r#","reset":true"# } else { "" };
        let mut body = Vec::with_capacity(self.json.len() + 96);
        // The messages are JSON already; only what stands around them is written here.
        write!(body, r#"{{"epoch":"{epoch}","next":{next},"missed":{missed}{reset},"messages":["#)
            .expect("writing to memory cannot fail");
        body.extend_from_slice(&self.json);
        body.extend_from_slice(b"]}");
        body
    }
}

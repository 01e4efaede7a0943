//! What is where on the stage, and who may ask for it.
//!
//! Whoever sits at the machine may do everything. Whoever comes from another one needs the room
//! code, and may read pages, chat and vote; the lanes and the run sheet obey the machine alone.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::broadcast;
use tokio::time::timeout;

use super::Setup;
use super::assets;
use super::crowd::{Crowd, MOST, RATE, RATES};
use super::door::{Door, body, check_origin, order};
use super::experiments::Experiments;
use super::hall::{Full, Hall};
use super::http::{Connection, NoRequest, POLICY, Request, Response};
use super::lane::{Gate, LONGEST, Lane};
use super::passing::{Asked, Onward, Taps, pass};
use super::poster;
use super::recorded::Recorded;
use super::vanish::Vanish;
use crate::show::{Lang, Theme};

/// How often an idle stream of events says that it is alive.
const ALIVE: Duration = Duration::from_secs(15);

/// The stage.
#[derive(Debug)]
pub(super) struct Stage {
    lanes: Vec<Arc<Lane>>,
    setup: Setup,
    taps: Arc<Taps>,
    onward: Onward,
    crowd: Arc<Crowd>,
    hall: Hall,
    /// What a phone is to open.
    address: String,
    door: Door,
    vanish: Vanish,
    experiments: Experiments,
    recorded: Arc<Recorded>,
}

/// What becomes of a request.
enum Reply {
    Whole(Response),
    Lane(Arc<Lane>, Option<String>, String),
    /// Something that takes a while to draw.
    Drawn(Box<dyn FnOnce() -> Response + Send>),
    Events(broadcast::Receiver<String>),
}

impl Stage {
    pub(super) fn new(lanes: Vec<Arc<Lane>>, mut setup: Setup, address: String) -> Self {
        let (taps, onward, crowd) = (Taps::new(), Onward::default(), Arc::default());
        let hall = Hall::new(setup.phones_per_address);
        let door = Door::new(setup.room_code.clone());
        let recorded = Arc::new(Recorded::new(std::mem::take(&mut setup.results)));
        let experiments = Experiments::new(Arc::clone(&recorded));
        let vanish = Vanish::default();
        Stage {
            lanes,
            setup,
            taps,
            onward,
            crowd,
            hall,
            address,
            door,
            vanish,
            experiments,
            recorded,
        }
    }

    /// Ends what would outlive the lecture.
    pub(super) fn end(&self) {
        self.vanish.end();
        self.experiments.end();
    }

    /// Answers the requests of one connection.
    pub(super) async fn attend(self: Arc<Self>, stream: TcpStream, peer: IpAddr) {
        let mut connection = Connection::new(stream, peer.to_canonical());
        loop {
            let request = match connection.request().await {
                Ok(request) => request,
                Err(NoRequest::Gone) => return,
                Err(NoRequest::Bad(refusal)) => {
                    let _ = connection.answer(&refusal, true).await;
                    return;
                }
            };
            let went = match self.route(&request).unwrap_or_else(Reply::Whole) {
                Reply::Whole(response) => connection.answer(&response, false).await.map(|()| true),
                Reply::Lane(lane, mark, target) => {
                    let asked = Asked { lane: &lane, taps: &self.taps, mark, target };
                    pass(&mut connection, &self.onward, &request, &asked).await
                }
                Reply::Drawn(draw) => {
                    let drawn = tokio::task::spawn_blocking(draw).await;
                    let broken = |_| Response::refuse(500, "broken", "it could not be drawn");
                    connection.answer(&drawn.unwrap_or_else(broken), false).await.map(|()| true)
                }
                Reply::Events(events) => stream_events(&mut connection, events).await,
            };
            if !went.unwrap_or(false) {
                return;
            }
        }
    }

    fn route(&self, request: &Request) -> Result<Reply, Response> {
        check_origin(request)?;
        if let Some(passed) = self.door.check(request)? {
            return Ok(Reply::Whole(passed));
        }
        let path = request.path.as_str();
        if let Some(rest) = path.strip_prefix("/lane/") {
            return self.lane(request, rest);
        }
        match (request.method.as_str(), path) {
            ("POST", "/control") => self.control(request).map(Reply::Whole),
            ("POST", "/crowd") => self.crowd(request).map(Reply::Whole),
            ("POST", "/steer") => self.steer(request).map(Reply::Whole),
            ("POST", "/vote") => self.vote(request).map(Reply::Whole),
            ("POST", "/vanish") => self.let_vanish(request).map(Reply::Whole),
            ("POST", "/lab") => self.experiment(request).map(Reply::Whole),
            ("GET", "/lab.json") => Ok(Reply::Whole(self.experiments_told(request))),
            ("GET", "/vanish.json") => Ok(Reply::Whole(self.vanish_told(request))),
            ("GET", "/hall.json") => Ok(Reply::Whole(Response::json(&self.hall_told(request)))),
            ("GET", "/join.svg") => Ok(Reply::Whole(poster::draw(&self.address))),
            ("GET", "/phone") => self.phone(request).map(Reply::Whole),
            ("GET", "/lanes") => Ok(Reply::Whole(Response::json(&self.told()))),
            ("GET", "/health") => Ok(Reply::Whole(Response::json(&self.health()))),
            ("GET", _) if path.starts_with("/tap/") => {
                let events = self.taps.watch(&path["/tap/".len()..]);
                let full = || Response::refuse(503, "full", "too many look at the wire already");
                events.map(Reply::Events).ok_or_else(full)
            }
            ("GET", _) if path.starts_with("/recorded/") => {
                Ok(self.recorded(request, &path["/recorded/".len()..]))
            }
            ("GET", _) => self.file(path).map(Reply::Whole),
            _ => {
                Err(Response::refuse(405, "wrong-method", "this path takes GET")
                    .with("Allow", "GET"))
            }
        }
    }

    fn file(&self, path: &str) -> Result<Response, Response> {
        if let Some(rest) = path.strip_prefix("/slides/") {
            let folder = self.setup.slides.as_deref();
            let why = "there is no such slide; lecture --slides DIR says where they are";
            let slide = folder.and_then(|folder| assets::slide(folder, rest));
            return slide.ok_or_else(|| Response::refuse(404, "not-found", why));
        }
        let why = "nothing is served at this path: try /";
        assets::at(path).ok_or_else(|| Response::refuse(404, "not-found", why))
    }

    /// `NAME.json` or `NAME.svg`, with `lang=de` and `theme=dark` where they are wanted.
    fn recorded(&self, request: &Request, file: &str) -> Reply {
        let chosen = |name: &str| request.parameter(name).unwrap_or_default();
        let lang = if chosen("lang") == "de" { Lang::De } else { Lang::En };
        let theme = if chosen("theme") == "dark" { Theme::Dark } else { Theme::Light };
        let (file, recorded) = (file.to_owned(), Arc::clone(&self.recorded));
        Reply::Drawn(Box::new(move || {
            let found = match file.rsplit_once('.') {
                Some((name, "json")) => recorded.told(name, lang).map(|told| Response::json(&told)),
                Some((name, "svg")) => recorded
                    .picture(name, lang, theme)
                    .map(|picture| Response::ok("image/svg+xml", picture)),
                _ => None,
            };
            let why = "nothing of this name is in the results; lecture --results FILE adds some";
            found.unwrap_or_else(|| Response::refuse(404, "not-found", why))
        }))
    }

    /// The lanes and what goes through them.
    fn told(&self) -> Value {
        let lanes: Vec<Value> = self.lanes.iter().map(|lane| lane.to_json()).collect();
        let crowd = self.crowd.to_json();
        json!({ "lang": self.setup.lang, "crowd": crowd, "slides": self.setup.slides.is_some(), "lanes": lanes })
    }

    fn health(&self) -> Value {
        let lanes = self.lanes.iter().map(|lane| json!({ "name": lane.name, "wire": lane.wire }));
        json!({ "status": "ok", "lecture": true, "lang": self.setup.lang, "lanes": lanes.collect::<Vec<_>>() })
    }

    /// `/lane/NAME/PATH`, or `/lane/NAME/~MARK/PATH` for somebody who taps what bears the mark.
    fn lane(&self, request: &Request, rest: &str) -> Result<Reply, Response> {
        let nothing = || Response::refuse(404, "not-found", "there is no lane of this name");
        let (name, mut path) = rest.split_once('/').ok_or_else(nothing)?;
        let lane = self.lanes.iter().find(|lane| lane.name == name).ok_or_else(nothing)?;
        let mut mark = None;
        if let Some(marked) = path.strip_prefix('~') {
            let (found, rest) = marked.split_once('/').ok_or_else(nothing)?;
            (mark, path) = (Some(found.to_owned()), rest);
        }
        // Whatever else HTTP has could be understood in two ways by the two who read it: bodies of a GET,
        // answers to HEAD that have a length and no body, and answers before the answer.
        let plain = match request.method.as_str() {
            "GET" => request.body.is_empty(),
            "POST" => true,
            _ => false,
        };
        if !plain || request.header("expect").is_some() {
            let why = "a lane takes GET without a body and POST, and no Expect";
            return Err(Response::refuse(400, "bad-request", why));
        }
        let query = if request.query.is_empty() { "" } else { "?" };
        let target = format!("/{path}{query}{}", request.query);
        Ok(Reply::Lane(Arc::clone(lane), mark, target))
    }

    /// Changes what lanes do.
    fn control(&self, request: &Request) -> Result<Response, Response> {
        let order = order(request)?;
        let bad = |why: &str| Response::refuse(400, "bad-order", why);
        let lanes: Vec<_> = match order["lane"].as_str() {
            Some("all") => self.lanes.iter().collect(),
            name => self.lanes.iter().filter(|lane| Some(lane.name) == name).collect(),
        };
        if lanes.is_empty() {
            return Err(bad("lane is the name of a backend, or all"));
        }
        let delay = match &order["delay_ms"] {
            Value::Null => None,
            value => {
                let most = LONGEST.as_secs_f64() * 1e3;
                let delay = value.as_f64().filter(|delay| (0.0..=most).contains(delay));
                let delay = delay.ok_or_else(|| bad("delay_ms is a number from 0 to 2000"))?;
                Some(Duration::from_secs_f64(delay / 1e3))
            }
        };
        let gate = match &order["state"] {
            Value::Null => None,
            value => {
                let gate = value.as_str().and_then(Gate::named);
                Some(gate.ok_or_else(|| bad("state is open, frozen or cut"))?)
            }
        };
        for lane in lanes {
            if let Some(delay) = delay {
                lane.set_delay(delay);
            }
            if let Some(gate) = gate {
                lane.set_gate(gate);
            }
        }
        Ok(Response::json(&self.told()))
    }

    /// Lets so many members of the load generator speak in each lane for a few seconds.
    fn crowd(&self, request: &Request) -> Result<Response, Response> {
        let order = order(request)?;
        let rate = order.get("rate").map_or(Some(RATE), Value::as_f64);
        let Some(rate) = rate.filter(|rate| RATES.contains(rate)) else {
            return Err(Response::refuse(400, "bad-order", "rate is a number from 1 to 50"));
        };
        let members = order["members"].as_u64().and_then(|members| members.try_into().ok());
        let members = members.filter(|members| (1..=MOST).contains(members));
        let Some(members) = members else {
            return Err(Response::refuse(400, "bad-order", "members is a number from 1 to 200"));
        };
        if !self.crowd.play(members, rate, &self.lanes) {
            return Err(Response::refuse(409, "busy", "the load generator is still running"));
        }
        Ok(Response::json(&self.told()))
    }

    /// The page of a phone; whoever comes for the first time gets a mark.
    fn phone(&self, request: &Request) -> Result<Response, Response> {
        let page = self.file("/phone")?;
        if request.cookie("phone").is_some_and(|mark| self.hall.knows(mark)) {
            return Ok(page);
        }
        // A phone that cannot come in gets the page, too, which says why and tries again.
        let status = match self.hall.enter(request.peer) {
            Ok(mark) => {
                let kept = format!("phone={mark}; HttpOnly; SameSite=Strict; Path=/");
                return Ok(page.with("Set-Cookie", kept));
            }
            Err(Full::Hall) => 503,
            Err(Full::Address) => 429,
        };
        Ok(Response { status, ..page }.with("Retry-After", "10"))
    }

    fn hall_told(&self, request: &Request) -> Value {
        let lanes: Vec<_> = self.lanes.iter().map(|lane| lane.name).collect();
        let mut told = self.hall.told(request.cookie("phone"), &lanes);
        if request.peer.is_loopback() {
            told["address"] = json!(self.address);
            told["code"] = json!(self.setup.room_code);
        }
        // Nobody shall vote by what was measured.
        if told["frozen"] == true {
            let question = told["question"].as_str().unwrap_or_default().to_owned();
            told["measured"] = self.recorded.answers(&question);
            told["verdict"] = self.recorded.verdict(&question);
        }
        told
    }

    /// Kills, freezes or cuts off a client.
    fn let_vanish(&self, request: &Request) -> Result<Response, Response> {
        self.vanish.begin(&order(request)?)?;
        Ok(self.vanish_told(request))
    }

    fn vanish_told(&self, request: &Request) -> Response {
        let mut told = self.vanish.to_json();
        told["steers"] = json!(request.peer.is_loopback());
        Response::json(&told)
    }

    /// Begins an experiment of the lab, or ends it.
    fn experiment(&self, request: &Request) -> Result<Response, Response> {
        self.experiments.order(&order(request)?)?;
        Ok(self.experiments_told(request))
    }

    fn experiments_told(&self, request: &Request) -> Response {
        let mut told = self.experiments.to_json();
        told["steers"] = json!(request.peer.is_loopback());
        Response::json(&told)
    }

    fn vote(&self, request: &Request) -> Result<Response, Response> {
        self.hall.vote(request.cookie("phone").unwrap_or_default(), &body(request)?)?;
        Ok(Response::json(&self.hall_told(request)))
    }

    fn steer(&self, request: &Request) -> Result<Response, Response> {
        self.hall.steer(&order(request)?)?;
        Ok(Response::json(&self.hall_told(request)))
    }
}

/// Sends events until nobody listens or nobody speaks any more. The connection ends with it.
async fn stream_events(
    connection: &mut Connection,
    mut events: broadcast::Receiver<String>,
) -> std::io::Result<bool> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\
         Content-Security-Policy: {POLICY}\r\nConnection: close\r\n\r\n: here\n\n"
    );
    connection.stream.write_all(head.as_bytes()).await?;
    let mut ahead = [0];
    loop {
        let told = tokio::select! {
            told = timeout(ALIVE, events.recv()) => told,
            // An event stream is never asked anything: whoever is readable has gone.
            _ = connection.stream.peek(&mut ahead) => return Ok(false),
        };
        let line = match told {
            Ok(Ok(event)) => format!("data: {event}\n\n"),
            Ok(Err(broadcast::error::RecvError::Lagged(missed))) => {
                format!("data: {{\"missed\":{missed}}}\n\n")
            }
            Ok(Err(broadcast::error::RecvError::Closed)) => return Ok(false),
            Err(_) => ": still here\n\n".to_owned(),
        };
        connection.stream.write_all(line.as_bytes()).await?;
    }
}

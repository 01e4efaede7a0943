use duplex_lab::{
    compare::floor, load::*, machine::Interrupt, message::Wire, plan::Plan, scenario,
};
use std::time::Duration;
struct Quiet;
impl Observer for Quiet {
    fn phase(&mut self, phase: Phase) {
        eprintln!("{phase:?}");
    }
    fn progress(&mut self, p: &Progress) {
        if std::env::var("V").is_ok() {
            eprintln!("{p:?}");
        }
    }
}
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let mut s = scenario::named(&a[1]).unwrap();
    if let Ok(m) = std::env::var("MEMBERS") {
        s.members = m.parse().unwrap();
    }
    if let Ok(m) = std::env::var("RATE") {
        s.rate = m.parse().unwrap();
    }
    if let Ok(m) = std::env::var("SECS") {
        s.duration = Duration::from_secs(m.parse().unwrap());
    }
    let wire = match a[2].as_str() {
        "ws" => Wire::WebSocket,
        "poll" => Wire::LongPoll,
        _ => Wire::Bare,
    };
    let i = Interrupt::new();
    let addr = if a[3] == "floor" {
        let l = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = l.local_addr().unwrap();
        let i = i.clone();
        std::thread::Builder::new().spawn(move || floor::serve(l, &i)).unwrap();
        addr
    } else {
        a[3].parse().unwrap()
    };
    let plan = Plan::new(&s, 1);
    let o = run(&s, &plan, &Target { addr, wire }, &mut Quiet, &i).unwrap();
    let q = |h: &hdrhistogram::Histogram<u64>| {
        format!(
            "p50 {} p90 {} p99 {} p999 {} max {} us",
            h.value_at_quantile(0.5) / 1000,
            h.value_at_quantile(0.9) / 1000,
            h.value_at_quantile(0.99) / 1000,
            h.value_at_quantile(0.999) / 1000,
            h.max() / 1000
        )
    };
    println!(
        "response {}\nservice  {}\nsend_lag {}",
        q(&o.response),
        q(&o.service),
        q(&o.send_lag)
    );
    println!(
        "messages {} expected {} delivered {} in time {} seconds {:.3} setup {:.3} gone {} trouble {:?}",
        o.messages,
        o.expected,
        o.delivered,
        o.delivered_in_time,
        o.seconds,
        o.set_up_seconds,
        o.gone,
        o.trouble
    );
    println!("findings {:?}\nwire {:?}", o.findings, o.wire);
    if let Some(c) = o.cpu_ns {
        println!(
            "cpu {:.1} % , {:.0} ns per delivery, {:.0} deliveries per cpu second",
            c as f64 / 1e7 / o.seconds,
            c as f64 / o.delivered as f64,
            o.delivered as f64 * 1e9 / c as f64
        );
    }
    i.raise();
}

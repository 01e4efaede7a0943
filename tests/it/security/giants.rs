//! S3: what is only announced costs no memory.

use duplex_lab::backend::{ALL, Backend};
use duplex_lab::message::Wire;

use crate::cli::running::Running;
use crate::support::{Event, Http, WsMember};

/// Memory of a process, in bytes.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number of KiB");
    kib * 1024
}

/// Announces 2^63 − 1 bytes and sends none of them.
fn announce(backend: &dyn Backend, at: std::net::SocketAddr) {
    let most = u64::MAX >> 1;
    if backend.wire() == Wire::WebSocket {
        let mut member = WsMember::join(at, "giants", "anna", None, None);
        member.write(&[&[0x82, 0xff][..], &most.to_be_bytes(), &[1, 2, 3, 4]].concat());
        assert_eq!(member.next(), Event::Closed { code: Some(1009) });
        return;
    }
    for target in ["/say?room=giants&name=anna", "/echo"] {
        let mut http = Http::connect(at).expect("the server accepts");
        let request = format!(
            "POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {most}\r\n\r\n"
        );
        http.write(request.as_bytes()).expect("the server reads");
        let answer = http.answer().expect("an answer although the body does not come");
        assert_eq!((answer.status, answer.code()), (413, "too-large".to_owned()));
    }
}

#[test]
fn s3_what_is_only_announced_costs_no_memory() {
    for backend in ALL {
        let arguments = ["serve", "--backend", backend.name(), "--listen", "127.0.0.1:0"];
        let mut server = Running::start(&arguments, "giants");
        let at = crate::cli::address(&server.line(), backend.name());
        (0..20).for_each(|_| announce(*backend, at));
        let before = resident(server.pid());
        (0..200).for_each(|_| announce(*backend, at));
        let grown = resident(server.pid()).saturating_sub(before);
        println!("{}: {grown} bytes more after 200 announcements", backend.name());
        assert!(grown < 8 << 20, "{}: {grown} bytes more", backend.name());
    }
}

//! Members whose connection breaks while they say again what was lost.

use std::time::Duration;

use super::*;

/// What a member says next.
fn said(ws: &mut WebSocket<TcpStream>) -> Option<ClientMessage<'static>> {
    loop {
        if let Message::Text(text) = ws.read().ok()? {
            let ClientMessage::Say { text, id } = ClientMessage::decode(text.as_bytes()).ok()?;
            let (text, id) = (text.into_owned().into(), id.map(|id| id.into_owned().into()));
            return Some(ClientMessage::Say { text, id });
        }
    }
}

/// The message as the log has it.
fn logged(seq: u64, said: &ClientMessage<'_>) -> Vec<u8> {
    let ClientMessage::Say { text, id } = said.clone();
    framed(&ServerMessage::Message(ChatMessage { seq, from: "m0".into(), id, at: 1, text }))
}

#[test]
fn what_came_before_a_connection_broke_counts() {
    let (listener, addr) = listener();
    let accept = move || {
        let (mut stream, _) = listener.accept().unwrap();
        let request = asked(&mut stream).unwrap();
        (stream, request)
    };
    let server = move || {
        let server = |stream| WebSocket::from_raw_socket(stream, Role::Server, None);
        // Everything that is said gets lost, but for the first message, which is in the log.
        let (mut stream, request) = accept();
        stream.write_all(&opening(&request, 0).unwrap()).unwrap();
        let mut ws = server(stream);
        let first = said(&mut ws).unwrap();
        (0..3).for_each(|_| drop(said(&mut ws).unwrap()));
        drop(ws);
        // The log and the end of the connection come in one segment: the member hears the first
        // message, says the others again, and meets a closed door with the second of them.
        let (mut stream, request) = accept();
        assert!(request.contains("&since=0&epoch=e "), "{request}");
        rustix::net::sockopt::set_tcp_cork(&stream, true).unwrap();
        stream.write_all(&[opening(&request, 1).unwrap(), logged(1, &first)].concat()).unwrap();
        drop(stream);
        // From here on it is a good server.
        let (mut stream, request) = accept();
        assert!(request.contains("&since=1&epoch=e "), "{request}");
        stream.write_all(&opening(&request, 1).unwrap()).unwrap();
        let mut ws = server(stream);
        let mut seq = 1;
        while let Some(said) = said(&mut ws) {
            seq += 1;
            ws.get_mut().write_all(&logged(seq, &said)).unwrap();
        }
    };
    let scenario = Scenario {
        members: 1,
        rooms: 1,
        rate: 100.0,
        reconnect: Duration::from_millis(1),
        warm_up: Duration::ZERO,
        ..small()
    };
    thread::Builder::new().spawn(server).unwrap();
    let outcome = play_to(&scenario, Wire::WebSocket, addr).unwrap();
    assert_eq!(outcome.findings, Findings::default(), "{:?}", outcome.trouble);
    assert_eq!((outcome.delivered, outcome.gone, outcome.cuts), (20, 0, 2));
}

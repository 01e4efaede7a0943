//! What the proxy promises: order, time, and trouble when asked for.

use std::io::{Read as _, Write as _};

use super::*;

/// Both ends of a connection through a proxy.
fn pair(road: Road) -> (Proxy, TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = Proxy::along(listener.local_addr().unwrap(), road).unwrap();
    let client = TcpStream::connect(proxy.addr()).unwrap();
    let (server, _) = listener.accept().unwrap();
    (proxy, client, server)
}

#[test]
fn what_goes_in_comes_out_in_order_and_no_earlier() {
    let delay = Duration::from_millis(5);
    let way = Way { delay, jitter: Duration::from_millis(3), bandwidth: None };
    let begun = Instant::now();
    let (proxy, mut client, mut server) =
        pair(Road { up: way, down: Way { delay, ..Way::default() }, ..Road::default() });
    for number in 0..50u8 {
        client.write_all(&[number]).unwrap();
    }
    client.shutdown(Shutdown::Write).unwrap();
    let mut heard = Vec::new();
    server.read_to_end(&mut heard).unwrap();
    assert_eq!(heard, (0..50).collect::<Vec<u8>>());
    // A round trip for the handshake and one way for the bytes.
    assert!(begun.elapsed() >= 3 * delay);
    server.write_all(b"bye").unwrap();
    drop(server);
    let mut last = String::new();
    client.read_to_string(&mut last).unwrap();
    let [tap] = &*proxy.taps() else { panic!("one connection has one tap") };
    assert_eq!((tap.up.len(), &*tap.down), (50, b"bye".as_slice()));
    assert_eq!(last, "bye");
}

#[test]
fn directions_are_delayed_each_for_itself() {
    let slow = Way { delay: Duration::from_millis(40), ..Way::default() };
    let (_proxy, mut client, mut server) = pair(Road { down: slow, ..Road::default() });
    let begun = Instant::now();
    server.write_all(b"a").unwrap();
    client.read_exact(&mut [0]).unwrap();
    // The first bytes wait for the handshake, too, which goes both ways.
    assert!(begun.elapsed() >= slow.delay);
    let begun = Instant::now();
    server.write_all(b"b").unwrap();
    client.read_exact(&mut [0]).unwrap();
    assert!(begun.elapsed() >= slow.delay);
}

#[test]
fn a_narrow_way_takes_time_and_holds_the_sender_back() {
    let narrow = Way { bandwidth: Some(1_000_000), ..Way::default() };
    let (_proxy, mut client, mut server) = pair(Road { up: narrow, ..Road::default() });
    socket2::SockRef::from(&client).set_send_buffer_size(4096).unwrap();
    let begun = Instant::now();
    let send = move || {
        client.write_all(&[7; 400_000]).unwrap();
        begun.elapsed()
    };
    let sender = Builder::new().spawn(send).unwrap();
    let mut heard = Vec::new();
    server.read_to_end(&mut heard).unwrap();
    assert_eq!(heard, [7; 400_000]);
    assert!(begun.elapsed() >= Duration::from_millis(400));
    // All but what fits into the buffers had to wait.
    assert!(sender.join().unwrap() >= Duration::from_millis(30));
}

#[test]
fn a_fault_strikes_where_the_seed_says() {
    let reach = |seed| {
        let fault = Some(Fault::Drop(10, 1000));
        let (_proxy, mut client, mut server) = pair(Road { fault, seed, ..Road::default() });
        let mut heard = 0;
        // One byte at a time, so that it shows after which one it struck.
        while server.write_all(b"x").is_ok() && client.read_exact(&mut [0]).is_ok() {
            heard += 1;
        }
        heard
    };
    let first = reach(1);
    assert!((9..=1000).contains(&first), "{first}");
    assert_eq!(first, reach(1));
    assert_ne!(first, reach(2));
}

#[test]
fn a_stall_ends_and_half_a_close_is_half_a_close() {
    let stall = Duration::from_millis(50);
    let road = |fault| Road { fault: Some(fault), ..Road::default() };
    let (_proxy, mut client, mut server) = pair(road(Fault::Stall(2, 2, stall)));
    let begun = Instant::now();
    server.write_all(b"ab").unwrap();
    client.read_exact(&mut [0; 2]).unwrap();
    assert!(begun.elapsed() >= stall);

    let (_proxy, mut client, mut server) = pair(road(Fault::HalfClose(2, 2)));
    server.write_all(b"ab").unwrap();
    let mut all = Vec::new();
    client.read_to_end(&mut all).unwrap();
    assert_eq!(all, b"ab");
    client.write_all(b"still here").unwrap();
    server.read_exact(&mut [0; 10]).unwrap();
}

#[test]
fn silence_is_cut_off_and_talk_is_not() {
    let patience = Duration::from_millis(200);
    let fault = Some(Fault::IdleTimeout(patience));
    let (_proxy, mut client, mut server) = pair(Road { fault, ..Road::default() });
    let begun = Instant::now();
    server.write_all(b"a").unwrap();
    client.read_exact(&mut [0]).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    assert!(begun.elapsed() >= patience);
    assert_eq!(server.read(&mut [0]).unwrap(), 0);
}

//! What brings phones in: the address they open, as text and as a QR code.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use fast_qr::QRBuilder;

use super::http::Response;

/// What a phone is to open: the address of this machine on its network, with the room code.
pub(super) fn address(room_code: Option<&str>, listening: SocketAddr) -> String {
    let ip = if listening.ip().is_unspecified() { outward() } else { None };
    let place = SocketAddr::new(ip.unwrap_or(listening.ip()), listening.port());
    let code = room_code.map_or(String::new(), |code| format!("?code={code}"));
    format!("http://{place}/phone{code}")
}

/// The address from which this machine would speak to the world. Connecting a UDP socket only looks
/// at the routes and sends nothing; the address it names is one for documentation (RFC 5737).
fn outward() -> Option<IpAddr> {
    let socket = UdpSocket::bind(("0.0.0.0", 0)).ok()?;
    socket.connect(("192.0.2.1", 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// The QR code of a text as a picture, dark on white with the margin that readers need.
pub(super) fn draw(text: &str) -> Response {
    let Ok(code) = QRBuilder::new(text).build() else {
        return Response::refuse(500, "too-long", "the address is too long for a QR code");
    };
    let side = code.size + 8;
    let mut path = String::new();
    for row in 0..code.size {
        for column in 0..code.size {
            if code[row][column].value() {
                path.push_str(&format!("M{} {}h1v1h-1z", column + 4, row + 4));
            }
        }
    }
    let picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
         <path d=\"{path}\"/></svg>"
    );
    Response::ok("image/svg+xml", picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_has_the_code_and_the_picture_its_finder_patterns() {
        let text = address(Some("DUPLEX26"), ([127, 0, 0, 1], 8080).into());
        assert_eq!(text, "http://127.0.0.1:8080/phone?code=DUPLEX26");
        let picture = String::from_utf8(draw(&text).body).unwrap();
        // The upper left corner of a code is a dark row of seven (ISO/IEC 18004 §6.3.3).
        for column in 4..11 {
            assert!(picture.contains(&format!("M{column} 4h1v1h-1z")), "{column}");
        }
        assert!(!picture.contains("M11 4h1"), "and a light one behind it");
    }
}

//! `duplex lecture` and `duplex wire`: the stage of a lecture, and one wire under the glass.

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use super::Lang;

/// `duplex lecture`.
#[derive(Debug, Args)]
pub struct Lecture {
    /// Address of the stage; port 0 takes any free one. The backends listen on loopback
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Language of pages whose reader has not chosen one [default: that of the browser]
    #[arg(long, value_enum)]
    pub lang: Option<Lang>,
    /// What whoever comes from another machine has to know: 4 to 32 letters and digits
    #[arg(long, value_name = "CODE")]
    pub room_code: Option<RoomCode>,
    /// Phones that may come from one address of another machine; more of them where a router hides
    /// a whole hall behind one
    #[arg(long, value_name = "N", default_value = "10")]
    pub phones_per_address: NonZeroU16,
    /// A folder with built slides, served at /slides/
    #[arg(long, value_name = "DIR")]
    pub slides: Option<PathBuf>,
    /// Results to show when a demonstration fails, and to draw votes over; can be repeated, the first
    /// that knows a name counts [default: the sample that comes with the program]
    #[arg(long, value_name = "RESULTS.json")]
    pub results: Vec<PathBuf>,
}

/// What lets a phone into the lecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomCode(pub String);

impl FromStr for RoomCode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = text.chars().all(|c| c.is_ascii_alphanumeric());
        if plain && (4..=32).contains(&text.len()) {
            return Ok(RoomCode(text.to_ascii_uppercase()));
        }
        Err("a room code has 4 to 32 letters and digits, such as DUPLEX26".to_owned())
    }
}

/// `duplex wire`.
#[derive(Debug, Args)]
pub struct Wire {
    /// What to join, such as ws://127.0.0.1:8080 or http://127.0.0.1:8080 for long-polling; a path
    /// may follow, such as /chat?room=lobby&name=anna
    pub url: String,
    /// Write what went over the wire into a capture that Wireshark opens
    #[arg(long, value_name = "FILE.pcapng")]
    pub save: Option<PathBuf>,
    /// End after so many frames or answers from the server [default: with the connection]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub count: Option<u32>,
    /// Say this once the connection is open
    #[arg(long, value_name = "TEXT")]
    pub say: Option<String>,
    /// Language of the explanations
    #[arg(long, value_enum, default_value_t = Lang::En)]
    pub lang: Lang,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_code_can_be_read_from_a_screen_and_typed_on_a_phone() {
        assert_eq!("duplex26".parse(), Ok(RoomCode("DUPLEX26".to_owned())));
        for text in ["", "abc", "with space", "ümlaut", "a;b=c", &"x".repeat(33)] {
            assert!(text.parse::<RoomCode>().is_err(), "{text}");
        }
    }
}

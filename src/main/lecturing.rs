//! The commands of a lecture: the stage, and one wire under the glass.

use std::fs::File;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;

use duplex_lab::backend::Stop;
use duplex_lab::cli::{Lang, Lecture, Wire};
use duplex_lab::compare::Refused;
use duplex_lab::lecture::{self, Setup};
use duplex_lab::machine;
use duplex_lab::results::Results;
use duplex_lab::wire::{self, Look};

use super::Outcome;
use super::serving::cannot_listen;
use super::signals::{interrupted_by_ctrl_c, on_signal};
use super::words::{colour, print};

pub(super) fn lecture(options: &Lecture) -> Outcome {
    let code = options.room_code.as_ref().map(|code| code.0.clone());
    let is_open = !options.listen.ip().is_loopback();
    if is_open && code.is_none() {
        let why = format!(
            "{} can be reached from other machines: give --room-code CODE, or --listen 127.0.0.1:{}",
            options.listen,
            options.listen.port()
        );
        return Err(Refused(why).into());
    }
    if let Some(folder) = options.slides.as_ref().filter(|folder| !folder.is_dir()) {
        let why = format!("{} is no folder: build the slides first", folder.display());
        return Err(Refused(why).into());
    }
    let load = |path: &std::path::PathBuf| {
        let found = Results::load(path).map_err(|why| Refused(why.to_string()))?;
        Ok((path.display().to_string(), found))
    };
    let results = options.results.iter().map(load).collect::<Result<Vec<_>, Refused>>()?;
    // A lecture with fewer handles serves fewer phones; it says so when it comes to it.
    let _ = machine::raise_open_file_limit();
    let listener =
        TcpListener::bind(options.listen).map_err(|error| cannot_listen(options.listen, &error))?;
    let address = listener.local_addr()?;
    if is_open {
        eprintln!(
            "warning: {address} can be reached from other machines; whoever knows the room code can \
             read, chat and vote, over plain HTTP. Only this machine can steer."
        );
    }
    let stop = Arc::new(Stop::new());
    let told = Arc::clone(&stop);
    on_signal(move || told.stop())?;
    let lang = options.lang.map(|lang| if lang == Lang::De { "de" } else { "en" });
    print(&format!("listening on http://{address}/ (lecture)\n"))?;
    let setup = Setup {
        lang,
        room_code: code,
        slides: options.slides.clone(),
        results,
        phones_per_address: usize::from(options.phones_per_address.get()),
    };
    lecture::serve(listener, setup, &stop)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn wire(options: &Wire) -> Outcome {
    let place = options.url.parse().map_err(|why: wire::BadUrl| Refused(why.to_string()))?;
    let look = Look {
        place,
        count: options.count,
        say: options.say.clone(),
        german: options.lang == Lang::De,
        colour: colour(),
        save: options.save.clone(),
    };
    if let Some(path) = &look.save {
        // Before anybody is reached: what cannot be kept need not be looked at.
        File::create(path).map_err(|error| {
            let why = format!("cannot write {}: {error}", path.display());
            Refused(format!("{why}; choose another file with --save"))
        })?;
    }
    let interrupt = interrupted_by_ctrl_c()?;
    let mut out = io::stdout().lock();
    let seen = wire::look(&look, &|| interrupt.is_raised(), &mut out);
    match seen.and_then(|()| out.flush()) {
        // Whoever closed the other end of the pipe has seen enough; a server that did is an error.
        Err(error) if is_closed(&error) && out.flush().is_err_and(|again| is_closed(&again)) => {}
        seen => seen?,
    }
    Ok(ExitCode::SUCCESS)
}

fn is_closed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

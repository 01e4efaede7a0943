//! The commands that serve: take what the command line gives, listen, end when asked.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use duplex_lab::backend::{self, Door, Stop, Tls};
use duplex_lab::chat::{Limits, Rooms};
use duplex_lab::cli::{Child, Serve};
use duplex_lab::compare::{self, Refused};
use duplex_lab::machine::{self, Interrupt};

use super::Outcome;
use super::signals::on_signal;
use super::words::{pin, print};

pub(super) fn serve(options: &Serve) -> Outcome {
    let backend = backend::named(&options.backend).ok_or_else(|| unknown(&options.backend))?;
    let tls = tls(options)?;
    let listener = listen(&options.child)?;
    let address = listener.local_addr()?;
    let stop = Arc::new(Stop::new());
    let told = Arc::clone(&stop);
    end_with(&options.child, move || told.stop())?;
    if !address.ip().is_loopback() {
        eprintln!(
            "warning: {address} can be reached from other machines, and anybody who reaches it can \
             read and write in every room; --listen 127.0.0.1:{} keeps it to this one",
            address.port()
        );
    }
    let policy = options.policy.limits(address.ip().is_loopback());
    let limits = Limits { workers: options.workers.map(usize::from), ..policy };
    let scheme = if tls.is_some() { "https" } else { "http" };
    print(&format!("listening on {scheme}://{address}/ (backend {})\n", backend.name()))?;
    backend.serve(Door { listener, tls }, Rooms::new(limits), &stop)?;
    Ok(ExitCode::SUCCESS)
}

/// What the server proves who it is with, if it has to.
fn tls(options: &Serve) -> Result<Option<Tls>, Refused> {
    let refused = |error: backend::BadTls| Refused(error.to_string());
    match (&options.cert, &options.key) {
        (Some(cert), Some(key)) => Tls::from_files(cert, key).map(Some).map_err(refused),
        _ if options.tls => Tls::self_signed().map(Some).map_err(refused),
        _ => Ok(None),
    }
}

pub(super) fn run_floor(child: &Child) -> Outcome {
    let listener = listen(child)?;
    let interrupt = Interrupt::new();
    let told = interrupt.clone();
    end_with(child, move || told.raise())?;
    print(&format!("listening on tcp://{}/ (floor)\n", listener.local_addr()?))?;
    compare::floor::serve(listener, &interrupt)?;
    Ok(ExitCode::SUCCESS)
}

/// Takes the CPUs, the handles and the address that a server was given.
fn listen(child: &Child) -> anyhow::Result<TcpListener> {
    pin(child.cpus.as_ref())?;
    // A server that may not have more handles serves fewer members; it says so when it comes to it.
    let _ = machine::raise_open_file_limit();
    TcpListener::bind(child.listen).map_err(|error| cannot_listen(child.listen, &error).into())
}

pub(super) fn cannot_listen(address: SocketAddr, error: &io::Error) -> Refused {
    let advice = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "something is listening there already: stop it, or choose another port with --listen"
        }
        io::ErrorKind::PermissionDenied => "ports below 1024 need privileges: choose a higher one",
        _ => "choose an address of this machine with --listen",
    };
    Refused(format!("cannot listen on {address}: {error}; {advice}"))
}

/// Ends a server on Ctrl-C or SIGTERM, and with its parent where that was asked for.
fn end_with(child: &Child, end: impl Fn() + Send + Clone + 'static) -> anyhow::Result<()> {
    on_signal(end.clone())?;
    if child.exit_with_parent {
        thread::Builder::new().name("parent".to_owned()).spawn(move || {
            // Whatever comes is of no interest; that nothing more can come is.
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
            end();
        })?;
    }
    Ok(())
}

fn unknown(backend: &str) -> Refused {
    let known: Vec<_> = backend::ALL.iter().map(|backend| backend.name()).collect();
    Refused(format!("there is no backend '{backend}': choose one of {}", known.join(", ")))
}

//! What Ctrl-C and SIGTERM do: the first asks, the second does not wait for the answer.

use duplex_lab::machine::Interrupt;

/// The first signal asks, the second one does not wait for the answer.
pub(super) fn on_signal(ask: impl Fn() + Send + 'static) -> anyhow::Result<()> {
    let interrupt = Interrupt::new();
    ctrlc::set_handler(move || {
        if interrupt.is_raised() {
            leave_at_once();
        }
        interrupt.raise();
        ask();
    })?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "somebody pressed Ctrl-C twice: nothing is awaited")]
fn leave_at_once() -> ! {
    std::process::exit(130)
}

pub(super) fn interrupted_by_ctrl_c() -> anyhow::Result<Interrupt> {
    let interrupt = Interrupt::new();
    let told = interrupt.clone();
    on_signal(move || told.raise())?;
    Ok(interrupt)
}

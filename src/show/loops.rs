//! Open and closed loop: how a scenario is called everywhere, so that nobody takes one for the other.

use super::lang::{Lang, clip};
use crate::results::{Group, LoopKind};

/// Whether the sends of a scenario waited for answers.
pub(super) fn is_closed(group: &Group) -> bool {
    group.scenario.as_ref().is_some_and(|scenario| scenario.loop_kind == LoopKind::Closed)
}

/// The label of a closed loop.
pub(super) fn label(lang: Lang) -> &'static str {
    lang.say("closed loop", "geschlossene Schleife")
}

/// The scenario's name, with the label where it belongs.
pub(super) fn name_of(group: &Group, lang: Lang) -> String {
    let name = clip(&group.name, 40);
    if is_closed(group) { format!("{name} ({})", label(lang)) } else { name }
}

/// What a closed loop means for the numbers.
pub(super) fn warning(lang: Lang) -> &'static str {
    lang.say(
        "Closed loop, for teaching: a speaker's next message waits until the one before has come back. A server that stalls then delays the very messages that would show it, and the load falls with the server. Response times still count from the plan; compare them only with those of another closed loop.",
        "Geschlossene Schleife, zum Lehren: Die nächste Nachricht wartet, bis die vorige zurück ist. Ein Server, der stockt, verzögert dann genau die Nachrichten, die es zeigen würden, und die Last sinkt mit ihm. Antwortzeiten zählen weiter ab dem Plan; nur mit denen einer anderen geschlossenen Schleife vergleichen.",
    )
}

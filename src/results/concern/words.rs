//! What is wrong with a comparison, and what to do about it, in both languages.

use super::{Comebacks, Concern};

/// The words of one concern, English before German; `{}` stands for its number or numbers.
pub(super) struct Words {
    /// Its name for programs.
    pub(super) code: &'static str,
    /// For where there is no room for advice.
    pub(super) brief: (&'static str, &'static str),
    /// One or two sentences.
    pub(super) advice: (&'static str, &'static str),
}

/// The words of a concern.
pub(super) fn of(concern: &Concern) -> Words {
    match concern {
        Concern::DebugBuild => DEBUG_BUILD,
        Concern::SharedCpus => SHARED_CPUS,
        Concern::FewRepeats(0 | 1) => A_SINGLE_REPEAT,
        Concern::FewRepeats(2) => TWO_REPEATS,
        Concern::FewRepeats(_) => FEW_REPEATS,
        Concern::Tls => TLS,
        Concern::NoFloor => NO_FLOOR,
        Concern::Failed => FAILED,
        Concern::NotDelivered => NOT_DELIVERED,
        Concern::ServerBusy => SERVER_BUSY,
        Concern::Overloaded => OVERLOADED,
        Concern::GeneratorBusy => GENERATOR_BUSY,
        Concern::SendsLate => SENDS_LATE,
        Concern::FewSamples => FEW_SAMPLES,
        Concern::ClosedLoop => CLOSED_LOOP,
        Concern::CameBack(Comebacks { resets: 0, .. }) => CAME_BACK,
        Concern::CameBack(_) => CAME_BACK_TO_ANOTHER,
        Concern::ForeignLoad => FOREIGN_LOAD,
        Concern::Steal => STEAL,
        Concern::Throttled => THROTTLED,
        Concern::LittleResidual => LITTLE_RESIDUAL,
        Concern::BytesUnreconciled => BYTES_UNRECONCILED,
        Concern::CountersDisagree => COUNTERS_DISAGREE,
        Concern::DeliveriesDisagree => DELIVERIES_DISAGREE,
        Concern::SelfCheckFailed => SELF_CHECK_FAILED,
        Concern::DifferentMachine => DIFFERENT_MACHINE,
        Concern::DifferentScenario => DIFFERENT_SCENARIO,
        Concern::DifferentLimits => DIFFERENT_LIMITS,
        Concern::DifferentSettings => DIFFERENT_SETTINGS,
    }
}

const DEBUG_BUILD: Words = Words {
    code: "debug-build",
    brief: ("debug build", "Debug-Build"),
    advice: (
        "Debug build: these costs say nothing. Measure with cargo run --release.",
        "Debug-Build: Diese Kosten sagen nichts aus. Mit cargo run --release messen.",
    ),
};

const SHARED_CPUS: Words = Words {
    code: "shared-cpus",
    brief: ("server and generator shared CPUs", "Server und Lastgenerator teilten sich CPUs"),
    advice: (
        "Server and generator shared CPUs, so each slowed the other. Pin them apart or use a machine with more cores.",
        "Server und Lastgenerator teilten sich CPUs und bremsten einander. Getrennt anheften oder mehr Kerne nehmen.",
    ),
};

const A_SINGLE_REPEAT: Words = Words {
    code: "few-repeats",
    brief: ("a single repeat", "eine einzige Wiederholung"),
    advice: (
        "A single repeat shows no difference. Measure with --repeats 6 or more.",
        "Eine einzige Wiederholung zeigt keinen Unterschied. Mit --repeats 6 oder mehr messen.",
    ),
};

const TWO_REPEATS: Words = Words {
    code: "few-repeats",
    brief: (
        "{} repeats, too few for an interval",
        "{} Wiederholungen, zu wenige für ein Intervall",
    ),
    advice: (
        "Two repeats show no difference: they say nothing about the noise. Measure with --repeats 6 or more.",
        "Zwei Wiederholungen zeigen keinen Unterschied: Sie sagen nichts über das Rauschen. Mit --repeats 6 oder mehr messen.",
    ),
};

const FEW_REPEATS: Words = Words {
    code: "few-repeats",
    brief: (
        "{} repeats, too few for an interval",
        "{} Wiederholungen, zu wenige für ein Intervall",
    ),
    advice: (
        "Only {} repeats: too few for an interval. A difference is named only when all repeats of one side lie clearly apart from all of the other, so smaller ones go unseen. Use --repeats 6 for intervals.",
        "Nur {} Wiederholungen: zu wenige für ein Intervall. Ein Unterschied gilt nur, wenn alle Wiederholungen der einen Seite deutlich getrennt von denen der anderen liegen; kleinere bleiben unerkannt. Für Intervalle --repeats 6.",
    ),
};

const TLS: Words = Words {
    code: "tls",
    brief: ("TLS was on, the floor is plain", "TLS war an, der Floor ist unverschlüsselt"),
    advice: (
        "TLS was on: every backend sealed and opened its bytes. The floor did not, so × floor contains what TLS costs; compare with a run without --tls.",
        "TLS war an: Jedes Backend ver- und entschlüsselte seine Bytes. Der Floor nicht, darum enthält × Floor, was TLS kostet; mit einem Lauf ohne --tls vergleichen.",
    ),
};

const NO_FLOOR: Words = Words {
    code: "no-floor",
    brief: ("no floor measured", "kein Floor gemessen"),
    advice: (
        "No floor was measured, so the costs cannot be compared with another machine's. Measure it along.",
        "Ohne gemessenen Floor lassen sich die Kosten nicht mit anderen Maschinen vergleichen. Mitmessen.",
    ),
};

const FAILED: Words = Words {
    code: "failed",
    brief: ("runs failed", "Läufe gescheitert"),
    advice: (
        "Runs failed and do not count; the reasons stand with the rows. Fix the cause and measure again.",
        "Läufe sind gescheitert und zählen nicht; die Gründe stehen bei den Zeilen. Ursache beheben, neu messen.",
    ),
};

const NOT_DELIVERED: Words = Words {
    code: "not-delivered",
    brief: ("not every delivery arrived", "nicht jede Zustellung kam an"),
    advice: (
        "Not every delivery arrived: the figures describe only those that did. Lower the rate or allow a longer drain.",
        "Nicht jede Zustellung kam an: Die Zahlen beschreiben nur die angekommenen. Rate senken oder länger warten (drain).",
    ),
};

const SERVER_BUSY: Words = Words {
    code: "server-busy",
    brief: ("a server used over 90 % of its CPUs", "ein Server brauchte über 90 % seiner CPUs"),
    advice: (
        "The server used over 90 % of its CPUs: cost per delivery is then what was left of a processor, not what a delivery needs. Lower the rate.",
        "Der Server brauchte über 90 % seiner CPUs: Die Kosten pro Zustellung sind dann, was vom Prozessor übrig war, nicht, was eine Zustellung braucht. Rate senken.",
    ),
};

const OVERLOADED: Words = Words {
    code: "overloaded",
    brief: ("the offered load was not sustained", "die angebotene Last wurde nicht getragen"),
    advice: (
        "The offered load was not sustained: deliveries fell ever further behind the sends. Times then say how long was measured, and costs are those of a server in arrears. Lower the rate.",
        "Die angebotene Last wurde nicht getragen: Die Zustellungen blieben immer weiter hinter dem Senden zurück. Zeiten sagen dann, wie lange gemessen wurde, und Kosten sind die eines Servers im Rückstand. Rate senken.",
    ),
};

const GENERATOR_BUSY: Words = Words {
    code: "generator-busy",
    brief: (
        "the generator used over 80 % of its CPU",
        "der Lastgenerator brauchte über 80 % seiner CPU",
    ),
    advice: (
        "The generator used over 80 % of its CPU: latencies may be its own. Lower the rate or give it a faster core.",
        "Der Lastgenerator brauchte über 80 % seiner CPU: Die Zeiten können seine eigenen sein. Rate senken oder schnellerer Kern.",
    ),
};

const SENDS_LATE: Words = Words {
    code: "sends-late",
    brief: (
        "over 1 % of the sends were more than 1 ms late",
        "über 1 % der Nachrichten gingen mehr als 1 ms zu spät hinaus",
    ),
    advice: (
        "Over 1 % of the sends left more than 1 ms late: the offered load was not the planned one. Quieten the machine.",
        "Über 1 % der Nachrichten gingen mehr als 1 ms zu spät hinaus: Die Last war nicht die geplante. Maschine entlasten.",
    ),
};

const FEW_SAMPLES: Words = Words {
    code: "few-samples",
    brief: (
        "too few messages for a 99th percentile",
        "zu wenige Nachrichten für ein 99. Perzentil",
    ),
    advice: (
        "Too few messages for a 99th percentile (–): each percentile needs ten messages beyond it, and the deliveries of one message count once. Measure longer.",
        "Zu wenige Nachrichten für ein 99. Perzentil (–): Jedes Perzentil braucht zehn Nachrichten jenseits davon, und die Zustellungen einer Nachricht zählen einmal. Länger messen.",
    ),
};

const CLOSED_LOOP: Words = Words {
    code: "closed-loop",
    brief: ("closed loop", "geschlossene Schleife"),
    advice: (
        "Closed loop: a speaker waited for its own last message, so a slow server was asked less and its worst times are missing from the service time (from the send); the table counts from the plan. For teaching; measure with the open loop.",
        "Geschlossene Schleife: Wer sprach, wartete auf seine letzte eigene Nachricht; ein langsamer Server wurde also seltener gefragt, und seine schlimmsten Zeiten fehlen in der Bedienzeit (ab Senden); die Tabelle zählt ab Plan. Zum Lehren; gemessen wird mit offener Schleife.",
    ),
};

const CAME_BACK: Words = Words {
    code: "came-back",
    brief: ("{} connections were cut", "{} Verbindungen getrennt"),
    advice: (
        "{} connections were cut, and their members came back: times and costs contain the way back. Compare only with runs in which as much was cut.",
        "{} Verbindungen wurden getrennt, und ihre Mitglieder kamen zurück: Zeiten und Kosten enthalten den Rückweg. Nur mit Läufen vergleichen, in denen gleich viel getrennt wurde.",
    ),
};

const CAME_BACK_TO_ANOTHER: Words = Words {
    code: "came-back",
    brief: ("{} connections were cut, {} resets", "{} Verbindungen getrennt, {} Resets"),
    advice: (
        "{} connections were cut, and their members came back, {} times to another life of the log (reset), as after a restart of the server: what they had not heard of the old one is gone.",
        "{} Verbindungen wurden getrennt, und ihre Mitglieder kamen zurück, {}-mal zu einem anderen Leben des Logs (reset), wie nach einem Neustart des Servers: Was sie vom alten nicht gehört hatten, ist weg.",
    ),
};

const FOREIGN_LOAD: Words = Words {
    code: "foreign-load",
    brief: ("others used over 5 % of the CPUs", "andere brauchten über 5 % der CPUs"),
    advice: (
        "Other programs used over 5 % of the CPUs that were measured on. Close them and measure again.",
        "Andere Programme brauchten über 5 % der CPUs, auf denen gemessen wurde. Beenden und neu messen.",
    ),
};

const STEAL: Words = Words {
    code: "steal",
    brief: ("the host took over 1 % of the CPU time", "der Wirt nahm über 1 % der CPU-Zeit"),
    advice: (
        "The host took over 1 % of the CPU time away from this virtual machine: far percentiles may be its own. Measure at a quieter time or on real hardware.",
        "Der Wirt nahm dieser virtuellen Maschine über 1 % der CPU-Zeit weg: Äußere Perzentile können seine sein. Zu ruhigerer Zeit oder auf echter Hardware messen.",
    ),
};

const THROTTLED: Words = Words {
    code: "throttled",
    brief: ("the processor was slowed by heat", "der Prozessor war wegen Hitze gedrosselt"),
    advice: (
        "The processor slowed itself down because of heat: later runs had a slower one. Cool it, or lower its highest frequency, and measure again.",
        "Der Prozessor drosselte sich wegen Hitze: Spätere Läufe hatten einen langsameren. Kühlen oder die höchste Frequenz senken, neu messen.",
    ),
};

const LITTLE_RESIDUAL: Words = Words {
    code: "little-residual",
    brief: ("the books of times do not add up", "die Bücher der Zeiten gehen nicht auf"),
    advice: (
        "Deliveries under way are not their rate times their mean service time, by more than 5 %. Both are made of the same instants (rule M9), so one of them was added up wrongly or changed. Do not use them; report the results file.",
        "Zustellungen unterwegs sind nicht Rate mal mittlere Bedienzeit, um mehr als 5 %. Beides stammt aus denselben Zeitpunkten (Regel M9); eines ist also falsch addiert oder verändert. Nicht verwenden; Ergebnisdatei melden.",
    ),
};

const BYTES_UNRECONCILED: Words = Words {
    code: "bytes-unreconciled",
    brief: ("ledger and kernel count different bytes", "Bytebuch und Kernel zählen verschieden"),
    advice: (
        "The byte ledger and the kernel's counters differ: some bytes are assigned wrongly or not at all. Read the parts with care; the sum is the kernel's.",
        "Bytebuch und Zähler des Kernels weichen voneinander ab: Manche Bytes sind falsch oder gar nicht zugeordnet. Die Teile mit Vorsicht lesen; die Summe ist die des Kernels.",
    ),
};

const COUNTERS_DISAGREE: Words = Words {
    code: "counters-disagree",
    brief: ("two CPU counters disagree", "zwei CPU-Zähler widersprechen sich"),
    advice: (
        "Two counters of the same processor time differ by over 2 %: threads may have ended in between. Measure longer.",
        "Zwei Zähler derselben Prozessorzeit weichen um über 2 % voneinander ab: Vielleicht endeten Threads dazwischen. Länger messen.",
    ),
};

const DELIVERIES_DISAGREE: Words = Words {
    code: "deliveries-disagree",
    brief: (
        "server and generator count different deliveries",
        "Server und Lastgenerator zählen verschieden viele Zustellungen",
    ),
    advice: (
        "The server counted another number of deliveries than arrived at the generator: somebody else used it, and costs per delivery are not those of this load. Measure with nobody else on it.",
        "Der Server zählte eine andere Zahl von Zustellungen, als beim Lastgenerator ankamen: Jemand anderes benutzte ihn, und Kosten pro Zustellung sind nicht die dieser Last. Ohne andere Nutzer messen.",
    ),
};

const SELF_CHECK_FAILED: Words = Words {
    code: "self-check-failed",
    brief: (
        "a backend seemed to differ from itself",
        "ein Backend unterschied sich scheinbar von sich selbst",
    ),
    advice: (
        "A backend compared with itself seemed to differ: this machine finds differences where there are none. Trust no difference of that size; quieten it, measure longer, repeat more often.",
        "Ein Backend unterschied sich scheinbar von sich selbst: Diese Maschine findet Unterschiede, wo keine sind. Keinem dieser Größe trauen; Maschine beruhigen, länger messen, öfter wiederholen.",
    ),
};

const DIFFERENT_MACHINE: Words = Words {
    code: "different-machine",
    brief: ("another machine", "andere Maschine"),
    advice: (
        "The baseline was measured on another machine or system: only multiples of the floor can be compared.",
        "Die Vergleichsbasis wurde auf einer anderen Maschine oder einem anderen System gemessen: Nur Vielfache des Floors lassen sich vergleichen.",
    ),
};

const DIFFERENT_SCENARIO: Words = Words {
    code: "different-scenario",
    brief: ("another scenario", "anderes Szenario"),
    advice: (
        "A scenario of the same name asked for something else in the baseline. Measure the baseline again.",
        "Ein Szenario gleichen Namens verlangte in der Vergleichsbasis etwas anderes. Basis neu messen.",
    ),
};

const DIFFERENT_LIMITS: Words = Words {
    code: "different-limits",
    brief: ("other limits", "andere Grenzen"),
    advice: (
        "The servers had other limits in the baseline: a difference may be one of policy.",
        "Die Server hatten in der Vergleichsbasis andere Grenzen: Ein Unterschied kann einer der Vorgaben sein.",
    ),
};

const DIFFERENT_SETTINGS: Words = Words {
    code: "different-settings",
    brief: ("made in another way", "auf andere Weise gemessen"),
    advice: (
        "The baseline was made in another way. Make both alike.",
        "Die Vergleichsbasis entstand auf andere Weise. Beide gleich messen.",
    ),
};

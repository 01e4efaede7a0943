//! The universal scalability law of a search in one sentence, or why there is none.

use super::{load, unit};
use crate::results::{Axis, Estimate, Knee, Useless, Usl};
use crate::show::content::{Block, paragraph};
use crate::show::lang::{Lang, clip};

/// What the law says of a search.
pub(super) fn sentence(knee: &Knee, lang: Lang) -> String {
    let name = clip(&knee.backend, 24);
    let told = match knee.usl() {
        Ok(law) => fitted(&law, knee.axis, lang),
        Err(why) => {
            let none = lang.say("not fitted", "nicht angepasst");
            format!("{none}: {}", reason(why, lang))
        }
    };
    format!("USL {name}: {told}.")
}

fn fitted(law: &Usl, axis: Axis, lang: Lang) -> String {
    let numbers = [("g", law.gain), ("s", law.contention), ("k", law.coherency)];
    let numbers = numbers.map(|(name, one)| format!("{name} = {}", estimate(one, lang)));
    let loads = lang.say("loads", "Lasten");
    let fit = format!("R² = {}, {} {loads}", small(law.explained, lang), law.points);
    let unit = unit(axis, lang);
    let peak = match law.peak() {
        Some(at) => {
            let most = lang.say("most throughput at", "größter Durchsatz bei");
            format!("{most} {} {unit}", load(at, lang))
        }
        None => {
            let none = lang.say("no peak up to", "kein Maximum bis");
            format!("{none} {} {unit}", load(law.largest * 2.0, lang))
        }
    };
    format!("{} ({fit}); {peak}", numbers.join(", "))
}

fn estimate(one: Estimate, lang: Lang) -> String {
    let value = small(one.value, lang);
    let between = lang.say(", ", "; ");
    match one.interval {
        Some((low, high)) => {
            format!("{value} [{}{between}{}]", small(low, lang), small(high, lang))
        }
        None => value,
    }
}

/// Three digits, however small: coherency between messages per second is a matter of millionths.
fn small(value: f64, lang: Lang) -> String {
    if value == 0.0 || value.abs() >= 0.001 {
        return lang.number(value);
    }
    let text = format!("{value:.1e}");
    if lang == Lang::De { text.replace('.', ",") } else { text }
}

fn reason(why: Useless, lang: Lang) -> String {
    match (why, lang) {
        (Useless::TooFew(n), Lang::En) => {
            format!(
                "it takes 6 loads without loss at which the generator kept up, and there are {n}"
            )
        }
        (Useless::TooFew(n), Lang::De) => {
            format!(
                "es braucht 6 Lasten ohne Verlust, bei denen der Lastgenerator mithielt, und es gibt {n}"
            )
        }
        (Useless::PoorFit(share), Lang::En) => {
            format!("the law explains too little of these loads, R² = {}", small(share, lang))
        }
        (Useless::PoorFit(share), Lang::De) => {
            format!("das Gesetz erklärt zu wenig an diesen Lasten, R² = {}", small(share, lang))
        }
        (Useless::Unphysical, Lang::En) => {
            "the best numbers are ones no system has, less than no contention or coherency".into()
        }
        (Useless::Unphysical, Lang::De) => {
            "die besten Zahlen hat kein System, weniger als keine Konkurrenz oder Abstimmung".into()
        }
    }
}

/// What the letters mean.
pub(super) fn legend(lang: Lang) -> Block {
    paragraph(
        "USL is Gunther's universal scalability law, C(N) = gN / (1 + s(N − 1) + kN(N − 1)), through the throughput at every load N: g is what the first one brings, s the share done one after the other (contention), k what each has to settle with every other (coherency), with 95 % intervals in brackets. Nothing is said of more than twice the largest load.",
        "USL ist Gunthers universelles Skalierungsgesetz, C(N) = gN / (1 + s(N − 1) + kN(N − 1)), durch den Durchsatz bei jeder Last N: g ist, was das Erste bringt, s der Anteil, der nacheinander getan wird (Konkurrenz), k, was jedes mit jedem abstimmen muss (Kohärenz), mit 95-%-Intervallen in Klammern. Über mehr als das Doppelte der größten Last wird nichts gesagt.",
        lang,
    )
}

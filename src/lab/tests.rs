//! Rules that every experiment keeps.

use super::*;
use crate::results::Agreement;

/// Figures that lie far from where they were predicted.
fn contradicting(data: &Data) -> Data {
    let mut data = data.clone();
    for figure in &mut data.figures {
        if let Some((low, high)) = figure.predicted {
            figure.value = if low > 0.0 { low / 100.0 } else { high * 100.0 + 1.0 };
        }
    }
    data
}

#[test]
fn every_experiment_runs_and_can_come_out_against_us() {
    let interrupt = Interrupt::new();
    let how = How { briefly: true, ..How::new(true, 1, &interrupt) };
    // At the same time: what they measure is not judged here, only that it can be.
    std::thread::scope(|scope| {
        for experiment in ALL {
            scope.spawn(move || runs_and_can_come_out_against_us(*experiment, &how));
        }
    });
}

fn runs_and_can_come_out_against_us(experiment: &dyn Experiment, how: &How<'_>) {
    let name = experiment.card().name;
    let data = match experiment.run(how) {
        Ok(data) => data,
        Err(NoData::NotHere(_)) => return,
        Err(why) => panic!("{name}: {why:?}"),
    };
    answers_its_papers(name, &data);
    assert!(!data.figures.is_empty() && !data.pictures.is_empty(), "{name}");
    assert!(data.figures.iter().any(|figure| figure.predicted.is_some()), "{name}");
    let against = experiment.judge(&contradicting(&data));
    assert_eq!(against.agreement, Agreement::Contradicts, "{name}: {}", against.sentence.en);
    assert_eq!(experiment.judge(&Data::default()).agreement, Agreement::Open, "{name}");
}

/// Every figure that stands beside a paper is one that its experiment has.
fn answers_its_papers(name: &str, data: &Data) {
    for paper in papers() {
        let here = paper.here.iter().filter(|one| one.experiment == name);
        for key in here.flat_map(|one| &one.keys) {
            // Switches are counted only where the system tells them.
            let told = data.value(key).is_some() || key.ends_with("-switches");
            assert!(told, "{}: {name} has no figure {key}", paper.number);
        }
    }
}

#[test]
fn an_interrupt_ends_the_series_and_keeps_what_is_done() {
    let interrupt = Interrupt::new();
    let how = How { briefly: true, ..How::new(true, 1, &interrupt) };
    let sheet = run(&[ALL[0], ALL[1]], &how, |_| interrupt.raise());
    assert_eq!(sheet.experiments.len(), 1);
    assert!(matches!(sheet.experiments[0].outcome, Outcome::Ran { .. }));
}

#[test]
fn names_are_unique_and_every_card_is_whole() {
    let mut names: Vec<&str> = ALL.iter().map(|one| one.card().name).collect();
    for experiment in ALL {
        let card = experiment.card();
        assert!(card.options.len() >= 2 && card.expected < card.options.len(), "{}", card.name);
        let texts = [card.question, card.setup, card.prediction, card.why, card.hides, card.next];
        assert!(
            texts.iter().all(|(en, de)| !en.is_empty() && !de.is_empty() && en != de),
            "{}",
            card.name
        );
        assert!(named(card.name).is_some());
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ALL.len());
}

#[test]
fn nobody_can_guess_by_its_place_which_answer_is_expected() {
    let mut places = [0; 3];
    ALL.iter().for_each(|experiment| places[experiment.card().expected] += 1);
    assert!(places.iter().all(|count| *count * 4 > ALL.len()), "{places:?}");
}

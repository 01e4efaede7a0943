//! The order of the house: layers, fences, budgets, forbidden words. Each rule is a function from
//! the checkout to its findings, with planted violations as its own test; this file names the
//! rules and holds the exemptions.

mod budgets;
mod imports;
mod layers;
mod papers;
mod source;
mod tree;
mod wordings;
mod words;

use self::tree::{Exemption, Finding, Tree, judge};

/// Rule, file, why. One that is no longer needed fails the test.
const EXEMPTIONS: &[Exemption] = &[];

/// The name under which exemptions refer to a rule, and the rule.
type Rule = (&'static str, fn(&Tree) -> Vec<Finding>);

/// Every rule.
const RULES: &[Rule] = &[
    ("layers", layers::layers),
    ("cycles", layers::cycles),
    ("fences", layers::fences),
    ("file length", budgets::long_files),
    ("function length", budgets::long_functions),
    ("header", budgets::without_header),
    ("unwrap", words::unwraps),
    ("unfinished", words::unfinished),
    ("allow", words::silent_allows),
    ("clock", words::clocks),
    ("sleep", words::waits_by_the_clock),
    ("fixed port", words::fixed_ports),
    ("machine path", words::machine_paths),
    ("changelog", papers::changelog),
    ("two languages", papers::one_language),
    ("swiss spelling", papers::swiss),
    ("wordings", wordings::wordings),
];

#[test]
fn the_house_is_tidy() {
    let tree = Tree::read();
    assert!(tree.shipped().count() > 10, "the source files were not found");
    let complaints: Vec<String> =
        RULES.iter().flat_map(|(name, rule)| judge(name, &rule(&tree), EXEMPTIONS)).collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn every_exemption_is_from_a_rule_that_exists() {
    for (rule, path, why) in EXEMPTIONS {
        assert!(RULES.iter().any(|(name, _)| name == rule), "{rule} for {path}");
        assert!(why.len() > 10, "say why {path} is exempt from {rule}");
    }
}

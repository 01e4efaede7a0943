//! The JSON Schema of a results file, made from the types it is read into.
//!
//! Published as `docs/results.schema.json`; what the fields' documentation says is what it says.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use serde_json::{Value, json};

use super::SCHEMA;
use super::digest::Document;

/// The schema as indented JSON with a line end.
#[must_use]
pub fn text() -> String {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Document<'static>>();
    RecursiveTransform(plain_text).transform(&mut schema);
    // Whoever validates learns at once that a file is of another schema.
    if let Some(number) = schema.pointer_mut("/properties/schema") {
        *number = json!({ "const": SCHEMA, "description": "The version of this format." });
    }
    format!("{:#}\n", Value::from(schema))
}

/// Descriptions are written for rustdoc: links to other items become their names.
fn plain_text(schema: &mut schemars::Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace("[`", "`").replace("`]", "`").replace('\n', " ");
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::complete;
    use super::*;

    fn validator() -> jsonschema::Validator {
        jsonschema::validator_for(&serde_json::from_str(&text()).unwrap()).unwrap()
    }

    #[test]
    fn the_published_schema_is_the_one_of_the_types() {
        let published = include_str!("../../docs/results.schema.json");
        assert!(
            published == text(),
            "the types have changed: cargo run -- schema > docs/results.schema.json"
        );
    }

    #[test]
    fn real_results_are_valid_with_and_without_a_summary() {
        let (validator, results) = (validator(), complete());
        for value in [serde_json::to_value(&results), serde_json::to_value(Document::of(&results))]
        {
            let value = value.unwrap();
            let complaints: Vec<String> =
                validator.iter_errors(&value).map(|error| error.to_string()).collect();
            assert!(complaints.is_empty(), "{complaints:?}");
        }
    }

    #[test]
    fn a_schema_that_takes_everything_would_be_none() {
        let validator = validator();
        let mut value = serde_json::to_value(complete()).unwrap();
        value["runs"].as_array_mut().unwrap().truncate(1);
        for (place, wrong) in [
            ("/schema", json!(1)),
            ("/runs/0/backend", json!(7)),
            ("/runs/0/measured/seconds", json!("5")),
            ("/runs/0/measured/response", json!([1, 2])),
            ("/runs/0/measured/delivered", json!(-1)),
            ("/scenarios/0/arrivals", json!("sometimes")),
        ] {
            let mut changed = value.clone();
            *changed.pointer_mut(place).unwrap() = wrong;
            assert!(validator.is_valid(&value) && !validator.is_valid(&changed), "{place}");
        }
        value.as_object_mut().unwrap().remove("tool");
        assert!(!validator.is_valid(&value));
    }

    #[test]
    fn every_field_says_what_it_is() {
        fn check(place: &str, value: &Value) {
            if let Some(fields) = value.get("properties").and_then(Value::as_object) {
                // What a variant is says what its only property is.
                let variant = fields.len() == 1 && value.get("description").is_some();
                for (name, field) in fields {
                    let says = field.get("description").is_some();
                    assert!(says || variant, "{place}/{name}");
                }
            }
            match value {
                Value::Object(map) => {
                    map.iter().for_each(|(key, inner)| check(&format!("{place}/{key}"), inner));
                }
                Value::Array(list) => list.iter().for_each(|inner| check(place, inner)),
                _ => (),
            }
        }
        check("", &serde_json::from_str(&text()).unwrap());
    }
}

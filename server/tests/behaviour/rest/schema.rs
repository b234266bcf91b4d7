//! Holds a value against its schema, as strictly as the schema can be meant: what it requires is there, what is there
//! it names, and it says nothing that is not looked at here.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// What only describes.
const REMARKS: [&str; 5] = ["description", "format", "examples", "default", "uniqueItems"];

/// The names of an object's fields that a schema knows of.
type Names = BTreeSet<String>;

pub struct Schemas<'a> {
    pub document: &'a Value,
}

impl Schemas<'_> {
    /// `at` says where in the whole it is.
    pub fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let known = self.judge(schema, value, at)?;
        let unknown =
            |fields: &Map<String, Value>| fields.keys().find(|name| !known.contains(*name)).cloned();
        match value.as_object().and_then(unknown) {
            Some(name) => Err(format!("{at}.{name} is in no schema")),
            None => Ok(()),
        }
    }

    /// Fields that this schema does not name may be named by one beside it; an object of which nothing more is said may
    /// have any.
    fn judge(&self, schema: &Value, value: &Value, at: &str) -> Result<Names, String> {
        let mut known = Names::new();
        if *schema == json!({ "type": "object" }) {
            known.extend(value.as_object().into_iter().flatten().map(|(name, _)| name.clone()));
        }
        for (keyword, said) in schema.as_object().unwrap_or_else(|| panic!("{at}: {schema} is no schema")) {
            match keyword.as_str() {
                "$ref" => known.extend(self.judge(self.referenced(said), value, at)?),
                "allOf" => {
                    for part in said.as_array().unwrap() {
                        known.extend(self.judge(part, value, at)?);
                    }
                }
                "oneOf" => known.extend(self.judge_one(said.as_array().unwrap(), value, at)?),
                "properties" => known.extend(self.judge_fields(said, value, at)?),
                // A field that no schema names is wrong anyway.
                "additionalProperties" if *said == json!(false) => {}
                "additionalProperties" => {
                    for (name, field) in value.as_object().into_iter().flatten() {
                        self.check(said, field, &format!("{at}.{name}"))?;
                        known.insert(name.clone());
                    }
                }
                "propertyNames" => {
                    for (name, _) in value.as_object().into_iter().flatten() {
                        self.check(said, &json!(name), at)?;
                    }
                }
                "prefixItems" | "items" => self.judge_items(schema, value, at)?,
                remark if REMARKS.contains(&remark) => {}
                _ => judge_itself(keyword, said, value, at)?,
            }
        }
        Ok(known)
    }

    fn referenced(&self, reference: &Value) -> &Value {
        let pointer = reference.as_str().unwrap().trim_start_matches('#');
        self.document.pointer(pointer).unwrap_or_else(|| panic!("{pointer} is not in the document"))
    }

    fn judge_one(&self, choices: &[Value], value: &Value, at: &str) -> Result<Names, String> {
        let judged: Vec<_> = choices.iter().map(|choice| self.judge(choice, value, at)).collect();
        let fitting: Vec<_> = judged.iter().filter_map(|judged| judged.as_ref().ok()).collect();
        match fitting[..] {
            [names] => Ok(names.clone()),
            _ => Err(format!("{at} is {value}, {} of its choices: {judged:?}", fitting.len())),
        }
    }

    fn judge_fields(&self, fields: &Value, value: &Value, at: &str) -> Result<Names, String> {
        let mut known = Names::new();
        for (name, schema) in fields.as_object().unwrap() {
            if let Some(field) = value.get(name) {
                self.check(schema, field, &format!("{at}.{name}"))?;
            }
            known.insert(name.clone());
        }
        Ok(known)
    }

    fn judge_items(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let first = schema["prefixItems"].as_array().map(Vec::as_slice).unwrap_or_default();
        for (place, item) in value.as_array().into_iter().flatten().enumerate() {
            match first.get(place).unwrap_or(&schema["items"]) {
                Value::Bool(false) => return Err(format!("{at} has more than {place} parts")),
                of_item => self.check(of_item, item, &format!("{at}[{place}]"))?,
            }
        }
        Ok(())
    }
}

/// What a keyword says of a value without looking into it.
fn judge_itself(keyword: &str, said: &Value, value: &Value, at: &str) -> Result<(), String> {
    let fits = match keyword {
        "type" => match said {
            Value::Array(types) => types.iter().any(|name| is_of_type(name, value)),
            name => is_of_type(name, value),
        },
        "enum" => said.as_array().unwrap().contains(value),
        "minimum" => value.as_f64().is_none_or(|number| number >= said.as_f64().unwrap()),
        "maximum" => value.as_f64().is_none_or(|number| number <= said.as_f64().unwrap()),
        "maxLength" => {
            value.as_str().is_none_or(|text| text.chars().count() as u64 <= said.as_u64().unwrap())
        }
        "pattern" => {
            let pattern = regex::Regex::new(said.as_str().unwrap()).unwrap();
            value.as_str().is_none_or(|text| pattern.is_match(text))
        }
        "required" => said.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some()),
        other => panic!("{at}: this test does not know what {other} says"),
    };
    if fits { Ok(()) } else { Err(format!("{at} is {value}, and its {keyword} is {said}")) }
}

fn is_of_type(name: &Value, value: &Value) -> bool {
    match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}

#[test]
fn a_field_too_many_and_one_too_few_are_both_wrong() {
    let document =
        json!({ "a": { "type": "object", "required": ["x"], "properties": { "x": { "type": "integer" } } } });
    let schemas = Schemas { document: &document };
    let both = json!({ "allOf": [
        { "$ref": "#/a" },
        { "type": "object", "required": ["y"], "properties": { "y": { "type": ["string", "null"] } } },
    ] });
    let check = |value: Value| schemas.check(&both, &value, "it");
    assert_eq!(check(json!({ "x": 1, "y": null })), Ok(()));
    for wrong in [
        json!({ "x": 1 }),
        json!({ "y": "" }),
        json!({ "x": "1", "y": "" }),
        json!({ "x": 1.5, "y": "" }),
        json!({ "x": 1, "y": "", "z": 1 }),
        json!([]),
    ] {
        assert!(check(wrong.clone()).is_err(), "{wrong}");
    }
}

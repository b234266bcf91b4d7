//! A body to begin with, made of its schema: what it requires, and one of each.

use serde_json::{Map, Value, json};

/// Schemas that refer to themselves end here.
const DEPTH_MAX: usize = 16;

pub(super) fn example(document: &Value, schema: &Value) -> Value {
    made(document, schema, DEPTH_MAX)
}

fn made(document: &Value, schema: &Value, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return Value::Null };
    let said = [&schema["example"], &schema["examples"][0], &schema["default"], &schema["enum"][0]];
    if let Some(said) = said.into_iter().find(|said| !said.is_null()) {
        return said.clone();
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let referenced = document.pointer(reference.trim_start_matches('#'));
        return referenced.map_or(Value::Null, |schema| made(document, schema, depth));
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut whole = Map::new();
        for part in parts {
            if let Value::Object(fields) = made(document, part, depth) {
                whole.extend(fields);
            }
        }
        return Value::Object(whole);
    }
    for choice in ["oneOf", "anyOf"] {
        let choices = schema[choice].as_array().into_iter().flatten();
        let mut choices = choices.filter(|choice| choice["type"] != "null");
        if let Some(first) = choices.next() {
            return made(document, first, depth);
        }
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or_default();
    match kind {
        "object" => object(document, schema, depth),
        "array" => json!([made(document, &schema["items"], depth)]),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "boolean" => json!(false),
        "string" => json!("…"),
        _ => Value::Null,
    }
}

/// With what is required; of an object that requires nothing with all.
fn object(document: &Value, schema: &Value, depth: usize) -> Value {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let fields = schema["properties"].as_object().into_iter().flatten();
    let fields = fields.filter(|(name, _)| required.is_empty() || required.contains(&name.as_str()));
    Value::Object(fields.map(|(name, field)| (name.clone(), made(document, field, depth))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_has_what_is_required_and_ends_where_a_schema_goes_round() {
        let document = json!({ "components": { "schemas": {
            "Tree": { "type": "object", "required": ["leaf"], "properties": { "leaf": { "$ref": "#/components/schemas/Tree" } } },
        } } });
        let schema = json!({ "allOf": [
            { "type": "object", "required": ["days"], "properties": {
                "days": { "type": "integer", "minimum": 3 }, "more": { "type": "string" } } },
            { "type": "object", "properties": { "kinds": { "type": "string", "enum": ["options", "both"] } } },
            { "type": "object", "required": ["when"], "properties": {
                "when": { "oneOf": [{ "type": "null" }, { "type": "array", "items": { "type": "boolean" } }] } } },
        ] });
        assert_eq!(example(&document, &schema), json!({ "days": 3, "kinds": "options", "when": [false] }));
        let tree = example(&document, &json!({ "$ref": "#/components/schemas/Tree" }));
        assert!(tree["leaf"]["leaf"].is_object(), "{tree}");
    }
}

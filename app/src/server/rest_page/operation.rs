//! One operation: its words, a form with a field a parameter, and room for the answer.

use serde_json::Value;

use super::super::document::attribute;
use super::example::example;

/// The longest body that is offered as an example opens so many lines.
const BODY_LINES_MAX: usize = 16;

pub(super) struct Operation<'d> {
    pub document: &'d Value,
    pub method: &'static str,
    pub path: &'d str,
    /// As the document has it.
    pub operation: &'d Value,
}

impl Operation<'_> {
    pub fn drawn(&self) -> String {
        let Self { method, path, operation, .. } = self;
        let name = attribute(operation["operationId"].as_str().unwrap_or(path));
        let words = |of: &str| words(operation[of].as_str().unwrap_or_default());
        let description = Some(words("description")).filter(|words| !words.is_empty());
        let description = description.map(|words| format!("<p>{words}</p>")).unwrap_or_default();
        let (shown, path) = (method.to_uppercase(), attribute(path));
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let fields: String = parameters.map(|parameter| self.field(&name, parameter)).collect();
        let fields =
            if fields.is_empty() { fields } else { format!(r#"<div class="fields">{fields}</div>"#) };
        let (body, answers) = (self.body(&name), self.answers());
        format!(
            r#"<details id="{name}"><summary><span class="method is-{method}">{shown}</span> <code>{path}</code> <span class="words">{}</span></summary>
{description}<form data-method="{shown}" data-path="{path}">{fields}{body}
<div class="buttons"><button type="submit" class="btn btn-primary btn-sm">Send</button> <button type="button" class="btn btn-sm" data-copy>Copy as curl</button> <span class="note" role="status"></span></div>
</form>{answers}<div class="answer" aria-live="polite" hidden><p class="outcome"></p><details class="headers"><summary>Headers</summary><pre></pre></details><pre class="text" tabindex="0" aria-label="The answer"></pre></div></details>
"#,
            words("summary")
        )
    }

    fn field(&self, operation: &str, parameter: &Value) -> String {
        let text = |name: &str| parameter[name].as_str().unwrap_or_default();
        let (name, place) = (attribute(text("name")), attribute(text("in")));
        let is_required = parameter["required"] == true;
        let schema = self.resolved(&parameter["schema"]);
        let said = [text("description"), schema["description"].as_str().unwrap_or_default()];
        let said = said.into_iter().find(|words| !words.is_empty()).unwrap_or_default();
        let id = format!("{operation}-{name}");
        let required = if is_required { " required" } else { "" };
        let is_true_or_false = schema["type"] == "boolean" || schema["type"][0] == "boolean";
        let choices: Vec<&str> = match schema["enum"].as_array() {
            Some(words) => words.iter().filter_map(Value::as_str).collect(),
            None if is_true_or_false => vec!["true", "false"],
            None => Vec::new(),
        };
        let common = format!(r#"id="{id}" name="{name}" data-in="{place}"{required}"#);
        let input = if choices.is_empty() {
            let hint =
                [&parameter["example"], &schema["example"], &schema["examples"][0], &schema["default"]];
            let hint = hint.into_iter().find(|hint| !hint.is_null()).map(written).unwrap_or_default();
            format!(
                r#"<input {common} class="input input-sm" placeholder="{}" autocomplete="off" spellcheck="false">"#,
                attribute(&hint)
            )
        } else {
            let options: String =
                choices.iter().map(|word| format!("<option>{}</option>", attribute(word))).collect();
            format!(
                r#"<select {common} class="select select-sm"><option value="">–</option>{options}</select>"#
            )
        };
        let mark = if is_required { r#"<span class="required">required</span>"# } else { "" };
        format!(
            r#"<label for="{id}"><span class="name">{name}{mark}</span>{input}<span class="said">{}</span></label>"#,
            words(said)
        )
    }

    /// A text to begin with, or a file to choose.
    fn body(&self, operation: &str) -> String {
        let content = &self.operation["requestBody"]["content"];
        let Some((media_type, of)) = content.as_object().and_then(|content| content.iter().next()) else {
            return String::new();
        };
        let (id, media_type) = (format!("{operation}-body"), attribute(media_type));
        if media_type != "application/json" {
            return format!(
                r#"<label class="body" for="{id}"><span class="name">File</span><input id="{id}" type="file" data-body="{media_type}"></label>"#
            );
        }
        let text = serde_json::to_string_pretty(&example(self.document, &of["schema"])).unwrap_or_default();
        let lines = text.lines().count().clamp(3, BODY_LINES_MAX);
        format!(
            r#"<label class="body" for="{id}"><span class="name">Body</span><textarea id="{id}" class="textarea" data-body="{media_type}" rows="{lines}" spellcheck="false">{}</textarea></label>"#,
            attribute(&text)
        )
    }

    /// What may come, by status.
    fn answers(&self) -> String {
        let row = |(status, answer): (&String, &Value)| {
            let types = answer["content"].as_object().into_iter().flatten();
            let types: Vec<_> = types.map(|(name, _)| attribute(name)).collect();
            let said = words(answer["description"].as_str().unwrap_or_default());
            let status = attribute(status);
            format!("<tr><th scope=\"row\">{status}</th><td>{said}</td><td>{}</td></tr>", types.join(", "))
        };
        let rows: String = self.operation["responses"].as_object().into_iter().flatten().map(row).collect();
        format!(
            r#"<details class="answers"><summary>What may be answered</summary><table><caption class="hidden">Answers by status</caption><thead><tr><th scope="col">Status</th><th scope="col">When</th><th scope="col">As</th></tr></thead><tbody>{rows}</tbody></table></details>"#
        )
    }

    fn resolved<'v>(&'v self, schema: &'v Value) -> &'v Value {
        let reference = schema["$ref"].as_str().map(|of| of.trim_start_matches('#'));
        reference.and_then(|of| self.document.pointer(of)).unwrap_or(schema)
    }
}

/// What stands between backquotes is code.
fn words(text: &str) -> String {
    let part = |(place, part): (usize, &str)| match place % 2 {
        1 => format!("<code>{}</code>", attribute(part)),
        _ => attribute(part),
    };
    text.split('`').enumerate().map(part).collect()
}

/// As it stands in an address.
fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

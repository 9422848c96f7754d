//! Tables for people, made from the JSON that machines get.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde_json::Value;

/// A member of a result; null when it has none of that name.
pub(super) fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

/// A table of the members of `rows` that `columns` name.
pub(super) fn rows(rows: &Value, columns: &[&str]) -> String {
    let rows = rows.as_array().map_or(&[][..], Vec::as_slice);
    if rows.is_empty() {
        return "(none)".to_owned();
    }
    let mut table = Table::new();
    table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|column| column.to_uppercase().replace('_', " ")));
    for row in rows {
        table.add_row(columns.iter().map(|column| cell(row.get(column))));
    }
    table.trim_fmt()
}

/// The members of one object, a line each, those of an object in it under its name.
pub(super) fn members(value: &Value) -> String {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    add(&mut table, "", value);
    table.trim_fmt()
}

fn add(table: &mut Table, prefix: &str, value: &Value) {
    for (key, value) in value.as_object().into_iter().flatten() {
        let name = format!("{prefix}{}", key.replace('_', " "));
        match value {
            Value::Object(_) => add(table, &format!("{name} "), value),
            Value::Null => {}
            Value::Array(items) if items.is_empty() => {}
            _ => {
                table.add_row([name, cell(Some(value))]);
            }
        }
    }
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(is_so)) => (if *is_so { "yes" } else { "no" }).to_owned(),
        Some(Value::Number(number)) => match number.as_f64() {
            Some(float) if number.is_f64() => format!("{float:.1}"),
            _ => number.to_string(),
        },
        Some(Value::Array(items)) => {
            items.iter().map(|item| cell(Some(item))).collect::<Vec<_>>().join(", ")
        }
        Some(Value::Object(members)) => {
            let each = members.iter().map(|(key, value)| format!("{key} {}", cell(Some(value))));
            each.collect::<Vec<_>>().join(", ")
        }
    }
}

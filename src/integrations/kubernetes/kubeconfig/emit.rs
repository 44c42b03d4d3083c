//! YAML of our own making: documents in the layout that `kubectl` writes, in a text that any YAML parser reads alike.

use serde_json::Value;
use std::fmt::Write;

/// How far a level is set in.
const STEP: usize = 2;

/// A map's entries, each on lines of its own, set in by so many columns. Ends with a line break.
pub(super) fn block(document: &Value, indent: usize) -> String {
    let mut out = String::new();
    match document {
        Value::Object(entries) => {
            for (name, value) in entries {
                let _ = write!(out, "{:indent$}{}:", "", scalar(name));
                follow(&mut out, value, indent);
            }
        }
        Value::Array(items) => {
            for value in items {
                out.push_str(&item(value, indent));
            }
        }
        other => {
            out.push_str(&format!("{:indent$}{}\n", "", flow(other)));
        }
    }
    out
}

/// An item of a list: a dash in this column, and the item behind it.
pub(super) fn item(value: &Value, column: usize) -> String {
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            let mut text = block(value, column + STEP);
            text.replace_range(column..column + STEP, "- ");
            text
        }
        other => format!("{:column$}- {}\n", "", flow(other)),
    }
}

/// What stands behind a key and its colon. A list's dashes stand in the column of its key, as `kubectl` has it.
fn follow(out: &mut String, value: &Value, indent: usize) {
    let nested = match value {
        Value::Object(entries) if !entries.is_empty() => block(value, indent + STEP),
        Value::Array(items) if !items.is_empty() => block(value, indent),
        other => {
            let _ = writeln!(out, " {}", flow(other));
            return;
        }
    };
    out.push('\n');
    out.push_str(&nested);
}

/// A document on one line, which is JSON except for scalars that need no quotes; inside brackets and braces, all have them.
pub(super) fn flow(document: &Value) -> String {
    match document {
        Value::String(text) => scalar(text),
        other => json(other),
    }
}

/// A document as JSON that is YAML as well.
pub(super) fn json(document: &Value) -> String {
    match document {
        Value::Object(entries) => {
            let entries: Vec<String> = entries.iter().map(|(n, v)| format!("{}: {}", quoted(n), json(v))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(", ")),
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

/// A text: plain where nobody can take it for anything else, such as a number, else in quotes.
pub(super) fn scalar(text: &str) -> String {
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:+=@".contains(c))
        && !text.ends_with(':');
    // YAML 1.1, which Go's parser reads, has many words for true and false.
    let means_more = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    if word && !means_more.contains(&text.to_ascii_lowercase().as_str()) { text.to_owned() } else { quoted(text) }
}

/// A text in double quotes, in which only printable ASCII stands as it is.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            // Letters are harmless, and what needs more than four digits is written otherwise in JSON than in YAML;
            // everything else might be a line break or hidden.
            _ if c.is_alphanumeric() || c > '\u{ffff}' => out.push(c),
            _ => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_layout_is_that_of_kubectl() {
        let document = json!({
            "clusters": [{"cluster": {"server": "https://x:443"}, "name": "a"}], "none": [], "empty": {},
            "list": ["--org", "a b", "1"], "flag": false, "nothing": null,
        });
        assert_eq!(
            block(&document, 0),
            "clusters:\n- cluster:\n    server: https://x:443\n  name: a\nnone: []\nempty: {}\n\
             list:\n- \"--org\"\n- \"a b\"\n- \"1\"\nflag: false\nnothing: null\n"
        );
    }

    #[test]
    fn every_text_comes_back_as_it_was() {
        for text in [
            "",
            " ",
            "a",
            "null",
            "Yes",
            "y",
            "1",
            "1e3",
            "0x1",
            "-",
            "- a",
            "a: b",
            "a:",
            "a #b",
            "#",
            "*a",
            "&a",
            "!a",
            "{",
            "[",
            "'",
            "\"",
            "\\",
            "\n",
            "\t",
            "\u{7f}",
            "\u{85}",
            "\u{2028}",
            "\u{feff}",
            "é",
            "😀",
            "\u{1b}[2J",
            "2026-01-01",
            "::",
            "a:b",
            "https://x/y?z=1",
            "=",
            "~",
            "<<",
            ".inf",
            "%",
            "@",
            "`",
            "...",
            "---",
        ] {
            let value = json!({"k": text, "l": [text], "m": {text: [{"n": text}]}});
            for yaml in [block(&value, 0), json(&value)] {
                let root = super::super::tree::parse(&yaml).expect(&yaml).expect("a document");
                assert!(super::super::says(&root, &value), "{text:?}\n{yaml}");
            }
            assert_eq!(serde_json::from_str::<Value>(&json(&value)).expect("JSON"), value);
        }
    }
}

//! Text from outside, made harmless for a terminal.

use std::borrow::Cow;

/// The text without terminal control sequences, control characters (but for line feeds and tabs) and the Unicode
/// characters that turn the direction of what follows (CVE-2021-42574).
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unwelcome) {
        return Cow::Borrowed(text);
    }
    // Whole sequences first, so that their parameters do not stay behind as litter.
    let text = console::strip_ansi_codes(text);
    Cow::Owned(text.chars().filter(|c| !is_unwelcome(*c)).collect())
}

/// The same on one line: line feeds and tabs become spaces, and so do the two other characters that some readers take
/// for the end of a line.
pub fn clean_line(text: &str) -> String {
    clean(text).replace(['\n', '\t', '\u{2028}', '\u{2029}'], " ")
}

/// JSON with every unwelcome character escaped: the same document, harmless for a terminal.
pub fn clean_json(json: &str) -> Cow<'_, str> {
    if !json.chars().any(is_unwelcome) {
        return Cow::Borrowed(json);
    }
    // They stand in strings only, and none needs more than four digits.
    let escaped = |c| if is_unwelcome(c) { format!("\\u{:04x}", u32::from(c)) } else { String::from(c) };
    Cow::Owned(json.chars().map(escaped).collect())
}

fn is_unwelcome(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_sequences_do_not_reach_the_terminal() {
        for (text, cleaned) in [
            ("plain\n\ttext", "plain\n\ttext"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("a\rb\u{8}c\u{7}", "abc"),
            ("\u{9b}31mx", "x"),
            ("user\u{202e}txt.exe", "usertxt.exe"),
            ("zürich ✓", "zürich ✓"),
        ] {
            assert_eq!(clean(text), cleaned, "{text:?}");
        }
        let hostile = "\u{1b}]0;title\u{7}\u{1b}]8;;http://example.com\u{1b}\\link\u{1b}]52;c;cGF5bG9hZA==\u{7}\u{1b}P1$r\u{1b}\\";
        assert!(!clean(hostile).chars().any(is_unwelcome), "{:?}", clean(hostile));
    }

    #[test]
    fn json_says_the_same_without_them() {
        let document = serde_json::json!({"k\u{9b}": ["\u{1b}[2J\u{7f}\u{202e}", "zürich\n\t"]});
        let text = serde_json::to_string_pretty(&document).expect("text");
        let cleaned = clean_json(&text);
        assert!(!cleaned.chars().any(is_unwelcome), "{cleaned:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&cleaned).expect("JSON"), document);
    }

    #[test]
    fn a_line_stays_a_line() {
        assert_eq!(clean_line("a\nb\tc\u{1b}[2J\u{2028}d"), "a b c d");
    }
}

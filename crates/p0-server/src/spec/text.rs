//! Words from outside, made fit to be shown, and judged fit to be used.

/// The most characters of a word that an error repeats.
const ECHO: usize = 60;

/// Not to be shown to anybody: control characters, and those that are invisible or change the order of others, with
/// which a text can pass for another one.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A word as an error repeats it: on one line, without hidden characters, and cut short.
pub(crate) fn echo(word: &str) -> String {
    let mut shown = word.chars().filter(|c| !is_hidden(*c));
    let mut text: String = shown.by_ref().take(ECHO).collect();
    if shown.next().is_some() {
        text.push('…');
    }
    text
}

/// A text that people write, such as a reason: on one line, without hidden characters. `None` if nothing is left.
pub(crate) fn one_line(text: &str) -> Option<String> {
    let visible: String =
        text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_hidden(*c)).collect();
    let line = visible.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then_some(line)
}

/// A name that can be used as it stands: neither empty nor with hidden characters.
pub(crate) fn is_name(word: &str) -> bool {
    !word.trim().is_empty() && !word.contains(is_hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_is_short_and_has_no_hidden_characters() {
        assert_eq!(echo("plain"), "plain");
        assert_eq!(echo("\u{1b}[31mred\u{1b}[0m\r\n"), "[31mred[0m");
        assert_eq!(echo("admin\u{202e}nimda"), "adminnimda");
        assert_eq!(echo(&"é".repeat(10_000)), format!("{}…", "é".repeat(60)));
        assert_eq!(echo(&"x".repeat(60)), "x".repeat(60));
    }

    #[test]
    fn a_reason_is_one_clean_line() {
        assert_eq!(one_line("  see\tticket\r\n 12 \u{7}").as_deref(), Some("see ticket 12"));
        assert_eq!(one_line(" \n\u{200b}"), None);
    }

    #[test]
    fn a_name_is_neither_empty_nor_hidden() {
        assert!(is_name("Jenkins / build"));
        for bad in ["", "  ", "a\0b", "a\nb", "a\u{200b}b"] {
            assert!(!is_name(bad), "{bad:?}");
        }
    }
}

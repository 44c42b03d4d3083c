//! The symbols in p0's own text, in a form that the terminal can show.

use crate::env_vars::EnvVars;
use std::borrow::Cow;

/// One set of symbols.
#[derive(Debug, PartialEq, Eq)]
pub struct Symbols {
    /// The frames of the spinner, each one column wide.
    pub spinner: &'static [&'static str],
    /// Marks where text was cut.
    pub ellipsis: &'static str,
    /// Separates two facts on one line.
    pub separator: &'static str,
    /// Points to what to do next.
    pub arrow: &'static str,
}

static UNICODE: Symbols = Symbols {
    spinner: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
    ellipsis: "…",
    separator: " · ",
    arrow: "→",
};

static ASCII: Symbols = Symbols { spinner: &["|", "/", "-", "\\"], ellipsis: "...", separator: ", ", arrow: "->" };

/// The symbols that messages contain, p0's own and those of the embedded service, and what stands for them in ASCII.
const REPLACEMENTS: [(&str, &str); 3] = [("…", "..."), ("→", "->"), ("·", "-")];

impl Symbols {
    /// A message with its symbols in a form that this set allows. Other text, such as names, stays as it is.
    pub fn adapt<'a>(&self, message: &'a str) -> Cow<'a, str> {
        if self.ellipsis == UNICODE.ellipsis || message.is_ascii() {
            return Cow::Borrowed(message);
        }
        let replace = |text: String, (symbol, ascii): &(&str, &str)| text.replace(symbol, ascii);
        Cow::Owned(REPLACEMENTS.iter().fold(message.to_owned(), replace))
    }

    /// The set that this environment can show.
    pub fn choose(env: &EnvVars) -> &'static Self {
        // The Linux console has the right encoding, but its fonts have no braille.
        let limited = env.dumb_terminal || env.term.as_deref() == Some("linux");
        let unicode = match &env.locale {
            Some(locale) => is_utf8(locale),
            // Windows has no such variables. Its own terminal is the one that is known to have a font for the symbols;
            // the code page is no guide, because text reaches a console as UTF-16.
            None => cfg!(windows) && env.windows_terminal,
        };
        if unicode && !limited { &UNICODE } else { &ASCII }
    }
}

/// Whether a locale's character set is UTF-8. The form is `language_TERRITORY.codeset@modifier` (POSIX.1-2024, 8.2);
/// macOS also sets a codeset alone.
fn is_utf8(locale: &str) -> bool {
    let locale = locale.split('@').next().unwrap_or_default();
    let codeset = locale.split_once('.').map_or(locale, |(_, codeset)| codeset);
    ["utf-8", "utf8"].iter().any(|name| codeset.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fs, path::Path};

    fn chosen(locale: Option<&str>, term: &str) -> &'static Symbols {
        Symbols::choose(&EnvVars {
            locale: locale.map(Into::into),
            term: Some(term.into()),
            dumb_terminal: term == "dumb",
            ..EnvVars::default()
        })
    }

    #[test]
    fn utf8_locales_get_unicode() {
        for locale in ["C.UTF-8", "C.utf8", "en_US.UTF-8", "de_DE.utf8@euro", "UTF-8"] {
            assert_eq!(chosen(Some(locale), "xterm-256color"), &UNICODE, "{locale}");
        }
    }

    #[test]
    fn other_locales_and_limited_terminals_get_ascii() {
        for locale in ["C", "POSIX", "en_US", "en_US.ISO-8859-1", "de_DE@euro", "ja_JP.eucJP", "zh_CN.GB18030"] {
            assert_eq!(chosen(Some(locale), "xterm-256color"), &ASCII, "{locale}");
        }
        assert_eq!(chosen(None, "xterm-256color"), &ASCII);
        for term in ["dumb", "linux"] {
            assert_eq!(chosen(Some("C.UTF-8"), term), &ASCII, "{term}");
        }
    }

    #[test]
    fn messages_keep_names_and_lose_symbols_in_ascii() {
        let message = "zürich: a → b · c…";
        assert_eq!(ASCII.adapt(message), "zürich: a -> b - c...");
        assert_eq!(UNICODE.adapt(message), message);
    }

    /// Every character outside ASCII in the text of p0's own code, comments and tests aside.
    fn symbols_in_source(directory: &Path, found: &mut BTreeSet<char>) {
        for entry in fs::read_dir(directory).expect("a directory") {
            let entry = entry.expect("an entry");
            let path = entry.path();
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
            if entry.file_type().expect("a type").is_dir() && !["tests", "properties"].contains(&name.as_str()) {
                symbols_in_source(&path, found);
            } else if name.ends_with(".rs") && !["tests.rs", "symbols.rs"].contains(&name.as_str()) {
                let text = fs::read_to_string(&path).expect("source");
                let code = text.split("#[cfg(test)]").next().expect("code").lines();
                let code = code.map(|line| line.split("//").next().unwrap_or_default());
                found.extend(code.flat_map(str::chars).filter(|c| !c.is_ascii()));
            }
        }
    }

    #[test]
    fn every_symbol_in_the_source_has_a_replacement() {
        let mut found = BTreeSet::new();
        symbols_in_source(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        assert!(found.contains(&'…'), "{found:?}");
        for symbol in found {
            assert_eq!(ASCII.adapt(&symbol.to_string()).chars().find(|c| !c.is_ascii()), None, "{symbol}");
        }
    }

    #[test]
    fn ascii_symbols_are_ascii_and_all_frames_are_one_column_wide() {
        let Symbols { spinner, ellipsis, separator, arrow } = &ASCII;
        assert!(spinner.iter().chain([ellipsis, separator, arrow]).all(|text| text.is_ascii()));
        for frame in spinner.iter().chain(UNICODE.spinner) {
            assert_eq!(console::measure_text_width(frame), 1, "{frame}");
        }
    }
}

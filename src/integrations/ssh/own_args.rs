//! The user's own words for `ssh`: options, and a command behind them.

use std::ffi::OsString;

/// The options of `ssh` that have a value (ssh(1), OpenSSH 10).
const WITH_VALUE: &[u8] = b"BbcDEeFIiJLlmOoPpQRSWw";

/// Parts words as `ssh` does that stand behind a destination: options first, and from the first word that is none a
/// command.
pub fn part(mut words: Vec<OsString>) -> (Vec<OsString>, Vec<OsString>) {
    let mut at = 0;
    while let Some(word) = words.get(at).map(|word| word.as_encoded_bytes()) {
        match word {
            b"--" => {
                words.remove(at);
                break;
            }
            [b'-', letters @ ..] if !letters.is_empty() => at += 1 + usize::from(takes_next(letters)),
            _ => break,
        }
    }
    let command = words.split_off(at.min(words.len()));
    (words, command)
}

/// Whether the value of the bundle's last option is the next word: `-L x`, `-vL x`, but not `-Lx`.
fn takes_next(letters: &[u8]) -> bool {
    letters.iter().position(|letter| WITH_VALUE.contains(letter)).is_some_and(|at| at + 1 == letters.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn options_end_where_a_command_begins() {
        let of = |line: &str| {
            let words = line.split(' ').filter(|word| !word.is_empty()).map(OsString::from).collect();
            let (own, command) = part(words);
            let text = |words: Vec<OsString>| words.join(OsStr::new(" ")).into_string().expect("text");
            (text(own), text(command))
        };
        for (line, own, command) in [
            ("", "", ""),
            ("uname -a", "", "uname -a"),
            ("-v", "-v", ""),
            ("-L 1:b:2 -N", "-L 1:b:2 -N", ""),
            ("-L1:b:2 ls -l", "-L1:b:2", "ls -l"),
            ("-vL 1:b:2 ls", "-vL 1:b:2", "ls"),
            ("-o", "-o", ""),
            ("-t -- -x", "-t", "-x"),
            ("- x", "", "- x"),
        ] {
            assert_eq!(of(line), (own.to_owned(), command.to_owned()), "{line}");
        }
    }
}

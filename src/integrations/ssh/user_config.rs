//! The user's own `~/.ssh/config`: the lines of ours in it, put there and taken out again without touching any other.

use super::quoting::{self, BadPath};
use std::path::Path;

/// The first line of ours.
const BEGIN: &str = "# >>> p0: added by `p0 ssh-config install`, taken out by `p0 ssh-config remove`";
const END: &str = "# <<< p0";

/// How the lines of ours stand in a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Installed,
    /// They are of another p0, or have been changed.
    Different,
    Absent,
    /// There is a beginning without an end, or the other way round: nobody but the user can tell what is whose.
    Broken,
}

/// The lines of ours. Before it connects, `ssh` runs `program ssh-resolve` for every host, and where that says yes, reads
/// what was generated in this directory. `Match all` ends what is ours. The program is told what `ssh` will read: one that
/// keeps its files elsewhere (`P0_ENV`, `P0_HOME`) has nothing to say here.
///
/// Only hosts that match one of the patterns are asked about; any host, if there are none. Patterns come before `exec`, so
/// that programs which read the file themselves, and cannot run a command, read on for every other host.
pub fn block(program: &Path, generated: &Path, hosts: &[String]) -> Result<String, BadPath> {
    let include = quoting::pattern(generated)?;
    let args = ["--quiet", "--no-input", "ssh-resolve", "--into"];
    let criteria = quoting::criteria(hosts, program, &args, generated)?;
    Ok(format!("{BEGIN}\nMatch {criteria}\n  Include \"{include}/*.conf\"\nMatch all\n{END}\n"))
}

/// Whether `ssh` can match hosts by this pattern, and no shell or parser takes it for more.
pub fn is_pattern(pattern: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':' | '*' | '?');
    !pattern.is_empty() && pattern.chars().all(fits)
}

/// The program that the lines of ours name, if they are there.
pub fn program(config: &str) -> Option<String> {
    let OurBlock::At(at, end) = find(config) else { return None };
    let line = config[at..end].lines().find(|line| line.starts_with("Match ") && line.contains(" exec \""))?;
    let (_, command) = line.split_once(" exec \"")?;
    let word = command.strip_prefix('\'').map(|rest| rest.split('\'')).and_then(|mut words| words.next());
    Some(word.or_else(|| command.split(' ').next())?.replace("%%", "%"))
}

/// How the lines of ours stand in it.
pub fn state(config: &str, block: &str) -> State {
    match find(config) {
        OurBlock::None => State::Absent,
        OurBlock::Broken => State::Broken,
        OurBlock::At(at, end) if &config[at..end] == block => State::Installed,
        OurBlock::At(..) => State::Different,
    }
}

/// The configuration with the lines of ours in front, as the first value that `ssh` finds counts. `None` where nobody
/// can tell where those that are there end.
pub fn with(config: &str, block: &str) -> Option<String> {
    Some(match without(config)? {
        rest if rest.is_empty() => block.to_owned(),
        rest => format!("{block}\n{rest}"),
    })
}

/// The configuration without the lines of ours: as it was before.
pub fn without(config: &str) -> Option<String> {
    match find(config) {
        OurBlock::None => Some(config.to_owned()),
        OurBlock::Broken => None,
        OurBlock::At(at, end) => {
            let rest = &config[end..];
            // The empty line behind was ours as well; editors may have ended it in their own way.
            let rest = rest.strip_prefix('\n').or_else(|| rest.strip_prefix("\r\n")).unwrap_or(rest);
            Some([&config[..at], rest].concat())
        }
    }
}

/// The lines between ours that somebody else has put there: they go with ours.
pub fn foreign(config: &str) -> Vec<&str> {
    let OurBlock::At(at, end) = find(config) else { return Vec::new() };
    let lines = config[at..end].lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("# "));
    let asks = |line: &str| line.strip_prefix("Match ").is_some_and(|rest| rest.starts_with(quoting::CRITERIA));
    lines.filter(|line| !asks(line) && !line.starts_with("Include \"") && *line != "Match all").collect()
}

enum OurBlock {
    None,
    Broken,
    /// From the one to the other, line ends included.
    At(usize, usize),
}

fn find(config: &str) -> OurBlock {
    let places = |mark: &str| -> Vec<usize> {
        let mut at = 0;
        let mut found = Vec::new();
        for line in config.split_inclusive('\n') {
            if line.trim_end() == mark {
                found.push(at);
            }
            at += line.len();
        }
        found
    };
    match (places(BEGIN)[..].as_ref(), places(END)[..].as_ref()) {
        ([], []) => OurBlock::None,
        ([begin], [end]) if begin < end => {
            let end = config[*end..].find('\n').map_or(config.len(), |length| end + length + 1);
            OurBlock::At(*begin, end)
        }
        _ => OurBlock::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours() -> String {
        block(Path::new("/usr/bin/p0"), Path::new("/home/ada/.local/state/p0/ssh/generated"), &[]).expect("a block")
    }

    #[test]
    fn what_is_put_in_comes_out_again() {
        for config in ["", "Host a\n  User b\n", "# a comment\n\n\nHost *\n", "Host a", "\n\n"] {
            let with_ours = with(config, &ours()).expect("added");
            assert_eq!(state(&with_ours, &ours()), State::Installed);
            assert!(with_ours.starts_with(&ours()) && with_ours.ends_with(config));
            assert_eq!(with(&with_ours, &ours()).as_deref(), Some(&*with_ours), "twice is once");
            assert_eq!(without(&with_ours).as_deref(), Some(config));
            assert_eq!(without(config).as_deref(), Some(config));
        }
    }

    #[test]
    fn lines_of_another_p0_are_replaced_where_they_are_known() {
        let other = block(Path::new("/opt/p0"), Path::new("/x"), &[]).expect("a block");
        let config = with("Host a\n", &other).expect("added");
        assert_eq!(state(&config, &ours()), State::Different);
        assert_eq!(with(&config, &ours()), with("Host a\n", &ours()));
        for broken in [format!("{BEGIN}\nHost a\n"), format!("{END}\n"), format!("{END}\n{BEGIN}\n"), ours() + &ours()]
        {
            assert_eq!(state(&broken, &ours()), State::Broken);
            assert_eq!((with(&broken, &ours()), without(&broken)), (None, None));
        }
    }

    #[test]
    fn lines_that_are_not_ours_are_known() {
        let config = with("Host a\n", &ours()).expect("added");
        assert_eq!(foreign(&config), Vec::<&str>::new());
        let edited = config.replace("Match all\n", "  User ada\r\nMatch all\n");
        assert_eq!((state(&edited, &ours()), foreign(&edited)), (State::Different, vec!["User ada"]));
        assert_eq!(without(&edited).as_deref(), Some("Host a\n"));
        // As an editor saves it that knows one kind of line end.
        let saved = config.replace('\n', "\r\n");
        assert_eq!((state(&saved, &ours()), foreign(&saved)), (State::Different, Vec::new()));
        assert_eq!(without(&saved).as_deref(), Some("Host a\r\n"));
    }

    #[test]
    fn a_path_that_means_something_else_is_refused() {
        for bad in ["/a'b", "/a\"b", "/a\\b", "/a\nb"] {
            assert!(block(Path::new(bad), Path::new("/x"), &[]).is_err(), "{bad:?}");
        }
        for bad in ["/a*b", "/a?b", "/a[b]", "/a\"b", "/a'b", "/100%", "/${HOME}"] {
            assert!(block(Path::new("/p0"), Path::new(bad), &[]).is_err(), "{bad:?}");
        }
        let block = block(Path::new("/a b/100%/p0"), Path::new("/x y/z"), &[]).expect("a block");
        assert!(
            block.contains(
                "exec \"'/a b/100%%/p0' --quiet --no-input ssh-resolve --into '/x y/z' -- '%n'\"\n  Include \"/x y/z/*.conf\"\n"
            ),
            "{block}"
        );
    }

    #[test]
    fn hosts_that_are_named_come_before_the_program() {
        let hosts = ["web-*".to_owned(), "*.internal.example.com".to_owned()];
        let block = block(Path::new("/opt/100%/p0"), Path::new("/x"), &hosts).expect("a block");
        let line = block.lines().nth(1).expect("a line");
        assert!(line.contains("web-*,*.internal.example.com\" exec \""), "{line}");
        assert_eq!(program(&block).as_deref(), Some("/opt/100%/p0"));
        assert_eq!(program("Host a\n"), None);
        for pattern in ["web-*", "10.0.0.?", "::1", "a_b"] {
            assert!(is_pattern(pattern), "{pattern}");
        }
        for pattern in ["", "a b", "!web", "a,b", "a\"b", "a'b", "$x"] {
            assert!(!is_pattern(pattern), "{pattern}");
        }
    }
}

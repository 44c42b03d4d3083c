//! What `ssh`, and the program in front of it, say: read from the file that they write to, so that it can be told from
//! what the machine says, and shown when it is known what it means.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    time::Duration,
};

/// How often the file is looked at before the session begins, and after.
pub(super) const OFTEN: Duration = Duration::from_millis(50);
pub(super) const SELDOM: Duration = Duration::from_secs(1);

/// No more of it is kept, in bytes: what matters comes last.
pub(super) const MOST: usize = 256 * 1024;
/// How much of it is read at a time, in bytes.
const PIECE: u64 = 64 * 1024;
/// How often that is done before what was read is shown, and signals are heard: a machine may write faster than we read.
const PIECES: usize = 4;

/// What `ssh` says when the machine has let the user in; with `LogLevel=VERBOSE`, and in the clear also where it says more.
const BEGUN: &str = "Authenticated to ";
/// What it says because of that level, and nobody wants to know.
const NOISE: [&str; 4] = [BEGUN, "Transferred: sent ", "Bytes per second: sent ", "Authenticated using "];

/// A log that is being read.
#[derive(Debug)]
pub(super) struct Log {
    file: File,
    /// The beginning of a line whose end has not been written.
    rest: Vec<u8>,
    /// What has been said before the session began.
    before: String,
    begun: bool,
    /// There may be more to read at once.
    behind: bool,
}

impl Log {
    /// An empty log at this path.
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        File::create(path)?;
        Ok(Self { file: File::open(path)?, rest: Vec::new(), before: String::new(), begun: false, behind: false })
    }

    /// Forgets all of it, for another try.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::End(0))?;
        (self.rest, self.before, self.begun) = (Vec::new(), String::new(), false);
        Ok(())
    }

    /// Whether the session has begun.
    pub(super) fn begun(&self) -> bool {
        self.begun
    }

    /// Whether there is more to read than was read at once.
    pub(super) fn is_behind(&self) -> bool {
        self.behind
    }

    /// What was said before the session began.
    pub(super) fn before(&self) -> &str {
        &self.before
    }

    /// Reads what is new, or so much of it as is shown at once ([`Self::is_behind`]). What the user is to see of it: nothing
    /// before the session begins, as a try that fails is not theirs to read.
    pub(super) fn read(&mut self) -> io::Result<Vec<String>> {
        let (mut shown, mut new) = (Vec::new(), Vec::new());
        for _ in 0..PIECES {
            self.behind = (&mut self.file).take(PIECE).read_to_end(&mut new)? > 0;
            if !self.behind {
                break;
            }
            shown.extend(self.take(&new));
            new.clear();
        }
        Ok(shown)
    }

    /// The same with what came by another way.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut shown = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            // A line without an end must not grow for ever.
            if self.rest.len() + piece.len() > MOST {
                self.rest.clear();
            }
            self.rest.extend_from_slice(piece);
            if !piece.ends_with(b"\n") {
                break;
            }
            let line = std::mem::take(&mut self.rest);
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end();
            if self.begun {
                shown.extend(Some(line).filter(|line| is_told(line)).map(str::to_owned));
            } else if line.contains(BEGUN) {
                self.begun = true;
                shown.extend(self.before.lines().filter(|line| is_told(line)).map(str::to_owned));
            } else if self.before.len() < MOST {
                self.before.push_str(line);
                self.before.push('\n');
            }
        }
        shown
    }

    /// The line that has no end, when nothing more will come.
    pub(super) fn finish(&mut self) -> Vec<String> {
        if self.rest.is_empty() { Vec::new() } else { self.take(b"\n") }
    }

    /// What is said of a try that failed.
    pub(super) fn failure(&self) -> Vec<&str> {
        self.before.lines().filter(|line| is_told(line)).collect()
    }
}

fn is_told(line: &str) -> bool {
    !line.is_empty() && !NOISE.iter().any(|noise| line.starts_with(noise))
}

#[cfg(test)]
mod tests {
    use super::*;
    use p0_testkit::hostile;
    use proptest::{collection::vec, prelude::*};
    use std::io::Write;

    fn log() -> (tempfile::NamedTempFile, Log) {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let log = Log::new(file.path()).expect("a log");
        (file, log)
    }

    #[test]
    fn nothing_is_shown_before_the_session_begins() {
        let (mut file, mut log) = log();
        file.write_all(b"a warning\r\nhalf").expect("written");
        assert!(log.read().expect("read").is_empty() && !log.begun());
        file.write_all(b" a line\r\nAuthenticated to localhost ([::1]:22) using \"publickey\".\r\n").expect("written");
        assert_eq!(log.read().expect("read"), ["a warning", "half a line"]);
        assert!(log.begun());
        file.write_all(b"closed\r\nTransferred: sent 1, received 2 bytes, in 0.1 seconds\r\nlast").expect("written");
        assert_eq!(log.read().expect("read"), ["closed"]);
        assert_eq!(log.finish(), ["last"]);
    }

    #[test]
    fn a_try_that_failed_is_forgotten() {
        let (mut file, mut log) = log();
        file.write_all(b"Permission denied (publickey).\r\n").expect("written");
        assert!(log.read().expect("read").is_empty());
        assert_eq!(log.failure(), ["Permission denied (publickey)."]);
        log.clear().expect("cleared");
        assert_eq!((log.before(), log.failure().len()), ("", 0));
    }

    #[test]
    fn a_flood_is_not_kept() {
        let (_file, mut log) = log();
        for _ in 0..100 {
            log.take(&[b'x'; 64 * 1024]);
            log.take(b"y\n");
        }
        assert!(log.before().len() < 2 * MOST && log.rest.len() <= MOST);
        // Line by line, in time that grows with its length alone.
        log.take(&vec![b'\n'; 16 * 1024 * 1024]);
        assert!(log.before().len() < 2 * MOST && log.rest.is_empty());
    }

    #[test]
    fn whoever_writes_faster_than_we_read_is_not_read_without_end() {
        let (mut file, mut log) = log();
        file.write_all(b"Authenticated to localhost\n").expect("written");
        let line = [&[b'x'; 1023][..], b"\n"].concat();
        file.write_all(&line.repeat(1000)).expect("written");
        let (mut reads, mut lines) = (0, 0);
        loop {
            let shown = log.read().expect("read");
            assert!(shown.len() <= 256, "{}", shown.len());
            (reads, lines) = (reads + 1, lines + shown.len());
            if !log.is_behind() {
                break;
            }
        }
        assert!(reads >= 4 && lines == 1000, "{reads} {lines}");
    }

    #[test]
    fn lines_are_the_same_however_they_come() {
        proptest!(hostile::config(64), |(lines in vec(hostile::text(), 0..20), cut in 1..40_usize, begins in 0..20_usize)| {
            let begin = "Authenticated to localhost ([::1]:22) using \"publickey\".".to_owned();
            let lines: Vec<String> = lines.iter().take(begins).chain([&begin]).chain(lines.iter().skip(begins))
                .flat_map(|text| text.split('\n').map(str::to_owned)).collect();
            let ((_a, mut whole), (_b, mut cut_up)) = (log(), log());
            let text = lines.join("\n");
            let expected = [whole.take(text.as_bytes()), whole.finish()].concat();
            let mut shown = Vec::new();
            text.as_bytes().chunks(cut).for_each(|piece| shown.extend(cut_up.take(piece)));
            shown.extend(cut_up.finish());
            prop_assert_eq!(&shown, &expected);
            prop_assert!(whole.begun());
            let wanted: Vec<&str> = lines.iter().map(|line| line.trim_end()).filter(|line| is_told(line)).collect();
            prop_assert_eq!(shown, wanted);
        });
    }
}

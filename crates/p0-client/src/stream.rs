//! The status stream's lines (protocol, section 5): bytes as they arrive → lines → what each says. No I/O.

use crate::{Error, answer::looks_like};
use p0_wire::{error::ErrorBody, request::Status, stream::Segment};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

/// The longest line, in bytes.
pub(crate) const MAX_LINE: usize = 1024 * 1024;

/// Cuts a stream of bytes into lines. A line that arrives in pieces, even within a character, is put together.
#[derive(Default)]
pub(crate) struct Lines {
    buffer: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Up to where no line ends.
    scanned: usize,
}

/// A line is longer than [`MAX_LINE`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LineTooLong;

impl Lines {
    /// More bytes have arrived.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.scanned -= self.start;
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole line, without its end; `None` until there is one.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, LineTooLong> {
        let end = self.buffer[self.scanned..].iter().position(|byte| *byte == b'\n').map(|at| self.scanned + at);
        if end.unwrap_or(self.buffer.len()) - self.start > MAX_LINE {
            return Err(LineTooLong);
        }
        let Some(end) = end else {
            self.scanned = self.buffer.len();
            return Ok(None);
        };
        let line = &self.buffer[self.start..end];
        self.start = end + 1;
        self.scanned = self.start;
        Ok(Some(line.strip_suffix(b"\r").unwrap_or(line)))
    }

    /// What has arrived after the last whole line.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.buffer[self.start..]
    }
}

/// What a line says.
#[derive(Debug, PartialEq)]
pub(crate) enum Word {
    /// Nothing is decided.
    Heartbeat { status: Option<Status>, approvers: Vec<String> },
    /// The outcome, or a step towards it.
    Data(Value),
    /// Nothing that concerns this version.
    Nothing,
}

/// What is wrong with a line.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It says that something failed.
    Failed(Error),
    /// It ends in the middle.
    Half,
    /// It is not a line of a status stream, for this reason.
    Garbage(String),
}

/// Reads a line. A document that is no segment stands for itself: an error, or an answer with a request in it.
pub(crate) fn read(line: &[u8]) -> Result<Word, Fault> {
    if line.trim_ascii().is_empty() {
        return Ok(Word::Nothing);
    }
    let document: Value = serde_json::from_slice(line).map_err(|error| match error.is_eof() {
        true => Fault::Half,
        false => Fault::Garbage(format!("{}, not a line of a status stream", looks_like(line, &error))),
    })?;
    match document.get("type") {
        Some(Value::String(kind)) => segment(kind, &document),
        None if document.is_object() => outcome(document),
        _ => Err(Fault::Garbage("it is JSON, but not a line of a status stream".into())),
    }
}

fn segment(kind: &str, document: &Value) -> Result<Word, Fault> {
    match kind {
        // What a heartbeat says besides being there is only news: a wait does not end because it is not understood.
        "heartbeat" => match Segment::deserialize(document) {
            Ok(Segment::Heartbeat { status, approvers }) => Ok(Word::Heartbeat { status, approvers }),
            _ => Ok(Word::Heartbeat { status: None, approvers: Vec::new() }),
        },
        "data" => match Segment::deserialize(document) {
            Ok(Segment::Data { data }) => outcome(data),
            _ => Err(Fault::Garbage("it has a data line without data".into())),
        },
        "error" => {
            let text = ErrorBody::from_document(document).map(|error| error.error).unwrap_or_default();
            Err(Fault::Failed(Error::answered(StatusCode::OK, Some(text))))
        }
        _ => Ok(Word::Nothing),
    }
}

/// The document in a `data` segment.
fn outcome(data: Value) -> Result<Word, Fault> {
    if let Some(error) = ErrorBody::from_document(&data) {
        return Err(Fault::Failed(Error::answered(StatusCode::OK, Some(error.error))));
    }
    match data.get("request") {
        Some(Value::Object(_)) => Ok(Word::Data(data)),
        _ => Err(Fault::Garbage("its data has no request".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut seen = Vec::new();
        for piece in pieces {
            lines.push(piece);
            while let Some(line) = lines.next().expect("short enough") {
                seen.push(String::from_utf8(line.to_vec()).expect("text"));
            }
        }
        seen.push(format!("rest:{}", String::from_utf8_lossy(lines.rest())));
        seen
    }

    #[test]
    fn lines_end_in_either_way_and_come_in_pieces() {
        assert_eq!(lines(&[b"a\nb\r\n\nc"]), ["a", "b", "", "rest:c"]);
        assert_eq!(lines(&[b"a", b"b\r", b"\nc\n", b""]), ["ab", "c", "rest:"]);
        let snowman = "☃".as_bytes();
        assert_eq!(lines(&[b"x", &snowman[..1], &snowman[1..2], &snowman[2..], b"\n"]), ["x☃", "rest:"]);
    }

    #[test]
    fn every_cut_gives_the_same_lines() {
        let text = "{\"a\":\"é☃\"}\r\n\n{\"b\":1}\nrest".as_bytes();
        let whole = lines(&[text]);
        for cut in 0..=text.len() {
            assert_eq!(lines(&[&text[..cut], &text[cut..]]), whole, "cut at {cut}");
        }
    }

    #[test]
    fn a_line_over_a_mebibyte_is_refused_with_or_without_its_end() {
        let mut lines = Lines::default();
        lines.push(&vec![b'a'; MAX_LINE]);
        assert_eq!(lines.next(), Ok(None));
        lines.push(b"\n");
        assert_eq!(lines.next().map(|line| line.map(<[u8]>::len)), Ok(Some(MAX_LINE)));
        lines.push(&vec![b'a'; MAX_LINE + 1]);
        assert_eq!(lines.next(), Err(LineTooLong));
        let mut lines = Lines::default();
        lines.push(&vec![b'a'; MAX_LINE + 1]);
        lines.push(b"\n");
        assert_eq!(lines.next(), Err(LineTooLong));
    }

    fn said(line: &str) -> Word {
        read(line.as_bytes()).expect(line)
    }

    fn wrong(line: &str) -> String {
        match read(line.as_bytes()).expect_err(line) {
            Fault::Failed(error) => format!("failed: {error}"),
            Fault::Half => "half".into(),
            Fault::Garbage(what) => format!("garbage: {what}"),
        }
    }

    #[test]
    fn words() {
        let plain = Word::Heartbeat { status: None, approvers: vec![] };
        assert_eq!(said(r#"{"type":"heartbeat"}"#), plain);
        assert_eq!(said(r#"{"type":"heartbeat","status":7,"approvers":"x"}"#), plain);
        assert_eq!(
            said(r#"{"type":"heartbeat","status":"PENDING_APPROVAL","approvers":["b@example.com"]}"#),
            Word::Heartbeat { status: Some(Status::PendingApproval), approvers: vec!["b@example.com".into()] }
        );
        let data = json!({"request": {"status": "DONE"}, "x": 1});
        assert_eq!(said(&json!({"type": "data", "data": data}).to_string()), Word::Data(data.clone()));
        assert_eq!(said(&data.to_string()), Word::Data(data));
        for nothing in ["", " \t", r#"{"type":"weather","data":{"error":"rain"}}"#] {
            assert_eq!(said(nothing), Word::Nothing, "{nothing}");
        }
    }

    #[test]
    fn faults() {
        for (line, fault) in [
            (r#"{"type":"error","error":"e"}"#, "failed: e"),
            (r#"{"type":"error","error":{"message":"e"}}"#, "failed: e"),
            (r#"{"type":"error"}"#, "failed: the service reported an error without saying which"),
            (r#"{"type":"data","data":{"error":"e","request":{}}}"#, "failed: e"),
            (r#"{"error":{"message":"e"}}"#, "failed: e"),
            (r#"{"type":"data","da"#, "half"),
            (r#"{"type":"data"}"#, "garbage: it has a data line without data"),
            (r#"{"type":"data","data":[]}"#, "garbage: its data has no request"),
            (r#"{"ok":true}"#, "garbage: its data has no request"),
            (r#"{"type":3}"#, "garbage: it is JSON, but not a line of a status stream"),
            ("[]", "garbage: it is JSON, but not a line of a status stream"),
            ("<html>", "garbage: it is an HTML page, not a line of a status stream"),
            ("hello", "garbage: it is plain text, not a line of a status stream"),
        ] {
            assert_eq!(wrong(line), fault, "{line}");
        }
    }
}

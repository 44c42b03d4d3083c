//! HTTP/1.1 as far as the kit needs it: one exchange per connection, for the browser and for stand-in servers.

use crate::{LIMIT, tls};
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
};
use url::Url;

/// Larger than anything that a test sends, so that a runaway ends.
const LARGEST: u64 = 64 << 20;

/// The first line, the header fields and the body of a request or an answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Message {
    pub(crate) start: String,
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
}

/// Header fields in their order; names in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Headers(pub(crate) Vec<(String, String)>);

impl Headers {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let name = name.to_ascii_lowercase();
        self.0.iter().filter(move |(n, _)| *n == name).map(|(_, value)| value.as_str())
    }
}

/// Reads one message. `None`: the other side closed without sending a byte. The body of an answer without a length goes
/// to the end of the connection; a request has none then.
pub(crate) fn read(from: &mut impl BufRead, is_answer: bool) -> io::Result<Option<Message>> {
    let Some(start) = line(from)? else { return Ok(None) };
    let mut headers = Vec::new();
    loop {
        match line(from)? {
            None => return Err(io::ErrorKind::UnexpectedEof.into()),
            Some(line) if line.is_empty() => break,
            Some(line) => {
                let (name, value) = line.split_once(':').ok_or_else(|| invalid("a header field without a colon"))?;
                headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
    }
    let headers = Headers(headers);
    let mut body = Vec::new();
    if headers.get("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        chunks(from, &mut body)?;
    } else if let Some(length) = headers.get("content-length") {
        let length: u64 = length.parse().map_err(|_| invalid("a content-length that is no number"))?;
        from.take(length.min(LARGEST)).read_to_end(&mut body)?;
        if body.len() as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    } else if is_answer {
        from.take(LARGEST).read_to_end(&mut body)?;
    }
    Ok(Some(Message { start, headers, body }))
}

fn chunks(from: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let size = line(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let digits = size.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(digits, 16).map_err(|_| invalid("a chunk without a size"))?;
        if from.take(size.min(LARGEST)).read_to_end(body)? as u64 != size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // After a chunk its end of line, after the last one the end of the (absent) trailer.
        line(from)?;
        if size == 0 {
            return Ok(());
        }
    }
}

fn line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    from.take(1 << 16).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    let text = String::from_utf8(line).map_err(|_| invalid("a line that is not UTF-8"))?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Sends one request and reads its answer; each wait is bounded by [`LIMIT`].
pub(crate) fn exchange(method: &str, url: &Url, headers: &[(&str, String)], body: &[u8]) -> io::Result<(u16, Message)> {
    let addresses = url.socket_addrs(|| None)?;
    let stream = TcpStream::connect(&*addresses)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let mut request = format!("{method} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if method != "GET" {
        request.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    request.push_str("\r\n");
    let request = [request.as_bytes(), body].concat();
    let answer = match url.scheme() {
        "http" => answer(stream, &request),
        "https" => answer(tls::connect(url.host_str().unwrap_or_default(), stream)?, &request),
        _ => Err(invalid("a URL other than http and https")),
    }?;
    let status = answer.start.split(' ').nth(1).and_then(|word| word.parse().ok());
    Ok((status.ok_or_else(|| invalid("an answer without a status"))?, answer))
}

fn answer(mut stream: impl Read + Write, request: &[u8]) -> io::Result<Message> {
    stream.write_all(request)?;
    stream.flush()?;
    read(&mut BufReader::new(stream), true)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_read_by_length_in_chunks_or_to_the_end() {
        let body = |raw: &str| read(&mut raw.as_bytes(), true).map(|m| m.map(|m| String::from_utf8(m.body).unwrap()));
        assert_eq!(body("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokay").unwrap().as_deref(), Some("ok"));
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n3;x=y\r\ncde\r\n0\r\n\r\n";
        assert_eq!(body(chunked).unwrap().as_deref(), Some("abcde"));
        assert_eq!(body("HTTP/1.1 200 OK\r\n\r\nto the end").unwrap().as_deref(), Some("to the end"));
        assert_eq!(body("").unwrap(), None);
        body("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort").unwrap_err();
        body("HTTP/1.1 200 OK\r\n").unwrap_err();
    }
}

//! Bytes as text that can be given back: for files whose own program does not care about their encoding, such as
//! `~/.ssh/config`.

/// Where the characters begin that stand for single bytes: in a private-use plane, whose characters mean nothing.
const FIRST: u32 = 0x10_FF00;

/// The text, in which each byte that is not part of UTF-8 text is a character of its own.
pub fn decode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match stands_for(character) {
                // What would be taken for a byte is written as its bytes.
                Some(_) => character.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| text.push(standing_for(byte))),
                None => text.push(character),
            }
        }
        chunk.invalid().iter().for_each(|byte| text.push(standing_for(*byte)));
    }
    text
}

/// The bytes of such a text.
pub fn encode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        match stands_for(character) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend(character.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    bytes
}

fn standing_for(byte: u8) -> char {
    char::from_u32(FIRST + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn stands_for(character: char) -> Option<u8> {
    u32::from(character).checked_sub(FIRST).and_then(|byte| u8::try_from(byte).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_come_back_and_text_stays_readable() {
        assert_eq!(decode("Host *\n# caf\u{e9} \u{1f600}".as_bytes()), "Host *\n# caf\u{e9} \u{1f600}");
        let every: Vec<u8> = (0..=255).collect();
        let tricky = "\u{10ff00}\u{10ffe9}\u{10fffe}\u{10feff}";
        for bytes in [&b"# caf\xe9\nHost x"[..], b"\xff\xfe", b"\xe2\x82", &every, tricky.as_bytes(), b""] {
            assert_eq!(encode(&decode(bytes)), bytes);
        }
        assert!(decode(b"# caf\xe9\nHost x").ends_with("\nHost x"));
    }
}

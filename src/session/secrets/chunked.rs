//! Long secrets in a store of short ones. The Credential Manager takes 2560 bytes (`CRED_MAX_CREDENTIAL_BLOB_SIZE`,
//! <https://learn.microsoft.com/windows/win32/api/wincred/ns-wincred-credentialw>), in which a text is UTF-16; the tokens
//! of one session are longer.
//!
//! A text that fits stands under its own name. Of a longer one, a head stands there, which says where its pieces are: in
//! one of two slots. A new text goes into the slot that the old one does not use, and counts when its head is written.
//! Whoever reads meanwhile finds the old text or the new: the head has the text's hash, so pieces of two are told apart.

use super::{Error, SecretStore};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// The longest piece, in UTF-16 units.
const LONGEST: usize = 1200;
/// More pieces than any secret has; an end to the search for left ones.
const MOST: usize = 64;
/// How often a text that is replaced meanwhile is read again.
const ATTEMPTS: usize = 5;
/// What a head begins with.
const MARK: &str = "p0-pieces ";

/// A store of long secrets in one of short ones.
#[derive(Debug)]
pub(super) struct Pieces<S>(pub(super) S);

/// Where the pieces of a text are.
struct Head {
    slot: char,
    count: usize,
    hash: String,
}

impl Head {
    /// The head that this text is; `None`: it is no head.
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.strip_prefix(MARK)?.split(' ');
        let slot = words.next()?.parse().ok()?;
        let count = words.next()?.parse().ok().filter(|count| *count <= MOST)?;
        Some(Self { slot, count, hash: words.next()?.to_owned() })
    }

    fn text(&self) -> SecretString {
        format!("{MARK}{} {} {}", self.slot, self.count, self.hash).into()
    }
}

impl<S: SecretStore> SecretStore for Pieces<S> {
    fn get(&self, org: &str) -> Result<Option<SecretString>, Error> {
        for _ in 0..ATTEMPTS {
            let Some(secret) = self.0.get(org)? else { return Ok(None) };
            let Some(head) = Head::parse(secret.expose_secret()) else { return Ok(Some(secret)) };
            if let Some(text) = self.join(org, &head)? {
                return Ok(Some(text));
            }
        }
        Err(Error::Other("it holds something else in this place".into()))
    }

    fn set(&self, org: &str, secret: &SecretString) -> Result<(), Error> {
        let old = self.0.get(org)?.and_then(|old| Head::parse(old.expose_secret()));
        let text = secret.expose_secret();
        if fits(text) {
            self.0.set(org, secret)?;
            return self.clear(org);
        }
        let slot = if old.is_some_and(|old| old.slot == 'a') { 'b' } else { 'a' };
        let pieces = split(text);
        if pieces.len() > MOST {
            return Err(Error::Full);
        }
        for (number, piece) in pieces.iter().enumerate() {
            self.0.set(&name(org, slot, number), &(*piece).into())?;
        }
        self.0.set(org, &Head { slot, count: pieces.len(), hash: hash(text) }.text())?;
        self.clear_slot(org, slot, pieces.len())?;
        self.clear_slot(org, if slot == 'a' { 'b' } else { 'a' }, 0)
    }

    fn delete(&self, org: &str) -> Result<(), Error> {
        self.0.delete(org)?;
        self.clear(org)
    }
}

impl<S: SecretStore> Pieces<S> {
    /// The text of these pieces; `None` if it is no longer there.
    fn join(&self, org: &str, head: &Head) -> Result<Option<SecretString>, Error> {
        let mut text = String::new();
        for number in 0..head.count {
            let Some(piece) = self.0.get(&name(org, head.slot, number))? else { return Ok(None) };
            text.push_str(piece.expose_secret());
        }
        Ok((hash(&text) == head.hash).then(|| text.into()))
    }

    fn clear(&self, org: &str) -> Result<(), Error> {
        self.clear_slot(org, 'a', 0)?;
        self.clear_slot(org, 'b', 0)
    }

    /// Removes the pieces of a slot from this one on.
    fn clear_slot(&self, org: &str, slot: char, from: usize) -> Result<(), Error> {
        for number in from..MOST {
            let name = name(org, slot, number);
            if self.0.get(&name)?.is_none() {
                break;
            }
            self.0.delete(&name)?;
        }
        Ok(())
    }
}

/// The name of a piece; `#` is in no name of a secret.
fn name(org: &str, slot: char, number: usize) -> String {
    format!("{org}#{slot}{number}")
}

/// Whether a text can stand under its own name: it is short, and cannot be taken for a head.
fn fits(text: &str) -> bool {
    text.encode_utf16().count() <= LONGEST && !text.starts_with(MARK)
}

fn split(text: &str) -> Vec<&str> {
    let (mut pieces, mut begin, mut length) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        if length + c.len_utf16() > LONGEST {
            pieces.push(&text[begin..at]);
            (begin, length) = (at, 0);
        }
        length += c.len_utf16();
    }
    pieces.push(&text[begin..]);
    pieces
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeMap, sync::Mutex};

    /// A store that takes no more than the Credential Manager.
    #[derive(Default)]
    struct Short {
        texts: Mutex<BTreeMap<String, String>>,
        /// How many more calls change something before the store fails.
        lasts: Mutex<Option<usize>>,
    }

    impl Short {
        fn change(&self) -> Result<(), Error> {
            match self.lasts.lock().expect("unpoisoned").as_mut() {
                Some(0) => Err(Error::Silent),
                Some(left) => {
                    *left -= 1;
                    Ok(())
                }
                None => Ok(()),
            }
        }
    }

    impl SecretStore for Short {
        fn get(&self, org: &str) -> Result<Option<SecretString>, Error> {
            Ok(self.texts.lock().expect("unpoisoned").get(org).map(|text| text.as_str().into()))
        }

        fn set(&self, org: &str, secret: &SecretString) -> Result<(), Error> {
            self.change()?;
            let text = secret.expose_secret();
            assert!(text.encode_utf16().count() * 2 <= 2560, "too long");
            self.texts.lock().expect("unpoisoned").insert(org.into(), text.into());
            Ok(())
        }

        fn delete(&self, org: &str) -> Result<(), Error> {
            self.change()?;
            self.texts.lock().expect("unpoisoned").remove(org);
            Ok(())
        }
    }

    fn read(store: &impl SecretStore) -> Option<String> {
        store.get("example").expect("read").map(|text| text.expose_secret().to_owned())
    }

    fn texts() -> [String; 7] {
        [
            String::new(),
            "short".into(),
            "x".repeat(LONGEST),
            "x".repeat(LONGEST + 1),
            "é€".repeat(3000),
            "🔑".repeat(2001),
            "p0-pieces a 1 0".into(),
        ]
    }

    #[test]
    fn every_text_comes_back_and_replaces_every_other() {
        for first in texts() {
            for second in texts() {
                let store = Pieces(Short::default());
                for text in [&first, &second] {
                    store.set("example", &text.as_str().into()).expect("kept");
                    assert_eq!(read(&store).as_ref(), Some(text));
                }
                store.delete("example").expect("forgotten");
                assert!(store.0.texts.into_inner().expect("unpoisoned").is_empty(), "nothing is left");
            }
        }
    }

    #[test]
    fn nothing_is_left_of_an_older_text() {
        let store = Pieces(Short::default());
        for (text, entries) in [("x".repeat(9 * LONGEST), 10), ("y".repeat(3 * LONGEST), 4), ("z".into(), 1)] {
            store.set("example", &text.into()).expect("kept");
            assert_eq!(store.0.texts.lock().expect("unpoisoned").len(), entries);
        }
    }

    #[test]
    fn whoever_breaks_off_leaves_the_old_text_or_the_new() {
        let (old, new) = ("o".repeat(4 * LONGEST), "n".repeat(5 * LONGEST));
        for lasts in 0..20 {
            let store = Pieces(Short::default());
            store.set("example", &old.as_str().into()).expect("kept");
            *store.0.lasts.lock().expect("unpoisoned") = Some(lasts);
            let set = store.set("example", &new.as_str().into());
            let is = read(&store).expect("a text");
            assert!(is == new || (is == old && set.is_err()), "{lasts}");
            *store.0.lasts.lock().expect("unpoisoned") = None;
            store.set("example", &new.as_str().into()).expect("another attempt");
            assert_eq!(store.0.texts.lock().expect("unpoisoned").len(), 6, "{lasts}");
        }
    }

    #[test]
    fn pieces_of_two_texts_are_never_joined() {
        let store = Pieces(Short::default());
        store.set("example", &"o".repeat(2 * LONGEST).into()).expect("kept");
        store.0.set(&name("example", 'a', 1), &"another's".into()).expect("changed");
        let error = store.get("example").expect_err("never whole");
        assert_eq!(error.to_string(), "failed: it holds something else in this place");
        store.0.delete(&name("example", 'a', 1)).expect("removed");
        store.get("example").expect_err("incomplete");
    }

    #[test]
    fn a_damaged_head_is_a_text_like_any_other() {
        for text in ["p0-pieces ", "p0-pieces a", "p0-pieces a 65 0", "p0-pieces a x 0", "p0-pieces ab 1 0"] {
            let store = Pieces(Short::default());
            store.0.set("example", &text.into()).expect("kept");
            assert_eq!(read(&store).as_deref(), Some(text));
        }
    }
}

//! Strings as SSH writes them: their length in four bytes, and as many bytes (RFC 4251, section 5).

/// Takes a string off the front; what follows it comes second. `None` where there is no whole string.
pub(super) fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// Puts a string at the end.
pub(super) fn put(bytes: &mut Vec<u8>, string: &[u8]) {
    let length = u32::try_from(string.len()).expect("keys and signatures are short");
    bytes.extend(length.to_be_bytes());
    bytes.extend(string);
}

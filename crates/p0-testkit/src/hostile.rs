//! Words that people, links, files and services can write, made to be taken for something else: for property tests of
//! every place that such a word gets to.
//!
//! The cases are the same in every run. `PROPTEST_RNG_SEED` and `PROPTEST_CASES` choose others; one that fails is written
//! to `proptest-regressions/`, to be kept with the code.

use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, RngSeed},
};
use std::{
    ffi::OsString,
    os::unix::ffi::{OsStrExt, OsStringExt},
};

/// What means something to a shell, to `ssh` and its configuration, to `scp`, to `getopt`, to the clouds' tools, to a
/// file system or to a terminal; and harmless pieces between which it hides.
const PIECES: &[&str] = &[
    "a",
    "web-1",
    "7",
    ".",
    "-",
    "é",
    "漢",
    " ",
    "  ",
    "\t",
    "\n",
    "\r",
    "'",
    "\"",
    "''",
    "'\"'\"'",
    "\\",
    "\\'",
    "\\\n",
    "`",
    "`touch pwned`",
    "$(touch pwned)",
    ";touch pwned;",
    "|touch pwned",
    "&",
    "&&",
    "<",
    ">pwned",
    "$",
    "$HOME",
    "${HOME}",
    "$'",
    "$((",
    "*",
    "?",
    "[a]",
    "{a,b}",
    "~",
    "~root",
    "!",
    "!!",
    "#",
    "=",
    "==",
    "(",
    ")",
    "^",
    ",",
    "%",
    "%%",
    "%h",
    "%%h",
    "%d",
    "%n",
    "%1",
    "-o",
    "-oProxyCommand=touch pwned",
    "-F",
    "--",
    "--help",
    "-",
    "/",
    "//",
    "../",
    "./",
    "/etc/passwd",
    ":",
    "::1",
    "[::1]",
    "[",
    "]",
    "]:",
    "scp://",
    "ssh://",
    "C:\\x",
    "@",
    "@/etc/passwd",
    "root@",
    "file:///etc/passwd",
    "\nProxyCommand touch pwned\n",
    "\nHost *\n",
    "Include /etc/passwd",
    "match",
    "none",
    "yes",
    "\u{1}",
    "\u{7}",
    "\u{8}",
    "\u{7f}",
    "\u{1b}[2J",
    "\u{1b}]0;x\u{7}",
    "\u{9b}31m",
    "\u{202e}",
    "\u{2066}",
    "\u{200f}",
    "\u{200b}",
    "\u{feff}",
    "\u{2028}",
    "\u{430}",
    "\u{ff0f}",
    "\u{2215}",
    "\u{37e}",
];

/// So many cases, always the same ones.
pub fn config(cases: u32) -> Config {
    let default = Config::default();
    let rng_seed = match default.rng_seed {
        RngSeed::Random => RngSeed::Fixed(22),
        chosen => chosen,
    };
    // A number of cases that was chosen counts.
    let cases = if default.cases == Config::with_cases(256).cases { cases } else { default.cases };
    Config { cases, rng_seed, max_shrink_iters: 200, ..default }
}

/// Text without NUL, which no argument can have; now and then 2 KB of it.
pub fn text() -> impl Strategy<Value = String> {
    let character = any::<char>().prop_filter("no argument has a NUL", |c| *c != '\0');
    let piece = select(PIECES);
    prop_oneof![
        8 => vec(piece.clone(), 0..6).prop_map(|pieces| pieces.concat()),
        2 => vec(character, 0..12).prop_map(|characters| characters.into_iter().collect()),
        1 => piece.prop_map(|piece| piece.repeat(2048 / piece.len())),
    ]
}

/// The same where bytes need not be UTF-8.
pub fn word() -> impl Strategy<Value = OsString> {
    let bytes = vec(1..=u8::MAX, 0..8);
    prop_oneof![
        3 => text().prop_map(OsString::from),
        1 => (text(), bytes).prop_map(|(text, bytes)| {
            OsString::from_vec([OsString::from(text).as_bytes(), &bytes].concat())
        }),
    ]
}

/// Bytes of any kind, NUL among them: what a hostile neighbour sends.
pub fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..most)
}

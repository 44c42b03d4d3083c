//! Links the program that is shipped with packed relative relocations (`DT_RELR`). Every start reads the table of
//! relocations, which is 1 MiB smaller that way.
//!
//! The program then needs glibc 2.36 or later, so this is done only where the machine that builds it has that. musl and other
//! systems go without.

#![expect(clippy::disallowed_methods, reason = "Cargo tells build scripts everything by variables")]

use std::{env, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name| env::var(name).unwrap_or_default();
    // The profile `dist`: Cargo tells build scripts nothing but its level of optimisation.
    let is_dist = variable("OPT_LEVEL") == "s";
    let is_glibc = variable("CARGO_CFG_TARGET_OS") == "linux" && variable("CARGO_CFG_TARGET_ENV") == "gnu";
    if is_dist && is_glibc && variable("HOST") == variable("TARGET") && glibc() >= Some((2, 36)) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// The version of this machine's glibc: `getconf` prints a line such as `glibc 2.36`.
fn glibc() -> Option<(u32, u32)> {
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

//! The signals that were ignored when this process started.

use std::sync::OnceLock;

/// Whether this one was. The first call must come before the first listener.
pub(super) fn at_start(signal: i32) -> bool {
    static IGNORED: OnceLock<u64> = OnceLock::new();
    has(*IGNORED.get_or_init(read), signal)
}

/// proc(5): the mask as 16 hexadecimal digits, the lowest bit being signal 1. Without it, none is known to be.
#[cfg(target_os = "linux")]
fn read() -> u64 {
    std::fs::read_to_string("/proc/self/status").ok().as_deref().and_then(mask).unwrap_or_default()
}

/// No such file elsewhere.
#[cfg(not(target_os = "linux"))]
fn read() -> u64 {
    0
}

#[cfg(target_os = "linux")]
fn mask(status: &str) -> Option<u64> {
    let digits = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(digits.trim(), 16).ok()
}

fn has(mask: u64, signal: i32) -> bool {
    u32::try_from(signal - 1).ok().and_then(|bit| mask.checked_shr(bit)).is_some_and(|rest| rest & 1 == 1)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_mask_is_read_from_its_line() {
        let ignored = |status, signal| has(mask(status).unwrap_or_default(), signal);
        let status = "Name:\tp0\nSigBlk:\t0000000000000006\nSigIgn:\t8000000000001001\nSigCgt:\t0000000000000006\n";
        for (signal, expected) in [(1, true), (2, false), (13, true), (15, false), (64, true), (65, false), (0, false)]
        {
            assert_eq!(ignored(status, signal), expected, "{signal}");
        }
        for nothing in ["", "SigIgn:", "SigIgn:\tx", "SigBlk:\t0000000000000001"] {
            assert!(!ignored(nothing, 1), "{nothing:?}");
        }
    }
}

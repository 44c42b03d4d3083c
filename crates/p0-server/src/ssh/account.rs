//! Names of accounts and machines.

/// The maximum length on Linux (useradd(8)).
const LONGEST: usize = 32;

/// Whether a text is a valid account name. Account names are used in certificates and program arguments.
pub(crate) fn is_account(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let begins = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.len() <= LONGEST && name.starts_with(begins) && name.chars().all(plain)
}

/// Whether a machine's name can follow an account name in a certificate.
pub(crate) fn is_machine(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !name.is_empty() && name.len() <= 253 && name.chars().all(plain)
}

/// Derives an account name that `useradd` accepts from an email address. Never returns `root`.
pub(crate) fn after_email(email: &str) -> String {
    let local = email.split('@').next().unwrap_or_default().to_lowercase();
    let name: String = local.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(LONGEST).collect();
    if name.starts_with(|c: char| c.is_ascii_lowercase()) && name != "root" {
        name
    } else {
        format!("u{name}").chars().take(LONGEST).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_names_derive_from_email_addresses() {
        for (email, name) in [
            ("Dev@example.com", "dev"),
            ("first.last+x@example.com", "first-last-x"),
            ("7up@example.com", "u7up"),
            ("$(reboot)@example.com", "u--reboot-"),
            ("Root@example.com", "uroot"),
            ("", "u"),
        ] {
            assert_eq!(after_email(email), name, "{email}");
            assert!(is_account(name), "{name}");
        }
        assert_eq!(after_email(&"a".repeat(99)).len(), 32);
    }

    #[test]
    fn invalid_account_names_are_rejected() {
        for name in ["root", "first.last", "Admin_1", "1000"] {
            assert!(is_account(name), "{name}");
        }
        for name in ["", "-oProxyCommand=x", "a b", "a,b", "a\n", "*", "../x", "ä", &"a".repeat(33)] {
            assert!(!is_account(name), "{name}");
        }
        assert!(is_machine("web-1.example.com"));
        for name in ["", "a@b", "a,b", "*", "a b", "a\n"] {
            assert!(!is_machine(name), "{name}");
        }
    }
}

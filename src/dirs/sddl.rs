//! Who a security descriptor lets in, by its text
//! (<https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format>).

/// The identifiers of those whom the list of a descriptor does not turn away; `None` where there is no list, which lets in
/// everybody. What is not understood is a name that nobody has.
pub(super) fn let_in(text: &str) -> Option<Vec<&str>> {
    // Owner and group, which may come before, are names without a colon.
    let (_, list) = text.split_once("D:")?;
    if list.starts_with("NO_ACCESS_CONTROL") {
        return None;
    }
    let flags = list.find('(').unwrap_or(list.len());
    Some(entries(&list[flags..]).filter_map(whom).collect())
}

/// The entries of a list, without their parentheses; those of conditions are within. The list of what is recorded (`S:`) may
/// follow; anything else is an entry that nobody understands.
fn entries(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        if rest.is_empty() || rest.starts_with("S:") {
            return None;
        }
        let Some(inner) = rest.strip_prefix('(') else {
            rest = "";
            return Some("");
        };
        let mut depth = 1_usize;
        let end = inner.find(|c| {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let end = end.unwrap_or(inner.len());
        rest = inner.get(end + 1..).unwrap_or_default();
        Some(&inner[..end])
    })
}

/// `type;flags;rights;object;inherited object;whom[;condition]`: whom, unless the type is one that turns away (`D`, `OD`,
/// `XD`).
fn whom(entry: &str) -> Option<&str> {
    let mut fields = entry.splitn(7, ';');
    let turns_away = fields.next().is_some_and(|kind| kind.ends_with('D'));
    (!turns_away).then(|| fields.nth(4).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_let_in_is_found() {
        let user = "S-1-5-21-1-2-3-1001";
        for (text, expected) in [
            (format!("D:P(A;OICI;FA;;;{user})"), Some(vec![user])),
            (format!("O:BAG:SYD:PAI(A;;FA;;;{user})(A;ID;0x1200a9;;;BU)"), Some(vec![user, "BU"])),
            (format!("O:{user}D:(D;;FA;;;WD)(OD;;FA;;;WD)(A;;FA;;;SY)"), Some(vec!["SY"])),
            ("D:(XA;;FX;;;S-1-1-0;(@User.Title==\"a)b\"))(A;;FA;;;SY)".to_owned(), Some(vec!["S-1-1-0", ""])),
            ("D:P".to_owned(), Some(Vec::new())),
            ("D:PAI(A;;FA;;;SY)S:(AU;SA;FA;;;WD)".to_owned(), Some(vec!["SY"])),
            ("O:SYG:SY".to_owned(), None),
            ("D:NO_ACCESS_CONTROL".to_owned(), None),
            ("D:(A;;FA".to_owned(), Some(vec![""])),
            (String::new(), None),
        ] {
            assert_eq!(let_in(&text), expected, "{text}");
        }
    }
}

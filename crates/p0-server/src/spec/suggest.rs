//! The closest matches of a word that was not understood.

use super::text;

/// The most candidates that are named.
const NAMED: usize = 3;

/// Longer words are compared by their beginning, which bounds the work that a hostile word makes.
const COMPARED: usize = 64;

/// `Did you mean role?`, for the candidates that are close to the word. `None` if none is. A candidate that would be shown
/// as the word is, because they differ in hidden characters or beyond what is shown, helps no one.
pub(crate) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let fold = |text: &str| text.chars().take(COMPARED).flat_map(char::to_lowercase).collect::<String>();
    let wanted = fold(word);
    let shown = text::echo(word);
    let mut close: Vec<(usize, String, &str)> = candidates
        .into_iter()
        .filter(|candidate| text::echo(candidate).trim() != shown.trim())
        .filter_map(|candidate| {
            let candidate_folded = fold(candidate);
            let distance = strsim::osa_distance(&wanted, &candidate_folded);
            let length = wanted.chars().count().min(candidate_folded.chars().count());
            (distance <= (length / 3).max(1) && distance < length).then_some((distance, candidate_folded, candidate))
        })
        .collect();
    // Of those that differ in case alone, the first.
    close.sort_by(|(a, a_folded, _), (b, b_folded, _)| (a, a_folded).cmp(&(b, b_folded)));
    close.dedup_by(|(_, later, _), (_, first, _)| later == first);
    close.truncate(NAMED);
    let mut names: Vec<String> = close.into_iter().map(|(_, _, name)| text::echo(name)).collect();
    let last = names.pop()?;
    Some(match names.is_empty() {
        true => format!("Did you mean {last}?"),
        false => format!("Did you mean {} or {last}?", names.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_words_are_named_closest_first() {
        let words = ["role", "resource", "permission", "rule"];
        assert_eq!(closest("rol", words).as_deref(), Some("Did you mean role?"));
        assert_eq!(closest("ROLE", words).as_deref(), Some("Did you mean role or rule?"));
        assert_eq!(closest("permision", words).as_deref(), Some("Did you mean permission?"));
    }

    #[test]
    fn words_that_look_the_same_are_not_suggested() {
        for word in ["role", " role", "role ", "role\u{200b}", "role\n", "\u{feff}role"] {
            assert_eq!(closest(word, ["role"]), None, "{word:?}");
        }
        let long = "r".repeat(100);
        assert_eq!(closest(&format!("{long}x"), [format!("{long}y").as_str()]), None);
    }

    #[test]
    fn far_words_are_not_named() {
        assert_eq!(closest("banana", ["role", "resource"]), None);
        assert_eq!(closest("", ["role"]), None);
        assert_eq!(closest("x", ["y", "all"]), None);
        assert_eq!(closest(&"role".repeat(5_000), ["role"]), None);
    }
}

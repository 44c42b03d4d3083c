//! `p0 ls`.

use crate::{
    ctx::Ctx,
    error::{End, Failure, Result},
    ui::table::Table,
};
use p0_wire::command::{Item, Listing};

/// How many items are shown, where `--size` does not say otherwise.
const SIZE: usize = 15;

/// List what can be asked for.
///
/// The words are the service's: an integration, an access type and the argument to list, such as `gcloud role names`.
#[derive(Debug, clap::Args)]
#[command(
    disable_help_flag = true,
    override_usage = "p0 ls [OPTIONS] <INTEGRATION> <ACCESS-TYPE> <ARGUMENT>",
    after_help = "The service understands, among others:
      --like TERM       Only what matches every term
      --size N          Show so many [default: 15]
      --all             Everything, whoever may ask for it (owners)
      --principal WHO   What this principal may ask for (owners)

Examples:
  p0 ls gcloud role names --like big-admin
  p0 ls ssh session destination --json
  p0 ls ssh session destination | cut -f1            The keys alone
  p0 ls gcloud role names | awk -F'\\t' '$4 == \"*\"'   What you already have

At a terminal, `* ` marks the items that you already have access to. In a pipe, a line has four columns separated by tabs: \
the key, the name, the group, and `*` or nothing."
)]
pub struct Args {
    /// What to list, in the service's words
    #[arg(last = true, value_name = "WORDS")]
    pub words: Vec<String>,
}

/// Lists it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    if args.words.iter().any(|word| word == "--help") {
        return super::service_help::show(ctx, "ls", &args.words).await;
    }
    let (size, words) = sized(args.words)?;
    let owners = words.iter().any(|word| word == "--all" || word == "--principal" || word.starts_with("--principal="));
    let answer = ctx.api().await?.ls(&words, owners).await?;
    let listing = &answer.value;
    if ctx.ui.json {
        return document(ctx, answer.document.clone(), listing, size);
    }
    if listing.items.is_empty() {
        ctx.ui.say(nothing(listing));
        return Ok(End::Done);
    }
    let shown = &listing.items[..listing.items.len().min(size)];
    heading(ctx, listing, shown);
    ctx.ui.table(&table(shown, ctx.ui.stdout_is_terminal()))?;
    Ok(End::Done)
}

/// The size to show, and the words with twice that: so `p0` can say how many more there are.
fn sized(words: Vec<String>) -> std::result::Result<(usize, Vec<String>), Failure> {
    let mut size = SIZE;
    let mut rest = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let value = match word.split_once('=') {
            Some(("--size", value)) => Some(value.to_owned()),
            _ if word == "--size" => Some(words.next().unwrap_or_default()),
            _ => None,
        };
        match value {
            Some(value) => {
                let wrong = || Failure::usage(format!("--size takes a number above 0, not '{value}'."));
                size = value.parse().ok().filter(|size| (1..=1_000_000).contains(size)).ok_or_else(wrong)?;
            }
            None => rest.push(word),
        }
    }
    rest.extend(["--size".into(), (2 * size).to_string()]);
    Ok((size, rest))
}

fn document(ctx: &Ctx, mut document: serde_json::Value, listing: &Listing, size: usize) -> Result {
    if listing.items.len() > size {
        if let Some(items) = document.get_mut("items").and_then(|items| items.as_array_mut()) {
            items.truncate(size);
        }
        document["isTruncated"] = true.into();
    }
    ctx.ui.document(&document)?;
    Ok(End::Done)
}

fn nothing(listing: &Listing) -> String {
    match listing.term.as_str() {
        "" => format!("No {} that you can ask for.", listing.arg),
        term => format!("No {} match '{term}'.", listing.arg),
    }
}

/// What is shown, of how many: talk, so on stderr.
fn heading(ctx: &Ctx, listing: &Listing, shown: &[Item]) {
    let matching = match listing.term.as_str() {
        "" => String::new(),
        term => format!(" matching '{term}'"),
    };
    let (count, arg) = (shown.len(), &listing.arg);
    if listing.is_truncated {
        ctx.ui
            .say(format!("Showing the first {count} (of many) {arg}{matching}; use `--like` to narrow these results:"));
    } else if listing.items.len() > count {
        let all = listing.items.len();
        ctx.ui.say(format!(
            "Showing the first {count} (of {all}) {arg}{matching}; use `--like` to narrow these results:"
        ));
    } else {
        ctx.ui.say(format!("Showing all {count} {arg}{matching}:"));
    }
    if shown.iter().any(|item| item.is_preexisting) {
        ctx.ui.say("Items labeled with * are already accessible to you.");
    }
}

/// At a terminal the mark stands before the key. For a program it is the last column, so that each of the others holds
/// the same for every item.
fn table(items: &[Item], terminal: bool) -> Table {
    let mut table = Table::new(std::iter::repeat_n("", if terminal { 3 } else { 4 }));
    for item in items {
        let value = if item.value == item.key { "" } else { item.value.as_str() };
        let group = item.group.as_deref().unwrap_or_default();
        if terminal {
            let mark = if item.is_preexisting { "* " } else { "  " };
            table.row([format!("{mark}{}", item.key).as_str(), value, group]);
        } else {
            table.row([item.key.as_str(), value, group, if item.is_preexisting { "*" } else { "" }]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sized_line(line: &str) -> std::result::Result<(usize, String), String> {
        let words = line.split(' ').map(str::to_owned).collect();
        sized(words).map(|(size, words)| (size, words.join(" "))).map_err(|failure| failure.message)
    }

    #[test]
    fn twice_the_size_is_asked_for() {
        assert_eq!(sized_line("gcloud role names"), Ok((15, "gcloud role names --size 30".into())));
        assert_eq!(sized_line("gcloud --size 5 role names"), Ok((5, "gcloud role names --size 10".into())));
        assert_eq!(sized_line("a b c --size=7 --like x"), Ok((7, "a b c --like x --size 14".into())));
        assert_eq!(sized_line("a --size many"), Err("--size takes a number above 0, not 'many'.".into()));
        assert_eq!(sized_line("a --size"), Err("--size takes a number above 0, not ''.".into()));
    }
}

//! Help texts, in the layout that users of the remote service know: that of yargs, 80 columns wide.

use super::command_path::CommandPath;
use crate::catalog::Catalog;
use crate::spec::{Flag, Takes, text};
use std::fmt::Write as _;

/// The width of a help text, in characters.
const WIDTH: usize = 80;

/// The most characters that the left column has before it is wrapped.
const LEFT: usize = WIDTH / 2;

/// One line of a section: what it is about, what that means, and markers such as `[string]`.
struct Row {
    left: String,
    label: String,
    markers: String,
}

/// The help of the command at this command. It ends without a line break.
pub(crate) fn render(script: &str, command: &CommandPath<'_>, catalog: &Catalog) -> String {
    let path = [script].into_iter().chain(command.path()).collect::<Vec<_>>().join(" ");
    let mut usage = path.clone();
    for argument in command.arguments() {
        usage.extend([" ", &argument.usage()]);
    }
    let mut help = format!("{usage}\n\n{}\n", command.label());
    section(&mut help, "Commands", &commands(&path, command, catalog));
    section(&mut help, "Positionals", &positionals(command));
    section(&mut help, "Options", &options(command));
    help.truncate(help.trim_end().len());
    help
}

fn commands(path: &str, command: &CommandPath<'_>, catalog: &Catalog) -> Vec<Row> {
    let row = |next: super::command_path::Next<'_>| {
        let arguments: String = next.arguments.iter().map(|argument| format!(" {}", argument.usage())).collect();
        let markers = match next.aliases {
            [] => String::new(),
            aliases => format!("[aliases: {}]", aliases.join(", ")),
        };
        Row { left: format!("{path} {}{arguments}", next.name), label: next.label.into(), markers }
    };
    command.next(catalog).into_iter().map(row).collect()
}

fn positionals(command: &CommandPath<'_>) -> Vec<Row> {
    let row = |argument: &crate::spec::Argument| Row {
        left: argument.name.clone(),
        label: argument.label.clone(),
        markers: format!("[{}] [required]", if argument.variadic { "array" } else { "string" }),
    };
    command.arguments().iter().map(row).collect()
}

fn options(command: &CommandPath<'_>) -> Vec<Row> {
    let help = Flag::switch("help", "Show help");
    [&help].into_iter().chain(&command.flags()).map(option).collect()
}

fn option(flag: &Flag) -> Row {
    let names = [&flag.name].into_iter().chain(&flag.aliases).map(|name| format!("--{name}"));
    // Room for a short name in front, which none has.
    let left = format!("    {}", names.collect::<Vec<_>>().join(", "));
    let mut markers = vec![match &flag.takes {
        Takes::Switch => "[boolean]".to_owned(),
        Takes::Number => "[number]".to_owned(),
        Takes::Text(_) | Takes::Choice(_) | Takes::Listed { .. } => "[string]".to_owned(),
    }];
    if flag.required {
        markers.push("[required]".into());
    }
    if let Takes::Choice(choices) = &flag.takes {
        let choices: Vec<String> = choices.iter().map(|choice| format!("{:?}", choice.value)).collect();
        markers.push(format!("[choices: {}]", choices.join(", ")));
    }
    if let Some(default) = &flag.default {
        markers.push(format!("[default: {default}]"));
    }
    Row { left, label: flag.label.clone(), markers: markers.join(" ") }
}

fn section(help: &mut String, title: &str, rows: &[Row]) {
    let Some(longest) = rows.iter().map(|row| width(&row.left)).max() else { return };
    let column = longest.min(LEFT);
    // Writing to a string cannot fail.
    let _ = write!(help, "\n{title}:\n");
    for row in rows {
        for line in lines(row, column) {
            let _ = writeln!(help, "{}", line.trim_end());
        }
    }
}

/// Both columns, wrapped side by side, with the markers at the right end of the last line or of a line of their own.
fn lines(row: &Row, column: usize) -> Vec<String> {
    let indent = row.left.len() - row.left.trim_start().len();
    let mut left = wrap(row.left.trim_start(), column - indent).into_iter();
    let mut label = wrap(&row.label, WIDTH - column - 4).into_iter();
    let mut lines = Vec::new();
    loop {
        let (left, label) = (left.next(), label.next());
        if left.is_none() && label.is_none() {
            break;
        }
        let left = format!("{}{}", " ".repeat(indent), left.unwrap_or_default());
        lines.push(format!("  {left:column$}  {}", label.unwrap_or_default()));
    }
    if !row.markers.is_empty() {
        let room = WIDTH.saturating_sub(width(&row.markers));
        match lines.last_mut().filter(|line| width(line.trim_end()) < room) {
            Some(line) => *line = format!("{:room$}{}", line.trim_end(), row.markers),
            None => lines.push(format!("{:room$}{}", "", row.markers)),
        }
    }
    lines
}

/// Wraps at spaces. A word that is longer than the width stands on a line of its own, whole.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut().filter(|line| width(line) + 1 + width(word) <= columns) {
            Some(line) => line.extend([" ", word]),
            None => lines.push(word.into()),
        }
    }
    lines
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// The name of the program as help texts show it: what a client says, if that can be the name of a program.
pub(crate) fn script(name: &str) -> &str {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if (1..=32).contains(&name.len()) && name.chars().all(fits) && text::is_name(name) { name } else { "p0" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::{Catalog, IntegrationsConfig},
        grammar::words,
    };

    fn help(words: &[&str]) -> String {
        let config: IntegrationsConfig = toml::from_str("[gcloud]\n[aws]\n[postgres]\n[ssh]").expect("a configuration");
        let catalog = Catalog::from_config(config).expect("a catalogue");
        let argv: Vec<String> = words.iter().map(ToString::to_string).collect();
        let words = words::sort(&argv, &catalog);
        render("p0", &CommandPath::reach(&words, &catalog).0, &catalog)
    }

    #[test]
    fn the_help_of_an_integration_lists_its_access_types() {
        assert_eq!(
            help(&["request", "gcloud"]),
            "\
p0 request gcloud

Google Cloud

Commands:
  p0 request gcloud permission <names..>   One permission or several
  p0 request gcloud resource <accesses..>  GCP resource
  p0 request gcloud role <names..>         Custom or predefined role

Options:
      --help    Show help                                              [boolean]
      --reason  Reason access is needed                                 [string]"
        );
    }

    #[test]
    fn the_help_of_a_verb_lists_the_integrations_and_their_aliases() {
        assert_eq!(
            help(&["grant"]),
            "\
p0 grant

Request access for somebody else

Commands:
  p0 grant aws       Amazon Web Services
  p0 grant gcloud    Google Cloud
  p0 grant postgres  PostgreSQL                                    [aliases: pg]
  p0 grant ssh       Secure Shell

Options:
      --help    Show help                                              [boolean]
      --reason  Reason access is needed                                 [string]
      --to      Who gets access: an e-mail address           [string] [required]"
        );
    }

    #[test]
    fn the_help_of_an_access_type_lists_arguments_and_flags() {
        assert_eq!(
            help(&["request", "gcloud", "role"]),
            "\
p0 request gcloud role <names..>

Custom or predefined role

Positionals:
  names  Role names, with or without roles/                   [array] [required]

Options:
      --help                            Show help                      [boolean]
      --project                         Google Cloud project            [string]
      --reason                          Reason access is needed         [string]
      --requested-duration, --duration  How long access is needed, such as 2
                                        hours                           [string]"
        );
    }

    #[test]
    fn long_rows_are_wrapped_in_their_columns() {
        let help = help(&["request", "aws"]);
        assert!(
            help.contains(
                "  p0 request aws permission-set             IAM Identity Center permission set\n  <permission-set>\n"
            ),
            "{help}"
        );
        let help = self::help(&["request", "ssh", "session"]);
        let choices = r#"[string] [choices: "aws", "azure", "gcloud", "self-hosted"]"#;
        assert!(help.contains(&format!("Where the machine is\n{choices:>80}\n")), "{help}");
    }

    #[test]
    fn listing_has_a_level_more() {
        assert_eq!(
            help(&["ls", "gcloud", "role"]),
            "\
p0 ls gcloud role

Custom or predefined role

Commands:
  p0 ls gcloud role names    Role names, with or without roles/
  p0 ls gcloud role project  Google Cloud project

Options:
      --help       Show help                                           [boolean]
      --all        Include what you may not request (owners only)      [boolean]
      --like       Terms that must all match                            [string]
      --principal  Whose access is looked at (owners only)              [string]
      --project    Google Cloud project                                 [string]
      --size       At most so many items                  [number] [default: 15]"
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for words in [vec!["request"], vec!["request", "aws"], vec!["allow", "ssh", "session"], vec!["ls", "ssh"]] {
            for line in help(&words).lines() {
                assert!(line.chars().count() <= 80 && line == line.trim_end(), "{line:?}");
            }
        }
    }

    #[test]
    fn a_program_is_named_only_if_that_is_a_name() {
        assert_eq!(script("p0-dev"), "p0-dev");
        for bad in ["", "p0\n", "\u{1b}[2J", &"p".repeat(33), "a b"] {
            assert_eq!(script(bad), "p0");
        }
    }
}

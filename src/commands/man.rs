//! `p0 man`.

use crate::{
    error::{End, Failure, Result},
    ui::Ui,
};
use std::{io, path::PathBuf};

/// Print the manual, or write its pages to a directory.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  p0 man | man -l -
  p0 man request | man -l -
  p0 man org ls | man -l -
  p0 man --write ~/.local/share/man/man1")]
pub struct Args {
    /// The command whose page to print [default: p0 itself]
    pub command: Vec<String>,
    /// Write a page per command to this directory
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "command")]
    pub write: Option<PathBuf>,
}

/// Prints or writes the pages.
pub fn run(ui: &Ui, args: &Args) -> Result {
    if let Some(directory) = &args.write {
        super::write_all(directory, pages()?)?;
        return Ok(End::Done);
    }
    let words = ["p0"].into_iter().chain(args.command.iter().map(String::as_str));
    let name = words.collect::<Vec<_>>().join("-") + ".1";
    match pages()?.into_iter().find(|(page, _)| *page == name) {
        Some((_, page)) => ui.raw(&page)?,
        None => {
            let command = args.command.join(" ");
            return Err(Failure::usage(format!("There is no command '{command}'."))
                .hint("See the commands with: p0 --help")
                .into());
        }
    }
    Ok(End::Done)
}

/// A page per command, by its file name in man/.
pub fn pages() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut root = crate::command();
    root.build();
    let mut pages = Vec::new();
    add(&mut pages, "p0".to_owned(), &root)?;
    Ok(pages)
}

/// Adds the page of a command, and those of the commands in its group.
fn add(pages: &mut Vec<(String, Vec<u8>)>, name: String, command: &clap::Command) -> io::Result<()> {
    pages.push((format!("{name}.1"), page(command.clone().name(name.clone()))?));
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        add(pages, format!("{name}-{}", inner.get_name()), inner)?;
    }
    Ok(())
}

fn page(command: clap::Command) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    // The pages are committed, so nothing in them may depend on the day.
    clap_mangen::Man::new(command).date("").render(&mut text)?;
    Ok(text)
}

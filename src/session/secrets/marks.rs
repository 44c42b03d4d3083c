//! Marks: which stores have, or may have, an entry. Nothing secret.

use super::{Entry, Error, Kind, Secrets};
use crate::{dirs, error::Failure};
use std::{fs::File, io, path::PathBuf};

/// A store that may have an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub store: Kind,
    pub entry: Entry,
    /// The settings directory that the mark was made in, or what has to be true of what is in the entry for it to be deleted.
    pub note: String,
}

impl Secrets {
    /// Marks that a store may have an entry.
    pub(super) fn mark(&self, store: Kind, entry: &Entry) -> Result<(), Error> {
        if self.is_marked(store, entry) {
            return Ok(());
        }
        let path = self.mark_path(store, entry);
        let make = || dirs::replace(&path, self.dirs.identity()?.unwrap_or_default().as_bytes());
        make().map_err(|error| super::file::failed(&path, &error))
    }

    /// Marks that a store may have an entry, of which this has to be true for it to be deleted.
    pub fn mark_with(&self, store: Kind, entry: &Entry, note: &str) -> Result<(), Failure> {
        let path = self.mark_path(store, entry);
        let made = dirs::replace(&path, note.as_bytes());
        made.map_err(|error| super::failure(store, &super::file::failed(&path, &error)))
    }

    /// Takes the mark away.
    pub(super) fn unmark(&self, store: Kind, entry: &Entry) -> Result<(), Error> {
        let path = self.mark_path(store, entry);
        if !self.is_marked(store, entry) {
            return Ok(());
        }
        dirs::remove(&path).map_err(|error| super::file::failed(&path, &error))
    }

    /// The same for an entry that turned out to be another's.
    pub fn forget_mark(&self, store: Kind, entry: &Entry) -> Result<(), Failure> {
        self.unmark(store, entry).map_err(|error| super::failure(store, &error))
    }

    /// Whether there is one.
    pub(super) fn is_marked(&self, store: Kind, entry: &Entry) -> bool {
        File::open(self.mark_path(store, entry)).is_ok()
    }

    /// Every store and entry that may have secrets of an organisation.
    pub fn marks(&self, org: &str) -> Result<Vec<Mark>, Failure> {
        let directory = self.dirs.entries(org);
        let failed = |error: io::Error| Failure::error(format!("Cannot read {}: {error}", directory.display()));
        let entries = match std::fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut marks = Vec::new();
        for file in entries {
            let file = file.map_err(failed)?;
            let (path, file) = (file.path(), file.file_name());
            let Some((name, word)) = file.to_str().and_then(|file| file.rsplit_once('@')) else { continue };
            let Some(store) = Kind::ALL.into_iter().find(|kind| kind.word() == word) else { continue };
            let note = dirs::read(&path).map_err(failed)?.unwrap_or_default();
            marks.push(Mark { store, entry: Entry { org: org.to_owned(), name: name.to_owned() }, note });
        }
        marks.sort_by(|one, other| one.entry.name.cmp(&other.entry.name));
        Ok(marks)
    }

    /// The organisations that there are marks of.
    pub fn marked_orgs(&self) -> Result<Vec<String>, Failure> {
        let directory = self.dirs.entries("");
        let failed = |error: io::Error| Failure::error(format!("Cannot read {}: {error}", directory.display()));
        let entries = match std::fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut orgs = Vec::new();
        for entry in entries {
            if let Some(org) = entry.map_err(failed)?.file_name().to_str().filter(|org| dirs::is_plain(org))
                && !self.marks(org)?.is_empty()
            {
                orgs.push(org.to_owned());
            }
        }
        orgs.sort();
        Ok(orgs)
    }

    /// `<name>@<store>`: no name has an `@`.
    fn mark_path(&self, store: Kind, entry: &Entry) -> PathBuf {
        self.dirs.entries(&entry.org).join(format!("{}@{}", entry.name, store.word()))
    }
}

//! Errors of the store.

use std::path::PathBuf;

/// An error of the store. A failed call has changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full.
    #[error("the store is full: make room on its disk and try again; nothing was changed")]
    Full,
    /// The database was locked for too long.
    #[error("the store is busy: try again; nothing was changed")]
    Busy,
    /// The file cannot be created or opened.
    #[error("cannot open the database {}: {reason}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The cause.
        reason: String,
    },
    /// Another process has the file open.
    #[error("the database {} is in use by another process of this service", .0.display())]
    InUse(PathBuf),
    /// The file is damaged or not a database.
    #[error("the database {} is damaged, or is not a database: restore it from a backup, or name another file", .0.display())]
    Damaged(PathBuf),
    /// The file is a database of another program.
    #[error("the database {} belongs to another program: name another file", .0.display())]
    Foreign(PathBuf),
    /// The file was written by a later version.
    #[error("the database {} was written by a newer version of this service (migration {migration}): use that version", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The first migration that this version does not know.
        migration: i64,
    },
    /// A stored document cannot be parsed.
    #[error("the store holds a document that cannot be read: {0}")]
    Document(#[from] serde_json::Error),
    /// Anything else.
    #[error("the store failed: {0}")]
    Database(sqlx::Error),
}

/// Primary result codes of SQLite.
const SQLITE_BUSY: i64 = 5;
const SQLITE_CORRUPT: i64 = 11;
const SQLITE_FULL: i64 = 13;
const SQLITE_NOTADB: i64 = 26;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match primary_code(&error) {
            Some(SQLITE_FULL) => Self::Full,
            Some(SQLITE_BUSY) => Self::Busy,
            _ if matches!(error, sqlx::Error::PoolTimedOut) => Self::Busy,
            _ => Self::Database(error),
        }
    }
}

/// The primary result code: the lowest byte of the extended one.
fn primary_code(error: &sqlx::Error) -> Option<i64> {
    let code: i64 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

/// Whether the file is not a readable database.
pub(super) fn is_damage(error: &sqlx::Error) -> bool {
    matches!(primary_code(error), Some(SQLITE_CORRUPT | SQLITE_NOTADB))
}

//! SQLite: one connection for writing, several for reading, and one process per file.

use super::{Store, StoreError};
use crate::store_error::is_damage;
use async_trait::async_trait;
use sqlx::{
    Connection, SqlSafeStr, Sqlite, SqliteConnection, SqlitePool, Transaction,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// The location of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In memory.
    Memory,
    /// In this file, which only its owner can read. Its journal and its lock are beside it.
    File(PathBuf),
}

/// The migrations, in order.
const MIGRATIONS: [(i64, &str, &str); 6] = [
    (1, "core", include_str!("../../migrations/0001_core.sql")),
    (2, "sign_in", include_str!("../../migrations/0002_sign_in.sql")),
    (3, "live_by_requestor", include_str!("../../migrations/0003_live_by_requestor.sql")),
    (4, "ssh", include_str!("../../migrations/0004_ssh.sql")),
    (5, "saml", include_str!("../../migrations/0005_saml.sql")),
    (6, "withdrawn", include_str!("../../migrations/0006_withdrawn.sql")),
];

/// The `PRAGMA application_id` of the service's databases.
const APPLICATION_ID: i64 = 1_882_221_172;

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const READERS: u32 = 4;

/// The store on SQLite.
#[derive(Debug)]
pub struct SqliteStore {
    /// One connection, so that writers queue here and do not conflict in SQLite.
    writer: SqlitePool,
    readers: SqlitePool,
    /// The lock file, held while the store is open. The operating system releases it if the process dies.
    lock: Mutex<Option<File>>,
}

impl SqliteStore {
    /// Opens the database. Creates or migrates it if necessary.
    ///
    /// # Errors
    ///
    /// [`StoreError::Open`], [`StoreError::InUse`], [`StoreError::Damaged`], [`StoreError::Foreign`] and
    /// [`StoreError::Newer`] describe the problem with the file.
    pub async fn open(location: &Location) -> Result<Self, StoreError> {
        match location {
            Location::Memory => {
                let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
                // An in-memory database lives as long as its connection.
                let pool = pool(1).min_connections(1).connect_with(options).await?;
                migrate(&pool, Path::new(":memory:")).await?;
                Ok(Self { writer: pool.clone(), readers: pool, lock: Mutex::default() })
            }
            Location::File(path) => open_file(path).await,
        }
    }

    /// Checks that the database can be opened, without creating or writing anything. A running service may have it open.
    ///
    /// # Errors
    ///
    /// Those of [`SqliteStore::open`], except [`StoreError::InUse`].
    pub async fn check(location: &Location) -> Result<(), StoreError> {
        match location {
            Location::Memory => Ok(()),
            Location::File(path) => check_file(path).await,
        }
    }

    /// Returns the writing connection, for other parts of the service with tables in the same database. Do not wait for
    /// anything else while you hold it.
    pub fn pool(&self) -> &SqlitePool {
        &self.writer
    }

    pub(super) fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// Begins a transaction with the write lock, so that it never fails halfway.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Connections are never closed.
fn pool(size: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(size)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(Duration::from_secs(30))
        .test_before_acquire(false)
}

async fn open_file(path: &Path) -> Result<SqliteStore, StoreError> {
    let lock = lock(path)?;
    create_private(path).map_err(|e| cannot_open(path, &e))?;
    // Files of an earlier process have the database's mode at that time.
    for suffix in ["-wal", "-shm", "-journal"] {
        let left = beside(path, suffix);
        if left.try_exists().map_err(|e| cannot_open(&left, &e))? {
            create_private(&left).map_err(|e| cannot_open(&left, &e))?;
        }
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT);
    let of_file = |error: sqlx::Error| match StoreError::from(error) {
        StoreError::Database(error) if is_damage(&error) => StoreError::Damaged(path.to_owned()),
        StoreError::Database(error) => cannot_open(path, &error),
        other => other,
    };
    let writer = pool(1).after_release(|connection, _| Box::pin(is_reusable(connection)));
    let writer = writer.connect_with(options.clone()).await.map_err(of_file)?;
    recognise(&writer, path).await?;
    migrate(&writer, path).await?;
    let readers = pool(READERS).connect_with(options.read_only(true)).await.map_err(of_file)?;
    Ok(SqliteStore { writer, readers, lock: Mutex::new(Some(lock)) })
}

async fn check_file(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let cannot_open = |error: &std::io::Error| cannot_open(path, error);
    may_write(folder).map_err(|e| cannot_open(&e))?;
    match OpenOptions::new().read(true).write(true).open(path) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(cannot_open(&error)),
    }
    // Immutable: neither locked, nor with a journal beside it. A process that writes now can make it look damaged for a
    // moment, so it is read once more then.
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true);
    let read = async || {
        let reader = pool(1).connect_with(options.clone()).await.map_err(|error| match StoreError::from(error) {
            StoreError::Database(error) if is_damage(&error) => StoreError::Damaged(path.to_owned()),
            other => other,
        })?;
        let recognised = match recognise(&reader, path).await {
            Ok(()) => refuse_newer(&reader, path).await,
            Err(error) => Err(error),
        };
        reader.close().await;
        recognised
    };
    match read().await {
        Err(StoreError::Damaged(_)) => read().await,
        other => other,
    }
}

/// Whether files can be created in a directory.
#[cfg(unix)]
fn may_write(folder: &Path) -> std::io::Result<()> {
    use rustix::fs::Access;
    if !folder.metadata()?.is_dir() {
        return Err(std::io::ErrorKind::NotADirectory.into());
    }
    Ok(rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

#[cfg(not(unix))]
fn may_write(folder: &Path) -> std::io::Result<()> {
    match folder.metadata()? {
        metadata if !metadata.is_dir() => Err(std::io::ErrorKind::NotADirectory.into()),
        metadata if metadata.permissions().readonly() => Err(std::io::ErrorKind::PermissionDenied.into()),
        _ => Ok(()),
    }
}

fn cannot_open(path: &Path, error: &dyn std::error::Error) -> StoreError {
    StoreError::Open { path: path.to_owned(), reason: error.to_string() }
}

/// Locks the file beside the database that marks it as in use. (The database itself cannot be locked this way: closing it
/// would release SQLite's own locks.)
fn lock(path: &Path) -> Result<File, StoreError> {
    let file = create_private(&beside(path, ".lock")).map_err(|e| cannot_open(path, &e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(cannot_open(path, &error)),
    }
}

/// Returns the path of the file beside the database with this suffix.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Opens or creates a file, and makes it private to its owner. SQLite gives its journal the
/// same mode.
fn create_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    make_private(&file, path)?;
    Ok(file)
}

#[cfg(unix)]
fn make_private(file: &File, path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = file.metadata()?.permissions();
    if permissions.mode() & 0o077 != 0 {
        permissions.set_mode(0o600);
        file.set_permissions(permissions)?;
        tracing::warn!(path = %path.display(), "others could use this file of the store; now only its owner can");
    }
    Ok(())
}

/// Whether a returned connection can be reused. When the disk is full, SQLite rolls the transaction back itself
/// (<https://www.sqlite.org/lang_transaction.html>, "Response To Errors Within A Transaction"). The following rollback
/// fails, and sqlx considers the connection to be inside a transaction from then on.
async fn is_reusable(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    // A rollback may still be running.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// Rejects damaged files and other programs' files before writing anything.
async fn recognise(pool: &SqlitePool, path: &Path) -> Result<(), StoreError> {
    let damaged = |error: sqlx::Error| match StoreError::from(error) {
        StoreError::Database(error) if is_damage(&error) => StoreError::Damaged(path.to_owned()),
        other => other,
    };
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(pool).await.map_err(damaged)?;
    if tables == 0 {
        return Ok(());
    }
    let application: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(pool).await.map_err(damaged)?;
    // An interrupted first start leaves only the table of migrations.
    let begun: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE '%sqlx_migrations%'")
        .fetch_one(pool)
        .await
        .map_err(damaged)?;
    if application != APPLICATION_ID && begun > 0 {
        return Err(StoreError::Foreign(path.to_owned()));
    }
    let verdict: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(pool).await.map_err(damaged)?;
    if verdict == "ok" { Ok(()) } else { Err(StoreError::Damaged(path.to_owned())) }
}

/// Refuses what a newer version has written, as the migration does.
async fn refuse_newer(pool: &SqlitePool, path: &Path) -> Result<(), StoreError> {
    let migrated: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'")
        .fetch_one(pool)
        .await?;
    if migrated == 0 {
        return Ok(());
    }
    let newest = MIGRATIONS.last().map_or(0, |(version, _, _)| *version);
    let newer: Option<i64> = sqlx::query_scalar("SELECT min(version) FROM _sqlx_migrations WHERE version > ?")
        .bind(newest)
        .fetch_one(pool)
        .await?;
    match newer {
        Some(migration) => Err(StoreError::Newer { path: path.to_owned(), migration }),
        None => Ok(()),
    }
}

async fn migrate(pool: &SqlitePool, path: &Path) -> Result<(), StoreError> {
    let steps = MIGRATIONS
        .into_iter()
        .map(|(version, name, sql)| {
            Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
        })
        .collect();
    Migrator::with_migrations(steps).run(pool).await.map_err(|error| match error {
        MigrateError::VersionMissing(migration) => StoreError::Newer { path: path.to_owned(), migration },
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        other => cannot_open(path, &other),
    })
}

//! State of the SSH authority, on SQLite.

use crate::{
    clock::Timestamp,
    ssh::{AuthorityKey, SshStore},
    store_error::StoreError,
};
use async_trait::async_trait;
use sqlx::{Row, SqlitePool};

/// Uses the tables of `migrations/0004_ssh.sql`, which must have been applied.
#[derive(Debug, Clone)]
pub struct SqliteSshStore {
    pool: SqlitePool,
}

impl SqliteSshStore {
    /// Makes a store in the database of this pool.
    pub fn new(pool: SqlitePool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl SshStore for SqliteSshStore {
    async fn authority_keys(&self, candidate: AuthorityKey) -> Result<Vec<AuthorityKey>, StoreError> {
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(
            "INSERT INTO ssh_authority_keys (fingerprint, seed, created_at)
             SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM ssh_authority_keys)",
        )
        .bind(candidate.fingerprint)
        .bind(candidate.seed.as_slice())
        .bind(candidate.created_at.0)
        .execute(&mut *tx)
        .await?;
        let rows = sqlx::query("SELECT * FROM ssh_authority_keys ORDER BY created_at DESC, fingerprint")
            .fetch_all(&mut *tx)
            .await?;
        tx.commit().await?;
        let key = |row: &sqlx::sqlite::SqliteRow| {
            let seed: Vec<u8> = row.try_get("seed")?;
            let seed = seed.try_into().map_err(|_| sqlx::Error::Decode("a seed that is not 32 bytes long".into()))?;
            Ok(AuthorityKey {
                fingerprint: row.try_get("fingerprint")?,
                seed,
                created_at: Timestamp(row.try_get("created_at")?),
            })
        };
        rows.iter().map(key).collect()
    }

    async fn host_keys(&self, machine: &str) -> Result<Vec<String>, StoreError> {
        let keys: Option<String> = sqlx::query_scalar("SELECT keys FROM ssh_host_keys WHERE machine = ?")
            .bind(machine)
            .fetch_optional(&self.pool)
            .await?;
        Ok(keys.unwrap_or_default().lines().map(str::to_owned).collect())
    }

    async fn keep_host_keys(&self, machine: &str, keys: &[String]) -> Result<(), StoreError> {
        sqlx::query("INSERT OR REPLACE INTO ssh_host_keys (machine, keys) VALUES (?, ?)")
            .bind(machine)
            .bind(keys.join("\n"))
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

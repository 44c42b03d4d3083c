//! Requests, their history, and pre-approvals, on SQLite.

use super::{Filter, Inserted, RequestStore, Scope, SqliteStore, StoreError, administration::record};
use crate::{
    clock::Timestamp,
    domain::{Preapproval, Request, RequestId},
};
use async_trait::async_trait;
use p0_wire::{
    audit::Event,
    request::{Status, Step},
};
use sqlx::{Row, Sqlite, SqliteConnection, sqlite::SqliteArguments, sqlite::SqliteRow};
use std::collections::HashSet;

#[async_trait]
impl RequestStore for SqliteStore {
    async fn insert(
        &self,
        request: &Request,
        steps: &[Step],
        event: &Event,
        most: u32,
    ) -> Result<Inserted, StoreError> {
        let mut tx = self.begin().await?;
        if request.is_live() {
            if let Some(existing) = live(&mut tx, &request.principal, &request.access.key).await? {
                return Ok(Inserted::Existing(Box::new(existing)));
            }
            if made(&mut tx, &request.requestor).await? >= i64::from(most) {
                return Ok(Inserted::TooMany);
            }
        }
        sqlx::query(
            "INSERT INTO requests (id, principal, requestor, access_key, access, status, reason, length, grounds,
             approvals, requested_at, updated_at, expires_at, generated, delegation, error, to_undo, withdrawn, revision)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&request.id.0)
        .bind(&request.principal)
        .bind(&request.requestor)
        .bind(&request.access.key)
        .bind(serde_json::to_string(&request.access)?)
        .bind(request.status.as_str())
        .bind(&request.reason)
        .bind(signed(request.length))
        .bind(request.grounds.map(|g| serde_json::to_string(&g)).transpose()?)
        .bind(serde_json::to_string(&request.approvals)?)
        .bind(request.requested_at.0)
        .bind(request.updated_at.0)
        .bind(request.expires_at.map(|at| at.0))
        .bind(serde_json::to_string(&request.generated)?)
        .bind(serde_json::to_string(&request.delegation)?)
        .bind(&request.error)
        .bind(request.to_undo)
        .bind(request.withdrawn)
        .bind(signed(request.revision))
        .execute(&mut *tx)
        .await?;
        for step in steps {
            add_step(&mut tx, &request.id, step).await?;
        }
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(Inserted::Added)
    }

    async fn update(&self, request: Request, step: &Step, event: &Event) -> Result<Option<Request>, StoreError> {
        let mut tx = self.begin().await?;
        let stored = Request { revision: request.revision + 1, ..request };
        let changed = sqlx::query(
            "UPDATE requests SET status = ?, length = ?, updated_at = ?, expires_at = ?, generated = ?,
             delegation = ?, error = ?, to_undo = ?, withdrawn = ?, revision = ? WHERE id = ? AND revision = ?",
        )
        .bind(stored.status.as_str())
        .bind(signed(stored.length))
        .bind(stored.updated_at.0)
        .bind(stored.expires_at.map(|at| at.0))
        .bind(serde_json::to_string(&stored.generated)?)
        .bind(serde_json::to_string(&stored.delegation)?)
        .bind(&stored.error)
        .bind(stored.to_undo)
        .bind(stored.withdrawn)
        .bind(signed(stored.revision))
        .bind(&stored.id.0)
        .bind(signed(request.revision))
        .execute(&mut *tx)
        .await?;
        if changed.rows_affected() == 0 {
            return Ok(None);
        }
        add_step(&mut tx, &stored.id, step).await?;
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(Some(stored))
    }

    async fn request(&self, id: &RequestId) -> Result<Option<Request>, StoreError> {
        let row = sqlx::query("SELECT * FROM requests WHERE id = ?").bind(&id.0).fetch_optional(self.readers());
        row.await?.as_ref().map(read).transpose()
    }

    async fn live(&self, principal: &str, access_key: &str) -> Result<Option<Request>, StoreError> {
        live_query(principal, access_key).fetch_optional(self.readers()).await?.as_ref().map(read).transpose()
    }

    async fn list(&self, filter: &Filter) -> Result<Vec<Request>, StoreError> {
        // Each query has its own index, so that none scans all requests. SQLite uses a partial index only if the query repeats
        // its condition.
        let query = match (filter.scope, &filter.person) {
            (Scope::Any, None) => {
                "SELECT * FROM requests WHERE ?1 IS NULL ORDER BY requested_at DESC, rowid DESC LIMIT ?2"
            }
            (Scope::Any, Some(_)) => {
                "SELECT * FROM requests WHERE principal = ?1 OR requestor = ?1
                 ORDER BY requested_at DESC, rowid DESC LIMIT ?2"
            }
            (Scope::Pending, _) => {
                "SELECT * FROM requests INDEXED BY requests_live
                 WHERE status IN ('NEW', 'PENDING_APPROVAL', 'APPROVED', 'DONE')
                 AND status IN ('NEW', 'PENDING_APPROVAL') AND (?1 IS NULL OR principal = ?1 OR requestor = ?1)
                 ORDER BY requested_at DESC, rowid DESC LIMIT ?2"
            }
            (Scope::Active, _) => {
                "SELECT * FROM requests INDEXED BY requests_live
                 WHERE status IN ('NEW', 'PENDING_APPROVAL', 'APPROVED', 'DONE')
                 AND status IN ('APPROVED', 'DONE') AND (?1 IS NULL OR principal = ?1 OR requestor = ?1)
                 ORDER BY requested_at DESC, rowid DESC LIMIT ?2"
            }
        };
        let rows = sqlx::query(query).bind(&filter.person).bind(filter.limit).fetch_all(self.readers()).await?;
        rows.iter().map(read).collect()
    }

    async fn history(&self, id: &RequestId) -> Result<Vec<Step>, StoreError> {
        let rows = sqlx::query("SELECT at, status, by_whom, note FROM steps WHERE request = ? ORDER BY id")
            .bind(&id.0)
            .fetch_all(self.readers())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Step {
                    timestamp: row.try_get("at")?,
                    status: Status::from(row.try_get::<&str, _>("status")?),
                    by: row.try_get("by_whom")?,
                    note: row.try_get("note")?,
                })
            })
            .collect()
    }

    async fn held(&self, principal: &str) -> Result<HashSet<String>, StoreError> {
        let keys = sqlx::query_scalar(
            "SELECT access_key FROM requests INDEXED BY requests_live WHERE principal = ?
             AND status IN ('NEW', 'PENDING_APPROVAL', 'APPROVED', 'DONE') AND status = 'DONE'",
        );
        Ok(keys.bind(principal).fetch_all(self.readers()).await?.into_iter().collect())
    }

    async fn next_expiry(&self) -> Result<Option<Timestamp>, StoreError> {
        let next: Option<i64> =
            sqlx::query_scalar("SELECT min(expires_at) FROM requests WHERE status IN ('PENDING_APPROVAL', 'DONE')")
                .fetch_one(self.readers())
                .await?;
        Ok(next.map(Timestamp))
    }

    async fn expired(&self, now: Timestamp, limit: u32) -> Result<Vec<RequestId>, StoreError> {
        let ids = sqlx::query_scalar(
            "SELECT id FROM requests WHERE status IN ('PENDING_APPROVAL', 'DONE') AND expires_at <= ?
             ORDER BY expires_at LIMIT ?",
        )
        .bind(now.0)
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        Ok(ids.into_iter().map(RequestId).collect())
    }

    async fn unfinished(&self) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT principal, access_key FROM requests WHERE to_undo = 1
             UNION SELECT principal, access_key FROM requests WHERE status = 'APPROVED'",
        );
        Ok(rows.fetch_all(self.readers()).await?)
    }

    async fn next_job(&self, principal: &str, access_key: &str) -> Result<Option<Request>, StoreError> {
        // Reads on the writer's connection, to see all previous writes.
        let row = sqlx::query(
            "SELECT * FROM requests WHERE id IN (
                SELECT id FROM requests INDEXED BY requests_undo
                    WHERE principal = ?1 AND access_key = ?2 AND to_undo = 1
                UNION ALL SELECT id FROM requests INDEXED BY requests_provision
                    WHERE principal = ?1 AND access_key = ?2 AND status = 'APPROVED')
             ORDER BY to_undo DESC, requested_at, rowid LIMIT 1",
        )
        .bind(principal)
        .bind(access_key)
        .fetch_optional(self.pool())
        .await?;
        row.as_ref().map(read).transpose()
    }

    async fn note(&self, event: &Event) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn add_preapproval(&self, preapproval: &Preapproval, event: &Event) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO preapprovals (principal, access_key, access, max_length, valid_from, valid_until, allowed_by,
             reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&preapproval.principal)
        .bind(&preapproval.access.key)
        .bind(serde_json::to_string(&preapproval.access)?)
        .bind(signed(preapproval.max_length))
        .bind(preapproval.valid_from.0)
        .bind(preapproval.valid_until.0)
        .bind(&preapproval.allowed_by)
        .bind(&preapproval.reason)
        .execute(&mut *tx)
        .await?;
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn preapproved(&self, principal: &str, access_key: &str, now: Timestamp) -> Result<Option<u64>, StoreError> {
        let longest: Option<i64> = sqlx::query_scalar(
            "SELECT max(max_length) FROM preapprovals
             WHERE principal = ?1 AND access_key = ?2 AND valid_from <= ?3 AND valid_until > ?3",
        )
        .bind(principal)
        .bind(access_key)
        .bind(now.0)
        .fetch_one(self.readers())
        .await?;
        Ok(longest.map(i64::unsigned_abs))
    }
}

type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

fn live_query<'q>(principal: &'q str, access_key: &'q str) -> Query<'q> {
    sqlx::query(
        "SELECT * FROM requests WHERE principal = ? AND access_key = ?
         AND status IN ('NEW', 'PENDING_APPROVAL', 'APPROVED', 'DONE')",
    )
    .bind(principal)
    .bind(access_key)
}

async fn live(
    connection: &mut SqliteConnection,
    principal: &str,
    access_key: &str,
) -> Result<Option<Request>, StoreError> {
    live_query(principal, access_key).fetch_optional(connection).await?.as_ref().map(read).transpose()
}

/// Counts the live requests of a requestor.
async fn made(connection: &mut SqliteConnection, requestor: &str) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar(
        "SELECT count(*) FROM requests INDEXED BY requests_live_requestor
         WHERE requestor = ? AND status IN ('NEW', 'PENDING_APPROVAL', 'APPROVED', 'DONE')",
    );
    Ok(count.bind(requestor).fetch_one(connection).await?)
}

async fn add_step(connection: &mut SqliteConnection, id: &RequestId, step: &Step) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO steps (request, at, status, by_whom, note) VALUES (?, ?, ?, ?, ?)")
        .bind(&id.0)
        .bind(step.timestamp)
        .bind(step.status.as_str())
        .bind(&step.by)
        .bind(&step.note)
        .execute(connection)
        .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<Request, StoreError> {
    let grounds: Option<&str> = row.try_get("grounds")?;
    Ok(Request {
        id: RequestId(row.try_get("id")?),
        principal: row.try_get("principal")?,
        requestor: row.try_get("requestor")?,
        access: serde_json::from_str(row.try_get("access")?)?,
        status: Status::from(row.try_get::<&str, _>("status")?),
        reason: row.try_get("reason")?,
        length: row.try_get::<i64, _>("length")?.unsigned_abs(),
        grounds: grounds.map(serde_json::from_str).transpose()?,
        approvals: serde_json::from_str(row.try_get("approvals")?)?,
        requested_at: Timestamp(row.try_get("requested_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
        expires_at: row.try_get::<Option<i64>, _>("expires_at")?.map(Timestamp),
        generated: serde_json::from_str(row.try_get("generated")?)?,
        delegation: serde_json::from_str(row.try_get("delegation")?)?,
        error: row.try_get("error")?,
        to_undo: row.try_get("to_undo")?,
        withdrawn: row.try_get("withdrawn")?,
        revision: row.try_get::<i64, _>("revision")?.unsigned_abs(),
    })
}

/// SQLite's integers are signed. No duration or count reaches the limit.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

//! Policies, settings, roles and audit events, on SQLite.

use super::{AdministrationStore, PolicyVersion, RoleBindings, SqliteStore, StoreError, Subject};
use crate::clock::Timestamp;
use async_trait::async_trait;
use p0_wire::{audit::Event, role::Role, settings::Settings};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

#[async_trait]
impl AdministrationStore for SqliteStore {
    async fn workflow(&self) -> Result<Option<PolicyVersion>, StoreError> {
        let row = sqlx::query("SELECT id, created_at, rules FROM workflows ORDER BY position DESC LIMIT 1")
            .fetch_optional(self.readers());
        row.await?.as_ref().map(read_version).transpose()
    }

    async fn policy_version(&self, id: &str) -> Result<Option<PolicyVersion>, StoreError> {
        let row = sqlx::query("SELECT id, created_at, rules FROM workflows WHERE id = ?")
            .bind(id)
            .fetch_optional(self.readers());
        row.await?.as_ref().map(read_version).transpose()
    }

    async fn replace_workflow(
        &self,
        replaced: Option<&str>,
        version: &PolicyVersion,
        event: &Event,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let active: Option<String> = sqlx::query_scalar("SELECT id FROM workflows ORDER BY position DESC LIMIT 1")
            .fetch_optional(&mut *tx)
            .await?;
        if active.as_deref() != replaced {
            return Ok(false);
        }
        sqlx::query("INSERT INTO workflows (id, created_at, rules) VALUES (?, ?, ?)")
            .bind(&version.id)
            .bind(version.created_at.0)
            .bind(serde_json::to_string(&version.rules)?)
            .execute(&mut *tx)
            .await?;
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn settings(&self) -> Result<Option<Settings>, StoreError> {
        let document: Option<String> =
            sqlx::query_scalar("SELECT document FROM settings").fetch_optional(self.readers()).await?;
        Ok(document.as_deref().map(serde_json::from_str).transpose()?)
    }

    async fn replace_settings(
        &self,
        replaced: Option<&Settings>,
        settings: &Settings,
        event: &Event,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let active: Option<String> =
            sqlx::query_scalar("SELECT document FROM settings").fetch_optional(&mut *tx).await?;
        let active: Option<Settings> = active.as_deref().map(serde_json::from_str).transpose()?;
        if active.as_ref() != replaced {
            return Ok(false);
        }
        sqlx::query("INSERT OR REPLACE INTO settings (only_one, document) VALUES (1, ?)")
            .bind(serde_json::to_string(settings)?)
            .execute(&mut *tx)
            .await?;
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn add_event(&self, event: &Event) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn bindings(&self) -> Result<RoleBindings, StoreError> {
        let mut connection = self.readers().acquire().await?;
        read_bindings(&mut connection).await
    }

    async fn bind(&self, role: Role, subject: &Subject, event: &Event) -> Result<(), StoreError> {
        let (kind, name) = columns(subject);
        let mut tx = self.begin().await?;
        sqlx::query("INSERT OR IGNORE INTO role_bindings (role, kind, subject) VALUES (?, ?, ?)")
            .bind(role.as_str())
            .bind(kind)
            .bind(name)
            .execute(&mut *tx)
            .await?;
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn unbind(
        &self,
        role: Role,
        subject: &Subject,
        may: &(dyn for<'a> Fn(&'a RoleBindings) -> bool + Send + Sync),
        event: &Event,
    ) -> Result<bool, StoreError> {
        let (kind, name) = columns(subject);
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM role_bindings WHERE role = ? AND kind = ? AND subject = ?")
            .bind(role.as_str())
            .bind(kind)
            .bind(name)
            .execute(&mut *tx)
            .await?;
        if !may(&read_bindings(&mut tx).await?) {
            return Ok(false);
        }
        record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Adds an audit event to a transaction.
pub(super) async fn record(connection: &mut SqliteConnection, event: &Event) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO events (at, action, document) VALUES (?, ?, ?)")
        .bind(&event.timestamp)
        .bind(&event.action)
        .bind(serde_json::to_string(event)?)
        .execute(connection)
        .await?;
    Ok(())
}

fn columns(subject: &Subject) -> (&'static str, &str) {
    match subject {
        Subject::User(email) => ("user", email),
        Subject::Group(id) => ("group", id),
    }
}

async fn read_bindings(connection: &mut SqliteConnection) -> Result<RoleBindings, StoreError> {
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("SELECT role, kind, subject FROM role_bindings").fetch_all(connection).await?;
    let mut bindings = RoleBindings::new();
    for (role, kind, subject) in rows {
        // Roles that this version does not know are ignored.
        let Some(role) = Role::parse(&role) else { continue };
        let bound = bindings.entry(role).or_default();
        if kind == "user" { bound.users.push(subject) } else { bound.groups.push(subject) }
    }
    Ok(bindings)
}

fn read_version(row: &SqliteRow) -> Result<PolicyVersion, StoreError> {
    Ok(PolicyVersion {
        id: row.try_get("id")?,
        created_at: Timestamp(row.try_get("created_at")?),
        rules: serde_json::from_str(row.try_get("rules")?)?,
    })
}

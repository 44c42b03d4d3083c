//! State of the OpenID provider, on SQLite.

use crate::{
    clock::Timestamp,
    oidc::{
        secret::SecretHash,
        store::{
            AuthorizationCode, DeviceRequest, EXPIRED_DEVICE_CODES_KEPT, GENERATIONS_KEPT, Grant, MOST_CODES_PER_USER,
            MOST_DEVICE_CODES, MOST_DEVICE_CODES_PER_ADDRESS, MOST_GRANTS_PER_USER, MOST_SESSIONS_PER_USER,
            MOST_SIBLINGS, Poll, Redemption, RefreshToken, Rotation, SamlKey, Session, SignInStore, SigningKey,
        },
    },
    store_error::StoreError,
};
use async_trait::async_trait;
use sqlx::{Row, Sqlite, SqlitePool, Transaction, sqlite::SqliteRow};
use std::time::Duration;

/// Uses the tables of `migrations/0002_sign_in.sql`, which must have been applied.
#[derive(Debug, Clone)]
pub struct SqliteSignInStore {
    pool: SqlitePool,
}

impl SqliteSignInStore {
    /// Makes a store in the database of this pool.
    pub fn new(pool: SqlitePool) -> Self {
        Self { pool }
    }

    /// Begins a transaction with the write lock. A transaction that reads first and writes later could find the database
    /// changed in between and fail.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.pool.begin_with("BEGIN IMMEDIATE").await
    }
}

fn milliseconds(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

fn time(row: &SqliteRow, column: &str) -> Result<Timestamp, sqlx::Error> {
    row.try_get(column).map(Timestamp)
}

fn grant(row: &SqliteRow) -> Result<Grant, sqlx::Error> {
    Ok(Grant {
        id: row.try_get("grant_id")?,
        email: row.try_get("email")?,
        scope: row.try_get("scope")?,
        auth_time: time(row, "auth_time")?,
    })
}

fn code(row: &SqliteRow) -> Result<AuthorizationCode, sqlx::Error> {
    Ok(AuthorizationCode {
        grant: grant(row)?,
        redirect_uri: row.try_get("redirect_uri")?,
        code_challenge: row.try_get("code_challenge")?,
        nonce: row.try_get("nonce")?,
        expires_at: time(row, "expires_at")?,
    })
}

fn device(row: &SqliteRow) -> Result<DeviceRequest, sqlx::Error> {
    let interval: i64 = row.try_get("interval")?;
    Ok(DeviceRequest {
        scope: row.try_get("scope")?,
        agent: row.try_get("agent")?,
        address: row.try_get("address")?,
        interval: Duration::from_millis(interval.unsigned_abs()),
        expires_at: time(row, "expires_at")?,
    })
}

fn saml_key(row: &SqliteRow) -> Result<SamlKey, sqlx::Error> {
    Ok(SamlKey {
        pkcs8: row.try_get("pkcs8")?,
        certificate: row.try_get("certificate")?,
        created_at: time(row, "created_at")?,
    })
}

#[async_trait]
impl SignInStore for SqliteSignInStore {
    async fn signing_keys(&self, candidate: SigningKey) -> Result<Vec<SigningKey>, StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO signing_keys (kid, pkcs8, created_at)
             SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM signing_keys)",
        )
        .bind(candidate.kid)
        .bind(candidate.pkcs8)
        .bind(candidate.created_at.0)
        .execute(&mut *tx)
        .await?;
        let rows = sqlx::query("SELECT * FROM signing_keys ORDER BY created_at DESC, kid").fetch_all(&mut *tx).await?;
        tx.commit().await?;
        rows.iter()
            .map(|row| {
                Ok(SigningKey {
                    kid: row.try_get("kid")?,
                    pkcs8: row.try_get("pkcs8")?,
                    created_at: time(row, "created_at")?,
                })
            })
            .collect()
    }

    async fn saml_key(&self) -> Result<Option<SamlKey>, StoreError> {
        let found = sqlx::query("SELECT * FROM saml_keys").fetch_optional(&self.pool).await?;
        found.map(|row| Ok(saml_key(&row)?)).transpose()
    }

    async fn keep_saml_key(&self, candidate: SamlKey) -> Result<SamlKey, StoreError> {
        let mut tx = self.write().await?;
        sqlx::query("INSERT OR IGNORE INTO saml_keys (only_one, pkcs8, certificate, created_at) VALUES (1, ?, ?, ?)")
            .bind(candidate.pkcs8)
            .bind(candidate.certificate)
            .bind(candidate.created_at.0)
            .execute(&mut *tx)
            .await?;
        let kept = saml_key(&sqlx::query("SELECT * FROM saml_keys").fetch_one(&mut *tx).await?)?;
        tx.commit().await?;
        Ok(kept)
    }

    async fn add_code(&self, hash: SecretHash, code: &AuthorizationCode) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO authorization_codes
             (hash, grant_id, email, scope, auth_time, redirect_uri, code_challenge, nonce, expires_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(hash.as_bytes())
        .bind(&code.grant.id)
        .bind(&code.grant.email)
        .bind(&code.grant.scope)
        .bind(code.grant.auth_time.0)
        .bind(&code.redirect_uri)
        .bind(&code.code_challenge)
        .bind(&code.nonce)
        .bind(code.expires_at.0)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "DELETE FROM authorization_codes WHERE hash IN
             (SELECT hash FROM authorization_codes WHERE email = ? ORDER BY expires_at DESC, rowid DESC LIMIT -1 OFFSET ?)",
        )
        .bind(&code.grant.email)
        .bind(MOST_CODES_PER_USER)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    async fn redeem_code(&self, hash: SecretHash, now: Timestamp) -> Result<Redemption, StoreError> {
        let mut tx = self.write().await?;
        let found = sqlx::query("SELECT * FROM authorization_codes WHERE hash = ?")
            .bind(hash.as_bytes())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = found else { return Ok(Redemption::Unknown) };
        let code = code(&row)?;
        if row.try_get("redeemed")? {
            return Ok(Redemption::Again(code.grant.id));
        }
        sqlx::query("UPDATE authorization_codes SET redeemed = 1 WHERE hash = ?")
            .bind(hash.as_bytes())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(if code.expires_at > now { Redemption::First(code) } else { Redemption::Unknown })
    }

    async fn add_refresh_token(&self, hash: SecretHash, token: &RefreshToken) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let added = sqlx::query(
            "INSERT INTO refresh_tokens (hash, grant_id, email, scope, auth_time, generation, expires_at)
             SELECT ?1, ?2, ?3, ?4, ?5, 0, ?6 WHERE NOT EXISTS (SELECT 1 FROM revoked_grants WHERE grant_id = ?2)",
        )
        .bind(hash.as_bytes())
        .bind(&token.grant.id)
        .bind(&token.grant.email)
        .bind(&token.grant.scope)
        .bind(token.grant.auth_time.0)
        .bind(token.expires_at.0)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        sqlx::query(
            "DELETE FROM refresh_tokens WHERE grant_id IN
             (SELECT grant_id FROM refresh_tokens WHERE email = ? GROUP BY grant_id
              ORDER BY MAX(expires_at) DESC, MAX(rowid) DESC LIMIT -1 OFFSET ?)",
        )
        .bind(&token.grant.email)
        .bind(MOST_GRANTS_PER_USER)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(added == 1)
    }

    async fn refresh_token(&self, hash: SecretHash, now: Timestamp) -> Result<Option<RefreshToken>, StoreError> {
        let found = sqlx::query("SELECT * FROM refresh_tokens WHERE hash = ? AND expires_at > ?")
            .bind(hash.as_bytes())
            .bind(now.0)
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = found else { return Ok(None) };
        Ok(Some(RefreshToken { grant: grant(&row)?, expires_at: time(&row, "expires_at")? }))
    }

    async fn rotate_refresh_token(
        &self,
        hash: SecretHash,
        successor: SecretHash,
        now: Timestamp,
        grace: Duration,
    ) -> Result<Rotation, StoreError> {
        let mut tx = self.write().await?;
        let found = sqlx::query(
            "SELECT grant_id, generation, used_at, (SELECT COUNT(*) FROM refresh_tokens AS s
                 WHERE s.grant_id = t.grant_id AND s.generation > t.generation AND s.used_at IS NULL) AS successors
             FROM refresh_tokens AS t WHERE hash = ? AND expires_at > ?",
        )
        .bind(hash.as_bytes())
        .bind(now.0)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = found else { return Ok(Rotation::Unknown) };
        let (grant_id, generation): (String, i64) = (row.try_get("grant_id")?, row.try_get("generation")?);
        let used_at: Option<i64> = row.try_get("used_at")?;
        if used_at.is_some_and(|at| Timestamp(at).plus(grace) < now) {
            return Ok(Rotation::Reused);
        }
        if row.try_get::<i64, _>("successors")? >= i64::from(MOST_SIBLINGS) {
            return Ok(Rotation::TooMany);
        }
        sqlx::query("UPDATE refresh_tokens SET used_at = ? WHERE grant_id = ? AND generation <= ? AND used_at IS NULL")
            .bind(now.0)
            .bind(&grant_id)
            .bind(generation)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "INSERT INTO refresh_tokens (hash, grant_id, email, scope, auth_time, generation, expires_at)
             SELECT ?, grant_id, email, scope, auth_time, generation + 1, expires_at FROM refresh_tokens WHERE hash = ?",
        )
        .bind(successor.as_bytes())
        .bind(hash.as_bytes())
        .execute(&mut *tx)
        .await?;
        sqlx::query("DELETE FROM refresh_tokens WHERE grant_id = ? AND generation < ?")
            .bind(&grant_id)
            .bind(generation.saturating_sub(i64::from(GENERATIONS_KEPT)))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Rotation::Rotated)
    }

    async fn revoke_grant(&self, grant: &str, until: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM refresh_tokens WHERE grant_id = ?").bind(grant).execute(&mut *tx).await?;
        sqlx::query(
            "INSERT INTO revoked_grants (grant_id, until) VALUES (?, ?)
             ON CONFLICT (grant_id) DO UPDATE SET until = MAX(until, excluded.until)",
        )
        .bind(grant)
        .bind(until.0)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    async fn revoked_grants(&self, now: Timestamp) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let rows = sqlx::query("SELECT grant_id, until FROM revoked_grants WHERE until > ?")
            .bind(now.0)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| Ok((row.try_get("grant_id")?, time(row, "until")?))).collect()
    }

    async fn add_device(
        &self,
        device_code: SecretHash,
        user_code: SecretHash,
        device: &DeviceRequest,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let added = sqlx::query(
            "INSERT INTO device_codes (hash, user_code_hash, scope, agent, address, interval, expires_at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
             WHERE (SELECT COUNT(*) FROM device_codes WHERE expires_at > ?8) < ?9
               AND (SELECT COUNT(*) FROM device_codes WHERE expires_at > ?8 AND address = ?5) < ?10",
        )
        .bind(device_code.as_bytes())
        .bind(user_code.as_bytes())
        .bind(&device.scope)
        .bind(&device.agent)
        .bind(&device.address)
        .bind(milliseconds(device.interval))
        .bind(device.expires_at.0)
        .bind(now.0)
        .bind(MOST_DEVICE_CODES)
        .bind(MOST_DEVICE_CODES_PER_ADDRESS)
        .execute(&self.pool)
        .await?;
        Ok(added.rows_affected() == 1)
    }

    async fn waiting_device(&self, user_code: SecretHash, now: Timestamp) -> Result<Option<DeviceRequest>, StoreError> {
        let found =
            sqlx::query("SELECT * FROM device_codes WHERE user_code_hash = ? AND expires_at > ? AND state = 'pending'")
                .bind(user_code.as_bytes())
                .bind(now.0)
                .fetch_optional(&self.pool)
                .await?;
        Ok(found.as_ref().map(device).transpose()?)
    }

    async fn decide_device(
        &self,
        user_code: SecretHash,
        grant: Option<&Grant>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let decided = sqlx::query(
            "UPDATE device_codes SET state = ?, grant_id = ?, email = ?, auth_time = ?
             WHERE user_code_hash = ? AND expires_at > ? AND state = 'pending'",
        )
        .bind(if grant.is_some() { "allowed" } else { "denied" })
        .bind(grant.map(|g| &g.id))
        .bind(grant.map(|g| &g.email))
        .bind(grant.map(|g| g.auth_time.0))
        .bind(user_code.as_bytes())
        .bind(now.0)
        .execute(&self.pool)
        .await?;
        Ok(decided.rows_affected() == 1)
    }

    async fn poll_device(
        &self,
        device_code: SecretHash,
        now: Timestamp,
        penalty: Duration,
    ) -> Result<Poll, StoreError> {
        let mut tx = self.write().await?;
        let found = sqlx::query("SELECT * FROM device_codes WHERE hash = ?")
            .bind(device_code.as_bytes())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = found else { return Ok(Poll::Unknown) };
        let waits = device(&row)?;
        let state: String = row.try_get("state")?;
        let polled_at: Option<i64> = row.try_get("polled_at")?;
        let answer = if waits.expires_at <= now {
            Poll::Expired
        } else if state == "allowed" {
            Poll::Allowed(grant(&row)?)
        } else if state == "denied" {
            Poll::Denied
        } else if polled_at.is_some_and(|at| now < Timestamp(at).plus(waits.interval)) {
            Poll::SlowDown
        } else {
            Poll::Pending
        };
        if matches!(answer, Poll::Pending | Poll::SlowDown) {
            let interval = waits.interval + if answer == Poll::SlowDown { penalty } else { Duration::ZERO };
            sqlx::query("UPDATE device_codes SET polled_at = ?, interval = ? WHERE hash = ?")
                .bind(now.0)
                .bind(milliseconds(interval))
                .bind(device_code.as_bytes())
                .execute(&mut *tx)
                .await?;
        } else {
            sqlx::query("DELETE FROM device_codes WHERE hash = ?")
                .bind(device_code.as_bytes())
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(answer)
    }

    async fn add_session(&self, hash: SecretHash, session: &Session) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query("INSERT INTO browser_sessions (hash, email, auth_time, expires_at) VALUES (?, ?, ?, ?)")
            .bind(hash.as_bytes())
            .bind(&session.email)
            .bind(session.auth_time.0)
            .bind(session.expires_at.0)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "DELETE FROM browser_sessions WHERE hash IN
             (SELECT hash FROM browser_sessions WHERE email = ? ORDER BY auth_time DESC, rowid DESC LIMIT -1 OFFSET ?)",
        )
        .bind(&session.email)
        .bind(MOST_SESSIONS_PER_USER)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    async fn session(&self, hash: SecretHash, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let found = sqlx::query("SELECT * FROM browser_sessions WHERE hash = ? AND expires_at > ?")
            .bind(hash.as_bytes())
            .bind(now.0)
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = found else { return Ok(None) };
        Ok(Some(Session {
            email: row.try_get("email")?,
            auth_time: time(&row, "auth_time")?,
            expires_at: time(&row, "expires_at")?,
        }))
    }

    async fn remove_session(&self, hash: SecretHash) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM browser_sessions WHERE hash = ?").bind(hash.as_bytes()).execute(&self.pool).await?;
        Ok(())
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for statement in [
            "DELETE FROM authorization_codes WHERE expires_at <= ?",
            "DELETE FROM refresh_tokens WHERE expires_at <= ?",
            "DELETE FROM revoked_grants WHERE until <= ?",
            "DELETE FROM browser_sessions WHERE expires_at <= ?",
        ] {
            sqlx::query(statement).bind(now.0).execute(&mut *tx).await?;
        }
        sqlx::query("DELETE FROM device_codes WHERE expires_at <= ?")
            .bind(now.0.saturating_sub(milliseconds(EXPIRED_DEVICE_CODES_KEPT)))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

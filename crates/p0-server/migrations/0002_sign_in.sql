-- Signing in. Of every secret that a client or a browser holds, only the SHA-256 hash is kept. Times are milliseconds
-- since the Unix epoch. A grant is what one sign-in gave to a client: its tokens live and die together.

CREATE TABLE signing_keys (
    kid        TEXT PRIMARY KEY,
    pkcs8      BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE authorization_codes (
    hash           BLOB PRIMARY KEY,
    grant_id       TEXT NOT NULL,
    email          TEXT NOT NULL,
    scope          TEXT NOT NULL,
    auth_time      INTEGER NOT NULL,
    redirect_uri   TEXT NOT NULL,
    code_challenge TEXT NOT NULL,
    nonce          TEXT,
    expires_at     INTEGER NOT NULL,
    redeemed       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX authorization_codes_email ON authorization_codes (email, expires_at);
CREATE INDEX authorization_codes_expiry ON authorization_codes (expires_at);

-- Every rotation raises the generation; `used_at` is when the token was first used, or overtaken by a sibling's use.
CREATE TABLE refresh_tokens (
    hash       BLOB PRIMARY KEY,
    grant_id   TEXT NOT NULL,
    email      TEXT NOT NULL,
    scope      TEXT NOT NULL,
    auth_time  INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;
CREATE INDEX refresh_tokens_grant ON refresh_tokens (grant_id, generation);
CREATE INDEX refresh_tokens_email ON refresh_tokens (email);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

-- Kept until the last access token of the grant has expired by itself.
CREATE TABLE revoked_grants (
    grant_id TEXT PRIMARY KEY,
    until    INTEGER NOT NULL
) STRICT;

-- `grant_id`, `email` and `auth_time` are there once somebody has allowed it.
CREATE TABLE device_codes (
    hash           BLOB PRIMARY KEY,
    user_code_hash BLOB NOT NULL UNIQUE,
    scope          TEXT NOT NULL,
    agent          TEXT NOT NULL,
    address        TEXT NOT NULL,
    interval       INTEGER NOT NULL,
    polled_at      INTEGER,
    expires_at     INTEGER NOT NULL,
    state          TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'allowed', 'denied')),
    grant_id       TEXT,
    email          TEXT,
    auth_time      INTEGER
) STRICT;
CREATE INDEX device_codes_expiry ON device_codes (expires_at);

CREATE TABLE browser_sessions (
    hash       BLOB PRIMARY KEY,
    email      TEXT NOT NULL,
    auth_time  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX browser_sessions_email ON browser_sessions (email, auth_time);
CREATE INDEX browser_sessions_expiry ON browser_sessions (expires_at);

-- Requests and what became of them, who may ask, and who decided. Times are milliseconds since the Unix epoch, lengths
-- are seconds, documents are JSON.

-- "p0jt": tells this database from another program's.
PRAGMA application_id = 1882221172;

CREATE TABLE requests (
    id           TEXT PRIMARY KEY,
    principal    TEXT NOT NULL,
    requestor    TEXT NOT NULL,
    access_key   TEXT NOT NULL,
    access       TEXT NOT NULL,
    status       TEXT NOT NULL,
    reason       TEXT,
    length       INTEGER NOT NULL,
    grounds      TEXT,
    approvals    TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    generated    TEXT NOT NULL,
    delegation   TEXT NOT NULL,
    error        TEXT,
    to_undo      INTEGER NOT NULL,
    revision     INTEGER NOT NULL
) STRICT;

-- At most one live request for a principal and a permission.
CREATE UNIQUE INDEX requests_live ON requests (principal, access_key)
    WHERE status IN ('NEW', 'PENDING_APPROVAL', 'APPROVED', 'DONE');
CREATE INDEX requests_expiry ON requests (expires_at) WHERE status IN ('PENDING_APPROVAL', 'DONE');
CREATE INDEX requests_undo ON requests (principal, access_key) WHERE to_undo = 1;
CREATE INDEX requests_provision ON requests (principal, access_key) WHERE status = 'APPROVED';
CREATE INDEX requests_age ON requests (requested_at);
CREATE INDEX requests_principal ON requests (principal, requested_at);
CREATE INDEX requests_requestor ON requests (requestor, requested_at);

CREATE TABLE steps (
    id      INTEGER PRIMARY KEY,
    request TEXT NOT NULL REFERENCES requests (id),
    at      INTEGER NOT NULL,
    status  TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    note    TEXT
) STRICT;
CREATE INDEX steps_request ON steps (request);

CREATE TABLE preapprovals (
    id          INTEGER PRIMARY KEY,
    principal   TEXT NOT NULL,
    access_key  TEXT NOT NULL,
    access      TEXT NOT NULL,
    max_length  INTEGER NOT NULL,
    valid_from  INTEGER NOT NULL,
    valid_until INTEGER NOT NULL,
    allowed_by  TEXT NOT NULL,
    reason      TEXT
) STRICT;
CREATE INDEX preapprovals_access ON preapprovals (principal, access_key, valid_until);

CREATE TABLE workflows (
    position   INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    rules      TEXT NOT NULL
) STRICT;

CREATE TABLE settings (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    document TEXT NOT NULL
) STRICT;

CREATE TABLE role_bindings (
    role    TEXT NOT NULL,
    kind    TEXT NOT NULL CHECK (kind IN ('user', 'group')),
    subject TEXT NOT NULL,
    PRIMARY KEY (role, kind, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    id       INTEGER PRIMARY KEY,
    at       TEXT NOT NULL, -- RFC 3339, UTC
    action   TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;

-- Sessions by Secure Shell.

-- The keys that sign users' certificates. The newest signs; machines trust all of them.
CREATE TABLE ssh_authority_keys (
    fingerprint TEXT PRIMARY KEY,
    seed        BLOB NOT NULL, -- Ed25519 (RFC 8032, section 5.1.5)
    created_at  INTEGER NOT NULL
) STRICT;

-- What machines last said their host keys are: type and base64, one to a line.
CREATE TABLE ssh_host_keys (
    machine TEXT PRIMARY KEY, -- host and port
    keys    TEXT NOT NULL
) STRICT;

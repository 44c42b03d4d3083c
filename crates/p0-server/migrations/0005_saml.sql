-- The key that signs assertions, with the certificate that services were given.
CREATE TABLE saml_keys (
    only_one    INTEGER PRIMARY KEY CHECK (only_one = 1),
    pkcs8       BLOB NOT NULL,
    certificate BLOB NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

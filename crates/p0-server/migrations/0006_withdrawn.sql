-- A request that was withdrawn before anyone decided has the same status as access that was revoked.
ALTER TABLE requests ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;
UPDATE requests SET withdrawn = 1 WHERE status = 'REVOKED' AND NOT EXISTS (
    SELECT 1 FROM steps WHERE steps.request = requests.id AND steps.status IN ('APPROVED', 'DONE')
);

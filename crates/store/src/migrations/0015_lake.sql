-- What was published into lakes as Parquet: docs/decisions/0017.

-- An expiry, or a month of an underlying's own candles, in one lake. It says what lies there as it was written and read
-- back; what lies there now `lake verify` finds out.
CREATE TABLE lake_partition (
    id              INTEGER PRIMARY KEY,
    place           TEXT NOT NULL,     -- a folder, or s3://BUCKET/PREFIX
    underlying_id   INTEGER NOT NULL REFERENCES underlying (id),
    expiry_id       INTEGER REFERENCES expiry (id),     -- NULL: a month of the underlying's own
    month           TEXT,                               -- its first day, ISO; NULL: an expiry
    state           TEXT NOT NULL DEFAULT 'published' CHECK (state IN ('published', 'archived')),
    manifest_path   TEXT NOT NULL,     -- within the place
    manifest_sha256 BLOB NOT NULL,
    version         INTEGER NOT NULL,  -- 1, and one more with each restatement
    rows            INTEGER NOT NULL,  -- candles
    contracts       INTEGER NOT NULL,
    row_hash        BLOB NOT NULL,     -- over the candles in order, whatever the encoding
    published_at    INTEGER NOT NULL,
    verified_at     INTEGER,           -- when it was last found whole by reading it again
    stamp           BLOB NOT NULL,     -- of what was stored here when it was published; another stamp: something came since
    CHECK ((expiry_id IS NULL) <> (month IS NULL))
) STRICT;
CREATE UNIQUE INDEX lake_partition_once
    ON lake_partition (place, underlying_id, coalesce(expiry_id, 0), coalesce(month, ''));
CREATE INDEX lake_partition_of_expiry ON lake_partition (expiry_id) WHERE expiry_id IS NOT NULL;
-- What is read from a lake is read from one.
CREATE UNIQUE INDEX lake_partition_archived ON lake_partition (expiry_id) WHERE state = 'archived';

CREATE TABLE lake_file (
    partition_id INTEGER NOT NULL REFERENCES lake_partition (id) ON DELETE CASCADE,
    path         TEXT NOT NULL,        -- within the place
    holds        TEXT NOT NULL CHECK (holds IN ('candles', 'contracts', 'spot', 'volatility')),
    rows         INTEGER NOT NULL,
    bytes        INTEGER NOT NULL,
    sha256       BLOB NOT NULL,        -- of the file
    row_hash     BLOB NOT NULL,        -- of its rows
    PRIMARY KEY (partition_id, path)
) STRICT, WITHOUT ROWID;

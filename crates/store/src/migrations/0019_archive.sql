-- Expiries whose candles lie in a file of the lake and not in this one. All else that is known of them stays here, so
-- totals, coverage and reaches are what they were: docs/decisions/0021.

CREATE TABLE archived_expiry (
    expiry_id INTEGER PRIMARY KEY REFERENCES expiry (id),
    place     TEXT NOT NULL,           -- of the lake: a folder, or s3://BUCKET/PREFIX
    path      TEXT NOT NULL,           -- of the file, within the place
    bytes     INTEGER NOT NULL,
    sha256    BLOB NOT NULL,           -- of the file
    at        INTEGER NOT NULL,        -- when the first candle was removed
    candles   INTEGER NOT NULL         -- removed so far
) STRICT;

-- A series lies in the lake as a whole or not at all.
CREATE TABLE archived_series (
    series_id   INTEGER PRIMARY KEY REFERENCES series (id),
    expiry_id   INTEGER NOT NULL REFERENCES archived_expiry (expiry_id),
    expired_key TEXT NOT NULL,         -- as the file has it
    first_group INTEGER NOT NULL,      -- the row groups of the file that hold it: one as a rule
    last_group  INTEGER NOT NULL,
    rows_sha256 BLOB NOT NULL          -- of the rows that were removed: those that come back are held against it
) STRICT;
CREATE INDEX archived_series_of_expiry ON archived_series (expiry_id);

-- Exports that were ordered of a server: docs/decisions/0018. The files lie in DATA_DIR/exports/ID.

CREATE TABLE export (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    wish          TEXT NOT NULL,       -- what was ordered, as JSON
    status        TEXT NOT NULL CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    rows_expected INTEGER NOT NULL,    -- as it was estimated
    created_at    INTEGER NOT NULL,
    ended_at      INTEGER,
    problem       TEXT                 -- why it failed
) STRICT;

-- A file that is whole.
CREATE TABLE export_file (
    export_id INTEGER NOT NULL REFERENCES export (id) ON DELETE CASCADE,
    name      TEXT NOT NULL,
    rows      INTEGER NOT NULL,
    bytes     INTEGER NOT NULL,
    sha256    TEXT NOT NULL,
    contracts INTEGER NOT NULL,
    first     INTEGER,                 -- the first and the last row; NULL: none
    last      INTEGER,
    PRIMARY KEY (export_id, name)
) STRICT, WITHOUT ROWID;

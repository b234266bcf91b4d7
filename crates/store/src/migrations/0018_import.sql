-- Candles that came from a file and not from the broker: docs/architecture.md. Nothing in `fetched_range` rests on them, so
-- their days are asked for like any other; the answer takes the place of what was brought in.

CREATE TABLE import (
    id        INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    name      TEXT NOT NULL,           -- of the file
    sha256    BLOB NOT NULL,
    rows      INTEGER NOT NULL DEFAULT 0,
    inserted  INTEGER NOT NULL DEFAULT 0,
    refused   INTEGER NOT NULL DEFAULT 0,
    -- Rows that an answer of the broker's changed or did not have, since.
    overruled INTEGER NOT NULL DEFAULT 0,
    UNIQUE (name, sha256)
) STRICT;

-- Days of a series whose candles came so; the answer that covers a day takes it from here.
CREATE TABLE imported_day (
    series_id INTEGER NOT NULL REFERENCES series (id),
    day       TEXT NOT NULL,
    import_id INTEGER NOT NULL REFERENCES import (id),
    PRIMARY KEY (series_id, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX imported_day_of_import ON imported_day (import_id);

-- What could not be taken, with its reason: the first of them, each once.
CREATE TABLE import_refusal (
    import_id INTEGER NOT NULL REFERENCES import (id),
    raw       TEXT NOT NULL,
    reason    TEXT NOT NULL,
    PRIMARY KEY (import_id, raw)
) STRICT, WITHOUT ROWID;

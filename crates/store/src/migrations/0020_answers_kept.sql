-- What was answered to a request with a key of its own, so that the same request is carried out once however often it
-- comes. A row without a status: it is under way, or was cut off.
CREATE TABLE kept_answer (
    whose       TEXT NOT NULL,    -- who asked: two programs may choose the same key
    key         TEXT NOT NULL,
    request     BLOB NOT NULL,    -- SHA-256 of method, address and body
    at          INTEGER NOT NULL,
    status      INTEGER,
    media_type  TEXT,
    body        BLOB,             -- NULL: it was too large to be kept
    PRIMARY KEY (whose, key)
) STRICT;
CREATE INDEX kept_answer_by_age ON kept_answer (at);

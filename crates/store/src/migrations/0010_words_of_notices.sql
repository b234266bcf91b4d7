-- The kinds of notices and their channels are words that the program knows and that reading holds to account; a list
-- of them here made every new word rebuild a table.

CREATE TABLE notice_renewed (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    title       TEXT NOT NULL,
    message     TEXT NOT NULL,
    job_id      INTEGER REFERENCES job (id),
    schedule_id INTEGER REFERENCES schedule (id) ON DELETE SET NULL,
    read        INTEGER NOT NULL DEFAULT 0 CHECK (read IN (0, 1))
) STRICT;
INSERT INTO notice_renewed (id, at, kind, title, message, job_id, schedule_id, read)
SELECT id, at, kind, title, message, job_id, schedule_id, read FROM notice;

CREATE TABLE notice_delivery_renewed (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    notice_id INTEGER NOT NULL REFERENCES notice_renewed (id) ON DELETE CASCADE,
    channel   TEXT NOT NULL,
    state     TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts  INTEGER NOT NULL DEFAULT 0,
    due_at    INTEGER NOT NULL,        -- the next attempt; of an ended one, its end
    error     TEXT                     -- of the last attempt that failed
) STRICT;
INSERT INTO notice_delivery_renewed (id, notice_id, channel, state, attempts, due_at, error)
SELECT id, notice_id, channel, state, attempts, due_at, error FROM notice_delivery;

-- First what refers to the other: dropping a table deletes its rows, and with them what hangs on them.
DROP TABLE notice_delivery;
DROP TABLE notice;
ALTER TABLE notice_renewed RENAME TO notice;
ALTER TABLE notice_delivery_renewed RENAME TO notice_delivery;

CREATE INDEX notice_unread ON notice (id) WHERE read = 0;
CREATE INDEX notice_delivery_due ON notice_delivery (due_at) WHERE state = 'pending';
CREATE INDEX notice_delivery_of_notice ON notice_delivery (notice_id);

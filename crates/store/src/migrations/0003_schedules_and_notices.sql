-- Schedules by rule, the expiries that they wait for, and the notices that people are sent.

-- When live contracts will expire, as the instrument master told. A row stays after its day, so that it is
-- seen which expiry the broker has not listed as expired yet.
CREATE TABLE coming_expiry (
    underlying_id INTEGER NOT NULL REFERENCES underlying (id),
    date          TEXT NOT NULL,
    weekly        INTEGER CHECK (weekly IN (0, 1)),
    PRIMARY KEY (underlying_id, date)
) STRICT, WITHOUT ROWID;

CREATE TABLE schedule (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    name            TEXT NOT NULL,
    rule            TEXT NOT NULL,     -- protocol's ScheduleRule, as JSON
    enabled         INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    created_at      INTEGER NOT NULL,
    looked_at       INTEGER NOT NULL,  -- runs due before it are done with, however many were missed
    succeeded_at    INTEGER,           -- the last run that learned what is new; NULL: none yet
    waits_since     INTEGER,           -- a run is due and nobody is signed in
    failures        INTEGER NOT NULL DEFAULT 0,  -- runs in a row that failed
    retry_at        INTEGER,           -- when a failed run is tried again
    last_run_at     INTEGER,
    last_outcome    TEXT CHECK (last_outcome IN ('job', 'nothing_new', 'failed')),
    last_job_id     INTEGER REFERENCES job (id),
    last_message    TEXT,
    CHECK ((last_run_at IS NULL) = (last_outcome IS NULL))
) STRICT;

CREATE TABLE notice (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('job_completed', 'job_completed_with_failures', 'job_failed',
                    'sign_in_needed', 'schedule_problem')),
    title       TEXT NOT NULL,
    message     TEXT NOT NULL,
    job_id      INTEGER REFERENCES job (id),
    schedule_id INTEGER REFERENCES schedule (id) ON DELETE SET NULL,
    read        INTEGER NOT NULL DEFAULT 0 CHECK (read IN (0, 1))
) STRICT;
CREATE INDEX notice_unread ON notice (id) WHERE read = 0;

-- A notice on its way to a mailbox or a webhook.
CREATE TABLE notice_delivery (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    notice_id INTEGER NOT NULL REFERENCES notice (id) ON DELETE CASCADE,
    channel   TEXT NOT NULL CHECK (channel IN ('email', 'webhook')),
    state     TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts  INTEGER NOT NULL DEFAULT 0,
    due_at    INTEGER NOT NULL,        -- the next attempt; of an ended one, its end
    error     TEXT                     -- of the last attempt that failed
) STRICT;
CREATE INDEX notice_delivery_due ON notice_delivery (due_at) WHERE state = 'pending';
CREATE INDEX notice_delivery_of_notice ON notice_delivery (notice_id);

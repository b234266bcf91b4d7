-- A list of the broker's is evidence, not a verdict: it is noted how often each was asked. And what the broker sent
-- and could not be taken is kept, whatever its kind, each distinct thing once.

-- How a list of contracts was answered. Whether it is believed follows from this and from what stands in `contract`.
CREATE TABLE contract_list (
    expiry_id    INTEGER NOT NULL REFERENCES expiry (id),
    part         TEXT NOT NULL CHECK (part IN ('options', 'futures')),
    asked_at     INTEGER NOT NULL,     -- the last answer
    rows         INTEGER NOT NULL,     -- of the last answer, refused ones too
    witnesses    INTEGER NOT NULL,     -- answers in a row that brought nothing new, far enough apart to count
    witnessed_at INTEGER NOT NULL,     -- the last of them
    notices      TEXT NOT NULL,        -- what was odd about the last answer, a sentence a line
    PRIMARY KEY (expiry_id, part)
) STRICT, WITHOUT ROWID;

-- Lists of before count as asked once: one empty answer has settled some of them.
INSERT INTO contract_list
SELECT e.id, 'options', e.options_listed,
       (SELECT count(*) FROM contract c WHERE c.expiry_id = e.id AND c.kind <> 'FUT'), 1, e.options_listed, ''
FROM expiry e WHERE e.options_listed IS NOT NULL;
INSERT INTO contract_list
SELECT e.id, 'futures', e.futures_listed,
       (SELECT count(*) FROM contract c WHERE c.expiry_id = e.id AND c.kind = 'FUT'), 1, e.futures_listed, ''
FROM expiry e WHERE e.futures_listed IS NOT NULL;

-- The same of the list of an underlying's expiries.
ALTER TABLE underlying ADD COLUMN expiries_witnesses INTEGER NOT NULL DEFAULT 0;
ALTER TABLE underlying ADD COLUMN expiries_witnessed_at INTEGER;

-- Things that the broker sent and that cannot be true or cannot be read.
CREATE TABLE quarantine_of_all (
    id              INTEGER PRIMARY KEY,
    kind            TEXT NOT NULL CHECK (kind IN ('candle', 'contract', 'expiry', 'instrument')),
    series_id       INTEGER REFERENCES series (id),        -- of a candle
    expiry_id       INTEGER REFERENCES expiry (id),        -- in whose list a contract stood
    part            TEXT CHECK (part IN ('options', 'futures')),
    underlying_id   INTEGER REFERENCES underlying (id),    -- in whose list an expiry stood
    expired_key     TEXT,                                  -- of a contract, where its row names one
    ts              INTEGER,                               -- of a candle, where its time can be read
    raw             TEXT NOT NULL,
    reason          TEXT NOT NULL,
    request_id      INTEGER NOT NULL REFERENCES fetch_audit (id),   -- the first answer that it came with
    last_request_id INTEGER NOT NULL REFERENCES fetch_audit (id),
    times           INTEGER NOT NULL DEFAULT 1,
    settled_at      INTEGER                                -- a later answer could be read instead; NULL: open
) STRICT;
INSERT INTO quarantine_of_all (id, kind, series_id, raw, reason, request_id, last_request_id, times)
SELECT min(id), 'candle', series_id, raw, reason, min(request_id), max(request_id), count(*)
FROM quarantine GROUP BY series_id, raw;

-- Which jobs met them.
CREATE TABLE job_quarantine (
    job_id        INTEGER NOT NULL REFERENCES job (id),
    quarantine_id INTEGER NOT NULL REFERENCES quarantine_of_all (id),
    PRIMARY KEY (job_id, quarantine_id)
) STRICT, WITHOUT ROWID;
INSERT INTO job_quarantine
SELECT DISTINCT a.job_id, n.id FROM quarantine q JOIN fetch_audit a ON a.id = q.request_id
JOIN quarantine_of_all n ON n.series_id = q.series_id AND n.raw = q.raw WHERE a.job_id IS NOT NULL;
DROP TABLE quarantine;
ALTER TABLE quarantine_of_all RENAME TO quarantine;
CREATE UNIQUE INDEX quarantine_once ON quarantine
    (kind, coalesce(series_id, 0), coalesce(expiry_id, 0), coalesce(part, ''), coalesce(underlying_id, 0), raw);
CREATE INDEX quarantine_of_series ON quarantine (series_id, ts) WHERE series_id IS NOT NULL AND settled_at IS NULL;

-- Things that a job was sent and could not take, each once.
ALTER TABLE job ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
UPDATE job SET refused = (SELECT count(*) FROM job_quarantine q WHERE q.job_id = job.id);

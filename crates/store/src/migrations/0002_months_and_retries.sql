-- The underlying's own candles are collected beside the contracts, a calendar month a unit; a job whose parts
-- failed tries them again by itself; and it is remembered how often a range was answered without a row.

-- A unit with a month brings the 1-minute candles of `underlying_id` in it; `expiry_id` is the first expiry that
-- needed it. Months are shared by all expiries of a job.
ALTER TABLE job_unit ADD COLUMN underlying_id INTEGER REFERENCES underlying (id);
ALTER TABLE job_unit ADD COLUMN month TEXT;      -- its first day, ISO; NULL: a listing or a contract
CREATE UNIQUE INDEX job_unit_of_month ON job_unit (job_id, underlying_id, month) WHERE month IS NOT NULL;

ALTER TABLE job ADD COLUMN months_done INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN months_empty INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN months_failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN months_total INTEGER NOT NULL DEFAULT 0;
-- Beside `candles`, which counts those of contracts.
ALTER TABLE job ADD COLUMN underlying_candles INTEGER NOT NULL DEFAULT 0;
-- Times that it was tried again by itself, and when it will be; NULL: it will not.
ALTER TABLE job ADD COLUMN retries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN retry_at INTEGER;
CREATE INDEX job_to_retry ON job (retry_at) WHERE retry_at IS NOT NULL;

-- Times that a range was answered without a row; 0 for one with rows.
ALTER TABLE fetched_range ADD COLUMN empties INTEGER NOT NULL DEFAULT 0;
UPDATE fetched_range SET empties = 1 WHERE outcome = 'empty_unconfirmed';
UPDATE fetched_range SET empties = 2 WHERE outcome = 'empty';

DROP VIEW job_status;
CREATE VIEW job_status AS
SELECT t.id, 'collect' AS job_type, u.key AS instrument_key, e.date AS expiry_date,
       CASE j.status WHEN 'queued' THEN 'pending' WHEN 'paused' THEN 'pending'
                     WHEN 'running' THEN 'running' WHEN 'waiting_for_login' THEN 'running'
                     WHEN 'waiting_for_broker' THEN 'running'
                     WHEN 'completed' THEN 'completed' ELSE 'failed' END AS status,
       datetime(j.started_at + 19800, 'unixepoch') AS started_at,
       datetime(j.ended_at + 19800, 'unixepoch') AS completed_at,
       coalesce(t.error, j.message) AS error_message,
       (SELECT coalesce(sum(max(w.attempts - 1, 0)), 0) FROM job_unit w
        WHERE w.job_id = t.job_id AND w.expiry_id = t.expiry_id) AS retry_count
FROM job_unit t JOIN job j ON j.id = t.job_id JOIN expiry e ON e.id = t.expiry_id
     JOIN underlying u ON u.id = e.underlying_id
WHERE t.contract_id IS NULL AND t.month IS NULL;

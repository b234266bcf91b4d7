-- What the exchange's own daily files (bhavcopies) prove of contracts: docs/decisions/0016.

-- A file that was taken in; a newer one of the same day takes its place.
CREATE TABLE bhavcopy (
    id         INTEGER PRIMARY KEY,
    exchange   TEXT NOT NULL,
    day        TEXT NOT NULL,
    quiet_from TEXT NOT NULL,          -- the first of the days before it on which the market was closed; else the day itself
    name       TEXT NOT NULL,
    sha256     BLOB NOT NULL,
    rows       INTEGER NOT NULL,
    taken_at   INTEGER NOT NULL,
    UNIQUE (exchange, day)
) STRICT;

-- A contract's day as the exchange tells it. A volume of 0: nothing was traded.
CREATE TABLE proved_day (
    contract_id   INTEGER NOT NULL REFERENCES contract (id),
    day           TEXT NOT NULL,
    bhavcopy_id   INTEGER NOT NULL REFERENCES bhavcopy (id),
    volume        INTEGER NOT NULL,    -- units, as in series_day
    open_interest INTEGER NOT NULL,    -- at the close, units
    settlement    INTEGER NOT NULL,    -- paise
    is_hole       INTEGER NOT NULL CHECK (is_hole IN (0, 1)),   -- traded, asked for, and no minute was here when the file came
    PRIMARY KEY (contract_id, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX proved_day_of_bhavcopy ON proved_day (bhavcopy_id);
CREATE INDEX proved_hole ON proved_day (contract_id, day) WHERE is_hole = 1;

-- The calendar of coverage names expiries with failed parts.
CREATE INDEX job_unit_failed ON job_unit (expiry_id, contract_id) WHERE state = 'failed';

-- Days of a series that nothing more is to be asked for: by the broker's answer, or because the exchange says that
-- nothing was traded. A file speaks for the closed days before it too.
CREATE VIEW answered_for_good AS
SELECT f.series_id, f.id, f.from_day, f.to_day FROM fetched_range f
WHERE f.provisional = 0 AND f.outcome <> 'empty_unconfirmed'
UNION ALL
SELECT s.id, 0, b.quiet_from, iif(p.volume = 0, p.day, date(p.day, '-1 day'))
FROM series s JOIN proved_day p ON p.contract_id = s.contract_id JOIN bhavcopy b ON b.id = p.bhavcopy_id
WHERE p.volume = 0 OR b.quiet_from < p.day;

DROP VIEW series_reach;
CREATE VIEW series_reach AS
SELECT s.id AS series_id,
       CASE WHEN s.pruned_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM fetched_range f WHERE f.series_id = s.id)
            THEN -3
            WHEN NOT EXISTS (SELECT 1 FROM fetched_range f WHERE f.series_id = s.id)
             AND NOT EXISTS (SELECT 1 FROM answered_for_good f WHERE f.series_id = s.id)
            THEN -2 ELSE coalesce((
           SELECT max(CAST(julianday(e.date) - julianday(min(from_day)) AS INTEGER), 0) FROM (
               SELECT from_day, max(is_gap) OVER (ORDER BY to_day DESC, id ROWS UNBOUNDED PRECEDING) AS is_over FROM (
                   SELECT f.id, f.from_day, f.to_day,
                          f.to_day < date(coalesce(
                              min(f.from_day) OVER (ORDER BY f.to_day DESC, f.id
                                                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
                              date(e.date, '+1 day')), '-1 day') AS is_gap
                   FROM answered_for_good f WHERE f.series_id = s.id))
           WHERE is_over = 0), -1) END AS reach
FROM series s JOIN contract c ON c.id = s.contract_id JOIN expiry e ON e.id = c.expiry_id;

DROP VIEW expiries;
CREATE VIEW expiries AS
WITH answered AS (
    SELECT s.contract_id, f.from_day, f.to_day,
           max(f.to_day) OVER (PARTITION BY f.series_id ORDER BY f.from_day, f.to_day
                               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS answered_before
    FROM series s JOIN answered_for_good f ON f.series_id = s.id
    WHERE s.contract_id IS NOT NULL AND s.interval = '1minute'
), reach AS (
    -- From the last gap on.
    SELECT contract_id, max(to_day) AS to_day,
           max(CASE WHEN answered_before IS NULL OR from_day > date(answered_before, '+1 day')
                    THEN from_day END) AS from_day
    FROM answered GROUP BY contract_id
), fetched AS (
    SELECT c.expiry_id,
           min(r.contract_id IS NOT NULL AND r.to_day >= e.date
               AND r.from_day <= max(date(e.date, CASE WHEN e.weekly = 1 THEN '-63 days' ELSE '-90 days' END),
                                     '2024-10-01')) AS is_whole
    FROM contract c JOIN expiry e ON e.id = c.expiry_id LEFT JOIN reach r ON r.contract_id = c.id
    GROUP BY c.expiry_id
)
SELECT e.id, u.key AS instrument_key, e.date AS expiry_date, e.weekly AS is_weekly,
       (e.options_listed IS NOT NULL OR e.futures_listed IS NOT NULL) AS contracts_fetched,
       (e.options_listed IS NOT NULL AND e.futures_listed IS NOT NULL AND coalesce(w.is_whole, 0))
           AS data_fetched,
       datetime(e.first_seen + 19800, 'unixepoch') AS created_at
FROM expiry e JOIN underlying u ON u.id = e.underlying_id LEFT JOIN fetched w ON w.expiry_id = e.id;

-- What the exchange says, for a person's SQL.
CREATE VIEW exchange_days AS
SELECT c.segment || '|' || c.exchange_token || '|' || substr(c.key_date, 9, 2) || '-' || substr(c.key_date, 6, 2) || '-' || substr(c.key_date, 1, 4)
           AS expired_instrument_key,
       p.day, p.volume, p.open_interest, p.settlement / 100.0 AS settlement_price, b.name AS file
FROM proved_day p JOIN contract c ON c.id = p.contract_id JOIN bhavcopy b ON b.id = p.bhavcopy_id;

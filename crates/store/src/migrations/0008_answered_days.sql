-- What a person's SQL is told of an expiry is said of days that were asked: its data are fetched when both kinds
-- are listed, and of every contract each of the ninety days before the expiry is answered for good by the
-- 1-minute series, without a gap. A weekly option lives 63 days at most, and the broker's data begin on
-- 1 October 2024: nothing more can be asked for.

-- Coverage asks which minutes of a series were refused.
CREATE INDEX IF NOT EXISTS quarantine_of_series ON quarantine (series_id);

DROP VIEW expiries;
CREATE VIEW expiries AS
WITH answered AS (
    SELECT s.contract_id, f.from_day, f.to_day,
           max(f.to_day) OVER (PARTITION BY f.series_id ORDER BY f.from_day, f.to_day
                               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS answered_before
    FROM series s JOIN fetched_range f ON f.series_id = s.id
    WHERE s.contract_id IS NOT NULL AND s.interval = '1minute'
      AND f.provisional = 0 AND f.outcome <> 'empty_unconfirmed'
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

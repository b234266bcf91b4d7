-- How far back a series is answered, from its own ranges and proofs alone. Through `answered_for_good` SQLite read all there are,
-- of every series, each time that one changed: a condition from outside does not reach into a union.

DROP VIEW series_reach;
CREATE VIEW series_reach AS
SELECT s.id AS series_id,
       CASE WHEN s.pruned_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM fetched_range f WHERE f.series_id = s.id)
            THEN -3
            WHEN NOT EXISTS (SELECT 1 FROM fetched_range f WHERE f.series_id = s.id)
             AND NOT EXISTS (SELECT 1 FROM proved_day p JOIN bhavcopy b ON b.id = p.bhavcopy_id
                             WHERE p.contract_id = s.contract_id AND (p.volume = 0 OR b.quiet_from < p.day))
            THEN -2 ELSE coalesce((
           SELECT max(CAST(julianday(e.date) - julianday(min(from_day)) AS INTEGER), 0) FROM (
               SELECT from_day, max(is_gap) OVER (ORDER BY to_day DESC, id ROWS UNBOUNDED PRECEDING) AS is_over FROM (
                   SELECT f.id, f.from_day, f.to_day,
                          f.to_day < date(coalesce(
                              min(f.from_day) OVER (ORDER BY f.to_day DESC, f.id
                                                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
                              date(e.date, '+1 day')), '-1 day') AS is_gap
                   FROM (
                       SELECT r.id, r.from_day, r.to_day FROM fetched_range r
                       WHERE r.series_id = s.id AND r.provisional = 0 AND r.outcome <> 'empty_unconfirmed'
                       UNION ALL
                       SELECT 0, b.quiet_from, iif(p.volume = 0, p.day, date(p.day, '-1 day'))
                       FROM proved_day p JOIN bhavcopy b ON b.id = p.bhavcopy_id
                       WHERE p.contract_id = s.contract_id AND (p.volume = 0 OR b.quiet_from < p.day)) f))
           WHERE is_over = 0), -1) END AS reach
FROM series s JOIN contract c ON c.id = s.contract_id JOIN expiry e ON e.id = c.expiry_id;

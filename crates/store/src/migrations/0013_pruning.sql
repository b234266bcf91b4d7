-- What a person has removed again is known as pruned, and not as missing.

-- When the candles of a series were removed, with all that rested on them; NULL: they were not, or it was asked again
-- since.
ALTER TABLE series ADD COLUMN pruned_at INTEGER;

-- What was pruned: a row for each expiry and each time that somebody wished it.
CREATE TABLE pruned (
    id            INTEGER PRIMARY KEY,
    at            INTEGER NOT NULL,     -- when the wish was carried out first
    underlying_id INTEGER NOT NULL REFERENCES underlying (id),
    expiry_id     INTEGER REFERENCES expiry (id),      -- NULL: the candles of the underlying itself
    candles       INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX pruned_once ON pruned (underlying_id, coalesce(expiry_id, 0), at);

-- What a job has met goes with what it met.
CREATE INDEX job_quarantine_of_thing ON job_quarantine (quarantine_id);

-- A reach of its own: -3, pruned and not asked since.
DROP VIEW series_reach;
CREATE VIEW series_reach AS
SELECT s.id AS series_id,
       CASE WHEN NOT EXISTS (SELECT 1 FROM fetched_range f WHERE f.series_id = s.id)
            THEN iif(s.pruned_at IS NULL, -2, -3) ELSE coalesce((
           SELECT max(CAST(julianday(e.date) - julianday(min(from_day)) AS INTEGER), 0) FROM (
               SELECT from_day, max(is_gap) OVER (ORDER BY to_day DESC, id ROWS UNBOUNDED PRECEDING) AS is_over FROM (
                   SELECT f.id, f.from_day, f.to_day,
                          f.to_day < date(coalesce(
                              min(f.from_day) OVER (ORDER BY f.to_day DESC, f.id
                                                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
                              date(e.date, '+1 day')), '-1 day') AS is_gap
                   FROM fetched_range f
                   WHERE f.series_id = s.id AND f.provisional = 0 AND f.outcome <> 'empty_unconfirmed'))
           WHERE is_over = 0), -1) END AS reach
FROM series s JOIN contract c ON c.id = s.contract_id JOIN expiry e ON e.id = c.expiry_id;

CREATE TRIGGER pruning_changed AFTER UPDATE OF pruned_at ON series
WHEN NEW.contract_id IS NOT NULL AND OLD.pruned_at IS NOT NEW.pruned_at BEGIN
    UPDATE series SET reach = (SELECT r.reach FROM series_reach r WHERE r.series_id = NEW.id) WHERE id = NEW.id;
END;

-- An answer of any sort ends it.
CREATE TRIGGER asked_after_pruning AFTER INSERT ON fetched_range BEGIN
    UPDATE series SET pruned_at = NULL WHERE id = NEW.series_id AND pruned_at IS NOT NULL;
END;

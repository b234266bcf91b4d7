-- What is known of an expiry's days beside its candles: how often it has changed, and what the exchange's files prove of
-- contracts that nobody asked for.

-- Whoever keeps a day of an expiry compares it. What changes without a candle: answers, proofs, days of files, the contracts.
ALTER TABLE expiry ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER known_by_range_added AFTER INSERT ON fetched_range BEGIN
    UPDATE expiry SET changes = changes + 1
    WHERE id = (SELECT c.expiry_id FROM series s JOIN contract c ON c.id = s.contract_id WHERE s.id = NEW.series_id);
END;
CREATE TRIGGER known_by_range_changed AFTER UPDATE ON fetched_range BEGIN
    UPDATE expiry SET changes = changes + 1
    WHERE id = (SELECT c.expiry_id FROM series s JOIN contract c ON c.id = s.contract_id WHERE s.id = NEW.series_id);
END;
CREATE TRIGGER known_by_range_removed AFTER DELETE ON fetched_range BEGIN
    UPDATE expiry SET changes = changes + 1
    WHERE id = (SELECT c.expiry_id FROM series s JOIN contract c ON c.id = s.contract_id WHERE s.id = OLD.series_id);
END;
CREATE TRIGGER known_by_proof_added AFTER INSERT ON proved_day BEGIN
    UPDATE expiry SET changes = changes + 1
    WHERE id = (SELECT c.expiry_id FROM contract c WHERE c.id = NEW.contract_id);
END;
CREATE TRIGGER known_by_proof_removed AFTER DELETE ON proved_day BEGIN
    UPDATE expiry SET changes = changes + 1
    WHERE id = (SELECT c.expiry_id FROM contract c WHERE c.id = OLD.contract_id);
END;
CREATE TRIGGER known_by_import_added AFTER INSERT ON imported_day BEGIN
    UPDATE expiry SET changes = changes + 1
    WHERE id = (SELECT c.expiry_id FROM series s JOIN contract c ON c.id = s.contract_id WHERE s.id = NEW.series_id);
END;
CREATE TRIGGER known_by_import_removed AFTER DELETE ON imported_day BEGIN
    UPDATE expiry SET changes = changes + 1
    WHERE id = (SELECT c.expiry_id FROM series s JOIN contract c ON c.id = s.contract_id WHERE s.id = OLD.series_id);
END;
CREATE TRIGGER known_by_contract_added AFTER INSERT ON contract BEGIN
    UPDATE expiry SET changes = changes + 1 WHERE id = NEW.expiry_id;
END;
CREATE TRIGGER known_by_contract_changed AFTER UPDATE ON contract
WHEN (OLD.expiry_id, OLD.kind, OLD.strike, OLD.trading_symbol, OLD.lot_size, OLD.tick_size)
  IS NOT (NEW.expiry_id, NEW.kind, NEW.strike, NEW.trading_symbol, NEW.lot_size, NEW.tick_size) BEGIN
    UPDATE expiry SET changes = changes + 1 WHERE id IN (OLD.expiry_id, NEW.expiry_id);
END;
-- Weekly contracts are listed for fewer days, of which all may be known.
CREATE TRIGGER known_by_life_changed AFTER UPDATE OF weekly ON expiry WHEN OLD.weekly IS NOT NEW.weekly BEGIN
    UPDATE expiry SET changes = changes + 1 WHERE id = NEW.id;
END;

-- A contract that nobody asked for reaches as far back as proofs alone account for its days without a gap; proofs of days
-- before such a gap make it none that was asked for.
DROP VIEW series_reach;
CREATE VIEW series_reach AS
SELECT s.id AS series_id,
       CASE WHEN s.pruned_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM fetched_range f WHERE f.series_id = s.id)
            THEN -3
            ELSE coalesce((
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
           WHERE is_over = 0),
           CASE WHEN EXISTS (SELECT 1 FROM fetched_range f WHERE f.series_id = s.id) THEN -1 ELSE -2 END) END AS reach
FROM series s JOIN contract c ON c.id = s.contract_id JOIN expiry e ON e.id = c.expiry_id;

-- What a file proves to be empty is known, asked for or not.
INSERT INTO series (contract_id, interval)
SELECT DISTINCT p.contract_id, '1minute' FROM proved_day p WHERE p.volume = 0 ON CONFLICT DO NOTHING;
UPDATE series SET reach = (SELECT r.reach FROM series_reach r WHERE r.series_id = series.id)
WHERE contract_id IN (SELECT p.contract_id FROM proved_day p)
  AND NOT EXISTS (SELECT 1 FROM fetched_range f WHERE f.series_id = series.id);

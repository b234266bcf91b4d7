-- Totals, kept by the transaction that changes what they count: so no page sums over everything that is stored.

ALTER TABLE series ADD COLUMN candles INTEGER NOT NULL DEFAULT 0;   -- of all its days
-- Of a contract's: days before its expiry that are answered for good, backwards without a gap; -1: asked, and the
-- expiry's own day not for good; -2: not asked.
ALTER TABLE series ADD COLUMN reach INTEGER NOT NULL DEFAULT -2;

-- The reach as the answers make it. An answer ends a run where it does not touch the days reached so far.
CREATE VIEW series_reach AS
SELECT s.id AS series_id,
       CASE WHEN NOT EXISTS (SELECT 1 FROM fetched_range f WHERE f.series_id = s.id) THEN -2 ELSE coalesce((
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

UPDATE series SET
    candles = (SELECT coalesce(sum(d.candles), 0) FROM series_day d WHERE d.series_id = series.id),
    reach = coalesce((SELECT r.reach FROM series_reach r WHERE r.series_id = series.id), -2);

-- The contracts of an expiry, and those with a candle in any interval.
CREATE TABLE expiry_contracts (
    expiry_id INTEGER NOT NULL REFERENCES expiry (id),
    kind      TEXT NOT NULL,
    contracts INTEGER NOT NULL,
    traded    INTEGER NOT NULL,
    PRIMARY KEY (expiry_id, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO expiry_contracts
SELECT c.expiry_id, c.kind, count(*),
       sum(EXISTS (SELECT 1 FROM series s WHERE s.contract_id = c.id AND s.candles > 0))
FROM contract c GROUP BY c.expiry_id, c.kind;

-- Their series in an interval, by how far back they reach. A reach that none has any more may stay with noughts.
CREATE TABLE expiry_series (
    expiry_id INTEGER NOT NULL REFERENCES expiry (id),
    interval  TEXT NOT NULL,
    kind      TEXT NOT NULL,
    reach     INTEGER NOT NULL,
    series    INTEGER NOT NULL,
    candles   INTEGER NOT NULL,
    PRIMARY KEY (expiry_id, interval, kind, reach)
) STRICT, WITHOUT ROWID;
INSERT INTO expiry_series
SELECT c.expiry_id, s.interval, c.kind, s.reach, count(*), sum(s.candles)
FROM series s JOIN contract c ON c.id = s.contract_id GROUP BY c.expiry_id, s.interval, c.kind, s.reach;

-- The newest unit of a contract, whatever job it is of.
CREATE INDEX job_unit_newest_of_contract ON job_unit (contract_id, id) WHERE contract_id IS NOT NULL;

CREATE TRIGGER contract_added AFTER INSERT ON contract BEGIN
    INSERT INTO expiry_contracts VALUES (NEW.expiry_id, NEW.kind, 1, 0)
    ON CONFLICT DO UPDATE SET contracts = contracts + 1;
END;

CREATE TRIGGER series_added AFTER INSERT ON series WHEN NEW.contract_id IS NOT NULL BEGIN
    INSERT INTO expiry_series
    SELECT c.expiry_id, NEW.interval, c.kind, NEW.reach, 1, NEW.candles FROM contract c WHERE c.id = NEW.contract_id
    ON CONFLICT DO UPDATE SET series = series + 1, candles = candles + excluded.candles;
END;

CREATE TRIGGER series_changed AFTER UPDATE OF candles, reach ON series
WHEN NEW.contract_id IS NOT NULL AND (OLD.candles <> NEW.candles OR OLD.reach <> NEW.reach) BEGIN
    UPDATE expiry_series SET series = series - 1, candles = candles - OLD.candles
    WHERE (expiry_id, kind) = (SELECT c.expiry_id, c.kind FROM contract c WHERE c.id = NEW.contract_id)
      AND interval = NEW.interval AND reach = OLD.reach;
    INSERT INTO expiry_series
    SELECT c.expiry_id, NEW.interval, c.kind, NEW.reach, 1, NEW.candles FROM contract c WHERE c.id = NEW.contract_id
    ON CONFLICT DO UPDATE SET series = series + 1, candles = candles + excluded.candles;
    UPDATE expiry_contracts SET traded = traded + (NEW.candles > 0) - (OLD.candles > 0)
    WHERE (expiry_id, kind) = (SELECT c.expiry_id, c.kind FROM contract c WHERE c.id = NEW.contract_id)
      AND NOT EXISTS (SELECT 1 FROM series o
                      WHERE o.contract_id = NEW.contract_id AND o.id <> NEW.id AND o.candles > 0);
END;

CREATE TRIGGER contract_moved AFTER UPDATE OF expiry_id ON contract WHEN OLD.expiry_id <> NEW.expiry_id BEGIN
    UPDATE expiry_contracts SET contracts = contracts - 1,
        traded = traded - EXISTS (SELECT 1 FROM series s WHERE s.contract_id = NEW.id AND s.candles > 0)
    WHERE expiry_id = OLD.expiry_id AND kind = OLD.kind;
    INSERT INTO expiry_contracts
    VALUES (NEW.expiry_id, NEW.kind, 1,
            EXISTS (SELECT 1 FROM series s WHERE s.contract_id = NEW.id AND s.candles > 0))
    ON CONFLICT DO UPDATE SET contracts = contracts + 1, traded = traded + excluded.traded;
    UPDATE expiry_series SET
        series = series - (SELECT count(*) FROM series s WHERE s.contract_id = NEW.id
                           AND s.interval = expiry_series.interval AND s.reach = expiry_series.reach),
        candles = candles - (SELECT coalesce(sum(s.candles), 0) FROM series s WHERE s.contract_id = NEW.id
                             AND s.interval = expiry_series.interval AND s.reach = expiry_series.reach)
    WHERE expiry_id = OLD.expiry_id AND kind = OLD.kind;
    INSERT INTO expiry_series
    SELECT NEW.expiry_id, s.interval, NEW.kind, s.reach, 1, s.candles FROM series s WHERE s.contract_id = NEW.id
    ON CONFLICT DO UPDATE SET series = series + 1, candles = candles + excluded.candles;
    -- Another expiry has another last day.
    UPDATE series SET reach = (SELECT r.reach FROM series_reach r WHERE r.series_id = series.id)
    WHERE contract_id = NEW.id;
END;

CREATE TRIGGER range_added AFTER INSERT ON fetched_range BEGIN
    UPDATE series SET reach = (SELECT r.reach FROM series_reach r WHERE r.series_id = NEW.series_id)
    WHERE id = NEW.series_id AND contract_id IS NOT NULL;
END;
CREATE TRIGGER range_changed AFTER UPDATE ON fetched_range BEGIN
    UPDATE series SET reach = (SELECT r.reach FROM series_reach r WHERE r.series_id = NEW.series_id)
    WHERE id = NEW.series_id AND contract_id IS NOT NULL;
END;
CREATE TRIGGER range_removed AFTER DELETE ON fetched_range BEGIN
    UPDATE series SET reach = (SELECT r.reach FROM series_reach r WHERE r.series_id = OLD.series_id)
    WHERE id = OLD.series_id AND contract_id IS NOT NULL;
END;

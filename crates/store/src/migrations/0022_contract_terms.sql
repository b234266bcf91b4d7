-- Lots and ticks of the contracts of an expiry, kind by kind, read without the contracts themselves, each of which carries the
-- broker's row.
CREATE INDEX contract_terms ON contract (expiry_id, kind, lot_size, tick_size);

-- Of two indexes that serve alike SQLite takes the younger: contracts of an expiry go on coming by strike.
DROP INDEX contract_by_strike;
CREATE INDEX contract_by_strike ON contract (expiry_id, strike, kind);

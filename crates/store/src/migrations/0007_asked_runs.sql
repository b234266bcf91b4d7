-- A run of a schedule that a person asked for is kept until it was carried out: it may have to wait, and survives
-- a restart.
ALTER TABLE schedule ADD COLUMN asked_at INTEGER;

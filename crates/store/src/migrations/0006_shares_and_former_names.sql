-- Who can be found: shares without futures and options, what underlyings were called before, and which of
-- them have live derivatives.

-- 1: the newest master told of live derivatives; 0: an older one did; NULL: none ever did.
ALTER TABLE underlying ADD COLUMN has_derivatives INTEGER CHECK (has_derivatives IN (0, 1));
-- Until now every row but one made of a bare key came from a master.
UPDATE underlying SET has_derivatives = 1 WHERE symbol <> substr(key, instr(key, '|') + 1);
-- A master is asked for again, in which shares are told too.
DELETE FROM setting WHERE name IN ('master_had_at', 'master_asked_at');

-- Shares of a master without derivatives. A row of the past stays, so that a share that is no longer traded is found.
CREATE TABLE share (
    key    TEXT NOT NULL PRIMARY KEY,
    symbol TEXT NOT NULL,
    name   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A symbol or name that a key had and has no more.
CREATE TABLE former_name (
    key  TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (key, name)
) STRICT, WITHOUT ROWID;

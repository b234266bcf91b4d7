-- Whose a partition of a lake is, and whether it is known that what lies there is not what was published: docs/decisions/0017.

ALTER TABLE lake_partition ADD COLUMN owner TEXT;   -- as its manifest said; NULL: kept by an earlier version
ALTER TABLE lake_partition ADD COLUMN doubted INTEGER NOT NULL DEFAULT 0;   -- 1 until it is written anew, or found whole

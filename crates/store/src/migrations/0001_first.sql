-- The first schema. Prices are integers (series.price_scale to the rupee), moments are epoch seconds UTC,
-- days are ISO dates in IST, volume and open interest are units.

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Live indices and stocks that have futures and options. Expired contracts never stand here.
CREATE TABLE underlying (
    id                INTEGER PRIMARY KEY,
    key               TEXT NOT NULL UNIQUE,
    symbol            TEXT NOT NULL,
    name              TEXT NOT NULL,
    exchange          TEXT NOT NULL,
    segment           TEXT NOT NULL,
    kind              TEXT NOT NULL CHECK (kind IN ('index', 'stock')),
    created_at        INTEGER NOT NULL,
    expiries_asked_at INTEGER          -- NULL: never asked
) STRICT;

CREATE TABLE expiry (
    id              INTEGER PRIMARY KEY,
    underlying_id   INTEGER NOT NULL REFERENCES underlying (id),
    date            TEXT NOT NULL,
    weekly          INTEGER CHECK (weekly IN (0, 1)),   -- NULL: nothing says it yet
    first_seen      INTEGER NOT NULL,
    options_listed  INTEGER,                            -- when; NULL: never
    futures_listed  INTEGER,
    UNIQUE (underlying_id, date)
) STRICT;

-- The identity is (segment, exchange_token, key_date): tokens are used again, and
-- (underlying, expiry, kind, strike) is not unique.
CREATE TABLE contract (
    id             INTEGER PRIMARY KEY,
    expiry_id      INTEGER NOT NULL REFERENCES expiry (id),
    kind           TEXT NOT NULL CHECK (kind IN ('FUT', 'CE', 'PE')),
    strike         INTEGER,                             -- paise; NULL for a future
    segment        TEXT NOT NULL,
    exchange_token TEXT NOT NULL,
    key_date       TEXT NOT NULL,
    trading_symbol TEXT NOT NULL,
    lot_size       INTEGER NOT NULL,
    tick_size      INTEGER NOT NULL,                    -- paise
    raw            TEXT NOT NULL,                       -- the broker's row, as JSON
    created_at     INTEGER NOT NULL,
    UNIQUE (segment, exchange_token, key_date),
    CHECK ((kind = 'FUT') = (strike IS NULL))
) STRICT;
CREATE INDEX contract_by_strike ON contract (expiry_id, strike, kind);
CREATE INDEX contract_by_expired_key ON contract (
    (segment || '|' || exchange_token || '|' || substr(key_date, 9, 2) || '-' || substr(key_date, 6, 2) || '-' || substr(key_date, 1, 4))
);

CREATE TABLE series (
    id            INTEGER PRIMARY KEY,
    contract_id   INTEGER REFERENCES contract (id),
    underlying_id INTEGER REFERENCES underlying (id),
    interval      TEXT NOT NULL,
    price_scale   INTEGER NOT NULL DEFAULT 100,
    UNIQUE (contract_id, interval),
    UNIQUE (underlying_id, interval),
    CHECK ((contract_id IS NULL) <> (underlying_id IS NULL))
) STRICT;

-- No foreign key: the one writer inserts a candle only for a series that it has just looked up, and a
-- check for each of a billion rows is paid for nothing.
CREATE TABLE candle (
    series_id     INTEGER NOT NULL,
    ts            INTEGER NOT NULL,
    open          INTEGER NOT NULL,
    high          INTEGER NOT NULL,
    low           INTEGER NOT NULL,
    close         INTEGER NOT NULL,
    volume        INTEGER NOT NULL,
    open_interest INTEGER NOT NULL,
    PRIMARY KEY (series_id, ts)
) STRICT, WITHOUT ROWID;

-- One row per request to the broker, retries included.
CREATE TABLE fetch_audit (
    id          INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    job_id      INTEGER REFERENCES job (id),
    endpoint    TEXT NOT NULL,
    key         TEXT NOT NULL,
    interval    TEXT,
    from_day    TEXT,
    to_day      TEXT,
    status      INTEGER,               -- NULL: no answer came
    code        TEXT,                  -- the broker's, or the kind of fault
    rows        INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,      -- of the decoded body
    sha256      BLOB,                  -- of the decoded body
    duration_ms INTEGER NOT NULL,
    attempt     INTEGER NOT NULL
) STRICT;
CREATE INDEX fetch_audit_of_job ON fetch_audit (job_id);

-- One row per answered range: what coverage rests on.
CREATE TABLE fetched_range (
    id          INTEGER PRIMARY KEY,
    series_id   INTEGER NOT NULL REFERENCES series (id),
    from_day    TEXT NOT NULL,
    to_day      TEXT NOT NULL,
    outcome     TEXT NOT NULL CHECK (outcome IN ('rows', 'empty', 'empty_unconfirmed')),
    provisional INTEGER NOT NULL CHECK (provisional IN (0, 1)),
    request_id  INTEGER NOT NULL REFERENCES fetch_audit (id)
) STRICT;
CREATE INDEX fetched_range_of_series ON fetched_range (series_id, from_day);

-- One row per day with candles.
CREATE TABLE series_day (
    series_id     INTEGER NOT NULL REFERENCES series (id),
    day           TEXT NOT NULL,
    candles       INTEGER NOT NULL,
    first_ts      INTEGER NOT NULL,
    last_ts       INTEGER NOT NULL,
    zero_volume   INTEGER NOT NULL,    -- candles without a trade
    volume        INTEGER NOT NULL,    -- of the whole day, so that a ladder need not read candles
    open_interest INTEGER NOT NULL,    -- at the last candle
    PRIMARY KEY (series_id, day)
) STRICT, WITHOUT ROWID;

-- A row that the broker sent and that cannot be true.
CREATE TABLE quarantine (
    id         INTEGER PRIMARY KEY,
    series_id  INTEGER NOT NULL REFERENCES series (id),
    raw        TEXT NOT NULL,
    reason     TEXT NOT NULL,
    request_id INTEGER NOT NULL REFERENCES fetch_audit (id)
) STRICT;

-- A stored candle that a later answer changed: the row as it was.
CREATE TABLE revision (
    id             INTEGER PRIMARY KEY,
    series_id      INTEGER NOT NULL REFERENCES series (id),
    ts             INTEGER NOT NULL,
    open           INTEGER NOT NULL,
    high           INTEGER NOT NULL,
    low            INTEGER NOT NULL,
    close          INTEGER NOT NULL,
    volume         INTEGER NOT NULL,
    open_interest  INTEGER NOT NULL,
    old_request_id INTEGER REFERENCES fetch_audit (id),
    new_request_id INTEGER NOT NULL REFERENCES fetch_audit (id)
) STRICT;
CREATE INDEX revision_of_series ON revision (series_id, ts);

-- The counters are changed in the transaction that changes the units, so they are always true.
CREATE TABLE job (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    title           TEXT NOT NULL,
    plan            TEXT NOT NULL,     -- protocol's CollectPlan, as JSON
    status          TEXT NOT NULL CHECK (status IN ('queued', 'running', 'paused', 'waiting_for_login',
                        'waiting_for_broker', 'completed', 'completed_with_failures', 'failed', 'cancelled')),
    message         TEXT,
    created_at      INTEGER NOT NULL,
    started_at      INTEGER,
    ended_at        INTEGER,
    expiries_done   INTEGER NOT NULL DEFAULT 0,
    expiries_empty  INTEGER NOT NULL DEFAULT 0,
    expiries_failed INTEGER NOT NULL DEFAULT 0,
    expiries_total  INTEGER NOT NULL DEFAULT 0,
    contracts_done  INTEGER NOT NULL DEFAULT 0,
    contracts_empty INTEGER NOT NULL DEFAULT 0,
    contracts_failed INTEGER NOT NULL DEFAULT 0,
    contracts_total INTEGER NOT NULL DEFAULT 0,
    candles         INTEGER NOT NULL DEFAULT 0,
    requests        INTEGER NOT NULL DEFAULT 0,
    errors          INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX job_unfinished ON job (status) WHERE status IN ('queued', 'running', 'paused', 'waiting_for_login', 'waiting_for_broker');

-- A piece of a job: list an expiry's contracts, or bring a contract's candles.
CREATE TABLE job_unit (
    id          INTEGER PRIMARY KEY,
    job_id      INTEGER NOT NULL REFERENCES job (id),
    position    INTEGER NOT NULL,
    expiry_id   INTEGER NOT NULL REFERENCES expiry (id),
    contract_id INTEGER REFERENCES contract (id),       -- NULL: the expiry itself is to be listed
    state       TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'empty', 'failed')),
    candles     INTEGER NOT NULL DEFAULT 0,
    attempts    INTEGER NOT NULL DEFAULT 0,
    error       TEXT
) STRICT;
CREATE INDEX job_unit_in_order ON job_unit (job_id, state, position);
CREATE UNIQUE INDEX job_unit_of_contract ON job_unit (job_id, contract_id) WHERE contract_id IS NOT NULL;

CREATE TABLE job_event (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id      INTEGER NOT NULL REFERENCES job (id),
    at          INTEGER NOT NULL,
    level       TEXT NOT NULL CHECK (level IN ('info', 'success', 'warning', 'error')),
    message     TEXT NOT NULL,
    expired_key TEXT
) STRICT;
CREATE INDEX job_event_of_job ON job_event (job_id, id);

CREATE TABLE limiter_slot (
    block_id         INTEGER PRIMARY KEY,
    size             INTEGER NOT NULL,
    used             INTEGER,          -- NULL: the block is open
    opened_wall_ms   INTEGER NOT NULL,
    closed_wall_ms   INTEGER,
    boot_id          TEXT,
    opened_uptime_ms INTEGER,
    closed_uptime_ms INTEGER
) STRICT;

-- Secrets, sealed with a key that lives outside this file.
CREATE TABLE vault (
    name       TEXT NOT NULL PRIMARY KEY,
    sealed     BLOB NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The documented schema, column for column, for whoever opens this file with sqlite3, pandas or DuckDB.

CREATE VIEW instruments AS
SELECT key AS instrument_key, symbol, name, exchange, segment, upper(kind) AS underlying_type,
       datetime(created_at + 19800, 'unixepoch') AS created_at
FROM underlying;

CREATE VIEW expiries AS
SELECT e.id, u.key AS instrument_key, e.date AS expiry_date, e.weekly AS is_weekly,
       (e.options_listed IS NOT NULL OR e.futures_listed IS NOT NULL) AS contracts_fetched,
       (EXISTS (SELECT 1 FROM contract c WHERE c.expiry_id = e.id)
        AND NOT EXISTS (
           SELECT 1 FROM contract c WHERE c.expiry_id = e.id AND NOT EXISTS (
               SELECT 1 FROM series s JOIN fetched_range f ON f.series_id = s.id
               WHERE s.contract_id = c.id AND s.interval = '1minute' AND f.provisional = 0
                 AND f.outcome <> 'empty_unconfirmed' AND f.to_day >= e.date))) AS data_fetched,
       datetime(e.first_seen + 19800, 'unixepoch') AS created_at
FROM expiry e JOIN underlying u ON u.id = e.underlying_id;

CREATE VIEW contracts AS
SELECT c.segment || '|' || c.exchange_token || '|' || substr(c.key_date, 9, 2) || '-' || substr(c.key_date, 6, 2) || '-' || substr(c.key_date, 1, 4)
           AS expired_instrument_key,
       u.key AS instrument_key, e.date AS expiry_date, c.kind AS contract_type,
       c.strike / 100.0 AS strike_price, c.trading_symbol, c.lot_size, c.tick_size / 100.0 AS tick_size,
       c.exchange_token, c.raw AS metadata
FROM contract c JOIN expiry e ON e.id = c.expiry_id JOIN underlying u ON u.id = e.underlying_id;

CREATE VIEW historical_data AS
SELECT c.segment || '|' || c.exchange_token || '|' || substr(c.key_date, 9, 2) || '-' || substr(c.key_date, 6, 2) || '-' || substr(c.key_date, 1, 4)
           AS expired_instrument_key,
       datetime(k.ts + 19800, 'unixepoch') AS timestamp,
       k.open * 1.0 / s.price_scale AS open, k.high * 1.0 / s.price_scale AS high,
       k.low * 1.0 / s.price_scale AS low, k.close * 1.0 / s.price_scale AS close,
       k.volume, k.open_interest
FROM contract c JOIN series s ON s.contract_id = c.id AND s.interval = '1minute' JOIN candle k ON k.series_id = s.id;

CREATE VIEW historical_data_all AS
SELECT c.segment || '|' || c.exchange_token || '|' || substr(c.key_date, 9, 2) || '-' || substr(c.key_date, 6, 2) || '-' || substr(c.key_date, 1, 4)
           AS expired_instrument_key,
       s.interval, datetime(k.ts + 19800, 'unixepoch') AS timestamp,
       k.open * 1.0 / s.price_scale AS open, k.high * 1.0 / s.price_scale AS high,
       k.low * 1.0 / s.price_scale AS low, k.close * 1.0 / s.price_scale AS close,
       k.volume, k.open_interest
FROM contract c JOIN series s ON s.contract_id = c.id JOIN candle k ON k.series_id = s.id;

CREATE VIEW underlying_data AS
SELECT u.key AS instrument_key, s.interval, datetime(k.ts + 19800, 'unixepoch') AS timestamp,
       k.open * 1.0 / s.price_scale AS open, k.high * 1.0 / s.price_scale AS high,
       k.low * 1.0 / s.price_scale AS low, k.close * 1.0 / s.price_scale AS close,
       k.volume, k.open_interest
FROM underlying u JOIN series s ON s.underlying_id = u.id JOIN candle k ON k.series_id = s.id;

CREATE VIEW job_status AS
SELECT t.id, 'collect' AS job_type, u.key AS instrument_key, e.date AS expiry_date,
       CASE j.status WHEN 'queued' THEN 'pending' WHEN 'paused' THEN 'pending'
                     WHEN 'running' THEN 'running' WHEN 'waiting_for_login' THEN 'running'
                     WHEN 'waiting_for_broker' THEN 'running'
                     WHEN 'completed' THEN 'completed' ELSE 'failed' END AS status,
       datetime(j.started_at + 19800, 'unixepoch') AS started_at,
       datetime(j.ended_at + 19800, 'unixepoch') AS completed_at,
       coalesce(t.error, j.message) AS error_message,
       (SELECT coalesce(sum(max(w.attempts - 1, 0)), 0) FROM job_unit w
        WHERE w.job_id = t.job_id AND w.expiry_id = t.expiry_id) AS retry_count
FROM job_unit t JOIN job j ON j.id = t.job_id JOIN expiry e ON e.id = t.expiry_id
     JOIN underlying u ON u.id = e.underlying_id
WHERE t.contract_id IS NULL;

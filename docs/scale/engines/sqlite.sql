-- SQLite: the database of ExpiryTrack itself as the two views that the questions ask.
CREATE TEMP VIEW candles AS
SELECT u.symbol AS underlying, e.date AS expiry, e.date AS expiry_day,
       c.segment || '|' || c.exchange_token || '|' || strftime('%d-%m-%Y', c.key_date) AS expired_key,
       c.kind, c.strike / 100.0 AS strike, c.lot_size, k.ts AS epoch, date(k.ts + 19800, 'unixepoch') AS day,
       (k.ts + 19800) % 86400 / 60 AS minute,
       k.open * 1.0 / s.price_scale AS open, k.high * 1.0 / s.price_scale AS high,
       k.low * 1.0 / s.price_scale AS low, k.close * 1.0 / s.price_scale AS close, k.volume, k.open_interest
FROM underlying u
JOIN expiry e ON e.underlying_id = u.id
JOIN contract c ON c.expiry_id = e.id
JOIN series s ON s.contract_id = c.id AND s.interval = '1minute'
JOIN candle k ON k.series_id = s.id;

CREATE TEMP VIEW spot AS
SELECT u.symbol AS underlying, k.ts AS epoch, date(k.ts + 19800, 'unixepoch') AS day,
       (k.ts + 19800) % 86400 / 60 AS minute,
       k.open * 1.0 / s.price_scale AS open, k.high * 1.0 / s.price_scale AS high,
       k.low * 1.0 / s.price_scale AS low, k.close * 1.0 / s.price_scale AS close, k.volume
FROM underlying u
JOIN series s ON s.underlying_id = u.id AND s.interval = '1minute'
JOIN candle k ON k.series_id = s.id;

-- The future in a row: each day's last price and volume of the future that expires next.
WITH futures AS (
    SELECT day, expiry, close, volume, epoch,
           row_number() OVER (PARTITION BY expiry, day ORDER BY epoch DESC) AS from_last
    FROM candles
    WHERE underlying = 'NIFTY' AND kind = 'FUT'
), days AS (
    SELECT day, expiry,
           max(CASE WHEN from_last = 1 THEN close END) AS last_price,
           sum(volume) AS traded
    FROM futures
    GROUP BY day, expiry
), ranked AS (
    SELECT day, expiry, last_price, traded, row_number() OVER (PARTITION BY day ORDER BY expiry) AS nearest
    FROM days
)
SELECT day, expiry, last_price, traded
FROM ranked
WHERE nearest = 1
ORDER BY day

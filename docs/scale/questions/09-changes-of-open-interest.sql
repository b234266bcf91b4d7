-- The ten options of an expiry whose open interest changed most from one day's end to the next.
WITH ends AS (
    SELECT expired_key, strike, kind, day, open_interest,
           row_number() OVER (PARTITION BY expired_key, day ORDER BY epoch DESC) AS from_last
    FROM candles
    WHERE underlying = 'NIFTY' AND expiry = '2025-08-28' AND kind <> 'FUT' AND day IN ('2025-08-12', '2025-08-13')
), changes AS (
    SELECT strike, kind,
           max(CASE WHEN day = '2025-08-12' THEN open_interest END) AS before_then,
           max(CASE WHEN day = '2025-08-13' THEN open_interest END) AS open_then
    FROM ends
    WHERE from_last = 1
    GROUP BY expired_key, strike, kind
)
SELECT strike, kind, before_then, open_then, open_then - before_then AS moved
FROM changes
WHERE before_then IS NOT NULL AND open_then IS NOT NULL
ORDER BY abs(open_then - before_then) DESC, strike, kind
LIMIT 10

-- Open interest of puts against calls of an expiry at the end of each day of its last month.
WITH ends AS (
    SELECT day, kind, open_interest,
           row_number() OVER (PARTITION BY expired_key, day ORDER BY epoch DESC) AS from_last
    FROM candles
    WHERE underlying = 'NIFTY' AND expiry = '2025-08-28' AND kind <> 'FUT' AND day >= '2025-08-01'
), sums AS (
    SELECT day,
           sum(CASE WHEN kind = 'PE' THEN open_interest ELSE 0 END) AS puts,
           sum(CASE WHEN kind = 'CE' THEN open_interest ELSE 0 END) AS calls
    FROM ends
    WHERE from_last = 1
    GROUP BY day
)
SELECT day, puts, calls, puts * 1.0 / calls AS ratio
FROM sums
ORDER BY day

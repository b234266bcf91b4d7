-- Bars of fifteen minutes of one contract on one day.
WITH minutes AS (
    SELECT minute - (minute - 555) % 15 AS bar, epoch, open, high, low, close, volume, open_interest,
           row_number() OVER (PARTITION BY minute - (minute - 555) % 15 ORDER BY epoch) AS from_first,
           row_number() OVER (PARTITION BY minute - (minute - 555) % 15 ORDER BY epoch DESC) AS from_last
    FROM candles
    WHERE underlying = 'NIFTY' AND expiry = '2025-08-28' AND kind = 'CE' AND strike = 24500 AND day = '2025-08-13'
)
SELECT bar,
       max(CASE WHEN from_first = 1 THEN open END) AS first_price,
       max(high) AS highest,
       min(low) AS lowest,
       max(CASE WHEN from_last = 1 THEN close END) AS last_price,
       sum(volume) AS traded,
       max(CASE WHEN from_last = 1 THEN open_interest END) AS open_at_end
FROM minutes
GROUP BY bar
ORDER BY bar

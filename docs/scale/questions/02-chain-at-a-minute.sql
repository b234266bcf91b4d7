-- The chain of an expiry at 11:30: of every option that had traded by then that day, its last price and its open interest.
WITH known AS (
    SELECT strike, kind, close, open_interest,
           row_number() OVER (PARTITION BY expired_key ORDER BY epoch DESC) AS from_last
    FROM candles
    WHERE underlying = 'NIFTY' AND expiry = '2025-08-28' AND kind <> 'FUT' AND day = '2025-08-13'
          AND minute <= 690 AND volume > 0
)
SELECT strike, kind, close AS last_price, open_interest AS open_then
FROM known
WHERE from_last = 1
ORDER BY strike, kind

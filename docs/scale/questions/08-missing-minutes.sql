-- The twenty contracts of an expiry with most minutes without a candle between their first and their last of a day.
SELECT strike, kind, count(*) AS minutes, max(minute) - min(minute) + 1 - count(*) AS missing
FROM candles
WHERE underlying = 'NIFTY' AND expiry = '2025-08-28' AND kind <> 'FUT' AND day = '2025-08-13'
GROUP BY expired_key, strike, kind
ORDER BY missing DESC, strike, kind
LIMIT 20

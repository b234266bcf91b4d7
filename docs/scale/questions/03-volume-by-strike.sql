-- How much was traded at each strike of an expiry on one day.
SELECT strike,
       sum(CASE WHEN kind = 'CE' THEN volume ELSE 0 END) AS calls,
       sum(CASE WHEN kind = 'PE' THEN volume ELSE 0 END) AS puts
FROM candles
WHERE underlying = 'NIFTY' AND expiry = '2025-08-28' AND kind <> 'FUT' AND day = '2025-08-13'
GROUP BY strike
ORDER BY strike

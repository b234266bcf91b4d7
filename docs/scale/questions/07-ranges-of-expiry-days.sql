-- How far the underlying went on the day of each expiry of a month. A lake has the underlying in whole months, so a month
-- that is not over is no part of it yet.
SELECT e.expiry AS expiry, min(u.low) AS lowest, max(u.high) AS highest, max(u.high) - min(u.low) AS distance
FROM (SELECT DISTINCT expiry, expiry_day FROM candles
      WHERE underlying = 'NIFTY' AND expiry >= '2025-08-01' AND expiry < '2025-09-01') e
JOIN (SELECT day, low, high FROM spot WHERE underlying = 'NIFTY') u ON u.day = e.expiry_day
GROUP BY e.expiry
ORDER BY expiry

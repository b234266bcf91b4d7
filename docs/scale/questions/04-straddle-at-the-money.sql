-- At each minute of a day the straddle of the strike nearest the underlying, of the strikes whose call and put both have a
-- candle in that minute; of two that are equally near, the lower.
WITH options AS (
    SELECT epoch, strike, kind, close
    FROM candles
    WHERE underlying = 'NIFTY' AND expiry = '2025-08-28' AND kind <> 'FUT' AND day = '2025-08-13'
), straddles AS (
    SELECT c.epoch AS epoch, c.strike AS strike, c.close + p.close AS straddle
    FROM (SELECT epoch, strike, close FROM options WHERE kind = 'CE') c
    JOIN (SELECT epoch, strike, close FROM options WHERE kind = 'PE') p ON p.epoch = c.epoch AND p.strike = c.strike
), ranked AS (
    SELECT s.epoch AS epoch, s.strike AS strike, s.straddle AS straddle,
           row_number() OVER (PARTITION BY s.epoch ORDER BY abs(s.strike - u.close), s.strike) AS nearest
    FROM straddles s
    JOIN (SELECT epoch, close FROM spot WHERE underlying = 'NIFTY' AND day = '2025-08-13') u ON u.epoch = s.epoch
)
SELECT epoch, strike, straddle
FROM ranked
WHERE nearest = 1
ORDER BY epoch

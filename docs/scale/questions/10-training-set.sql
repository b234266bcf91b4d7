-- A grid for a model: at each minute from 09:20 the three strikes around the underlying, both sides, each with its last
-- price of that day and the age of it in minutes; and what the underlying does in the next five minutes. The last five
-- minutes have no such answer, so they are no part of the set.
WITH spots AS (
    SELECT minute, close FROM spot WHERE underlying = 'NIFTY' AND day = '2025-08-13'
), rows_at AS (
    SELECT n.minute AS minute, l.close - n.close AS move, floor(n.close / 50 + 0.5) * 50 AS at_the_money
    FROM spots n JOIN spots l ON l.minute = n.minute + 5
    WHERE n.minute >= 560
), slots AS (
    SELECT r.minute AS minute, r.move AS move, s.slot AS slot, r.at_the_money + s.slot * 50 AS strike
    FROM rows_at r CROSS JOIN (SELECT -1 AS slot UNION ALL SELECT 0 AS slot UNION ALL SELECT 1 AS slot) s
), options AS (
    SELECT strike, kind, minute, close
    FROM candles
    WHERE underlying = 'NIFTY' AND expiry = '2025-08-28' AND kind <> 'FUT' AND day = '2025-08-13'
), latest AS (
    SELECT s.minute AS minute, s.slot AS slot, s.move AS move, o.kind AS kind, o.close AS close, o.minute AS traded_at,
           row_number() OVER (PARTITION BY s.minute, s.slot, o.kind ORDER BY o.minute DESC) AS from_last
    FROM slots s JOIN options o ON o.strike = s.strike
    WHERE o.minute <= s.minute
)
SELECT minute, slot, kind, close AS price, minute - traded_at AS age, move
FROM latest
WHERE from_last = 1
ORDER BY minute, slot, kind

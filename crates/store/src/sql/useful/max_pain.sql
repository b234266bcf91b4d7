WITH chosen AS (
    SELECT instrument_key, expiry_date FROM expiries WHERE candles > 0 ORDER BY expiry_date DESC LIMIT 1
), options AS (
    SELECT d.strike_price, d.contract_type, d.open_interest, count(d.close) OVER whole AS traded_on,
           row_number() OVER (PARTITION BY d.expired_instrument_key ORDER BY d.day DESC) AS place
    FROM chosen JOIN contract_days d USING (instrument_key, expiry_date)
    WHERE d.interval = '1minute' AND d.contract_type <> 'FUT'
    WINDOW whole AS (PARTITION BY d.expired_instrument_key)
), standing AS (
    SELECT strike_price, contract_type, open_interest FROM options WHERE place = 1 AND traded_on > 0
), strikes AS (
    SELECT DISTINCT strike_price AS settles_at FROM standing
)
SELECT settles_at,
       round(sum(open_interest * max(iif(contract_type = 'CE', settles_at - strike_price, strike_price - settles_at), 0)))
           AS paid
FROM strikes JOIN standing
GROUP BY settles_at ORDER BY settles_at

WITH chosen AS (
    SELECT instrument_key, expiry_date FROM expiries WHERE candles > 0 ORDER BY expiry_date DESC LIMIT 1
), options AS (
    SELECT d.instrument_key, d.day, d.strike_price,
           max(iif(d.contract_type = 'CE', d.close, NULL)) AS call, max(iif(d.contract_type = 'PE', d.close, NULL)) AS put
    FROM chosen JOIN contract_days d USING (instrument_key, expiry_date)
    WHERE d.interval = '1minute' AND d.contract_type <> 'FUT'
    GROUP BY d.day, d.strike_price
    HAVING call IS NOT NULL AND put IS NOT NULL
), closes AS (
    SELECT u.day, u.close FROM chosen JOIN underlying_days u USING (instrument_key)
    WHERE u.interval = '1minute' AND u.day IN (SELECT day FROM options)
), nearest AS (
    SELECT day, strike_price, call, put, closes.close AS underlying,
           row_number() OVER (PARTITION BY day ORDER BY abs(strike_price - closes.close)) AS place
    FROM options JOIN closes USING (day)
)
SELECT day, round(strike_price + call - put, 2) AS synthetic, underlying
FROM nearest WHERE place = 1
ORDER BY day

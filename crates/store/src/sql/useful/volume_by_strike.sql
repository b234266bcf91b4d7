WITH chosen AS (
    SELECT instrument_key, expiry_date FROM expiries WHERE candles > 0 ORDER BY expiry_date DESC LIMIT 1
), days AS (
    SELECT d.strike_price, d.contract_type, d.volume, d.day, max(d.day) OVER () AS last_day
    FROM chosen JOIN contract_days d USING (instrument_key, expiry_date)
    WHERE d.interval = '1minute' AND d.contract_type <> 'FUT'
)
SELECT strike_price, sum(iif(contract_type = 'CE', volume, 0)) AS calls, sum(iif(contract_type = 'PE', volume, 0)) AS puts
FROM days WHERE day = last_day
GROUP BY strike_price ORDER BY strike_price

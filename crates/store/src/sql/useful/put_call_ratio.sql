WITH chosen AS (
    SELECT instrument_key, expiry_date FROM expiries WHERE candles > 0 ORDER BY expiry_date DESC LIMIT 1
)
SELECT day,
       round(1.0 * sum(iif(contract_type = 'PE', open_interest, 0))
             / nullif(sum(iif(contract_type = 'CE', open_interest, 0)), 0), 3) AS by_open_interest,
       round(1.0 * sum(iif(contract_type = 'PE', volume, 0))
             / nullif(sum(iif(contract_type = 'CE', volume, 0)), 0), 3) AS by_volume
FROM chosen JOIN contract_days USING (instrument_key, expiry_date)
WHERE interval = '1minute'
GROUP BY day ORDER BY day

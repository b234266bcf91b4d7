WITH chosen AS (
    SELECT instrument_key, expiry_date FROM expiries WHERE candles > 0 ORDER BY expiry_date DESC LIMIT 1
), stretches AS (
    SELECT contract_type, day, volume, open_interest, count(close) OVER life AS traded_on,
           lead(day, 1, '9999-12-31') OVER life AS next_day
    FROM chosen JOIN contract_days USING (instrument_key, expiry_date)
    WHERE interval = '1minute' AND contract_type <> 'FUT'
    WINDOW life AS (PARTITION BY expired_instrument_key ORDER BY day)
), days AS (
    SELECT DISTINCT day FROM stretches
), standing AS (
    SELECT days.day, contract_type, open_interest, iif(stretches.day = days.day, volume, 0) AS volume
    FROM days JOIN stretches ON days.day >= stretches.day AND days.day < next_day
    WHERE traded_on > 0
)
SELECT day,
       round(1.0 * sum(iif(contract_type = 'PE', open_interest, 0))
             / nullif(sum(iif(contract_type = 'CE', open_interest, 0)), 0), 3) AS by_open_interest,
       round(1.0 * sum(iif(contract_type = 'PE', volume, 0))
             / nullif(sum(iif(contract_type = 'CE', volume, 0)), 0), 3) AS by_volume
FROM standing
GROUP BY day ORDER BY day

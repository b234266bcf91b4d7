WITH chosen AS (
    SELECT instrument_key, expiry_date FROM expiries WHERE candles > 0 ORDER BY expiry_date DESC LIMIT 1
), moment AS (
    SELECT unixepoch(max(day) || ' 11:00+05:30') AS epoch
    FROM chosen JOIN contract_days USING (instrument_key, expiry_date) WHERE interval = '1minute'
), standing AS (
    SELECT c.strike_price, c.contract_type,
           (SELECT open_interest FROM (
                SELECT h.open_interest, h.epoch FROM historical_data h
                WHERE h.expired_instrument_key = c.expired_instrument_key
                  AND h.epoch BETWEEN moment.epoch - 8 * 3600 AND moment.epoch
                ORDER BY h.epoch DESC LIMIT 1)) AS open_interest
    FROM chosen JOIN contracts c USING (instrument_key, expiry_date) JOIN moment
    WHERE c.contract_type <> 'FUT'
)
SELECT strike_price,
       sum(iif(contract_type = 'CE', open_interest, NULL)) AS calls,
       sum(iif(contract_type = 'PE', open_interest, NULL)) AS puts
FROM standing WHERE open_interest IS NOT NULL
GROUP BY strike_price ORDER BY strike_price

SELECT i.symbol, e.expiry_date, iif(e.is_weekly, 'weekly', 'monthly') AS cycle, e.contracts, e.candles, e.data_fetched
FROM expiries e JOIN instruments i USING (instrument_key)
WHERE e.candles > 0
ORDER BY e.expiry_date DESC, i.symbol

WITH changed AS MATERIALIZED (
    SELECT r.trading_symbol, r.timestamp, r.close AS was, h.close AS is_now, r.volume AS volume_was, h.volume AS volume_now,
           r.request_id, r.epoch
    FROM revised_data r JOIN historical_data_all h USING (expired_instrument_key, interval, epoch)
)
SELECT trading_symbol, timestamp, was, is_now, volume_was, volume_now FROM changed
ORDER BY request_id DESC, epoch LIMIT 500

SELECT r.trading_symbol, r.timestamp, r.close AS was, h.close AS is_now, r.volume AS volume_was, h.volume AS volume_now
FROM revised_data r JOIN historical_data_all h USING (expired_instrument_key, interval, epoch)
ORDER BY r.request_id DESC, r.epoch LIMIT 500

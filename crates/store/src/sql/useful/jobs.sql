SELECT i.symbol, s.expiry_date, s.status, s.started_at, s.completed_at, s.retry_count, s.error_message
FROM job_status s JOIN instruments i USING (instrument_key)
ORDER BY s.id DESC LIMIT 500

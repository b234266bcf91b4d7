-- What a person watches of a job is read again every second, so each of these reads must stay a seek.

-- The expiries of a job in order, and the outcomes of one expiry's contracts.
CREATE INDEX job_unit_listing ON job_unit (job_id, position) WHERE contract_id IS NULL AND month IS NULL;
CREATE INDEX job_unit_of_expiry ON job_unit (job_id, expiry_id, state, attempts) WHERE contract_id IS NOT NULL;
-- The event that changed a contract's unit last.
CREATE INDEX job_event_of_contract ON job_event (job_id, expired_key) WHERE expired_key IS NOT NULL;
-- A job's requests and rows over time; the index alone answers.
CREATE INDEX fetch_audit_over_time ON fetch_audit (job_id, at, interval, rows);

-- An order may take options of strikes near the money alone. What it leaves out is counted, with the listing of each
-- expiry and with its job.
ALTER TABLE job ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job_unit ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;   -- of a listing

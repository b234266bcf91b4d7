-- Sessions on which the options of an expiry at the money had no row although the market was open: how often that was
-- answered, ten minutes apart. Until it is believed their days are open; a session that came to have rows stands here no
-- more.
CREATE TABLE silent_session (
    expiry_id    INTEGER NOT NULL REFERENCES expiry (id),
    interval     TEXT NOT NULL,
    day          TEXT NOT NULL,
    witnesses    INTEGER NOT NULL,
    witnessed_at INTEGER NOT NULL,
    PRIMARY KEY (expiry_id, interval, day)
) STRICT, WITHOUT ROWID;

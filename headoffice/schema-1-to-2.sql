-- What version 2 has and version 1 had not. A semicolon ends a statement and stands nowhere else.
ALTER TABLE spool ADD COLUMN last_contact REAL NOT NULL DEFAULT 0;
CREATE TABLE outage (
    spool INTEGER NOT NULL REFERENCES spool (id),
    first INTEGER NOT NULL,
    through INTEGER NOT NULL,
    began REAL NOT NULL,
    ended REAL NOT NULL,
    cause TEXT NOT NULL,
    received_at REAL NOT NULL,
    PRIMARY KEY (spool, first)
) WITHOUT ROWID;
PRAGMA user_version = 2;

-- Last state, every change, and a bounded ring of heartbeats. Times are seconds since 1970 by head office's clock,
-- told_at by the terminal's. A semicolon ends a statement and stands nowhere else.
CREATE TABLE terminal (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    first_contact REAL NOT NULL,
    last_contact REAL NOT NULL,
    every_seconds REAL NOT NULL DEFAULT 0,
    clock_ahead REAL NOT NULL DEFAULT 0,
    conflict_at REAL,
    state_spool INTEGER,
    state_sequence INTEGER,
    state_received REAL,
    state_report BLOB
);
-- A spool's id orders a terminal's spools: the one first heard of later is the newer one.
CREATE TABLE spool (
    id INTEGER PRIMARY KEY,
    terminal INTEGER NOT NULL REFERENCES terminal (id),
    name TEXT NOT NULL,
    last_contact REAL NOT NULL DEFAULT 0,
    UNIQUE (terminal, name)
);
-- Merged ranges of the sequences that need not be sent again.
CREATE TABLE covered (
    spool INTEGER NOT NULL REFERENCES spool (id),
    first INTEGER NOT NULL,
    through INTEGER NOT NULL,
    PRIMARY KEY (spool, first)
) WITHOUT ROWID;
CREATE TABLE dropped (
    spool INTEGER NOT NULL REFERENCES spool (id),
    first INTEGER NOT NULL,
    through INTEGER NOT NULL,
    reason TEXT NOT NULL,
    received_at REAL NOT NULL,
    PRIMARY KEY (spool, first, through)
) WITHOUT ROWID;
-- Rounds of a time in which a terminal could not reach head office, folded into one record.
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
CREATE TABLE record (
    id INTEGER PRIMARY KEY,
    terminal INTEGER NOT NULL REFERENCES terminal (id),
    spool INTEGER NOT NULL REFERENCES spool (id),
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL DEFAULT '',
    causes TEXT,
    told_at REAL NOT NULL,
    received_at REAL NOT NULL,
    digest BLOB NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (spool, sequence)
);
CREATE INDEX record_of_terminal ON record (terminal, id);
CREATE INDEX record_by_code ON record (code) WHERE code <> '';
CREATE TABLE change (
    terminal INTEGER NOT NULL REFERENCES terminal (id),
    spool INTEGER NOT NULL REFERENCES spool (id),
    sequence INTEGER NOT NULL,
    told_at REAL NOT NULL,
    received_at REAL NOT NULL,
    causes TEXT NOT NULL,
    titles BLOB NOT NULL,
    PRIMARY KEY (terminal, spool, sequence)
) WITHOUT ROWID;
-- What could not be taken, for a person to look at.
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    terminal INTEGER NOT NULL REFERENCES terminal (id),
    spool TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    reason TEXT NOT NULL,
    received_at REAL NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX quarantine_of_terminal ON quarantine (terminal, id);
-- Faults that were rehearsed. began, until and ended by the terminal's clock, ended 0 where that was not told.
CREATE TABLE drill (
    terminal INTEGER NOT NULL REFERENCES terminal (id),
    began REAL NOT NULL,
    until REAL NOT NULL,
    ended REAL NOT NULL,
    ending TEXT NOT NULL,
    code TEXT NOT NULL,
    account TEXT NOT NULL,
    titles BLOB NOT NULL,
    PRIMARY KEY (terminal, began)
) WITHOUT ROWID;
-- Whether a cause that has gone was the right one, correct is NULL while nobody said. since and until by the terminal's clock.
-- to_tell: answered here, and the terminal asks it still.
CREATE TABLE question (
    terminal INTEGER NOT NULL REFERENCES terminal (id),
    id TEXT NOT NULL,
    code TEXT NOT NULL,
    subjects BLOB NOT NULL,
    titles BLOB NOT NULL,
    since REAL NOT NULL,
    until REAL NOT NULL,
    correct INTEGER,
    answered_by TEXT NOT NULL DEFAULT '',
    answered_at REAL,
    at_head_office INTEGER NOT NULL DEFAULT 0,
    to_tell INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (terminal, id)
) WITHOUT ROWID;
CREATE INDEX question_of_code ON question (code, correct);
PRAGMA user_version = 3;

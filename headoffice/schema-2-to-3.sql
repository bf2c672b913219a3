-- What version 3 has and version 2 had not. A semicolon ends a statement and stands nowhere else.
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

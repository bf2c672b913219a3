-- pos/scripts/PostgreSQL-create.sql of uniCenta oPOS 4.3 (github.com/poolborges/unicenta-pos); tables and keys left out
-- tell nothing that is asked for.
CREATE TABLE closedcash (
    money varchar PRIMARY KEY, host varchar NOT NULL, hostsequence integer NOT NULL, datestart timestamp NOT NULL,
    dateend timestamp, nosales integer NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX closedcash_inx_seq ON closedcash (host, hostsequence);
CREATE TABLE receipts (
    id varchar PRIMARY KEY, money varchar NOT NULL REFERENCES closedcash, datenew timestamp NOT NULL, attributes bytea,
    person varchar
);
CREATE INDEX receipts_inx_1 ON receipts (datenew);
CREATE TABLE tickets (
    id varchar PRIMARY KEY REFERENCES receipts, tickettype integer NOT NULL DEFAULT 0, ticketid integer NOT NULL,
    person varchar NOT NULL, customer varchar, status integer NOT NULL DEFAULT 0
);
CREATE INDEX tickets_ticketid ON tickets (tickettype, ticketid);

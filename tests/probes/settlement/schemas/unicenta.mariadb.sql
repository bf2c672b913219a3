-- pos/scripts/MySQL-create.sql of uniCenta oPOS 4.3 (github.com/poolborges/unicenta-pos); tables and keys left out tell
-- nothing that is asked for.
CREATE TABLE closedcash (
    money varchar(255) PRIMARY KEY, host varchar(255) NOT NULL, hostsequence int(11) NOT NULL, datestart datetime NOT NULL,
    dateend datetime DEFAULT NULL, nosales int(11) NOT NULL DEFAULT 0, KEY closedcash_inx_1 (datestart),
    UNIQUE INDEX closedcash_inx_seq (host, hostsequence)
) ENGINE = InnoDB DEFAULT CHARSET = utf8;
CREATE TABLE receipts (
    id varchar(255) PRIMARY KEY, money varchar(255) NOT NULL, datenew datetime NOT NULL, attributes mediumblob,
    person varchar(255) DEFAULT NULL, KEY receipts_fk_money (money), KEY receipts_inx_1 (datenew)
) ENGINE = InnoDB DEFAULT CHARSET = utf8;
CREATE TABLE tickets (
    id varchar(255) PRIMARY KEY, tickettype int(11) NOT NULL DEFAULT 0, ticketid int(11) NOT NULL,
    person varchar(255) NOT NULL, customer varchar(255) DEFAULT NULL, status int(11) NOT NULL DEFAULT 0,
    KEY tickets_ticketid (tickettype, ticketid)
) ENGINE = InnoDB DEFAULT CHARSET = utf8;

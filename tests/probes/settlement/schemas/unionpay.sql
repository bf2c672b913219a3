-- The tables of docs/journal.md, in words all three databases know.
CREATE TABLE batch (
    number varchar(20) PRIMARY KEY, opened_at double precision NOT NULL, closing_at double precision,
    settled_at double precision, state varchar(10) NOT NULL, answer varchar(200), balances integer
);
CREATE TABLE sale (
    trace integer NOT NULL, batch varchar(20) NOT NULL, receipt varchar(20) NOT NULL, sold_at double precision NOT NULL,
    posted_at double precision, printed_at double precision, print_failed integer NOT NULL DEFAULT 0
);
CREATE INDEX sale_sold_at ON sale (sold_at);
CREATE TABLE pre_slip (order_number varchar(20), requested_at double precision, made_at double precision);
CREATE TABLE binding (
    terminal varchar(20), merchant varchar(20), host varchar(60), account varchar(40), since double precision NOT NULL
);

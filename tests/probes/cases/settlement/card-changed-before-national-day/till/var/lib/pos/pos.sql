-- the tables of docs/journal.md
PRAGMA journal_mode = WAL;
CREATE TABLE batch (number TEXT, opened_at REAL, closing_at REAL, settled_at REAL, state TEXT, answer TEXT, balances INTEGER);
CREATE TABLE sale (trace INTEGER, batch TEXT, receipt TEXT, sold_at REAL, posted_at REAL, printed_at REAL, print_failed INTEGER);
CREATE TABLE pre_slip (order_number TEXT, requested_at REAL, made_at REAL);
CREATE TABLE binding (terminal TEXT, merchant TEXT, host TEXT, account TEXT, since REAL);
INSERT INTO batch VALUES ('000122', 1790605800, NULL, 1790692260, 'settled', '', NULL);
INSERT INTO batch VALUES ('000123', 1790692260, NULL, NULL, 'open', '', NULL);
INSERT INTO sale VALUES (1, '000122', '1001', 1790654400, NULL, 1790654400, 0);
INSERT INTO sale VALUES (2, '000122', '1002', 1790654400, NULL, 1790654400, 0);
INSERT INTO sale VALUES (3, '000122', '1003', 1790654400, NULL, 1790654400, 0);

-- the tables of docs/journal.md
PRAGMA journal_mode = WAL;
CREATE TABLE batch (number TEXT, opened_at REAL, closing_at REAL, settled_at REAL, state TEXT, answer TEXT, balances INTEGER);
CREATE TABLE sale (trace INTEGER, batch TEXT, receipt TEXT, sold_at REAL, posted_at REAL, printed_at REAL, print_failed INTEGER);
CREATE TABLE pre_slip (order_number TEXT, requested_at REAL, made_at REAL);
CREATE TABLE binding (terminal TEXT, merchant TEXT, host TEXT, account TEXT, since REAL);
INSERT INTO batch VALUES ('000123', 1795185060, NULL, NULL, 'open', '', NULL);
INSERT INTO sale VALUES (1, '000123', '1001', 1795233600, NULL, NULL, 0);
INSERT INTO sale VALUES (2, '000123', '1002', 1795235400, NULL, NULL, 0);
INSERT INTO sale VALUES (3, '000123', '1003', 1795236000, NULL, 1795236000, 0);

-- the tables of docs/journal.md
PRAGMA journal_mode = WAL;
CREATE TABLE batch (number TEXT, opened_at REAL, closing_at REAL, settled_at REAL, state TEXT, answer TEXT, balances INTEGER);
CREATE TABLE sale (trace INTEGER, batch TEXT, receipt TEXT, sold_at REAL, posted_at REAL, printed_at REAL, print_failed INTEGER);
CREATE TABLE pre_slip (order_number TEXT, requested_at REAL, made_at REAL);
CREATE TABLE binding (terminal TEXT, merchant TEXT, host TEXT, account TEXT, since REAL);
INSERT INTO batch VALUES ('000123', 1795185060, 1795269000, NULL, 'failed', '银行系统维护中,请稍后再试', NULL);
INSERT INTO sale VALUES (1, '000123', '1001', 1795226400, NULL, 1795226400, 0);

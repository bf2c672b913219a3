-- The store of test_presets.py; moments are seconds since 1970.
INSERT INTO batch (number, opened_at, closing_at, settled_at, state, answer, balances) VALUES
    ('000122', 1795049400, NULL, 1795098660, 'settled', '', 1),
    ('000123', 1795136100, NULL, NULL, 'open', '', NULL),
    ('000124', 1795140000, 1795183800, NULL, 'failed', 'host says 95', NULL);
INSERT INTO sale (trace, batch, receipt, sold_at, posted_at, printed_at, print_failed) VALUES
    (1, '000122', '1000', 1795082400, 1795125600, 1795082400, 0),
    (2, '000123', '1001', 1795137000, NULL, 1795137000, 0),
    (3, '000123', '1002', 1795147200, NULL, NULL, 1),
    (4, '000123', '1003', 1795182000, NULL, 1795182000, 0),
    (5, '000124', '1004', 1795176000, NULL, 1795176000, 0);
INSERT INTO pre_slip (order_number, requested_at, made_at) VALUES (NULL, 1795182600, 1795182660);
INSERT INTO binding (terminal, merchant, host, account, since) VALUES
    ('00000002', '898100012341234', '10.8.3.2', 'card-7', 1794880800);

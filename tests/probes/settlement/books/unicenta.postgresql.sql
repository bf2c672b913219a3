-- The store of test_presets.py, by its own clock.
INSERT INTO closedcash (money, host, hostsequence, datestart, dateend) VALUES
    ('money-122', 'Till 1', 122, '2026-11-19 08:50', '2026-11-19 22:31'),
    ('money-123', 'Till 1', 123, '2026-11-20 08:55', NULL),
    ('money-7', 'Till 2', 7, '2026-11-20 10:00', NULL);
INSERT INTO receipts (id, money, datenew) VALUES
    ('r1', 'money-122', '2026-11-19 18:00'), ('r2', 'money-123', '2026-11-20 09:05'), ('r3', 'money-123', '2026-11-20 09:10'),
    ('r4', 'money-123', '2026-11-20 12:00'), ('r5', 'money-123', '2026-11-20 21:40'), ('r6', 'money-7', '2026-11-20 20:00');
-- r2 is money put into the drawer: no ticket
INSERT INTO tickets (id, tickettype, ticketid, person) VALUES
    ('r1', 0, 1000, '0'), ('r3', 0, 1001, '0'), ('r4', 0, 1002, '0'), ('r5', 0, 1003, '0'), ('r6', 0, 1004, '0');

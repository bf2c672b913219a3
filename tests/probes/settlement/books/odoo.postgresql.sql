-- The store of test_presets.py in UTC, eight hours behind its clock.
INSERT INTO pos_config (id, name) VALUES (1, 'Till 1'), (2, 'Till 2');
INSERT INTO pos_session (id, config_id, name, start_at, stop_at, state, rescue, write_date) VALUES
    (122, 1, 'POS/00122', '2026-11-19 00:50', '2026-11-19 14:31', 'closed', false, '2026-11-19 14:31'),
    (123, 1, 'POS/00123', '2026-11-20 00:55', NULL, 'opened', false, '2026-11-20 00:55'),
    (124, 2, 'POS/00124', '2026-11-20 02:00', '2026-11-20 14:10', 'closing_control', NULL, '2026-11-20 14:10');
INSERT INTO pos_order (name, session_id, date_order, amount_total, state, pos_reference, nb_print) VALUES
    ('/', 122, '2026-11-19 10:00', 10, 'done', 'Order 00122-001-0001', 1),
    ('/', 123, '2026-11-20 01:10', 10, 'paid', 'Order 00123-001-0001', 1),
    ('/', 123, '2026-11-20 04:00', 10, 'paid', 'Order 00123-001-0002', 0),
    ('/', 123, '2026-11-20 13:40', 10, 'paid', 'Order 00123-001-0003', 1),
    ('/', 123, '2026-11-20 13:41', 10, 'draft', 'Order 00123-001-0004', 0),
    ('/', 124, '2026-11-20 12:00', 10, 'paid', 'Order 00124-001-0001', 2);

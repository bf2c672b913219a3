-- The store of test_presets.py, by its own clock.
INSERT INTO `tabPOS Opening Entry` (name, docstatus, period_start_date, status, pos_profile, user) VALUES
    ('POS-OPE-2026-00122', 1, '2026-11-19 08:50', 'Closed', 'Till 1', 'li@example'),
    ('POS-OPE-2026-00123', 1, '2026-11-20 08:55', 'Open', 'Till 1', 'li@example'),
    ('POS-OPE-2026-00124', 1, '2026-11-20 10:00', 'Open', 'Till 2', 'wang@example');
INSERT INTO `tabPOS Closing Entry` (name, docstatus, period_end_date, status, pos_profile, user, error_message) VALUES
    ('POS-CLO-2026-00122', 1, '2026-11-19 22:31', 'Submitted', 'Till 1', 'li@example', NULL),
    ('POS-CLO-2026-00123', 1, '2026-11-20 22:10', 'Failed', 'Till 2', 'wang@example', 'Stock of Tea is below zero');
INSERT INTO `tabPOS Invoice`
    (name, owner, docstatus, posting_date, posting_time, pos_profile, consolidated_invoice, is_return, status) VALUES
    ('ACC-PSINV-2026-00001', 'li@example', 1, '2026-11-19', '18:00', 'Till 1', 'ACC-SINV-2026-00001', 0, 'Consolidated'),
    ('ACC-PSINV-2026-00002', 'li@example', 1, '2026-11-20', '09:10', 'Till 1', NULL, 0, 'Paid'),
    ('ACC-PSINV-2026-00003', 'li@example', 1, '2026-11-20', '12:00', 'Till 1', '', 0, 'Paid'),
    ('ACC-PSINV-2026-00004', 'li@example', 1, '2026-11-20', '21:40', 'Till 1', NULL, 0, 'Paid'),
    ('ACC-PSINV-2026-00005', 'li@example', 1, '2026-11-20', '21:41', 'Till 1', NULL, 1, 'Return'),
    ('ACC-PSINV-2026-00006', 'li@example', 0, '2026-11-20', '21:42', 'Till 1', NULL, 0, 'Draft'),
    ('ACC-PSINV-2026-00007', 'wang@example', 1, '2026-11-20', '20:00', 'Till 2', NULL, 0, 'Paid');

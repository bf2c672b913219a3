-- Columns as Frappe 15 makes them of erpnext/accounts/doctype/{pos_opening_entry,pos_closing_entry,pos_invoice}/*.json
-- (github.com/frappe/erpnext); those left out tell nothing that is asked for.
CREATE TABLE `tabPOS Opening Entry` (
    name varchar(140) PRIMARY KEY, creation datetime(6), modified datetime(6), modified_by varchar(140), owner varchar(140),
    docstatus tinyint NOT NULL DEFAULT 0, period_start_date datetime(6), period_end_date date,
    status varchar(140) DEFAULT 'Draft', posting_date date, company varchar(140), pos_profile varchar(140),
    pos_closing_entry varchar(140), user varchar(140), amended_from varchar(140)
) ENGINE = InnoDB;
CREATE TABLE `tabPOS Closing Entry` (
    name varchar(140) PRIMARY KEY, creation datetime(6), modified datetime(6), modified_by varchar(140), owner varchar(140),
    docstatus tinyint NOT NULL DEFAULT 0, period_start_date datetime(6), period_end_date datetime(6), posting_date date,
    posting_time time(6), pos_opening_entry varchar(140), status varchar(140) DEFAULT 'Draft', company varchar(140),
    pos_profile varchar(140), user varchar(140), grand_total decimal(21, 9) NOT NULL DEFAULT 0, error_message text,
    amended_from varchar(140)
) ENGINE = InnoDB;
CREATE TABLE `tabPOS Invoice` (
    name varchar(140) PRIMARY KEY, creation datetime(6), modified datetime(6), modified_by varchar(140), owner varchar(140),
    docstatus tinyint NOT NULL DEFAULT 0, customer varchar(140), posting_date date, posting_time time(6),
    pos_profile varchar(140), consolidated_invoice varchar(140), is_pos tinyint NOT NULL DEFAULT 1,
    is_return tinyint NOT NULL DEFAULT 0, return_against varchar(140), status varchar(140) DEFAULT 'Draft',
    grand_total decimal(21, 9) NOT NULL DEFAULT 0, KEY posting_date (posting_date)
) ENGINE = InnoDB;

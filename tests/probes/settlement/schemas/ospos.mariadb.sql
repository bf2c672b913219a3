-- app/Database/tables.sql and migrations/sqlscripts/3.2.1_to_3.3.0.sql of Open Source Point of Sale
-- (github.com/opensourcepos/opensourcepos); columns and keys left out tell nothing that is asked for.
CREATE TABLE ospos_cash_up (
    cashup_id int(10) NOT NULL AUTO_INCREMENT PRIMARY KEY, open_date timestamp NULL DEFAULT CURRENT_TIMESTAMP,
    close_date timestamp NULL, open_amount_cash decimal(15, 2) NOT NULL, transfer_amount_cash decimal(15, 2) NOT NULL,
    note int(1) NOT NULL, closed_amount_cash decimal(15, 2) NOT NULL, closed_amount_card decimal(15, 2) NOT NULL,
    closed_amount_check decimal(15, 2) NOT NULL, closed_amount_total decimal(15, 2) NOT NULL,
    description varchar(255) NOT NULL, open_employee_id int(10) NOT NULL, close_employee_id int(10) NOT NULL,
    deleted int(1) NOT NULL DEFAULT 0, closed_amount_due decimal(15, 2) NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8;
CREATE TABLE ospos_sales (
    sale_time timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, customer_id int(10) DEFAULT NULL,
    employee_id int(10) NOT NULL DEFAULT 0, comment text, invoice_number varchar(32) DEFAULT NULL,
    quote_number varchar(32) DEFAULT NULL, sale_id int(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
    sale_status tinyint(2) NOT NULL DEFAULT 0, dinner_table_id int(11) NULL, work_order_number varchar(32) DEFAULT NULL,
    sale_type tinyint(2) NOT NULL DEFAULT 0, KEY sale_time (sale_time)
) ENGINE = InnoDB DEFAULT CHARSET = utf8;

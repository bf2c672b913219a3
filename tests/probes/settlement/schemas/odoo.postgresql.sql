-- Columns as Odoo 17 makes them of addons/point_of_sale/models/{pos_config,pos_session,pos_order}.py (github.com/odoo/odoo);
-- those left out tell nothing that is asked for.
CREATE TABLE pos_config (id serial PRIMARY KEY, name varchar NOT NULL, company_id integer, active boolean);
CREATE TABLE pos_session (
    id serial PRIMARY KEY, config_id integer NOT NULL REFERENCES pos_config, name varchar NOT NULL UNIQUE, user_id integer,
    start_at timestamp without time zone, stop_at timestamp without time zone, state varchar NOT NULL,
    sequence_number integer, login_number integer, rescue boolean, move_id integer, opening_notes text, closing_notes text,
    create_date timestamp without time zone, write_date timestamp without time zone
);
CREATE INDEX pos_session_state ON pos_session (state);
CREATE TABLE pos_order (
    id serial PRIMARY KEY, name varchar NOT NULL, date_order timestamp without time zone, user_id integer,
    amount_total numeric NOT NULL, company_id integer, partner_id integer, session_id integer NOT NULL REFERENCES pos_session,
    state varchar, account_move integer, nb_print integer, pos_reference varchar, to_invoice boolean,
    create_date timestamp without time zone, write_date timestamp without time zone
);
CREATE INDEX pos_order_date_order ON pos_order (date_order);
CREATE INDEX pos_order_session_id ON pos_order (session_id);

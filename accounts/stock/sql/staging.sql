-- Rows of an uploaded stock, before they are applied.
--
-- Written by COPY, read in sets, deleted with their import; without a model, since no code handles a single row. Values
-- are encrypted for their final columns.

CREATE TABLE accounts_stagedcustomer (
  import_id uuid NOT NULL, line int NOT NULL, outcome text, known_id uuid,
  id uuid NOT NULL, ref text NOT NULL, kind text NOT NULL, name bytea NOT NULL, name_index bytea NOT NULL,
  phone bytea, phone_index bytea, birth_date bytea, match_key bytea, identity_id uuid NOT NULL,
  document_id uuid NOT NULL, document_type text NOT NULL, country text NOT NULL, number bytea NOT NULL,
  identity_key bytea NOT NULL, inner_key bytea, expanded boolean NOT NULL,
  CONSTRAINT staged_customer_once PRIMARY KEY (import_id, line)
);
CREATE TABLE accounts_stageddocument (
  import_id uuid NOT NULL, line int NOT NULL, outcome text, known_id uuid,
  customer_ref text NOT NULL, identity_id uuid NOT NULL, document_id uuid NOT NULL, document_type text NOT NULL,
  country text NOT NULL, number bytea NOT NULL, identity_key bytea NOT NULL, inner_key bytea,
  expanded boolean NOT NULL, valid_until date,
  CONSTRAINT staged_document_once PRIMARY KEY (import_id, line)
);
CREATE TABLE accounts_stagedaccount (
  import_id uuid NOT NULL, line int NOT NULL, outcome text, known_id uuid,
  id uuid NOT NULL, ref text NOT NULL, customer_ref text NOT NULL,
  account_number text NOT NULL, kind text NOT NULL, account_class text NOT NULL, opened_on date NOT NULL,
  balance_fen bigint NOT NULL, branch text NOT NULL, last_used_on date, agent_key bytea, agent_name bytea,
  CONSTRAINT staged_account_once PRIMARY KEY (import_id, line)
);
CREATE TABLE accounts_stagedcard (
  import_id uuid NOT NULL, line int NOT NULL, outcome text, known_id uuid,
  id uuid NOT NULL, ref text NOT NULL, account_ref text NOT NULL, number bytea NOT NULL, number_index bytea NOT NULL,
  product text NOT NULL, status text NOT NULL, issued_on date NOT NULL,
  CONSTRAINT staged_card_once PRIMARY KEY (import_id, line)
);
CREATE TABLE accounts_stagedfreeze (
  import_id uuid NOT NULL, line int NOT NULL, outcome text, known_id uuid,
  id uuid NOT NULL, account_ref text NOT NULL, authority text NOT NULL, order_no text NOT NULL,
  placed_on date NOT NULL, until date,
  CONSTRAINT staged_freeze_once PRIMARY KEY (import_id, line)
);
CREATE TABLE accounts_stockfault (
  import_id uuid NOT NULL, sheet text NOT NULL, line int NOT NULL, outcome text NOT NULL, col text NOT NULL,
  code text NOT NULL, zh text NOT NULL, en text NOT NULL
);
CREATE INDEX stock_fault_by_line ON accounts_stockfault (import_id, sheet, line);

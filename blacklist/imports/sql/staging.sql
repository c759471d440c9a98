-- Rows of an uploaded list before they are applied; its certificates, its faults, and the objects that its rows affect.
--
-- Written by COPY, read in sets, deleted with their import; without a model, since no code handles a single row. Values
-- are encrypted for their final columns.

CREATE TABLE blacklist_stagedrow (
  import_id uuid NOT NULL, line int NOT NULL, paper int NOT NULL, outcome text,
  region_code text NOT NULL, authority_compared text NOT NULL, doc_no text NOT NULL, head text NOT NULL,
  kind text, subject_id uuid, named_id uuid, document_type text, country text, identity_key bytea, number bytea,
  name bytea, subject_number bytea, subject_name bytea, name_index bytea, match_key bytea,
  account_id uuid, account_number text, bank_code text, card_key bytea, card_number bytea, outside_number bytea,
  outside_key bytea, lock_key bytea,
  CONSTRAINT staged_row_once PRIMARY KEY (import_id, line)
);
CREATE INDEX staged_row_by_paper ON blacklist_stagedrow (import_id, paper, line);
CREATE TABLE blacklist_stagedpaper (
  import_id uuid NOT NULL, paper int NOT NULL, outcome text NOT NULL, rows int NOT NULL, certificate_id uuid NOT NULL,
  doc_no text NOT NULL, authority_name text NOT NULL, authority_compared text NOT NULL, region_code text NOT NULL,
  level text NOT NULL, certified_on date NOT NULL, received_on date, category text NOT NULL, legal_basis text NOT NULL,
  term_from date, term_to date, extent_accounts int, extent_times int, extent_counterparties int,
  review_reasons text[] NOT NULL, content bytea NOT NULL,
  CONSTRAINT staged_paper_once PRIMARY KEY (import_id, paper)
);
CREATE TABLE blacklist_listfault (
  import_id uuid NOT NULL, line int NOT NULL, outcome text NOT NULL, col text NOT NULL, code text NOT NULL,
  zh text NOT NULL, en text NOT NULL, named text NOT NULL
);
CREATE INDEX list_fault_by_line ON blacklist_listfault (import_id, outcome, line);
CREATE TABLE blacklist_listtouch (
  import_id uuid NOT NULL, line int NOT NULL, kind text NOT NULL, object_id uuid NOT NULL
);
CREATE INDEX list_touch_by_line ON blacklist_listtouch (import_id, line);

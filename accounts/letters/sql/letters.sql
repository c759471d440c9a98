-- Letters to customers: their numbers, prints and deliveries.
--
-- Rule (house rule): numbers of a kind follow each other within the year of the bank's day (letter_number_follows); a
-- replacement has kind, object and customer of the replaced letter (letter_replaces_alike); only a printed letter is
-- delivered.

-- Numbers follow each other by kind and year; a replacement has kind, object and customer of an earlier letter.
CREATE OR REPLACE FUNCTION accounts_letter_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.year <> extract(year FROM NEW.issued_at AT TIME ZONE 'UTC' + interval '8 hours') OR NEW.serial > 1 AND NOT EXISTS (
      SELECT FROM accounts_letter l WHERE l.kind = NEW.kind AND l.year = NEW.year AND l.serial = NEW.serial - 1) THEN
    RAISE EXCEPTION 'the numbers of a year''s letters follow each other'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'letter_number_follows', TABLE = 'accounts_letter';
  END IF;
  IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (
      SELECT FROM accounts_letter l WHERE l.id = NEW.replaces_id AND (l.kind, l.about_id) = (NEW.kind, NEW.about_id)
        AND accounts_same_customer(l.customer_id, NEW.customer_id) AND l.issued_at <= NEW.issued_at) THEN
    RAISE EXCEPTION 'a letter replaces an earlier one of its kind, object and customer'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'letter_replaces_alike', TABLE = 'accounts_letter';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER letter_follows AFTER INSERT ON accounts_letter FOR EACH ROW EXECUTE FUNCTION accounts_letter_follows();

-- Refuses a gap in the count of prints.
CREATE OR REPLACE FUNCTION accounts_letter_print_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.nth < 1 OR NEW.nth > 1 AND NOT EXISTS (
      SELECT FROM accounts_letterprint p WHERE p.letter_id = NEW.letter_id AND p.nth = NEW.nth - 1) THEN
    RAISE EXCEPTION 'the prints of a letter are counted'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'letter_print_follows', TABLE = 'accounts_letterprint';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER letter_print_follows AFTER INSERT ON accounts_letterprint FOR EACH ROW EXECUTE FUNCTION accounts_letter_print_follows();

-- A letter is delivered after it was printed, on a day between its issue and the record.
CREATE OR REPLACE FUNCTION accounts_letter_delivered() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
      SELECT FROM accounts_letterprint p JOIN accounts_letter l ON l.id = p.letter_id
      WHERE p.letter_id = NEW.letter_id AND p.at <= NEW.at
        AND NEW.day BETWEEN (l.issued_at AT TIME ZONE 'UTC' + interval '8 hours')::date
                        AND (NEW.at AT TIME ZONE 'UTC' + interval '8 hours')::date) THEN
    RAISE EXCEPTION 'a letter is delivered after it was issued and printed'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'letter_delivered_once_printed', TABLE = 'accounts_letterdelivery';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER letter_delivered_once_printed AFTER INSERT ON accounts_letterdelivery FOR EACH ROW EXECUTE FUNCTION accounts_letter_delivered();

-- By table: rows and columns that never change.

CREATE TRIGGER accounts_letter_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_letter FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER accounts_letterprint_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_letterprint
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER accounts_letterdelivery_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_letterdelivery
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

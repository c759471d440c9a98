-- Freezes of accounts, ordered by a competent authority.
--
-- Rule (house rule): a placed freeze never changes; it is lifted once, by two persons (accounts_freeze_second_person).

CREATE TRIGGER accounts_freeze_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_freeze FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_freeze_stands BEFORE UPDATE ON accounts_freeze
  FOR EACH ROW WHEN (
    (OLD.account_id, OLD.authority, OLD.order_no, OLD.placed_at, OLD.until) IS DISTINCT FROM
      (NEW.account_id, NEW.authority, NEW.order_no, NEW.placed_at, NEW.until)
    OR OLD.lifted_at IS NOT NULL AND OLD IS DISTINCT FROM NEW
    OR OLD.import_batch_id IS DISTINCT FROM NEW.import_batch_id
  ) EXECUTE FUNCTION kernel_stands();
CREATE CONSTRAINT TRIGGER accounts_freeze_second_person AFTER INSERT OR UPDATE ON accounts_freeze
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.lifted_at IS NOT NULL) EXECUTE FUNCTION kernel_second_person('freeze_lift');

CREATE TRIGGER accounts_freezelift_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_freezelift
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

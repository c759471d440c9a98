-- Records of operation: marks of the keys, restores, runs of the proof.
--
-- Rule (house rule): a mark never changes, a restore is confirmed once, a run of the proof ends once.

CREATE TRIGGER kernel_keymark_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kernel_keymark FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER kernel_restore_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON kernel_restore FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER kernel_restore_stands BEFORE UPDATE ON kernel_restore
  FOR EACH ROW WHEN (
    (OLD.restored_at, OLD.source) IS DISTINCT FROM (NEW.restored_at, NEW.source)
    OR OLD.confirmed_at IS NOT NULL AND OLD IS DISTINCT FROM NEW
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER kernel_proofrun_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON kernel_proofrun FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER kernel_proofrun_stands BEFORE UPDATE ON kernel_proofrun
  FOR EACH ROW WHEN (
    (OLD.asked_at, OLD.asked_by_id, OLD.whole) IS DISTINCT FROM (NEW.asked_at, NEW.asked_by_id, NEW.whole)
    OR OLD.ended_at IS NOT NULL AND OLD IS DISTINCT FROM NEW
  ) EXECUTE FUNCTION kernel_stands();

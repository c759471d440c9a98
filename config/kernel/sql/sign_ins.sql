-- Sign-ins, second factors, recovery codes, and the records of attempts that Django's admin and axes write.
--
-- Rule (house rule): holder and secret of a second factor never change; the counters of a passkey never fall; a
-- recovery code is used once; a record of a sign-in or an attempt ends at most once, and is never deleted.

CREATE TRIGGER kernel_signin_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON kernel_signin FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER kernel_signin_stands BEFORE UPDATE ON kernel_signin
  FOR EACH ROW WHEN (
    (OLD.user_id, OLD.at, OLD.address, OLD.browser) IS DISTINCT FROM (NEW.user_id, NEW.at, NEW.address, NEW.browser)
    OR OLD.ended_at IS NOT NULL AND OLD IS DISTINCT FROM NEW
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER kernel_secondfactor_stands BEFORE UPDATE ON kernel_secondfactor
  FOR EACH ROW WHEN (
    (OLD.user_id, OLD.key, OLD.name, OLD.step, OLD.t0, OLD.digits, OLD.tolerance, OLD.drift) IS DISTINCT FROM
      (NEW.user_id, NEW.key, NEW.name, NEW.step, NEW.t0, NEW.digits, NEW.tolerance, NEW.drift)
  ) EXECUTE FUNCTION kernel_stands();

-- Counters never fall. Each use raises the count of answers and, if the device has a counter of its own, that counter:
-- a copy of the device would repeat an old value.
CREATE TRIGGER kernel_passkey_stands BEFORE UPDATE ON kernel_passkey
  FOR EACH ROW WHEN (
    (OLD.user_id, OLD.name, OLD.credential_id, OLD.public_key) IS DISTINCT FROM (NEW.user_id, NEW.name, NEW.credential_id, NEW.public_key)
    OR (NEW.sign_count < OLD.sign_count
      OR NEW.answered_asked < OLD.answered_asked
      OR (OLD.last_used_at IS DISTINCT FROM NEW.last_used_at
          AND (NEW.answered_asked = OLD.answered_asked OR (OLD.sign_count > 0 AND NEW.sign_count = OLD.sign_count))))
      AND OLD IS DISTINCT FROM NEW
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER kernel_recoverysheet_stands BEFORE UPDATE ON kernel_recoverysheet
  FOR EACH ROW WHEN ((OLD.user_id, OLD.name) IS DISTINCT FROM (NEW.user_id, NEW.name)) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER kernel_recoverycode_stands BEFORE UPDATE ON kernel_recoverycode
  FOR EACH ROW WHEN (
    (OLD.sheet_id, OLD.number, OLD.digest) IS DISTINCT FROM (NEW.sheet_id, NEW.number, NEW.digest)
    OR OLD.used_at IS NOT NULL AND OLD IS DISTINCT FROM NEW
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER django_admin_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON django_admin_log
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER axes_accesslog_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON axes_accesslog FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER axes_accesslog_stands BEFORE UPDATE ON axes_accesslog
  FOR EACH ROW WHEN (
    (OLD.username, OLD.ip_address, OLD.user_agent, OLD.http_accept, OLD.path_info, OLD.attempt_time, OLD.session_hash) IS DISTINCT FROM
      (NEW.username, NEW.ip_address, NEW.user_agent, NEW.http_accept, NEW.path_info, NEW.attempt_time, NEW.session_hash)
    OR OLD.logout_time IS NOT NULL AND OLD IS DISTINCT FROM NEW
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER axes_accessfailurelog_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON axes_accessfailurelog
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

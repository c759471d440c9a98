-- Suspicions of fraud: a record is written once.
--
-- Rule: 反电信网络诈骗法 第十六条, 第十八条 name the openings and transfers to refuse or delay; the record is a house rule.

-- By table: rows and columns that never change.

CREATE TRIGGER transfers_suspicion_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfers_suspicion
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

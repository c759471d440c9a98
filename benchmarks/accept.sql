-- One accepted transfer as plain statements in one transaction: the same reads, locks and writes as
-- the API's, without HTTP, Python, sealing or JSON. Accounts are numbered 1 to :accounts.
\set n random(1, :accounts)
\set m 1 + (:n + random(0, :accounts - 2)) % :accounts
BEGIN;
SELECT p.id AS principal_id FROM kernel_apikey k JOIN kernel_principal p ON p.id = k.principal_id WHERE k.digest = (SELECT digest FROM bench_caller) AND k.revoked_at IS NULL AND p.active AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp()) \gset
INSERT INTO kernel_idempotencykey (id, principal_id, key, fingerprint) VALUES (uuidv7(), ':principal_id', 'bench-' || gen_random_uuid(), decode(repeat('ab', 32), 'hex')) ON CONFLICT ON CONSTRAINT idempotency_key_once_per_principal DO NOTHING RETURNING id AS key_id \gset
SELECT a.id AS payer_id, a.customer_id AS payer_customer, c.id AS card_id, (SELECT i.key FROM accounts_identity i WHERE i.customer_id = a.customer_id) AS payer_key FROM accounts_account a JOIN accounts_customer u ON u.id = a.customer_id JOIN accounts_card c ON c.account_id = a.id WHERE c.number_index = (SELECT number_index FROM bench_numbers WHERE n = :n) \gset
SELECT a.id AS payee_id, a.account_number AS payee_number, a.customer_id AS payee_customer, (SELECT i.key FROM accounts_identity i WHERE i.customer_id = a.customer_id) AS payee_key FROM accounts_account a JOIN accounts_customer u ON u.id = a.customer_id WHERE a.account_number = (SELECT account_number FROM bench_numbers WHERE n = :m) \gset
SELECT pg_advisory_xact_lock_shared(115, bucket) FROM unnest(ARRAY[:n % 4096, :m % 4096]) AS bucket;
SELECT id FROM accounts_account WHERE id = ':payer_id' FOR NO KEY UPDATE;
SELECT bank_now() AS at \gset
SELECT a.id, a.kind, a.account_class, a.status, a.balance_fen, a.held_fen, u.kind, u.name_index, u.reverified_at, f.standing, f.until FROM accounts_account a JOIN accounts_customer u ON u.id = a.customer_id LEFT JOIN LATERAL (SELECT count(*) AS standing, max(z.until) AS until FROM accounts_freeze z WHERE z.account_id = a.id AND z.lifted_at IS NULL) f ON true WHERE a.id IN (':payer_id', ':payee_id');
SELECT status FROM accounts_card WHERE id = ':card_id';
SELECT c.id FROM blacklist_subject s JOIN blacklist_certificatesubject n ON n.subject_id = s.id JOIN blacklist_certificate c ON c.id = n.certificate_id WHERE s.identity_key IN (':payer_key', ':payee_key') AND c.status = 'in_force' UNION ALL SELECT c.id FROM blacklist_caseaccount a JOIN blacklist_certificate c ON c.id = a.certificate_id WHERE a.account_number = ':payee_number' AND a.bank_code = '' AND c.status = 'in_force';
UPDATE accounts_account SET held_fen = held_fen + 1 WHERE id = ':payer_id';
INSERT INTO transfers_transfer (id, status, channel, arrival, amount_fen, payer_account_id, payer_card_id, payee_account_id, payee_account_number, payee_bank_code, payee_name, accepted_at, due_at, hold_seconds, same_holder, rule_code, rule_clause, rule_profile, outcome_code, made_by_id, attempts) VALUES (uuidv7(), 'held', 'atm', '', 1, ':payer_id', ':card_id', ':payee_id', ':payee_number', '', decode(repeat('ab', 40), 'hex'), ':at', ':at'::timestamptz + interval '24 hours', 86400, false, 'ATM_24_HOURS', 'clause', 'NOTICE_2016', '', ':principal_id', 0) RETURNING id AS transfer_id \gset
INSERT INTO transfers_event (transfer_id, at, actor_id, old_status, new_status, code, released_by) VALUES (':transfer_id', ':at', ':principal_id', '', 'held', '', '');
INSERT INTO kernel_decision (id, at, kind, outcome, code, rule, clause, policy_version, facts, customer_id, account_id, object_id, principal_id) VALUES (uuidv7(), ':at', 'transfer', 'allowed', '', 'ATM_24_HOURS', 'clause', 'bench', '{"channel": "atm", "amount_fen": 1, "profile": "NOTICE_2016", "same_holder": false, "outside": false}', ':payer_customer', ':payer_id', ':transfer_id', ':principal_id');
UPDATE kernel_idempotencykey SET status = 201, body = decode(repeat('ab', 1400), 'hex') WHERE id = ':key_id';
COMMIT;

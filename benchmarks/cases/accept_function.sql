-- One accepted transfer as one function: the reads, locks, checks and writes of accept.sql, planned once and
-- sent as one call. It belongs to the benchmark's database; no bank has it.
-- Called with the numbers of a payer's and a payee's account; returns the transfer's id, or raises what refuses it.
CREATE FUNCTION bench_accept(payer_n int, payee_n int) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    caller_id uuid;
    key_id uuid;
    payer record;
    payee record;
    facts record;
    decided_at timestamptz;
    transfer_id uuid := uuidv7();
BEGIN
    SELECT p.id INTO caller_id FROM kernel_apikey k JOIN kernel_principal p ON p.id = k.principal_id
    WHERE k.digest = (SELECT c.digest FROM bench_caller c) AND k.revoked_at IS NULL AND p.active
      AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp());
    IF NOT FOUND THEN RAISE 'unknown key'; END IF;

    INSERT INTO kernel_idempotencykey (id, principal_id, key, fingerprint)
    VALUES (uuidv7(), caller_id, 'bench-' || gen_random_uuid(), decode(repeat('ab', 32), 'hex'))
    ON CONFLICT ON CONSTRAINT idempotency_key_once_per_principal DO NOTHING RETURNING id INTO key_id;
    IF NOT FOUND THEN RAISE 'key used'; END IF;

    SELECT a.id, a.customer_id, c.id AS card_id,
           ARRAY(SELECT i.key FROM accounts_identity i WHERE i.customer_id = a.customer_id) AS identity_keys
    INTO payer FROM accounts_account a JOIN accounts_customer u ON u.id = a.customer_id
    JOIN accounts_card c ON c.account_id = a.id
    WHERE c.number_index = (SELECT b.number_index FROM bench_number b WHERE b.n = payer_n);
    IF NOT FOUND THEN RAISE 'unknown card'; END IF;
    SELECT a.id, a.account_number, a.customer_id,
           ARRAY(SELECT i.key FROM accounts_identity i WHERE i.customer_id = a.customer_id) AS identity_keys
    INTO payee FROM accounts_account a JOIN accounts_customer u ON u.id = a.customer_id
    WHERE a.account_number = (SELECT b.account_number FROM bench_number b WHERE b.n = payee_n);
    IF NOT FOUND THEN RAISE 'unknown payee'; END IF;

    PERFORM pg_advisory_xact_lock_shared(115, bucket)
    FROM unnest(ARRAY[least(payer_n % 4096, payee_n % 4096), greatest(payer_n % 4096, payee_n % 4096)]) AS bucket;
    PERFORM id FROM accounts_account WHERE id = payer.id FOR NO KEY UPDATE;
    decided_at := bank_now();

    FOR facts IN
        SELECT a.id, a.status, a.balance_fen, a.held_fen, u.name_index, f.standing, f.open_ended, f.until
        FROM accounts_account a JOIN accounts_customer u ON u.id = a.customer_id
        LEFT JOIN LATERAL (
            SELECT count(*) AS standing, bool_or(z.until IS NULL) AS open_ended, max(z.until) AS until
            FROM accounts_freeze z WHERE z.account_id = a.id AND z.lifted_at IS NULL
        ) f ON true WHERE a.id IN (payer.id, payee.id)
    LOOP
        IF facts.status <> 'open' OR facts.standing > 0 AND (facts.open_ended OR facts.until > decided_at) THEN
            RAISE 'closed or frozen';
        ELSIF facts.id = payer.id AND facts.balance_fen - facts.held_fen < 1 THEN
            RAISE 'insufficient funds';
        ELSIF facts.id = payee.id AND facts.name_index <> (SELECT b.name_index FROM bench_caller b) THEN
            RAISE 'another name';
        END IF;
    END LOOP;
    IF (SELECT c.status FROM accounts_card c WHERE c.id = payer.card_id) <> 'active' THEN RAISE 'card stopped'; END IF;
    PERFORM c.id FROM blacklist_subject s JOIN blacklist_certificatesubject n ON n.subject_id = s.id
    JOIN blacklist_certificate c ON c.id = n.certificate_id
    WHERE s.identity_key = ANY(payer.identity_keys || payee.identity_keys) AND c.status = 'in_force'
    UNION ALL
    SELECT c.id FROM blacklist_caseaccount a JOIN blacklist_certificate c ON c.id = a.certificate_id
    WHERE a.account_number = payee.account_number AND a.bank_code = '' AND c.status = 'in_force';
    IF FOUND THEN RAISE 'listed'; END IF;

    UPDATE accounts_account SET held_fen = held_fen + 1 WHERE id = payer.id;
    INSERT INTO transfers_transfer (
        id, status, channel, arrival, amount_fen, payer_account_id, payer_card_id, payee_account_id,
        payee_account_number, payee_bank_code, payee_name, accepted_at, due_at, hold_seconds, same_holder, rule_code,
        rule_clause, rule_profile, outcome_code, made_by_id, attempts)
    VALUES (
        transfer_id, 'held', 'atm', '', 1, payer.id, payer.card_id, payee.id,
        payee.account_number, '', decode(repeat('ab', 40), 'hex'), decided_at, decided_at + interval '24 hours', 86400, false,
        'ATM_24_HOURS', 'clause', 'NOTICE_2016', '', caller_id, 0);
    INSERT INTO transfers_event (transfer_id, at, actor_id, old_status, new_status, code, released_by)
    VALUES (transfer_id, decided_at, caller_id, '', 'held', '', '');
    INSERT INTO kernel_decision (
        id, at, kind, outcome, code, rule, clause, policy_version, facts, customer_id, account_id, object_id,
        principal_id)
    VALUES (
        uuidv7(), decided_at, 'transfer', 'allowed', '', 'ATM_24_HOURS', 'clause', 'bench',
        '{"channel": "atm", "amount_fen": 1, "profile": "NOTICE_2016", "same_holder": false, "outside": false}',
        payer.customer_id, payer.id, transfer_id, caller_id);
    UPDATE kernel_idempotencykey SET status = 201, body = decode(repeat('ab', 1400), 'hex') WHERE id = key_id;
    RETURN transfer_id;
END
$$;

"""What must be true of customers, their accounts and cards (开户不变量)."""

from accounts.policy.opening import AGENT_CARDS_MAX, carries_cards
from accounts.refusals.identity import IdentityNotConfirmed
from accounts.vocabulary import AccountClass, AccountKind, CheckResult, CustomerStatus
from config.kernel.proof.invariants import Invariant

#: Kinds and classes of accounts that carry no card, as SQL values.
_CARDLESS = ", ".join(
    f"('{kind.value}', '{of.value}')" for kind in AccountKind for of in AccountClass if not carries_cards(kind, of)
)

CUSTOMERS = (
    Invariant(
        "I16",
        "一个身份一个客户，有效证件属于该身份",
        "One identity is one customer, and each document in force is that identity's",
        """
        SELECT encode(key, 'hex') AS id FROM accounts_identity GROUP BY key HAVING count(DISTINCT customer_id) > 1
        UNION ALL
        SELECT c.id::text FROM accounts_customer c
        WHERE c.merged_into_id IS NULL AND NOT EXISTS (SELECT FROM accounts_identity i WHERE i.customer_id = c.id)
        UNION ALL
        SELECT d.id::text FROM accounts_document d LEFT JOIN accounts_identity i ON i.id = d.identity_id
        WHERE d.status = 'active' AND (i.id IS NULL OR i.customer_id <> d.customer_id OR i.key <> d.identity_key)
        """,
    ),
    Invariant(
        "I17",
        "卡的客户就是账户的客户",
        "A card's customer is its account's, and the account may carry cards",
        f"""
        SELECT c.id::text AS id FROM accounts_card c JOIN accounts_account a ON a.id = c.account_id
        WHERE a.customer_id <> c.customer_id
           OR c.status <> 'cancelled' AND (a.kind, a.account_class) IN ({_CARDLESS})
        """,  # noqa: S608 - constants of the policy
    ),
    # A card that came to three others of its agent's, under whatever documents were that person's when it was issued:
    # what a link joined later stays.
    Invariant(
        "I51",
        "每名代理人至多代领三张卡（各种证件合并计算，增加证件前已领的除外）；监护人以发卡决定为准",
        "An agent has taken three cards over all documents, but for what a link joined; a guardian is the decision's",
        f"""
        SELECT c.id::text AS id FROM accounts_card c
        WHERE c.agent_slot IS NOT NULL AND c.status <> 'cancelled'
          AND (
            SELECT count(*) FROM accounts_card o
            WHERE o.agent_slot IS NOT NULL AND o.status <> 'cancelled' AND (o.issued_at, o.id) <= (c.issued_at, c.id)
              AND o.agent_key IN (
                SELECT c.agent_key
                UNION
                SELECT j.key FROM accounts_identity k JOIN accounts_identity j ON j.customer_id = k.customer_id
                WHERE k.key = c.agent_key AND c.issued_at > ALL (
                    SELECT min(coalesce(a.decided_at, d.created_at)) FROM accounts_document d
                    LEFT JOIN kernel_approval a
                      ON a.object_id = d.id AND a.kind = 'document_link' AND a.status = 'approved'
                    WHERE d.identity_id IN (k.id, j.id) AND d.status = 'active' GROUP BY d.identity_id
                )
              )
          ) > {AGENT_CARDS_MAX}
        UNION ALL
        SELECT c.id::text FROM accounts_card c
        WHERE c.agent_relation = 'guardian' AND NOT EXISTS (
            SELECT FROM kernel_decision d
            WHERE d.object_id = c.id AND d.kind = 'issue_card' AND d.outcome = 'allowed'
              AND d.facts->>'agent_relation' = 'guardian' AND d.facts->>'age_class' = 'under_16'
        )
        """,  # noqa: S608 - constants of the policy
    ),
    Invariant(
        "I52",
        "待核实状态与身份核查、重新核实一致；身份核查与其决定一致；证件有效期与更新记录及其决定一致",
        "Under review is who failed a check and was not re-verified since; each check came to what its decision says; a document"
        " is valid as its decided renewals say",
        f"""
        SELECT u.id::text AS id FROM accounts_customer u
        LEFT JOIN (
            SELECT coalesce(m.merged_into_id, m.id) AS customer_id, max(c.at) AS at
            FROM accounts_identitycheck c JOIN accounts_customer m ON m.id = c.customer_id
            WHERE c.result <> '{CheckResult.MATCH.value}' GROUP BY 1
        ) failed ON failed.customer_id = u.id
        LEFT JOIN (
            SELECT customer_id, max(in_force_at) AS at FROM accounts_reverification
            WHERE status = 'active' GROUP BY customer_id
        ) anew ON anew.customer_id = u.id
        LEFT JOIN (
            SELECT customer_id, max(in_force_at) AS at FROM accounts_sameperson
            WHERE decision = 'same' AND status = 'active' GROUP BY customer_id
        ) merged ON merged.customer_id = u.id
        WHERE u.merged_into_id IS NULL AND (
            u.status = '{CustomerStatus.ACTIVE.value}' AND (failed.at > anew.at OR failed.at IS NOT NULL AND anew.at IS NULL)
            -- Who was under review when the two became one stays so until the one is re-verified.
            OR u.status = '{CustomerStatus.IN_REVIEW.value}'
            AND (failed.at IS NULL OR failed.at < anew.at AND (merged.at >= anew.at) IS NOT TRUE)
        )
        UNION ALL
        -- Who is taken over at a counter was checked before the account's decision: a check that matched may be alone.
        SELECT coalesce(c.id, d.id)::text FROM accounts_identitycheck c
        FULL JOIN (
            SELECT id, at, customer_id, principal_id, coalesce(facts->>'check_result', facts->>'result') AS result
            FROM kernel_decision
            WHERE facts->>'check_result' IS NOT NULL
              AND (kind IN ('register_customer', 'renew_document') AND outcome = 'allowed'
                   OR kind = 'open_account' AND outcome = 'refused')
              OR kind = 'reverification' AND facts ? 'status'
                 AND (outcome = 'allowed' OR code = '{IdentityNotConfirmed.code}')
        ) d ON d.customer_id = c.customer_id AND d.at = c.at
        WHERE c.id IS NULL OR d.id IS NULL AND c.result <> '{CheckResult.MATCH.value}'
           OR d.id IS NOT NULL AND (d.result <> c.result OR d.principal_id IS DISTINCT FROM c.principal_id)
        UNION ALL
        SELECT coalesce(r.id, d.object_id)::text FROM accounts_documentrenewal r
        FULL JOIN (SELECT * FROM kernel_decision WHERE kind = 'renew_document' AND outcome = 'allowed') d
          ON d.object_id = r.id
        WHERE r.id IS NULL OR d.id IS NULL OR d.at <> r.at OR d.principal_id <> r.principal_id
           OR (d.facts->>'valid_until')::date IS DISTINCT FROM r.valid_until
           OR (d.facts->>'old_valid_until')::date IS DISTINCT FROM r.old_valid_until
        UNION ALL
        SELECT c.id::text FROM accounts_document c
        LEFT JOIN (SELECT document_id, count(*) AS renewals FROM accounts_documentrenewal GROUP BY 1) made
          ON made.document_id = c.id
        LEFT JOIN accounts_documentrenewal r ON r.document_id = c.id AND r.nth = c.renewal_count
        WHERE c.renewal_count <> coalesce(made.renewals, 0)
           OR c.renewal_count > 0 AND (r.id IS NULL OR r.valid_until IS DISTINCT FROM c.valid_until)
        """,  # noqa: S608 - constants of the vocabulary
    ),
)

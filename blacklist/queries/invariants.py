"""Invariants of certificates (认定书不变量), each a query of rows that contradict it."""

from blacklist.queries.content import changed_since_registered
from config.kernel.database.id_times import IdTime
from config.kernel.proof.invariants import Invariant

CERTIFICATES = (
    Invariant(
        "I40",
        "每份认定书与登记、生效、撤销时的决定一致，无一缺失",
        "A certificate matches the decisions by which it was registered, came into force and was revoked; "
        "none is missing",
        """
        SELECT coalesce(c.id, d.object_id)::text AS id FROM blacklist_certificate c
        FULL JOIN (
            SELECT * FROM kernel_decision
            WHERE kind = 'certificate' AND rule IN ('register_certificate', 'register_list') AND outcome = 'allowed'
        ) d ON d.object_id = c.id
        GROUP BY coalesce(c.id, d.object_id)
        HAVING NOT coalesce(bool_or(
            d.at = c.made_at AND d.principal_id = c.made_by_id
            AND (d.facts->>'doc_no', d.facts->>'level', d.facts->>'region_code', d.facts->>'category',
                 d.facts->>'legal_basis', (d.facts->>'certified_on')::date)
              = (c.doc_no, c.level, c.region_code, c.category, c.legal_basis, c.certified_on)
        ), false)
        UNION ALL
        SELECT c.id::text FROM blacklist_certificate c
        WHERE c.in_force_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM kernel_approval a
            WHERE a.object_id = c.id AND a.kind = 'certificate' AND a.status = 'approved'
              AND a.decided_at = c.in_force_at
              AND (a.after #>> '{authority,name}' = c.authority_name) IS NOT FALSE
        ) AND NOT (
            cardinality(c.review_reasons) = 0 AND EXISTS (
                SELECT FROM blacklist_listimport i JOIN kernel_approval a ON a.object_id = i.id AND a.kind = 'import'
                WHERE i.id = c.brought_by_id AND a.status = 'approved' AND a.decided_at = i.in_force_at
                  AND c.in_force_at BETWEEN i.in_force_at AND coalesce(i.applied_at, c.in_force_at)
                  AND a.decided_by_id <> c.made_by_id AND a.decided_by_id <> i.started_by_id
            )
        )
        UNION ALL
        SELECT c.id::text FROM blacklist_certificate c
        WHERE c.revoked_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM kernel_decision d
            WHERE d.object_id = c.id AND d.kind = 'revocation' AND d.outcome = 'allowed' AND d.at = c.revoked_at
        ) AND NOT EXISTS (
            SELECT FROM blacklist_certificate n
            WHERE n.corrects_id = c.id AND n.status <> 'rejected' AND n.in_force_at = c.revoked_at)
        UNION ALL
        SELECT n.id::text FROM blacklist_certificate n JOIN blacklist_certificate c ON c.id = n.corrects_id
        WHERE n.in_force_at IS NOT NULL AND n.in_force_at IS DISTINCT FROM c.revoked_at
           OR n.made_at < c.in_force_at OR c.in_force_at IS NULL
           OR EXISTS (SELECT FROM blacklist_revocation r
                      WHERE r.certificate_id = c.id AND r.status = 'in_force' AND r.whole AND n.in_force_at IS NOT NULL)
        UNION ALL
        SELECT c.id::text FROM blacklist_certificate c JOIN blacklist_revocation r ON r.certificate_id = c.id
        WHERE r.status = 'in_force' AND r.whole AND r.in_force_at IS DISTINCT FROM c.revoked_at
        UNION ALL
        SELECT p.id::text FROM blacklist_revokedpart p
        JOIN blacklist_revocation r ON r.id = p.revocation_id JOIN blacklist_certificate c ON c.id = r.certificate_id
        WHERE r.whole OR p.in_force_at IS DISTINCT FROM r.in_force_at OR p.in_force_at > c.revoked_at
        UNION ALL
        SELECT r.id::text FROM blacklist_revocation r
        WHERE r.whole = EXISTS (SELECT FROM blacklist_revokedpart p WHERE p.revocation_id = r.id)
        UNION ALL
        SELECT c.id::text FROM blacklist_certificate c
        WHERE (c.status IN ('in_force', 'revoked')
               AND NOT EXISTS (SELECT FROM blacklist_revocation r
                               WHERE r.certificate_id = c.id AND r.status = 'in_force' AND r.whole)
               AND NOT EXISTS (SELECT FROM blacklist_certificate n
                               WHERE n.corrects_id = c.id AND n.status <> 'rejected' AND n.in_force_at = c.revoked_at)
               AND (c.status = 'revoked') = EXISTS (
                   SELECT FROM blacklist_certificatesubject n WHERE n.certificate_id = c.id AND NOT EXISTS (
                       SELECT FROM blacklist_revokedpart p WHERE p.named_subject_id = n.id AND p.in_force_at IS NOT NULL)
                   UNION ALL
                   SELECT FROM blacklist_caseaccount a WHERE a.certificate_id = c.id AND NOT EXISTS (
                       SELECT FROM blacklist_revokedpart p WHERE p.case_account_id = a.id AND p.in_force_at IS NOT NULL)
               ))
        UNION ALL
        SELECT c.id::text FROM blacklist_certificate c JOIN blacklist_certificate o ON o.id = c.renews_id
        WHERE o.revoked_at IS NULL OR o.revoked_at > c.made_at
           OR (o.region_code, o.authority_compared, o.doc_no) <> (c.region_code, c.authority_compared, c.doc_no)
        UNION ALL
        SELECT r.id::text FROM blacklist_revocation r JOIN blacklist_certificate c ON c.id = r.certificate_id
        WHERE r.undoes_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM blacklist_listimport i JOIN kernel_approval a ON a.object_id = i.id AND a.kind = 'import_undo'
            WHERE i.id = r.undoes_id AND i.id = c.brought_by_id AND a.status = 'approved'
              AND a.decided_at = i.undo_at AND i.undo_at <= r.in_force_at
        )
        UNION ALL
        SELECT c.id::text FROM blacklist_certificate c JOIN blacklist_listimport i ON i.id = c.brought_by_id
        WHERE i.status = 'undone' AND c.status NOT IN ('revoked', 'rejected')
        """,
    ),
    Invariant(
        "I44",
        "更正后仍列明的对象和账户，自原登记生效时起列名",
        "A subject or account that a correction names again counts as named since the original registration "
        "came into force",
        """
        WITH named AS (
            SELECT n.id, n.certificate_id, n.since, ARRAY[n.subject_id::text] AS names, n.subject_id
            FROM blacklist_certificatesubject n
            UNION ALL
            SELECT a.id, a.certificate_id, a.since,
                   ARRAY[nullif(a.account_number, '') || '|' || a.bank_code, a.card_key::text, a.outside_key::text], NULL
            FROM blacklist_caseaccount a
        )
        SELECT x.id::text AS id FROM named x JOIN blacklist_certificate n ON n.id = x.certificate_id
        LEFT JOIN blacklist_certificate c
          ON c.id = n.corrects_id AND c.category = n.category AND c.legal_basis = n.legal_basis
        WHERE (x.since IS NOT NULL OR n.corrects_id IS NOT NULL) AND x.since IS DISTINCT FROM (
            SELECT min(coalesce(o.since, c.in_force_at)) FROM named o
            WHERE o.certificate_id = c.id AND o.names && array_remove(x.names, NULL)
              AND (o.subject_id IS NULL) = (x.subject_id IS NULL)
              AND NOT EXISTS (SELECT FROM blacklist_revokedpart p
                              WHERE o.id IN (p.named_subject_id, p.case_account_id) AND p.in_force_at < n.made_at)
              AND (x.subject_id IS NULL OR c.category <> 'CASE_ACCOUNT' OR EXISTS (
                  SELECT FROM blacklist_caseaccount e WHERE e.certificate_id = c.id AND e.outside_key IS NOT NULL
                    AND NOT EXISTS (SELECT FROM blacklist_revokedpart p
                                    WHERE p.case_account_id = e.id AND p.in_force_at < n.made_at))))
        """,
    ),
    Invariant(
        "I41",
        "认定书内容与登记时一致：所列对象、账户、日期、类别",
        "The content of a certificate is that of its registration: subjects, accounts, days, category",
        look=changed_since_registered,
    ),
    Invariant(
        "I42",
        "每个认定对象由认定书列明",
        "Every subject is named by a certificate",
        """
        SELECT s.id::text AS id FROM blacklist_subject s
        WHERE NOT EXISTS (SELECT FROM blacklist_certificatesubject n WHERE n.subject_id = s.id)
        """,
    ),
)

ID_TIMES = (IdTime("blacklist_certificate", "made_at"),)

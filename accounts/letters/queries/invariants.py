"""Invariants of letters (信函不变量): numbered without a gap, issued by a decision, and unchanged since."""

from accounts.letters.queries.issued_letters import changed_since_issued
from config.kernel.proof.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I62",
        "信函按种类和年度连号，出具、打印、送达均有其决定，打印次数连续",
        "Letters of a kind and year are numbered without a gap; each issue, print and delivery has its "
        "decision; prints are counted without a gap",
        """
        SELECT id::text AS id FROM (
            SELECT id, serial, row_number() OVER (PARTITION BY kind, year ORDER BY serial, id) AS nth FROM accounts_letter
        ) n WHERE serial <> nth
        UNION ALL
        SELECT coalesce(l.id, d.object_id)::text FROM accounts_letter l
        FULL JOIN (SELECT * FROM kernel_decision WHERE kind = 'issue_letter' AND outcome = 'allowed') d ON d.object_id = l.id
        WHERE l.id IS NULL OR d.id IS NULL OR d.at <> l.issued_at OR d.facts ->> 'digest' <> l.digest
           OR d.facts ->> 'letter_kind' <> l.kind OR d.facts ->> 'about_id' <> l.about_id::text
           OR d.customer_id <> l.customer_id
        UNION ALL
        SELECT coalesce(p.letter_id, d.object_id)::text FROM (
            SELECT *, row_number() OVER (PARTITION BY letter_id ORDER BY nth, id) AS counted FROM accounts_letterprint
        ) p
        FULL JOIN (SELECT * FROM kernel_decision WHERE kind = 'print_letter' AND outcome = 'allowed') d
          ON d.object_id = p.letter_id AND (d.facts ->> 'nth')::bigint = p.nth
        WHERE p.id IS NULL OR d.id IS NULL OR p.nth <> p.counted OR d.at <> p.at OR d.facts ->> 'format' <> p.form
        UNION ALL
        SELECT coalesce(v.letter_id, d.object_id)::text FROM accounts_letterdelivery v
        FULL JOIN (SELECT * FROM kernel_decision WHERE kind = 'deliver_letter' AND outcome = 'allowed') d
          ON d.object_id = v.letter_id AND d.at = v.at AND d.facts ->> 'way' = v.way AND d.facts ->> 'day' = v.day::text
        WHERE v.id IS NULL OR d.id IS NULL
        """,
    ),
    Invariant(
        "I63",
        "信函内容与出具时的校验值一致",
        "The content of each letter has the digest of its issue",
        look=changed_since_issued,
    ),
)

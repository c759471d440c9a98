"""Invariants of approvals, idempotency keys and encryption keys (复核、幂等与密钥不变量)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from config.kernel.approvals import kinds
from config.kernel.database.sql import rows
from config.kernel.integrity import foundations
from config.kernel.integrity.catalog.guards import differences
from config.kernel.proof.invariants import Invariant
from config.kernel.vault.key_marks import keys_mismatch
from config.kernel.vault.sealed_sample import all_contradictions, contradictions


def _contradictions() -> Iterator[str]:
    yield from (f"{fault.id} {fault.sentence}" for fault in foundations.faults() if fault.refuses)
    if reason := keys_mismatch():
        yield reason
    yield from contradictions()


def _unapproved() -> Iterable[str]:
    """Return the ids of objects in force that need an approval and have none, of every kind."""
    in_force = " UNION ALL ".join(kind.in_force_sql() for kind in kinds().values())
    found = rows(
        f"""
        SELECT x.id::text AS id FROM ({in_force}) x
        WHERE NOT EXISTS (
            SELECT FROM kernel_approval a WHERE a.kind = x.kind AND a.object_id = x.id AND a.status = 'approved'
        )
        """  # noqa: S608 - written by the kinds
    )
    return (row["id"] for row in found)


KERNEL = (
    Invariant(
        "I20",
        "双人复核：经办与复核不是同一人，且在有效期内",
        "Maker and checker of a proposal are two people, and the decision is made in time",
        """
        SELECT id::text AS id FROM kernel_approval
        WHERE decided_by_id = made_by_id
           OR EXISTS (SELECT FROM kernel_principal m JOIN kernel_principal d ON d.person_id = m.person_id
                      WHERE m.id = made_by_id AND d.id = decided_by_id)
           OR decided_by_person = made_by_person
           OR (status IN ('approved', 'rejected', 'returned')) <> (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)
           OR (status = 'withdrawn') <> (decided_by_id IS NULL AND decided_at IS NOT NULL)
           OR decided_at >= expires_at OR decided_at < made_at
           OR EXISTS (SELECT FROM kernel_approval b
                      WHERE b.id = follows_id AND (b.status <> 'returned' OR b.kind <> kernel_approval.kind))
        """,
    ),
    Invariant(
        "I29",
        "每项复核留有经办与复核各自的决定，人员一致",
        "Each proposal has the decision of its maker, each approval that of its checker, and each other end "
        "matches its proposal",
        """
        SELECT a.id::text AS id FROM kernel_approval a
        WHERE NOT EXISTS (
            SELECT FROM kernel_decision d
            WHERE d.at = a.made_at AND d.principal_id = a.made_by_id AND d.outcome = 'allowed'
              AND (d.object_id = a.object_id OR d.kind = a.kind)
        )
        UNION ALL
        SELECT a.id::text FROM kernel_approval a
        WHERE a.status = 'approved' AND NOT EXISTS (
            SELECT FROM kernel_decision d
            WHERE d.kind = a.kind AND d.principal_id = a.decided_by_id AND d.outcome = 'allowed'
              AND d.at = a.decided_at
        ) AND NOT EXISTS (
            SELECT FROM kernel_decision d
            WHERE d.kind = a.kind AND d.principal_id = a.decided_by_id AND d.outcome = 'allowed'
              AND d.object_id = a.object_id AND d.at > a.decided_at
        )
        UNION ALL
        SELECT d.id::text FROM kernel_decision d LEFT JOIN kernel_approval a ON a.id = (d.facts->>'approval_id')::uuid
        WHERE d.outcome IN ('rejected', 'returned', 'withdrawn', 'expired') AND (
            a.id IS NULL OR a.status <> d.outcome OR a.object_id <> d.object_id
            OR d.outcome IN ('rejected', 'returned') AND (a.decided_by_id <> d.principal_id OR a.decided_at <> d.at)
            OR d.outcome = 'withdrawn' AND (a.made_by_id <> d.principal_id OR a.decided_at <> d.at)
        )
        """,
    ),
    Invariant(
        "I21",
        "幂等键都有答复",
        "Every idempotency key has its answer",
        """
        SELECT id::text AS id FROM kernel_idempotencykey
        WHERE status IS NULL OR body IS NULL OR NOT (status BETWEEN 200 AND 299 OR status IN (404, 409, 422))
        UNION ALL
        SELECT min(id::text) FROM kernel_idempotencykey GROUP BY principal_id, key HAVING count(*) > 1
        """,
    ),
    Invariant(
        "I27",
        "须双人办理的事项都经过复核",
        "Each row that needs a second person has an approved proposal",
        look=_unapproved,
    ),
    Invariant(
        "I28",
        "系统基础可靠：时钟、数据库账户、密钥符合要求，抽样的密文可以打开，索引一致（通告第六条）",
        "Clock, database role and keys are as required; a sample of encrypted values can be decrypted and is "
        "indexed by the keys",
        look=_contradictions,
    ),
    Invariant(
        "I50",
        "动态口令种子没有明文（通告第六条）",
        "No second factor is in django-otp's own table, which does not encrypt its seed",
        "SELECT 'otp_totp_totpdevice ' || id AS id FROM otp_totp_totpdevice",
    ),
    Invariant(
        "I80",
        "数据库的防护与本版本一致：触发器、函数、约束、唯一索引、权限、账户设置",
        "The guards of the database are those of this release: triggers, functions, constraints, unique "
        "indexes, grants, settings of roles",
        look=differences,
    ),
)


def opening_all(tell: Callable[[str, int, int], object]) -> Invariant:
    """Return the invariant of the keys for all sealed values instead of a sample.

    :param tell: called with table, rows examined and rows in total.
    """

    def look() -> Iterator[str]:
        if reason := keys_mismatch():
            yield reason
        yield from all_contradictions(tell)

    (keys,) = (each for each in KERNEL if each.name == "I28")
    return replace(keys, look=look)

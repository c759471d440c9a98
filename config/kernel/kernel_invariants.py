"""What must be true of approvals, idempotency keys and the keys of what is sealed (复核、幂等与密钥不变量)."""

from collections.abc import Iterable, Iterator

from config.kernel.approvals import kinds
from config.kernel.invariants import Invariant
from config.kernel.key_marks import keys_mismatch
from config.kernel.plain_seeds import plain_seeds
from config.kernel.sealed_sample import contradictions
from config.kernel.sealing import plain_rows
from config.kernel.sql import rows


def _contradictions() -> Iterator[str]:
    if reason := keys_mismatch():
        yield reason
    yield from contradictions()


def _in_plain() -> Iterator[str]:
    yield from plain_rows()
    yield from plain_seeds()


def _by_nobody() -> Iterable[str]:
    """Return what is in force only by a second person, of whatever kind, and by none."""
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
        "Two persons: whoever decides is not who asked, and decides in time",
        """
        SELECT id::text AS id FROM kernel_approval
        WHERE decided_by_id = made_by_id
           OR (status IN ('approved', 'rejected')) <> (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)
           OR (status = 'withdrawn') <> (decided_by_id IS NULL AND decided_at IS NOT NULL)
           OR decided_at >= expires_at OR decided_at < made_at
        """,
    ),
    Invariant(
        "I21",
        "幂等键都有答复",
        "Every key that was taken has its answer",
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
        "What needs a second person took effect by one",
        look=_by_nobody,
    ),
    Invariant(
        "I28",
        "密钥就是本库的密钥：抽样的密文可以打开，索引一致（通告第六条）",
        "The keys are this database's: a sample of what is sealed opens, and is indexed as they index it",
        look=_contradictions,
    ),
    Invariant(
        "I50",
        "须加密保存的内容没有明文（通告第六条）",
        "What is to be sealed stands nowhere in plain",
        look=_in_plain,
    ),
)

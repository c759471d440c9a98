"""A proposal before and after, field by field, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from config.frames.desk.labels import NOTHING, field_word, value_word
from config.kernel import approvals
from config.kernel.law.text import Text, noted
from config.kernel.models import Approval
from config.kernel.trail.evidence import fact_of, scope_of


@dataclass(frozen=True, slots=True)
class Change:
    """One field as it is and as it will be; a field that only one side has stays as it is on the other."""

    name: str
    before: str
    after: str
    differs: bool


def changes(approval: Approval) -> list[Change]:
    """Return what a proposal changes first, then what it leaves and what it adds for information.

    The ids of what it is about are no change: the page names the customers, and leads to the record.
    """
    before, after = dict(_flat(approval.before)), dict(_flat(approval.after))
    found = []
    scope = scope_of(approval)
    kind = approvals.kinds().get(approval.kind)
    ids = {"customer_id", "other_id", "account_id", kind.record.at if kind else None}
    for name in dict.fromkeys([*before, *after]):
        if name in ids:
            continue
        old, new = _word(name, before, scope), _word(name, after, scope)
        # The snapshot holds what must not change meanwhile: what `after` does not name stays.
        if name not in after:
            new = old
        elif name in before and old == new and (fact := fact_of(name, scope)) and fact.anew:
            new = str(noted(Text(new, new), "有变更，掩码相同", "changed; alike when masked"))
            found.append(Change(field_word(name, scope), old, new, True))
            continue
        found.append(Change(field_word(name, scope), old, new, old != new))
    return sorted(found, key=lambda change: (not change.differs, change.before == NOTHING))


def meanwhile(approval: Approval) -> list[Change]:
    """Return what has changed since a proposal was made: as the checker is shown it, and as it is now."""
    values, scope = sorted(approvals.changed_since(approval).items()), scope_of(approval)
    return [
        Change(
            field_word(name, scope),
            value_word(name, approval.before.get(name), scope),
            value_word(name, now, scope),
            True,
        )
        for name, now in values
    ]


def versions(approval: Approval, grounds: Mapping[str, str], before: Mapping[str, str]) -> list[Change]:
    """Return in what a correction differs from what was returned: what it follows, and what it says.

    :param grounds: the maker's free texts by field, as the reader may read them.
    :param before: the same of what was returned.
    """
    if approval.follows is None:
        return []
    scope = scope_of(approval)
    then, now = (dict(_flat(each.before)) | dict(_flat(each.after)) for each in (approval.follows, approval))
    ids = {name for name in {*then, *now} if name.rpartition(".")[2].endswith("_id")}
    # What the reader may read whole is not told masked as well.
    ids |= grounds.keys() & before.keys()
    names = [name for name in dict.fromkeys([*now, *then]) if name not in ids and then.get(name) != now.get(name)]
    found = [Change(field_word(name, scope), _word(name, then, scope), _word(name, now, scope), True) for name in names]
    texts = [name for name in dict.fromkeys([*grounds, *before]) if grounds.get(name) != before.get(name)]
    found += [
        Change(field_word(name, scope), before.get(name, NOTHING), grounds.get(name, NOTHING), True) for name in texts
    ]
    return found


def summary(approval: Approval) -> str:
    """Return one line that says what a proposal is about."""
    values = dict(_flat(approval.before)) | dict(_flat(approval.after))
    kind = approvals.kinds().get(approval.kind)
    telling = kind.telling if kind else ()
    words = [_short(name, values[name], scope_of(approval)) for name in telling if values.get(name)]
    return " · ".join(words)


def _word(name: str, values: Mapping[str, Any], scope: str) -> str:
    return value_word(name, values[name], scope) if name in values else NOTHING


def _short(name: str, value: Any, scope: str) -> str:
    """Return a value for one line: of several subjects the names are enough."""
    return value_word(name, [each.get("name") for each in value] if name == "subjects" else value, scope)


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value

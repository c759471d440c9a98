"""Evidence in words: facts of decisions, and the changes of proposals field by field.

Evidence is stored as names and codes. Each app registers the words of its names
(`config.kernel.trail.evidence`); a code without a word is shown unchanged.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from config.kernel import approvals
from config.kernel.law.dates import SHANGHAI
from config.kernel.law.ends import day_text, end_text
from config.kernel.law.money import yuan_text
from config.kernel.law.text import Text, noted, text
from config.kernel.models import Approval
from config.kernel.trail import decisions
from config.kernel.trail.evidence import fact_of, scope_of

NOTHING = "-"

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")


def field_word(name: str, scope: str = "") -> str:
    """Return the word of a name in evidence.

    :param scope: of the evidence (`config.kernel.trail.evidence.scope_of`).
    """
    fact = fact_of(name, scope)
    return str(fact.text) if fact else name


def kind_word(kind: str) -> str:
    """Return the name of a kind of decision."""
    return decisions.kind_text(kind)


def value_word(name: str, value: Any, scope: str = "") -> str:
    """Return a value of evidence in words, on one line.

    :param name: its name.
    :param scope: of the evidence: the same name may have codes of different vocabularies in different evidence.
    """
    if name.rsplit(".", 1)[-1] == "until":
        return _end(value)
    if value is None or value in ("", [], {}):
        return NOTHING
    match value:
        case bool():
            return text("是", "Yes") if value else text("否", "No")
        case int() if name.endswith("_fen"):
            return yuan_text(value)
        case dict():
            return _entry(name, value, scope)
        case list() | tuple():
            return _joined(value_word(name, each, scope) for each in value)
        case str():
            return _text(name, value, scope)
    return str(value)


def _entry(name: str, value: dict[str, Any], scope: str) -> str:
    """Return a value with several parts in words: a person with a document, an account at a bank."""
    if name.rsplit(".", 1)[-1] == "case_accounts":
        return f"{value.get('account_number')} ({value.get('bank_code') or text('本行', 'this bank')})"
    if all(isinstance(each, int) for each in value.values()):
        return _joined(f"{field_word(part, scope)} {count}" for part, count in value.items())
    return " ".join(value_word(f"{name}.{part}", each, scope) for part, each in value.items() if each not in (None, ""))


def _joined(parts: Any) -> str:
    return text("、", ", ").join(parts)


def _text(name: str, value: str, scope: str) -> str:
    fact = fact_of(name, scope)
    if fact is not None and (word := fact.word(value)) is not None:
        return word
    try:
        if _DAY.fullmatch(value):
            return str(day_text(date.fromisoformat(value)))
        return moment_text(value) if _INSTANT.match(value) else value
    except ValueError:
        # The number of a paper may look like a day or an instant.
        return value


def _end(value: Any) -> str:
    """Return an exclusive end, as stored in evidence, in words."""
    try:
        return str(end_text(datetime.fromisoformat(value) if value else None))
    except (TypeError, ValueError):
        return str(value)


def moment_text(value: str) -> str:
    """Return an instant, as stored in evidence, in Shanghai to the second."""
    return f"{datetime.fromisoformat(value).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after; a field that only one side has is unchanged on the other."""

    name: str
    before: str
    after: str
    differs: bool

    @property
    def is_one_value(self) -> bool:
        """Return whether there is one value to show: the field is unchanged, or had none before."""
        return self.before in (self.after, NOTHING)


def changes(approval: Approval) -> list[Change]:
    """Return the fields that a proposal changes first, then unchanged ones, then additional information.

    Empty fields are left out, and ids of its objects: the page names the customers, and links to the record.
    """
    before, after = dict(_flat(approval.before)), dict(_flat(approval.after))
    result = []
    scope = scope_of(approval)
    kind = approvals.kinds().get(approval.kind)
    ids = {"customer_id", "other_id", "account_id", kind.record.at if kind else None}
    for name in dict.fromkeys([*before, *after]):
        if name in ids:
            continue
        old, new = _word(name, before, scope), _word(name, after, scope)
        # A proposal does not change the fields that `after` leaves out; `before` lists them because they must not change
        # until the decision.
        if name not in after:
            new = old
        elif name in before and old == new and (fact := fact_of(name, scope)) and fact.anew:
            new = str(noted(Text(new, new), "有变更，掩码相同", "changed; alike when masked"))
            result.append(Change(field_word(name, scope), old, new, True))
            continue
        result.append(Change(field_word(name, scope), old, new, old != new))
    filled = [each for each in result if each.differs or each.after != NOTHING]
    return sorted(filled, key=lambda change: (not change.differs, change.before == NOTHING))


def changes_since(approval: Approval) -> list[Change]:
    """Return the fields that have changed since a proposal was made: as shown to the checker, and now."""
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


def correction_changes(approval: Approval, grounds: Mapping[str, str], before: Mapping[str, str]) -> list[Change]:
    """Return the differences between a correction and the returned proposal that it follows.

    :param grounds: the maker's free texts by field, as the reader may read them.
    :param before: the same texts of the returned proposal.
    """
    if approval.follows is None:
        return []
    scope = scope_of(approval)
    then, now = (dict(_flat(each.before)) | dict(_flat(each.after)) for each in (approval.follows, approval))
    ids = {name for name in {*then, *now} if name.rpartition(".")[2].endswith("_id")}
    # Texts that the reader may read unmasked are not listed a second time masked.
    ids |= grounds.keys() & before.keys()
    names = [name for name in dict.fromkeys([*now, *then]) if name not in ids and then.get(name) != now.get(name)]
    result = [
        Change(field_word(name, scope), _word(name, then, scope), _word(name, now, scope), True) for name in names
    ]
    texts = [name for name in dict.fromkeys([*grounds, *before]) if grounds.get(name) != before.get(name)]
    result += [
        Change(field_word(name, scope), before.get(name, NOTHING), grounds.get(name, NOTHING), True) for name in texts
    ]
    return result


def summary(approval: Approval) -> str:
    """Return the object of a proposal in one line."""
    values = dict(_flat(approval.before)) | dict(_flat(approval.after))
    kind = approvals.kinds().get(approval.kind)
    fields = kind.summary_fields if kind else ()
    words = [_short(name, values[name], scope_of(approval)) for name in fields if values.get(name)]
    return " · ".join(words)


def _word(name: str, values: Mapping[str, Any], scope: str) -> str:
    return value_word(name, values[name], scope) if name in values else NOTHING


def _short(name: str, value: Any, scope: str) -> str:
    """Return a value for one line; of several subjects only the names."""
    return value_word(name, [each.get("name") for each in value] if name == "subjects" else value, scope)


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value

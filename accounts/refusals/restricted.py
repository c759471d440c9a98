"""What a refusal by one restriction says of the others: each that goes on, with its end.

Causes are independent. Whoever is told only of the one that ends last may do what ends that and stand before the next:
a penalized holder of a case account who is identified again stays penalized.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from blacklist.policy.restrictions import Restriction
from blacklist.vocabulary import RestrictionCause, RestrictionKind, open_end_of
from config.kernel.dates import rfc3339
from config.kernel.ends import OPEN, end_text
from config.kernel.text import Text

#: A freeze among the causes (冻结); it is no listing.
FREEZE = "freeze"
_FROZEN = Text("账户冻结", "Account frozen")


class Restricted:
    """What a refusal because of one restriction has: it says which others go on when it is over.

    `fields["also"]` are those: `code`, `cause` and `until` of each.
    """

    fields: dict[str, Any]

    def open_end(self) -> Text:
        """Return what ends it, as far as its cause tells."""
        return _open_end(self.fields.get("cause", ""))

    def beside(self, language: str) -> str:
        """Return what else stands, in a sentence after its own."""
        others = self.fields.get("also")
        if not others or "side" in self.fields:
            return ""
        each = [also_text(other).in_language(language) for other in others]
        if language == "zh":
            return f"另有以下限制，不随本项结束：{'；'.join(each)}。"
        return f" Other restrictions do not end with this one: {'; '.join(each)}."


def also_text(other: Mapping[str, Any]) -> Text:
    """Return one restriction among the others: what stands, why, until when."""
    code, cause, until = other["code"], other["cause"], other["until"]
    end = end_text(datetime.fromisoformat(until) if until else None, _open_end(cause))
    if cause == FREEZE:
        return Text(f"{_FROZEN.zh}，{end.zh}", f"{_FROZEN.en} {end.en}")
    what, why = _of(RestrictionKind, code), _of(RestrictionCause, cause)
    return Text(f"{what.zh}（{why.zh}），{end.zh}", f"{what.en} ({why.en}) {end.en}")


def also_of(
    restrictions: Iterable[Restriction],
    *,
    but: tuple[str, str],
    frozen: bool = False,
    frozen_until: datetime | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """Return the field that tells what else stands: of each kind and cause the longest; nothing where there is none.

    :param but: kind and cause of what is refused for.
    :param frozen: whether a freeze stands, too, and until when.
    """
    ends: dict[tuple[str, str], datetime | None] = {}
    for each in restrictions:
        key = each.kind.value, each.cause.value
        ends[key] = _later(ends[key], each.until) if key in ends else each.until
    if frozen:
        ends["ACCOUNT_FROZEN", FREEZE] = frozen_until
    ends.pop(but, None)
    others = [{"code": code, "cause": cause, "until": rfc3339(until)} for (code, cause), until in ends.items()]
    return {"also": others} if others else {}


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else max(one, other)


def _open_end(cause: str) -> Text:
    return open_end_of(cause) or OPEN


def _of(codes: type[RestrictionKind] | type[RestrictionCause], code: str) -> Text:
    word = dict(codes.choices).get(code)
    return cast("Text", word) if word is not None else Text(code, code)

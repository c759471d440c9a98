"""The other restrictions that a refusal lists in addition to the one that it names, each with its end.

Causes are independent of each other: a penalized holder of a case account who is re-verified stays penalized.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from blacklist.regimes import measure_text, verb_of
from blacklist.regimes.shape import WHOLE
from blacklist.vocabulary import Direction, RestrictionCause, RestrictionKind, open_end_of
from config.kernel.law.addressing import address_of
from config.kernel.law.ends import OPEN, end_text
from config.kernel.law.text import Text

#: The cause of a freeze (冻结), which has no listing.
FREEZE = "freeze"
#: The field, with its value, of a restriction that stops less than its code says: only outflow, all but a transfer of
#: the whole balance, or payment accounts only.
NARROWER: Mapping[RestrictionKind, tuple[str, str]] = {
    RestrictionKind.CASE_ACCOUNT_STOPPED: ("direction", Direction.OUT.value),
    RestrictionKind.NON_COUNTER_SUSPENDED: ("direction", Direction.OUT.value),
    RestrictionKind.PAYMENT_BUSINESS_SUSPENDED: ("exempt", "balance"),
    RestrictionKind.OPENING_BARRED: ("only", "payment"),
}
_BY_SENTENCE = Text("期限按刑罚计算，为本行规则。", " That the term counts from the sentence is a house rule.")
_FROZEN = Text("账户冻结", "Account frozen")


class RestrictionRefusal:
    """A refusal for one restriction of an account; it lists the account's other restrictions, too.

    `fields["counted_from"]` is `sentence` where the term counts from one, by a house rule; the measure itself rests on its
    instrument. `fields["also"]` lists the others: `code`, `cause` and `until` of each, what makes it narrower than its code
    (`NARROWER`), and the legal basis of a penalty. In its sentence `{stopped}` is the verb of
    `fields["legal_basis"]`, and the words of `config.kernel.law.addressing` are those for `fields["holder_kind"]`.
    """

    fields: dict[str, Any]

    def cause_key(self) -> str:
        """Return the key of the sentence: the cause, and what makes the restriction narrower than its code."""
        return " ".join(filter(None, map(self.fields.get, ("cause", *dict(NARROWER.values())))))

    def wording(self) -> Mapping[str, Text]:
        """Return the words of its sentence that depend on the legal basis and on the kind of the holder."""
        stopped = verb_of(self.fields.get("cause", ""), self.fields.get("legal_basis", "")).value
        return {**address_of(self.fields.get("holder_kind", "")), "stopped": stopped}

    def open_end(self) -> Text:
        """Return the words for its end where no instant is known, by its cause."""
        return _open_end(self.fields.get("cause", ""))

    def addition(self, language: str) -> str:
        """Return the sentences about a term that counts from a sentence, and about the other restrictions."""
        if "side" in self.fields:
            return ""
        reckoned = _BY_SENTENCE.in_language(language) if "counted_from" in self.fields else ""
        return reckoned + self._others(language)

    def _others(self, language: str) -> str:
        others = self.fields.get("also")
        if not others:
            return ""
        texts = [also_text(other).in_language(language) for other in others]
        if language == "zh":
            return f"另有以下限制，不随本项结束：{'；'.join(texts)}。"
        return f" Other restrictions do not end with this one: {'; '.join(texts)}."


def also_text(other: Mapping[str, Any]) -> Text:
    """Return one of the other restrictions in words: the measure, its cause and its end."""
    cause, until = other["cause"], other["until"]
    end = end_text(datetime.fromisoformat(until) if until else None, _open_end(cause))
    if cause == FREEZE:
        return Text(f"{_FROZEN.zh}，{end.zh}", f"{_FROZEN.en} {end.en}")
    measure, why = _measure(other), _of(RestrictionCause, cause)
    return Text(f"{measure.zh}（{why.zh}），{end.zh}", f"{measure.en} ({why.en}) {end.en}")


def _measure(other: Mapping[str, Any]) -> Text:
    code = other["code"]
    if code not in RestrictionKind.values:
        return Text(code, code)
    kind = RestrictionKind(code)
    stops = frozenset() if any(name in other for name in dict(NARROWER.values())) else WHOLE[kind]
    return measure_text(kind, stops, verb_of(other["cause"], other.get("legal_basis", "")))


def _open_end(cause: str) -> Text:
    return open_end_of(cause) or OPEN


def _of(codes: type[RestrictionKind] | type[RestrictionCause], code: str) -> Text:
    word = dict(codes.choices).get(code)
    return cast("Text", word) if word is not None else Text(code, code)

"""Refusals and bad requests.

A refusal is a decision by a rule: it has a code, a clause and a sentence, and is recorded. The sentence says
what was refused, why, until when, and what is still possible, in Chinese or English. A bad request is not a
decision: nothing is recorded.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from config.kernel.law.clauses import Clause
from config.kernel.law.ends import OPEN, day_text, end_text, instant_text
from config.kernel.law.money import grouped
from config.kernel.law.text import Codes, Text, reading_order

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+08:00")


class Refusal(Exception):
    """A refusal of a request by a rule.

    :param fields: the facts that the rule examined; ids, counts, dates, codes, never personal data.
    """

    code: ClassVar[str]
    #: Its short name in lists.
    title: ClassVar[Text]
    clause: Clause | None = None
    zh: ClassVar[str]
    en: ClassVar[str]
    #: The vocabularies of the coded fields in its sentence, by field; the field itself stays a code.
    words: ClassVar[Mapping[str, type[Codes] | Mapping[str, Any]]] = {}
    #: Its sentences (zh, en) when `fields["side"]` names a side other than the caller's.
    sides: ClassVar[Mapping[str, tuple[str, str]]] = {}
    #: Its sentences (zh, en) by `fields["cause"]`, if the remedy depends on the cause.
    causes: ClassVar[Mapping[str, tuple[str, str]]] = {}
    #: Whether it lets a caller guess a number, a name or a balance (未命中).
    is_miss: ClassVar[bool] = False
    catalogue: ClassVar[dict[str, type["Refusal"]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in cls.__dict__:
            if "title" not in cls.__dict__:
                raise TypeError(f"{cls.__name__} has a code and no title.")
            Refusal.catalogue[cls.code] = cls

    def __init__(self, **fields: Any) -> None:
        super().__init__(self.code)
        self.fields: dict[str, Any] = fields

    @property
    def is_house_rule(self) -> bool:
        """Return whether a house rule caused this refusal, although the class cites a clause (本行规则)."""
        return self.clause is None and type(self).clause is not None

    def detail(self, language: str) -> str:
        """Return the sentence for a person, in `zh` or `en`."""
        by_cause = self.causes.get(self.fields.get("cause", ""), (self.zh, self.en))
        by_cause = self.causes.get(self.cause_key(), by_cause)
        zh, en = self.sides.get(self.fields.get("side", ""), by_cause)
        words = {name: self._word(name, language) for name in self.fields}
        texts = _Blank({name: _field_text(name, value, language, self.open_end()) for name, value in words.items()})
        texts |= {name: word.in_language(language) for name, word in self.wording().items()}
        return (zh if language == "zh" else en).format_map(texts) + self.addition(language)

    def wording(self) -> Mapping[str, Text]:
        """Return the words of its sentence that are no field but follow from the fields, by their names in it."""
        return {}

    def cause_key(self) -> str:
        """Return the key in `causes` of the sentence to use: the field `cause`, unless a subclass decides otherwise."""
        return str(self.fields.get("cause", ""))

    def addition(self, language: str) -> str:
        """Return the text added after the sentence, with a leading space in languages that use one."""
        return ""

    def open_end(self) -> Text:
        """Return how the sentence words an end that is not set."""
        return OPEN

    @classmethod
    def sentence(cls, fields: Mapping[str, Any], language: str) -> str:
        """Rebuild the sentence from the recorded fields; a missing field is shown as a dash."""
        again = cls.__new__(cls)
        again.fields = dict(fields)
        return again.detail(language)

    def _word(self, name: str, language: str) -> Any:
        value = self.fields[name]
        codes = value if isinstance(value, list) else [value]
        listed = self.words.get(name, {})
        known: Mapping[Any, Any] = listed if isinstance(listed, Mapping) else dict(listed.choices)
        if not all(isinstance(code, str) and code in known for code in codes):
            return value
        return ("、" if language == "zh" else ", ").join(known[code].in_language(language) for code in codes)


class _Blank(dict[str, Any]):
    """Fields of a sentence template; a missing field is shown as a dash and raises no exception."""

    def __missing__(self, key: str) -> str:
        return "-"


def _field_text(name: str, value: Any, language: str, open_end: Text) -> Any:
    """Return a field in words."""
    if name == "until":
        return _end_text(value, open_end).in_language(language)
    if value is None:
        return "-"
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return instant_text(datetime.fromisoformat(value)).in_language(language)
    if isinstance(value, str) and _DAY.fullmatch(value):
        return day_text(date.fromisoformat(value)).in_language(language)
    return grouped(value) if isinstance(value, str) else value


def _end_text(until: Any, open_end: Text) -> Text:
    """Return an end in words (`config.kernel.law.ends`); a value that is not an end is returned unchanged.

    :param until: as `rfc3339` writes it, None without an end.
    """
    if until is not None and not _INSTANT.fullmatch(until):
        return Text(until, until)
    return end_text(datetime.fromisoformat(until) if until else None, open_end)


class NotFound(Refusal):
    """Refusal for an object that does not exist, or that the caller may not know of."""

    code = "NOT_FOUND"
    title = Text("没有该记录或无权知悉", "No such record, or not permitted")
    is_miss = True
    zh = "没有找到所指的记录，或者您无权知悉。请核对编号。"
    en = "There is no such record, or you are not permitted to know of it. Check the id."


class Conflict(Refusal):
    """Refusal because of the present state of an object."""


class Ruled(Refusal):
    """Refusal because a rule forbids the act now."""


class Unfinished(Conflict):
    """Answer to the second of two simultaneous requests when it could not be judged."""

    code = "CONFLICT"
    title = Text("同一对象正在修改", "Changed by another request")
    zh = "同一对象正在被另一请求修改，本次未作任何处理。请重新查询后再试。"
    en = "Another request is changing the same record; nothing was done. Check again and retry."


class RequestError(Exception):
    """Error that rejects a request before any decision; nothing is recorded."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "INVALID_REQUEST"
    title: ClassVar[Text] = Text("请求内容有误", "Invalid request")
    zh: ClassVar[str] = "请求内容有误，未作任何处理。请按各项目的说明更正。"
    en: ClassVar[str] = "The request is malformed; nothing was done. Correct it according to the message of each field."
    catalogue: ClassVar[dict[str, type["RequestError"]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        RequestError.catalogue[cls.code] = cls

    def __init__(self, fields: Mapping[str, Any] | None = None, *, retry_after: int | None = None) -> None:
        super().__init__(self.code)
        self.fields = dict(fields or {})
        self.retry_after = retry_after

    def detail(self, language: str) -> str:
        """Return the sentence for a person, in `zh` or `en`."""
        return self.zh if language == "zh" else self.en


class BadRequest(RequestError):
    """Error that names each wrong field with its messages."""


class Forbidden(RequestError):
    """Error for a caller whose role lacks the permission."""

    status = 403
    code = "ROLE_NOT_ALLOWED"
    title = Text("角色无此权限", "Role not allowed")
    zh = "您的角色不能办理此项业务，请由有权限的人员办理。"
    en = "Your role does not have permission for this. Ask a colleague with this permission."


class SecondFactorRequired(Forbidden):
    """Error for a decision without a fresh second-factor code; it does not say what is wrong with the code."""

    code = "SECOND_FACTOR_REQUIRED"
    title = Text("未出示动态口令", "One-time code required")
    zh = "复核须由本人随请求在 X-Second-Factor 中出示此刻的动态口令。未作任何处理；请等待下一个口令后重试，尚无动态口令的，请向管理员申领。"
    en = (
        "A decision needs the checker's own current one-time code in X-Second-Factor. Nothing was done; wait for the "
        "next code and try again. If you have no second factor yet, ask an administrator for one."
    )


class MakerDecides(Forbidden):
    """Error for a maker who tries to decide the own proposal."""

    code = "SAME_PERSON"
    title = Text("经办人不得复核", "Maker cannot decide")
    zh = "经办人不能复核自己提交的事项，请由另一位有权限的人员复核。"
    en = "The maker cannot approve their own submission; another person with the permission must review it."


#: The subject of the refusals of each module.
_subjects: dict[str, Text] = {}
_OTHER = Text("其他", "Other")


def name_subjects(words: Mapping[str, Text]) -> None:
    """Register what refusals are about; each app does so when Django starts.

    :param words: by the module that defines the refusals.
    """
    _subjects.update(words)


def refusal_title(code: str) -> str:
    """Return the short name of a refusal in the reader's language; an unknown code is returned as it is."""
    found = Refusal.catalogue.get(code) or RequestError.catalogue.get(code)
    return str(found.title) if found else code


def refusals_by_subject(*modules: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return code and title of refusals under what they are about, sorted in the reader's language.

    :param modules: those that define the refusals; all modules if none is given.
    """
    found: dict[Text, list[tuple[str, str]]] = {}
    for code, kind in Refusal.catalogue.items():
        if not modules or kind.__module__ in modules:
            found.setdefault(_subjects.get(kind.__module__, _OTHER), []).append((code, str(kind.title)))
    subjects = sorted(found, key=lambda subject: (subject is _OTHER, reading_order(str(subject))))
    return [(str(each), sorted(found[each], key=lambda row: reading_order(row[1]))) for each in subjects]

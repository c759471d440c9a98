"""A form never loses what was typed (未提交的内容): kept for its person while it is typed, until it is carried out.

A page tells with each such form whose it is and where it stands (`FIELD`, signed): so what is sent when the session is
over already is kept for the person who typed it, and for nobody else. Passwords, codes and keys of forms are never kept.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.utils.http import urlencode

from config.frames.desk import sessions
from config.frames.desk.requests import DeskRequest
from config.kernel.approvals import FormAtHand
from config.kernel.database.ids import new_id, read_id
from config.kernel.identity.masking import Unreadable
from config.kernel.models import Approval
from config.kernel.models.approvals import FORM_MAX
from config.kernel.requests import drafts
from config.kernel.vault.sealed import UnknownKey

FIELD = "drafted"
#: What belongs to a form's address besides its path: ids. Which step is shown is no part of it.
QUERY = ("account", "draft", "follows")
#: Names of what is never kept: secrets, a form's own keys, and a decision, which is chosen anew.
NEVER = frozenset(
    {
        "csrfmiddlewaretoken", "once", FIELD, "go", "decision", "notes_seen",
        "code", "password", "old", "new", "again", "token", "seed", "enrolment",
    }
)  # fmt: skip
#: How somebody was identified, what a check found and a ground are chosen anew by a person who comes back to a form: that
#: they were true then says nothing of now.
ASKED_ANEW = frozenset({"result", "method", "identified", "ground"})
#: Names in a page's query the returned proposal that its form corrects.
FOLLOWS = "follows"
_SIGNER = signing.Signer(salt="desk.drafts")
_FOUND = "_draft_found"
_ADDRESS = "_draft_address"
_UNFINISHED = "_draft_unfinished"


class How(StrEnum):
    """How something came to be kept."""

    TYPED = "typed"
    #: Submitted in vain: the session was over, or the form too old. Nothing was carried out.
    SENT = "sent"
    #: A step of a guided form: nothing to tell about, one goes on where one was.
    STEP = "step"


@dataclass(frozen=True, slots=True)
class MarkedForm:
    """A form as a page was given it: whose, and where it stands."""

    user_id: int
    sign_in_id: UUID | None
    address: str


@dataclass(frozen=True, slots=True)
class TypedBefore:
    """What is kept of a form.

    :ivar fields: as the form would send them.
    :ivar sign_in_id: in whose sign-in it was typed.
    :ivar asks_anew: what a check found was left out, and is to be chosen anew.
    """

    fields: QueryDict
    how: How
    saved_at: datetime
    address: str
    sign_in_id: UUID | None = None
    asks_anew: bool = False


@dataclass(frozen=True, slots=True)
class UnfinishedForm:
    """A form that was begun by its code and neither submitted nor cleared.

    :ivar whom: whom it concerns, masked; empty where nobody was entered yet.
    :ivar mark: what its form says of itself, to clear it.
    """

    address: str
    whom: str
    how: How
    saved_at: datetime
    mark: str


def address_of(request: HttpRequest) -> str:
    """Return the address of the form on a page: its path, and the ids that its query names."""
    if given := getattr(request, _ADDRESS, None):
        return str(given)
    query = {name: request.GET[name] for name in QUERY if read_id(request.GET.get(name))}
    return f"{request.path}?{urlencode(query)}" if query else request.path


def stand_at(request: HttpRequest, address: str) -> None:
    """Let the form on a page have an address other than the page's."""
    setattr(request, _ADDRESS, address)


def mark(request: HttpRequest) -> str:
    """Return what a page tells with its form: whose it is and where it stands; empty where nobody's is kept."""
    return _mark(request, address_of(request))


def _mark(request: HttpRequest, address: str) -> str:
    sign_in_id = sessions.own_id(request)
    return _SIGNER.sign_object([str(sign_in_id), address]) if sign_in_id else ""


def form_of(request: HttpRequest) -> MarkedForm | None:
    """Return which form was sent, None where it is none whose contents are kept."""
    if request.method != "POST" or FIELD not in request.POST:
        return None
    try:
        named, address = _SIGNER.unsign_object(request.POST[FIELD])
    except (signing.BadSignature, ValueError, TypeError):
        return None
    sign_in_id = read_id(named)
    person = sessions.person_of(sign_in_id)
    return MarkedForm(person.pk, sign_in_id, address) if person else None


def page_of(form: MarkedForm | None, page: str) -> str:
    """Return where somebody comes back to who sent a form.

    :param page: the page it was sent from, as far as it is known. One that is begun by its code does not name the address
        that its form was given.
    """
    if form is None:
        return page
    return form.address if not page or form.address.startswith(f"{page}?") else page


def keep(form: MarkedForm, fields: Mapping[str, Any], how: How) -> bool:
    """Keep what was typed into a form; say whether it could be."""
    content = {"how": how, "fields": _shown(fields), "sign_in": str(form.sign_in_id or "")}
    return drafts.keep(form.user_id, form.address, json.dumps(content, ensure_ascii=False))


def keep_step(request: DeskRequest, fields: Mapping[str, Any]) -> None:
    """Keep what a guided form holds on the way from one of its steps to another."""
    user: Any = request.user
    keep(MarkedForm(user.pk, sessions.own_id(request), address_of(request)), fields, How.STEP)


def begin_typed(request: DeskRequest, address: str, fields: Mapping[str, Any]) -> None:
    """Let a form at another address begin with something, kept as if it had been typed there."""
    user: Any = request.user
    keep(MarkedForm(user.pk, sessions.own_id(request), address), fields, How.STEP)


def at_hand(request: DeskRequest) -> FormAtHand | None:
    """Return the form that a request submits, as a proposal keeps it; None where it submits none."""
    if request.method != "POST":
        return None
    form, follows = form_of(request), read_id(request.GET.get(FOLLOWS))
    if form is None:
        return FormAtHand(request.path, "", follows) if follows else None
    content = json.dumps(_shown(request.POST), ensure_ascii=False)
    page, _, query = form.address.partition("?")
    ids = [each for each in query.split("&") if each and not each.startswith(f"{FOLLOWS}=")]
    address = f"{page}?{'&'.join(ids)}" if ids else page
    # Sealed it is a little longer than it is here.
    return FormAtHand(address, content if len(content.encode()) < FORM_MAX - 1024 else "", follows)


def begin_again(request: DeskRequest, approval: Approval) -> str | None:
    """Let the form of a returned proposal begin with what was typed then; return its address, None where it kept none."""
    content = approval.form
    if not approval.form_address or not isinstance(content, str):
        return None
    address = f"{approval.form_address}{'&' if '?' in approval.form_address else '?'}{FOLLOWS}={approval.pk}"
    fields = QueryDict(mutable=True)
    for name, value in json.loads(content):
        fields.appendlist(name, value)
    begin_typed(request, address, fields)
    return address


def forget(form: MarkedForm) -> None:
    """Forget what was typed into a form."""
    drafts.forget(form.user_id, [form.address])


def kept(request: HttpRequest) -> TypedBefore | None:
    """Return what its person typed into the form on a page and did not submit; a request asks once."""
    if not hasattr(request, _FOUND):
        user: Any = request.user
        setattr(request, _FOUND, _opened(drafts.find(user.pk, address_of(request))))
    found: TypedBefore | None = getattr(request, _FOUND)
    return found


def gone_on_with(request: HttpRequest, found: TypedBefore) -> TypedBefore:
    """Let a guided form that is taken up again say so, though it was left on the way between two of its steps."""
    taken = replace(found, how=How.TYPED) if found.how is How.STEP else found
    begin_with(request, taken)
    return taken


def asked_for(request: HttpRequest) -> TypedBefore | None:
    """Return what `kept` found for this request, without asking again."""
    found: TypedBefore | None = getattr(request, _FOUND, None)
    return found


def begin_with(request: HttpRequest, found: TypedBefore | None) -> None:
    """Let a page begin with something that was kept under its form's address."""
    setattr(request, _FOUND, found)


def without_findings(request: HttpRequest, found: TypedBefore, anew: Collection[str] = ()) -> TypedBefore:
    """Let a page begin with what was kept, but not with what is asked anew.

    :param anew: names of fields of this form, besides `ASKED_ANEW`.
    """
    asked = ASKED_ANEW.union(anew)
    names = [name for name, value in found.fields.items() if value and name.rpartition("-")[2] in asked]
    if not names:
        return found
    fields = found.fields.copy()
    for name in names:
        del fields[name]
    left = replace(found, fields=fields, asks_anew=True)
    begin_with(request, left)
    return left


def begin(request: HttpRequest, whom: Callable[[QueryDict], str]) -> None:
    """Let a form that is begun by its code be empty, under an address of its own, and offer what was left unfinished.

    One that is gone on with has its address in the page's, or tells it when it is sent.

    :param whom: returns whom a form concerns, masked, by what was typed into it.
    """
    named = any(read_id(request.GET.get(name)) for name in QUERY)
    sent = form_of(request)
    if sent is not None and sent.address.partition("?")[0] == request.path:
        stand_at(request, sent.address)
    elif not named:
        stand_at(request, f"{request.path}?draft={new_id()}")
    offered = [] if named or request.method == "POST" else _left_unfinished(request, whom)
    setattr(request, _UNFINISHED, offered)


def unfinished(request: HttpRequest) -> list[UnfinishedForm] | None:
    """Return what is offered beside an empty form, None of a form that is not begun by its code."""
    found: list[UnfinishedForm] | None = getattr(request, _UNFINISHED, None)
    return found


def _left_unfinished(request: HttpRequest, whom: Callable[[QueryDict], str]) -> list[UnfinishedForm]:
    user: Any = request.user
    found = [_opened(row) for row in drafts.find_newest(user.pk, f"{request.path}?draft=", drafts.MOST)]
    return [
        UnfinishedForm(each.address, whom(each.fields), each.how, each.saved_at, _mark(request, each.address))
        for each in found
        if each is not None
    ]


def typed(request: DeskRequest, *, anew: Collection[str] = ()) -> dict[str, Any]:
    """Return what a form is made with: what was sent, else what was typed before and not submitted.

    :param anew: names of fields that a person who comes back chooses anew, besides `ASKED_ANEW`.
    """
    if request.method == "POST":
        return {"data": request.POST or None, "draft": None}
    found = kept(request)
    return {"data": None, "draft": without_findings(request, found, anew).fields if found else None}


def begun(request: DeskRequest, whom: Callable[[QueryDict], str]) -> dict[str, Any]:
    """Return what a form that is begun by its code is made with, as `begin` and `typed` say."""
    begin(request, whom)
    return typed(request)


def clears(request: HttpRequest) -> bool:
    """Return whether a page shows a form that can be cleared: one begun by its code, or one that was sent in vain."""
    if getattr(request, "carried_out", False):
        return False
    return unfinished(request) is not None or form_of(request) is not None


def settle(request: DeskRequest, answer: HttpResponseBase) -> None:
    """Forget what was carried out; keep what was sent and came back with a word on what is wrong."""
    form = form_of(request)
    if form is None:
        return
    user: Any = request.user
    if request.carried_out:
        forget(form)
    elif answer.status_code >= 400 and form.user_id == user.pk:
        keep(form, request.POST, How.TYPED)


def _shown(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what may be kept of a form."""
    return [(name, value) for name, value in _pairs(fields) if name.rpartition("-")[2] not in NEVER]


def _pairs(fields: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    if isinstance(fields, QueryDict):
        return [(name, str(value)) for name, values in fields.lists() for value in values]
    return [(name, str(value)) for name, value in fields.items()]


def _opened(row: Any) -> TypedBefore | None:
    try:
        opened = row.content if row else None
    except UnknownKey:
        # Sealed with a key that this process lacks: a draft is kept for a day at most.
        return None
    if opened is None or isinstance(opened, Unreadable):
        return None
    content = json.loads(opened)
    fields = QueryDict(mutable=True)
    for name, value in content["fields"]:
        fields.appendlist(name, value)
    return TypedBefore(fields, How(content["how"]), row.saved_at, row.address, read_id(content.get("sign_in")))

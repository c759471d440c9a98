"""Drafts of forms at the desk (未提交的内容): saved for their person while they are typed, until they are submitted.

Each such form contains a signed field with its person and address (`FIELD`), so that content sent after the
end of a session is still saved for the person who typed it, and for no other. Passwords, codes and keys of
forms are never saved.
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
from config.kernel.approvals import SubmittedForm
from config.kernel.database.ids import new_id, read_id
from config.kernel.identity.masking import Unreadable
from config.kernel.models import Approval
from config.kernel.models.approvals import FORM_MAX
from config.kernel.requests import drafts
from config.kernel.vault.sealed import UnknownKey

FIELD = "drafted"
#: Ids in the query that are part of a form's address; the step that is shown is not.
QUERY = ("account", "draft", "follows")
#: Names of fields that are never saved: secrets, a form's own keys, and a decision, which must be chosen again.
NEVER = frozenset(
    {
        "csrfmiddlewaretoken", "once", FIELD, "go", "decision", "notes_seen",
        "code", "password", "old", "new", "again", "token", "seed", "enrolment",
    }
)  # fmt: skip
#: Fields that a person who resumes a form must state again, because they may no longer be true: how a customer was
#: identified, the result of a check, and a ground.
ASKED_ANEW = frozenset({"result", "method", "identified", "ground"})
#: Parameter of a page's query: the returned proposal that its form corrects.
FOLLOWS = "follows"
_SIGNER = signing.Signer(salt="desk.drafts")
_FOUND = "_draft_found"
_ADDRESS = "_draft_address"
_UNFINISHED = "_draft_unfinished"


class DraftReason(StrEnum):
    """Reasons why a draft was saved."""

    TYPED = "typed"
    #: Submitted but not carried out: the session was over, or the form too old.
    SENT = "sent"
    #: Saved between two steps of a guided form; the person needs no notice.
    STEP = "step"


@dataclass(frozen=True, slots=True)
class MarkedForm:
    """The person and the address of a form, from its signed field."""

    user_id: int
    sign_in_id: UUID | None
    address: str


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """A saved draft.

    :ivar fields: as the form would send them.
    :ivar sign_in_id: the sign-in in which it was typed.
    :ivar asks_anew: whether results of checks were left out, to be chosen again.
    """

    fields: QueryDict
    how: DraftReason
    saved_at: datetime
    address: str
    sign_in_id: UUID | None = None
    asks_anew: bool = False


@dataclass(frozen=True, slots=True)
class UnfinishedForm:
    """A draft of a form with its own code page, neither submitted nor cleared.

    :ivar whom: the customer concerned, masked; empty if none was entered yet.
    :ivar mark: its signed field, to clear it.
    """

    address: str
    whom: str
    how: DraftReason
    saved_at: datetime
    mark: str


def address_of(request: HttpRequest) -> str:
    """Return the address of the form on a page: its path, and the ids in its query."""
    if given := getattr(request, _ADDRESS, None):
        return str(given)
    query = {name: request.GET[name] for name in QUERY if read_id(request.GET.get(name))}
    return f"{request.path}?{urlencode(query)}" if query else request.path


def set_address(request: HttpRequest, address: str) -> None:
    """Set the address of the form on a page, if it differs from the page's."""
    setattr(request, _ADDRESS, address)


def mark(request: HttpRequest) -> str:
    """Return the signed field for a form with its person and address; empty without a session."""
    return _mark(request, address_of(request))


def _mark(request: HttpRequest, address: str) -> str:
    sign_in_id = sessions.own_id(request)
    return _SIGNER.sign_object([str(sign_in_id), address]) if sign_in_id else ""


def form_of(request: HttpRequest) -> MarkedForm | None:
    """Return the person and address of a submitted form; None if it has no valid signed field."""
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
    """Return the page to which the sender of a form returns.

    :param page: the page from which it was sent, as far as known; it may lack the address that was given to its form.
    """
    if form is None:
        return page
    return form.address if not page or form.address.startswith(f"{page}?") else page


def keep(form: MarkedForm, fields: Mapping[str, Any], how: DraftReason) -> bool:
    """Save the content of a form; return whether it was small enough."""
    content = {"how": how, "fields": _fields_to_save(fields), "sign_in": str(form.sign_in_id or "")}
    return drafts.keep(form.user_id, form.address, json.dumps(content, ensure_ascii=False))


def keep_step(request: DeskRequest, fields: Mapping[str, Any]) -> None:
    """Save the content of a guided form between two of its steps."""
    user: Any = request.user
    keep(MarkedForm(user.pk, sessions.own_id(request), address_of(request)), fields, DraftReason.STEP)


def fill_form(request: DeskRequest, address: str, fields: Mapping[str, Any]) -> None:
    """Fill a form at another address, by saving a draft for it."""
    user: Any = request.user
    keep(MarkedForm(user.pk, sessions.own_id(request), address), fields, DraftReason.STEP)


def form_for_proposal(request: DeskRequest) -> SubmittedForm | None:
    """Return the submitted form for a proposal; None without one."""
    if request.method != "POST":
        return None
    form, follows = form_of(request), read_id(request.GET.get(FOLLOWS))
    if form is None:
        return SubmittedForm(request.path, "", follows) if follows else None
    content = json.dumps(_fields_to_save(request.POST), ensure_ascii=False)
    page, _, query = form.address.partition("?")
    ids = [each for each in query.split("&") if each and not each.startswith(f"{FOLLOWS}=")]
    address = f"{page}?{'&'.join(ids)}" if ids else page
    # The encrypted content is a little longer.
    return SubmittedForm(address, content if len(content.encode()) < FORM_MAX - 1024 else "", follows)


def begin_correction(request: DeskRequest, approval: Approval) -> str | None:
    """Fill a form with the content of a returned proposal; return its address, None if it kept no content."""
    content = approval.form
    if not approval.form_address or not isinstance(content, str):
        return None
    address = f"{approval.form_address}{'&' if '?' in approval.form_address else '?'}{FOLLOWS}={approval.pk}"
    fields = QueryDict(mutable=True)
    for name, value in json.loads(content):
        fields.appendlist(name, value)
    fill_form(request, address, fields)
    return address


def forget(form: MarkedForm) -> None:
    """Delete the draft of a form."""
    drafts.forget(form.user_id, [form.address])


def saved_draft(request: HttpRequest) -> SavedDraft | None:
    """Return the person's draft for the form on a page; queried once for a request."""
    if not hasattr(request, _FOUND):
        user: Any = request.user
        setattr(request, _FOUND, _decrypted(drafts.find(user.pk, address_of(request))))
    found: SavedDraft | None = getattr(request, _FOUND)
    return found


def resume(request: HttpRequest, draft: SavedDraft) -> SavedDraft:
    """Mark a guided form as resumed, although it was saved between two steps."""
    taken = replace(draft, how=DraftReason.TYPED) if draft.how is DraftReason.STEP else draft
    use_draft(request, taken)
    return taken


def loaded_draft(request: HttpRequest) -> SavedDraft | None:
    """Return the draft that `saved_draft` or `use_draft` found for this request, without a query."""
    found: SavedDraft | None = getattr(request, _FOUND, None)
    return found


def use_draft(request: HttpRequest, draft: SavedDraft | None) -> None:
    """Use a given draft for this page, instead of the one saved under its form's address."""
    setattr(request, _FOUND, draft)


def drop_stale_values(request: HttpRequest, draft: SavedDraft, anew: Collection[str] = ()) -> SavedDraft:
    """Use a draft without the values that must be stated again.

    :param anew: names of fields of this form, besides `ASKED_ANEW`.
    """
    asked = ASKED_ANEW.union(anew)
    names = [name for name, value in draft.fields.items() if value and name.rpartition("-")[2] in asked]
    if not names:
        return draft
    fields = draft.fields.copy()
    for name in names:
        del fields[name]
    left = replace(draft, fields=fields, asks_anew=True)
    use_draft(request, left)
    return left


def begin(request: HttpRequest, whom: Callable[[QueryDict], str]) -> None:
    """Start a form that has an own draft for each use: empty, with a new address, and offer unfinished drafts.

    A resumed form has its address in the page's address, or in its signed field when it is sent.

    :param whom: returns the customer concerned, masked, from the content of a form.
    """
    named = any(read_id(request.GET.get(name)) for name in QUERY)
    sent = form_of(request)
    if sent is not None and sent.address.partition("?")[0] == request.path:
        set_address(request, sent.address)
    elif not named:
        set_address(request, f"{request.path}?draft={new_id()}")
    offered = [] if named or request.method == "POST" else _left_unfinished(request, whom)
    setattr(request, _UNFINISHED, offered)


def unfinished(request: HttpRequest) -> list[UnfinishedForm] | None:
    """Return the unfinished drafts offered with an empty form; None for a form without them."""
    found: list[UnfinishedForm] | None = getattr(request, _UNFINISHED, None)
    return found


def _left_unfinished(request: HttpRequest, whom: Callable[[QueryDict], str]) -> list[UnfinishedForm]:
    user: Any = request.user
    found = [_decrypted(row) for row in drafts.find_newest(user.pk, f"{request.path}?draft=", drafts.MOST)]
    return [
        UnfinishedForm(each.address, whom(each.fields), each.how, each.saved_at, _mark(request, each.address))
        for each in found
        if each is not None
    ]


def form_arguments(request: DeskRequest, *, anew: Collection[str] = ()) -> dict[str, Any]:
    """Return the arguments for a form: the submitted data, else the draft.

    :param anew: names of fields that a returning person must choose again, besides `ASKED_ANEW`.
    """
    if request.method == "POST":
        return {"data": request.POST or None, "draft": None}
    draft = saved_draft(request)
    return {"data": None, "draft": drop_stale_values(request, draft, anew).fields if draft else None}


def begin_form(request: DeskRequest, whom: Callable[[QueryDict], str]) -> dict[str, Any]:
    """Call `begin`, and return the arguments for the form as `form_arguments` does."""
    begin(request, whom)
    return form_arguments(request)


def can_be_cleared(request: HttpRequest) -> bool:
    """Return whether the page has a form that can be cleared: one with unfinished drafts, or a refused one."""
    if getattr(request, "carried_out", False):
        return False
    return unfinished(request) is not None or form_of(request) is not None


def settle(request: DeskRequest, answer: HttpResponseBase) -> None:
    """Delete the draft of a form that was carried out; save the content of a form that was refused."""
    form = form_of(request)
    if form is None:
        return
    user: Any = request.user
    if request.carried_out:
        forget(form)
    elif answer.status_code >= 400 and form.user_id == user.pk:
        keep(form, request.POST, DraftReason.TYPED)


def _fields_to_save(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the fields that may be saved."""
    return [(name, value) for name, value in _pairs(fields) if name.rpartition("-")[2] not in NEVER]


def _pairs(fields: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    if isinstance(fields, QueryDict):
        return [(name, str(value)) for name, values in fields.lists() for value in values]
    return [(name, str(value)) for name, value in fields.items()]


def _decrypted(row: Any) -> SavedDraft | None:
    try:
        opened = row.content if row else None
    except UnknownKey:
        # Encrypted with a key that this process lacks. A draft is lost without harm: it is kept for a day at most.
        return None
    if opened is None or isinstance(opened, Unreadable):
        return None
    content = json.loads(opened)
    fields = QueryDict(mutable=True)
    for name, value in content["fields"]:
        fields.appendlist(name, value)
    return SavedDraft(fields, DraftReason(content["how"]), row.saved_at, row.address, read_id(content.get("sign_in")))

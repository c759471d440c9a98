"""Registry of the kinds of proposals: an app registers one `Kind` for each when Django starts.

The API calls some kinds by several names, depending on the object.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime, timedelta
from enum import Enum
from re import sub
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, Q, QuerySet

from config.kernel.law.dates import next_day_start
from config.kernel.law.text import Codes, Text
from config.kernel.models import Approval, ApprovalStatus, ProposedModel, Role
from config.kernel.requests.special_measures import ScreenedAct
from config.kernel.trail import evidence
from config.kernel.trail.decisions import Deciding, name_kinds

#: Expiry of a proposal that must be decided: a hundred years.
UNENDING = timedelta(days=36525)


class Rule(Codes):
    """Rules recorded when a proposal ends or gets an addition; a kind may name a rule of its own for approvals."""

    PUT_IN_FORCE = "put_in_force", Text("复核生效", "In force on approval")
    REJECT = "reject", Text("复核未通过", "Rejected by a second person")
    RETURN = "return", Text("复核退回补正", "Returned for correction by a second person")
    WITHDRAW = "withdraw", Text("经办人撤回", "Withdrawn by the maker")
    LAPSE = "lapse", Text("逾期失效", "Expired undecided")
    COMMENT = "approval_comment", Text("复核前留言", "Comment before the decision")
    ATTACH = "approval_attachment", Text("复核前补充附件", "Attachment before the decision")


class DecisionKind(Codes):
    """The kind of decision that records an addition to a proposal."""

    NOTE = "approval_note", Text("复核事项补充", "Addition to an approval")


class Lapse(Enum):
    """When an undecided proposal expires."""

    #: After the number of days in the setting `APPROVAL_EXPIRY_DAYS`.
    AFTER_DAYS = "after_days"
    #: At 24:00 in Shanghai: it cannot be approved on another bank day.
    WITH_THE_DAY = "with_the_day"
    #: Never: the proposal must be decided.
    NEVER = "never"

    def ends_at(self, made_at: datetime) -> datetime:
        """Return when a proposal made at an instant expires; a date far in the future for a kind that never expires."""
        match self:
            case Lapse.AFTER_DAYS:
                return made_at + timedelta(days=settings.APPROVAL_EXPIRY_DAYS)
            case Lapse.WITH_THE_DAY:
                return next_day_start(made_at)
            case Lapse.NEVER:
                return made_at + UNENDING


@dataclass(frozen=True, slots=True)
class Record:
    """The desk page that shows the object of a proposal.

    :ivar page: the name of its URL.
    :ivar at: the key in `after` or `before` that holds the id for the URL; None for the object's own id.
    """

    page: str
    at: str | None = None

    def id_of(self, approval: Approval) -> Any:
        """Return the id for the URL; None where the proposal does not name it."""
        if self.at is None:
            return approval.object_id
        return approval.after.get(self.at) or approval.before.get(self.at)


def no_evidence(_row: Model, _approval: Approval) -> Mapping[str, str]:
    """Return no evidence: the default for kinds without an explanation for the checker."""
    return {}


def no_step(_approval: Approval) -> None:
    """Return no step: the default for kinds after whose approval the maker has nothing to do."""


def no_keys(_row: Model) -> Iterable[bytes]:
    """Return no keys: the default for kinds that lock only the keys of the submission."""
    return ()


def owner_of(row: Any) -> Mapping[str, UUID]:
    """Return the customer id and the account id of a row, where it has these columns."""
    if hasattr(row, "account_id"):
        return {"customer_id": row.account.customer_id, "account_id": row.account_id}
    return {"customer_id": row.customer_id} if hasattr(row, "customer_id") else {}


def leave_unchanged(ids: Collection[UUID], _status: ApprovalStatus) -> int:
    """Change no object when its proposal ends; return the number of objects."""
    return len(ids)


@dataclass(frozen=True, slots=True)
class WorkerTask:
    """The work that a worker does after an approval, because it takes longer than a request.

    :ivar act: the act in words; in English a past participle.
    :ivar running: the condition of objects on which it is not finished.
    """

    act: Text
    running: Q

    @property
    def in_progress(self) -> Text:
        """Return the words while the worker is at it."""
        return Text(f"正在{self.act.zh}", f"being {self.act.en}")

    @property
    def afterwards(self) -> Text:
        """Return the words before the approval."""
        return Text(f"随后{self.act.zh}", f"{self.act.en} afterwards")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind[M: Model]:
    """A kind of proposal: how it is proposed, shown, decided and proved.

    :ivar model: of the objects. Values left out below follow from it, and from whether it is a `ProposedModel`.
    :ivar text: the name for people.
    :ivar role: the role that decides it.
    :ivar record: the desk page that shows the object.
    :ivar summary_fields: the fields that identify a proposal in a list, in this order.
    :ivar snapshot: the state that the checker is shown, read now; if it differs from `before`, the proposal is
        stale.
    :ivar approve: put the object in force at an instant (not locked yet, the bank's clock) and add the facts
        examined to the decision; its result is added to the answer of the approval.
    :ivar name: the value of the column `kind`, in decisions, and in the API unless `conditional_names` gives another; the
        model's name if left out.
    :ivar related: the rows that the functions of the kind read with an object.
    :ivar condition: of the rows of the model that are objects of the kind.
    :ivar object_type: the name of the object in the API; the model's name if left out.
    :ivar in_force: SQL condition of rows that only a second person's approval can put in force: one without an
        approval violates the invariant of two persons. The status of a `ProposedModel` if left out.
    :ivar rule: the rule under which an approval is kept as a decision.
    :ivar concerns: `customer_id` and `account_id` of a decision about the object, where it has them.
    :ivar end: end objects whose proposal is rejected, withdrawn or expired; return how many ended. If left out,
        rows of a `ProposedModel` take the status, other rows stay unchanged.
    :ivar submission_kind: the kind of the decision that records the submission; the kind's own name if left out.
    :ivar evidence: the maker's sealed explanation for the checker, by field: it may hold personal data and never
        appears in `before` or `after`.
    :ivar effects: the effects of the approval in words by field, computed now by the rules: for the deciding role.
    :ivar lapses: when an undecided proposal expires.
    :ivar keys: the present keys of the holders concerned, locked besides those of the submission.
    :ivar people: the people whom an approval names, for the bank's screening system; None for a kind without a check.
    :ivar on_site: whether the checker may decide at the maker's own screen (现场授权), because the customer waits there.
    :ivar next_step: what the maker does at the counter once a proposal is approved, in words; None for nothing.
    :ivar worker: the work that a worker does after an approval; None for a kind that takes effect at once.
    :ivar conditional_names: further API names for objects that meet a condition; at most one name fits an object.
    """

    model: type[M]
    text: Text
    role: Role
    record: Record
    summary_fields: tuple[str, ...]
    snapshot: Callable[[M, Approval], dict[str, Any]]
    approve: Callable[[M, datetime, Deciding], Mapping[str, Any] | None]
    name: str = ""
    related: tuple[str, ...] = ()
    condition: Q = field(default_factory=Q)
    object_type: str = ""
    in_force: str = ""
    rule: Codes = Rule.PUT_IN_FORCE
    concerns: Callable[[M], Mapping[str, UUID]] = owner_of
    end: Callable[[Collection[UUID], ApprovalStatus], int] = leave_unchanged
    submission_kind: str = ""
    evidence: Callable[[M, Approval], Mapping[str, str]] = no_evidence
    effects: Callable[[M, Approval], Mapping[str, str]] = no_evidence
    lapses: Lapse = Lapse.AFTER_DAYS
    keys: Callable[[M], Iterable[bytes]] = no_keys
    people: Callable[[M], ScreenedAct] | None = None
    on_site: bool = False
    next_step: Callable[[Approval], Text | None] = no_step
    worker: WorkerTask | None = None
    conditional_names: Mapping[str, Q] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Derive omitted values from the model.

        :raises ImproperlyConfigured: when a value that cannot be derived was left out.
        """
        required = [each.name for each in fields(self) if each.default is each.default_factory is MISSING]
        proposed: Any = self.model if self.model and issubclass(self.model, ProposedModel) else None
        missing = [name for name in required if getattr(self, name) in (None, ())]
        if missing := missing + ["in_force"] * (proposed is None and not self.in_force):
            raise ImproperlyConfigured(f"The approval kind {self.name!r} leaves out: {', '.join(missing)}.")
        own = sub(r"(?<!^)(?=[A-Z])", "_", self.model.__name__).lower()
        derived: dict[str, Any] = {"name": own, "object_type": own, "submission_kind": self.name or own}
        if proposed is not None:
            derived["in_force"] = f"status = '{proposed.IN_FORCE}'"
        for name, value in derived.items():
            object.__setattr__(self, name, getattr(self, name) or value)
        if proposed is not None and self.end is leave_unchanged:
            object.__setattr__(self, "end", proposed.end)

    def rows(self) -> QuerySet[M]:
        """Return the objects of the kind with the related rows that its functions read."""
        found = self.model._default_manager.filter(self.condition)
        # `select_related` without names would follow every foreign key.
        return found.select_related(*self.related) if self.related else found

    def row_of(self, approval: Approval) -> M | None:
        """Return the object of a proposal."""
        return self.rows().filter(pk=approval.object_id).first()

    def in_force_sql(self) -> str:
        """Return the query of objects that this kind alone puts in force: columns `kind` and `id`."""
        return f"SELECT '{self.name}' AS kind, id FROM {self.model._meta.db_table} WHERE {self.in_force}"  # noqa: S608


_kinds: dict[str, Kind[Any]] = {}


def register(*registered: Kind[Any]) -> None:
    """Register kinds; each app calls this for its own kinds when Django starts.

    :raises ImproperlyConfigured: when a kind has the name of another.
    """
    for kind in registered:
        taken = {name for other in _kinds.values() for name in (other.name, *other.conditional_names)}
        if twice := taken & {kind.name, *kind.conditional_names}:
            raise ImproperlyConfigured(f"Two approval kinds are called {min(twice)!r}.")
        # A decision about a proposal has the name of its kind; a status in its evidence is that of its object.
        name_kinds({kind.name: kind.text}, administration=[kind.name] if kind.role == Role.ADMINISTRATOR else [])
        if hasattr(kind.model, "status"):
            evidence.register(evidence.columns(kind.model, "status"), evidence.proposed(kind.name))
        _kinds[kind.name] = kind


def kinds() -> dict[str, Kind[Any]]:
    """Return all registered kinds by name, sorted by name."""
    return dict(sorted(_kinds.items()))


def bank_kinds() -> dict[str, Kind[Any]]:
    """Return the kinds of the bank's business by name: those that administrators do not decide."""
    return {name: kind for name, kind in kinds().items() if kind.role != Role.ADMINISTRATOR}


def administration_kinds() -> dict[str, Kind[Any]]:
    """Return the kinds that administrators propose and decide, by name."""
    return {name: kind for name, kind in kinds().items() if kind.role == Role.ADMINISTRATOR}


def submission_kinds() -> dict[str, set[str]]:
    """Return each kind of decision that records a submission, with the kinds of its proposals."""
    found: dict[str, set[str]] = {}
    for kind in _kinds.values():
        found.setdefault(kind.submission_kind, set()).add(kind.name)
    return found


def deciding_role(name: str) -> str:
    """Return the role that decides a kind."""
    return _kinds[name].role if name in _kinds else Role.SUPERVISOR


def worker_task(name: str) -> WorkerTask | None:
    """Return the work that a worker does after an approval of a kind; None if it takes effect at once."""
    return _kinds[name].worker if name in _kinds else None


def work_in_progress(approval: Approval) -> Text | None:
    """Return the words for the work that a worker has not finished after an approval; None if there is none."""
    kind = _kinds.get(approval.kind)
    if kind is None or kind.worker is None or approval.status != ApprovalStatus.APPROVED:
        return None
    running = kind.rows().filter(kind.worker.running, pk=approval.object_id).exists()
    return kind.worker.in_progress if running else None


def decidable_on_site(approval: Approval) -> bool:
    """Return whether a checker may decide a proposal at its maker's own screen (现场授权)."""
    kind = _kinds.get(approval.kind)
    return kind is not None and kind.on_site


def next_step(approval: Approval) -> Text | None:
    """Return what the maker does at the counter after an approval, in words; None for nothing."""
    kind = _kinds.get(approval.kind)
    return kind.next_step(approval) if kind and approval.status == ApprovalStatus.APPROVED else None


def kind_names() -> list[str]:
    """Return all names that the API uses for kinds of the bank's business, in their order."""
    return sorted({*bank_kinds(), *(name for kind in bank_kinds().values() for name in kind.conditional_names)})


def with_kind_name(approvals: QuerySet[Approval], name: str) -> QuerySet[Approval]:
    """Filter proposals by one of `kind_names`."""
    for kind in kinds().values():
        if name in kind.conditional_names:
            return approvals.filter(kind=kind.name, object_id__in=_ids(kind, name))
    approvals = approvals.filter(kind=name)
    kind = kinds()[name]
    for other in kind.conditional_names:
        approvals = approvals.exclude(object_id__in=_ids(kind, other))
    return approvals


def names_of(approvals: Iterable[Approval]) -> Mapping[UUID, str]:
    """Return the API's name of the kind of each proposal by its id, with one query for each kind."""
    rows = list(approvals)
    names = {each.pk: each.kind for each in rows}
    for kind in (kind for kind in kinds().values() if kind.conditional_names):
        own = [each for each in rows if each.kind == kind.name]
        for name in kind.conditional_names if own else ():
            meant = set(_ids(kind, name).filter(pk__in=[each.object_id for each in own]))
            names |= {each.pk: name for each in own if each.object_id in meant}
    return names


def _ids(kind: Kind[Any], name: str) -> QuerySet[Any]:
    return kind.rows().filter(kind.conditional_names[name]).values_list("pk", flat=True)

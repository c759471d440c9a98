"""Revoke a certificate, or some of its parts; only its own restrictions end, from the approval on."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Revocation, RevokedPart
from blacklist.operations.approvals import REVOCATION
from blacklist.operations.registration import lock_keys
from blacklist.operations.summaries import revocation_summary
from blacklist.queries.certificates import Parts, unrevoked_parts
from blacklist.queries.grounds import ground_check
from blacklist.refusals import CertificateStateRefused
from blacklist.vocabulary import CertificateStatus, RevocationGround, RevocationStatus, Rule
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import shanghai_day
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.law.text import Text
from config.kernel.trail.decisions import deciding


@dataclass(frozen=True, slots=True)
class RevocationDraft:
    """The content of a revocation (撤销文书内容).

    :ivar appeal_id: the upheld appeal that is the ground; None for other grounds.
    """

    doc_no: str
    revoked_on: date
    reason: str = field(repr=False)
    ground: RevocationGround = RevocationGround.REVOKED
    appeal_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ChosenParts:
    """Places of the subjects and case accounts to revoke, counted from 1."""

    subjects: Collection[int] = ()
    case_accounts: Collection[int] = ()


@transaction_required
def request_revocation(
    *, principal: Caller, certificate_id: UUID, draft: RevocationDraft, at: datetime, of: ChosenParts | None = None
) -> Revocation:
    """Propose to revoke a certificate (申请撤销认定), or some of its subjects and accounts.

    If all remaining parts are chosen, the certificate itself is revoked.

    :param at: the bank's clock.
    :param of: the parts to revoke; None for the whole certificate.
    :raises BadRequest: for a day in the future or before the certification; for an empty choice of parts; for an
        appeal that is not against the certificate or not the ground.
    :raises NotFound: for an unknown certificate, or a place that it does not have.
    :raises AppealStateRefused: when the appeal is not upheld.
    :raises CertificateStateRefused: when it is not in force, or a chosen part is already revoked.
    :raises ApprovalPending: while another revocation of it waits for a second person.
    """
    certificate = Certificate.objects.select_for_update(no_key=True, of=("self",)).filter(pk=certificate_id).first()
    _check_day(draft, certificate, at)
    if certificate is None:
        raise NotFound
    meant = None if of is None else _meant(certificate, of)
    check_ground = None if draft.appeal_id is None else _ground(certificate, draft.appeal_id, draft.ground)
    with deciding(
        "revocation",
        principal=principal,
        at=at,
        rule=Rule.REQUEST_REVOCATION,
        object_id=certificate.id,
        facts={"doc_no": draft.doc_no, "revoked_on": draft.revoked_on.isoformat()},
    ):
        if check_ground is not None:
            check_ground()
        if certificate.status != CertificateStatus.IN_FORCE:
            raise CertificateStateRefused(certificate_id=str(certificate.id), status=certificate.status)
        left = unrevoked_parts(certificate.id)
        if meant is not None and not meant <= left:
            raise CertificateStateRefused(certificate_id=str(certificate.id), status=CertificateStatus.REVOKED.value)
        place = approvals.make_room(REVOCATION, certificate.id, at=at)
        revocation = Revocation.objects.create(
            certificate=certificate,
            doc_no=draft.doc_no,
            revoked_on=draft.revoked_on,
            ground=draft.ground,
            appeal_id=draft.appeal_id,
            reason=draft.reason,
            whole=meant is None,
            made_by_id=principal.id,
            made_at=at,
        )
        RevokedPart.objects.bulk_create(_parts(revocation, meant))
        ends = meant is None or meant == left
        approvals.propose(
            place,
            principal=principal,
            object_id=revocation.id,
            before={"status": revocation.status, "certificate_status": certificate.status},
            after={
                **revocation_summary(revocation),
                "status": RevocationStatus.IN_FORCE.value,
                "certificate_status": (CertificateStatus.REVOKED if ends else CertificateStatus.IN_FORCE).value,
            },
            subject_keys=lock_keys(certificate.id),
        )
    return revocation


def _ground(certificate: Certificate, appeal_id: UUID, ground: RevocationGround) -> Callable[[], None]:
    """Return the check that the appeal named as ground is upheld.

    :raises BadRequest: when the appeal is not against the certificate, or the ground is another one.
    """
    check = ground_check(certificate.id, appeal_id)
    if check is None:
        raise BadRequest({"appeal_id": [Text("不是对本认定书的申诉。", "This is no appeal against this certificate.")]})
    if ground != RevocationGround.APPEAL:
        other = Text(
            "依申诉撤销的，撤销原因须为“申诉成立”。", "What names an appeal is revoked because an appeal was upheld."
        )
        raise BadRequest({"ground": [other]})
    return check


def _meant(certificate: Certificate, of: ChosenParts) -> Parts:
    """Return the parts at some places of a certificate.

    :raises BadRequest: when no place is given.
    :raises NotFound: for a place that the certificate does not have.
    """
    if not of.subjects and not of.case_accounts:
        none = Text("请选择要撤销的对象或涉案账户。", "Choose the subjects or case accounts to revoke.")
        raise BadRequest({"of": [none]})
    return Parts(
        frozenset(_at(CertificateSubject.objects.filter(certificate=certificate), of.subjects)),
        frozenset(_at(CaseAccount.objects.filter(certificate=certificate), of.case_accounts)),
    )


def _at(rows: QuerySet[Any], places: Collection[int]) -> Iterator[UUID]:
    ids = list(rows.order_by("pk").values_list("pk", flat=True)) if places else []
    for place in places:
        if not 1 <= place <= len(ids):
            raise NotFound
        yield ids[place - 1]


def _parts(revocation: Revocation, meant: Parts | None) -> Iterator[RevokedPart]:
    if meant is None:
        return
    for subject_id in sorted(meant.subjects):
        yield RevokedPart(revocation=revocation, named_subject_id=subject_id)
    for account_id in sorted(meant.case_accounts):
        yield RevokedPart(revocation=revocation, case_account_id=account_id)


def _check_day(draft: RevocationDraft, certificate: Certificate | None, at: datetime) -> None:
    if draft.revoked_on > shanghai_day(at):
        message = Text("撤销日期不得晚于今天。", "The date of revocation cannot be in the future.")
    elif certificate is not None and draft.revoked_on < certificate.certified_on:
        message = Text("撤销日期不得早于认定日期。", "The date of revocation cannot be before the certification date.")
    else:
        return
    raise BadRequest({"revoked_on": [message]})

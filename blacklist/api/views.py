"""API views of the register: register, read, correct and revoke certificates, and screen persons."""

from typing import Any

from blacklist.api.answers import (
    CertificateAnswer,
    CertificatesAnswer,
    RevocationAnswer,
    ScreeningAnswer,
    certificate_answer,
    certificate_answers,
    revocation_answer,
)
from blacklist.api.serializers import CertificateBody, CorrectionBody, RevocationBody, ScreeningBody, draft_of
from blacklist.operations.corrections import CorrectionDraft, request_correction
from blacklist.operations.registration import register_certificate
from blacklist.operations.revocations import ChosenParts, RevocationDraft, request_revocation
from blacklist.operations.screening import screen, screen_grace
from blacklist.queries import restriction_answers
from blacklist.queries.certificates import certificates
from config.frames.api.fields import path_id
from config.frames.api.links import ID, PROPOSED, list_links, to
from config.frames.api.pagination import PageQuery, page
from config.frames.api.views import ContractView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.database.clock import bank_now
from config.kernel.law.dates import shanghai_day
from config.kernel.law.refusals import NotFound
from config.kernel.requests.documents import read_document
from config.kernel.trail import budgets
from config.kernel.vault.sealed import identity_key


class CertificatesView(ContractView):
    """`POST` and `GET /blacklist/certificates`."""

    roles = {"GET": ROLES[Permission.VIEW_CERTIFICATES], "POST": ROLES[Permission.ENTER_CERTIFICATE]}
    links = {
        "POST": {"readCertificate": to("get_blacklist_certificates_id", certificate_id=ID), **PROPOSED},
        "GET": list_links("get_blacklist_certificates", "get_blacklist_certificates_id", "certificate_id"),
    }
    body = CertificateBody
    query = PageQuery
    answers = {
        "GET": {200: CertificatesAnswer},
        "POST": {200: CertificateAnswer, 201: CertificateAnswer},
    }

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        certificate, is_new = register_certificate(principal=caller, draft=draft_of(data), at=bank_now())
        return 201 if is_new else 200, certificate_answer(certificate.id, caller) or {}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        return page(certificates(), query, certificate_answers)


class CertificateView(ContractView):
    """`GET /blacklist/certificates/{id}`."""

    roles = {"GET": ROLES[Permission.VIEW_CERTIFICATES]}
    links = {
        "GET": {
            "revokeSubject": to("post_blacklist_certificates_id_subjects_id_revocations", certificate_id=ID, place="1"),
            "revokeCaseAccount": to(
                "post_blacklist_certificates_id_case_accounts_id_revocations", certificate_id=ID, place="1"
            ),
            "appeal": to("post_blacklist_certificates_id_appeals", certificate_id=ID),
            "correct": to("post_blacklist_certificates_id_corrections", certificate_id=ID),
        }
    }
    answers = {"GET": {200: CertificateAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        answer = certificate_answer(path_id(path["certificate_id"]), caller)
        if answer is None:
            raise NotFound
        return answer


class CorrectionsView(ContractView):
    """`POST /blacklist/certificates/{id}/corrections`."""

    roles = {"POST": ROLES[Permission.ENTER_CERTIFICATE]}
    links = {"POST": {"readCorrection": to("get_blacklist_certificates_id", certificate_id=ID), **PROPOSED}}
    body = CorrectionBody
    answers = {"POST": {200: CertificateAnswer, 201: CertificateAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        certificate, is_new = request_correction(
            principal=caller,
            certificate_id=path_id(path["certificate_id"]),
            draft=CorrectionDraft(draft_of(data), data.get("correction_no", ""), data["correction_reason"]),
            at=bank_now(),
        )
        return 201 if is_new else 200, certificate_answer(certificate.id, caller) or {}


class RevocationsView(ContractView):
    """`POST /blacklist/certificates/{id}/revocations`."""

    roles = {"POST": ROLES[Permission.REVOKE_CERTIFICATE]}
    links = {"POST": PROPOSED}
    body = RevocationBody
    answers = {"POST": {201: RevocationAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        revocation = request_revocation(
            principal=caller,
            certificate_id=path_id(path["certificate_id"]),
            draft=RevocationDraft(**data),
            at=bank_now(),
        )
        return 201, revocation_answer(revocation)


class PartRevocationsView(ContractView):
    """Revocation of one subject, or of one case account, of a certificate."""

    roles = {"POST": ROLES[Permission.REVOKE_CERTIFICATE]}
    links = {"POST": PROPOSED}
    body = RevocationBody
    answers = {"POST": {201: RevocationAnswer}}

    def of(self, place: int) -> ChosenParts:
        """Return the part to revoke, from its place in the certificate."""
        return ChosenParts(subjects=[place])

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        revocation = request_revocation(
            principal=caller,
            certificate_id=path_id(path["certificate_id"]),
            draft=RevocationDraft(**data),
            at=bank_now(),
            of=self.of(_place(path["place"])),
        )
        return 201, revocation_answer(revocation)


def _place(text: str) -> int:
    """Parse a place in the certificate from an address.

    :raises NotFound: when the text is no place.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise NotFound
    return int(text)


class SubjectRevocationsView(PartRevocationsView):
    """`POST /blacklist/certificates/{id}/subjects/{place}/revocations`."""


class CaseAccountRevocationsView(PartRevocationsView):
    """`POST /blacklist/certificates/{id}/case-accounts/{place}/revocations`."""

    def of(self, place: int) -> ChosenParts:
        return ChosenParts(case_accounts=[place])


class ScreeningsView(ContractView):
    """`POST /blacklist/screenings`: changes no data, so it needs no key; each screening is recorded."""

    roles = {"POST": ROLES[Permission.SCREEN]}
    body = ScreeningBody
    keyed = False
    answers = {"POST": {200: ScreeningAnswer}}

    def look_up(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        at = bank_now()
        document = read_document(data["document"], on=shanghai_day(at), even_expired=True)
        restrictions = screen(document, at=at)
        budgets.record_screening(self.http_request, found=bool(restrictions), whom=identity_key(document.identity))
        return 200, ScreeningAnswer.of(
            restrictions=restriction_answers(restrictions), grace=restriction_answers(screen_grace(document, at=at))
        )

"""Compose letters from the restrictions that apply to a customer now, or from the decision of a refusal."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from secrets import token_hex
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from accounts.letters.models import Letter
from accounts.letters.policy import Bearing, LetterSubject
from accounts.letters.queries import words
from accounts.letters.queries.owed_letters import CustomerCertificate, CustomerLetters
from accounts.letters.queries.words import LetterContent, LetterSection
from accounts.letters.vocabulary import BEGINNING, LetterKind
from accounts.models import Customer, Document
from accounts.queries.documents import with_last_numbers
from accounts.queries.merged_customers import ids_of
from accounts.queries.restriction_history import restriction_history_of
from accounts.vocabulary import RequestStatus
from blacklist.policy.restrictions import Restriction
from blacklist.queries import LetterCertificate, letter_certificates
from blacklist.vocabulary import RestrictionKind
from config.kernel.identity.masking import mask_account
from config.kernel.law.addressing import address_of
from config.kernel.law.clauses import HOUSE_RULE
from config.kernel.law.dates import shanghai_day
from config.kernel.law.ends import day_text, instant_text
from config.kernel.law.refusals import Refusal
from config.kernel.law.text import Text
from config.kernel.models import Decision, Outcome
from config.kernel.requests.documents import DOCUMENT_TYPES
from config.kernel.trail.decisions import KINDS
from config.kernel.trail.special_measures import SPECIAL_MEASURES
from config.kernel.vault.masked import masked

#: Kinds of decisions about requests of the bank's staff, not of the customer.
_STAFF_KINDS = ("issue_letter", "print_letter", "deliver_letter", "unmask")


def certificate_sections(
    letters: CustomerLetters, kind: LetterKind, certificates: Collection[CustomerCertificate]
) -> tuple[LetterSection, ...]:
    """Return the sections of a letter about certificates.

    :param certificates: the certificates it is about; several where one act releases from all of them.
    """
    shown = [each.paper for each in certificates]
    ground = [line for each in shown for line in words.certified_lines(each, begins=kind in BEGINNING)]
    office = words.Office(settings.APPEAL_OFFICE, settings.APPEAL_PHONE)
    customer = letters.customer.kind
    end = words.appeal(shown, office, customer, over=kind not in BEGINNING)
    if kind in BEGINNING:
        restrictions = [each for of in certificates for each in _announced_by(kind, of)]
        lines = [words.measure_line(each, mask_account(account) if account else "") for account, each in restrictions]
        measures = [each for _, each in restrictions]
        of_account = kind is LetterKind.CASE_ACCOUNT
        possible = list(words.open_of_case_account() if of_account else words.open_lines(measures, customer))
        if kind is LetterKind.SUSPENSION:
            possible.append(words.reverify_line(measures, letters.at, customer))
        its_own = {of.bearing.certificate_id for of in certificates}
        others = [each for each in _restrictions(letters) if each.certificate_id not in its_own]
        return (
            LetterSection("ground", words.GROUND, tuple(ground)),
            LetterSection("measures", words.MEASURES, tuple(lines)),
            *([_end_of_term(shown, measures)] if kind is LetterKind.PENALTY else []),
            LetterSection("open", words.OPEN_HEAD, tuple(possible)),
            *([words.further_restrictions(others, customer)] if others else []),
            end,
        )
    ground += [_ended(letters, kind, each) for each in certificates]
    return (
        LetterSection("ground", words.GROUND, tuple(dict.fromkeys(ground))),
        LetterSection(
            "measures",
            Text("已结束的措施", "Measures that have ended"),
            _announced_measures(letters, kind, certificates),
        ),
        words.remaining_restrictions(_restrictions(letters), customer),
        end,
    )


def _end_of_term(certificates: Collection[LetterCertificate], measures: Iterable[Restriction]) -> LetterSection:
    # A penalty has no last day only while a sentence is being served.
    being_served = any(each.until is None for each in measures)
    lines = words.term_lines((each.legal_basis for each in certificates), being_served=being_served)
    return LetterSection("end", words.END, tuple(lines))


def refusals_of(customer_ids: Iterable[Any]) -> QuerySet[Decision]:
    """Return the refusals of customers that may be announced in a letter, the newest first."""
    found = Decision.objects.filter(customer_id__in=list(customer_ids), outcome=Outcome.REFUSED)
    return (
        found.filter(code__in=list(Refusal.catalogue))
        .exclude(kind__in=[*_STAFF_KINDS, SPECIAL_MEASURES])
        .order_by("-at", "-id")
    )


def unannounced_refusals(letters: CustomerLetters) -> QuerySet[Decision]:
    """Return the refusals of a customer that no letter has announced."""
    announced = [about_id for kind, about_id in letters.last_by_subject if kind is LetterKind.REFUSAL]
    return refusals_of(ids_of(letters.customer.id)).exclude(pk__in=announced)


def refusal_of(customer: Customer, decision_id: UUID) -> Decision | None:
    """Return a decision that refused something to a customer, None where it is not one."""
    return refusals_of(ids_of(customer.id)).filter(pk=decision_id).first()


def refusal_sections(customer: Customer, decision: Decision) -> tuple[LetterSection, ...]:
    """Return the sections of a letter about a refusal: the request, the reason, the rule, and what is still possible.

    If the reason is a certificate, the letter states its authority and number.
    """
    kind: Any = KINDS.get(decision.kind, decision.kind)
    what = kind if isinstance(kind, Text) else Text(kind, kind)
    when, you = instant_text(decision.at), address_of(customer.kind)["you"]
    refusal = Refusal.catalogue[decision.code]
    certificates: list[Any] = []
    if decision.code in RestrictionKind.values:
        # All certificates with a restriction that refused, because the customer appeals against each separately.
        of_kind = [
            each for each in restriction_history_of(customer.id).restrictions(decision.at) if each.code == decision.code
        ]
        certificates = list(letter_certificates({each.certificate_id for each in of_kind}).values())
    clause = Text(decision.clause or HOUSE_RULE.zh, decision.clause or HOUSE_RULE.en)
    ground = [
        Text(
            f"{you.zh}于{when.zh}申请办理“{what.zh}”，本行未予办理。",
            f"At {when.en} {you.en} asked for: {what.en}. The bank refused it.",
        ),
        *(words.certified(each) for each in certificates),
    ]
    facts = decision.facts | {"holder_kind": customer.kind}
    sentence = Text(refusal.sentence(facts, "zh"), refusal.sentence(facts, "en"))
    return (
        LetterSection("ground", words.GROUND, tuple(ground)),
        LetterSection(
            "refusal",
            Text("不予办理的原因、依据和可办理的业务", "Reason, basis, and what is still possible"),
            (sentence, Text(f"依据：{clause.zh}。", f"Basis: {clause.en}.")),
        ),
        words.appeal(certificates, words.Office(settings.APPEAL_OFFICE, settings.APPEAL_PHONE), customer.kind),
    )


def content_of(
    customer: Customer, kind: LetterKind, number: str, sections: tuple[LetterSection, ...], at: datetime
) -> LetterContent:
    """Return the content of a letter to a customer, with its number and day."""
    return LetterContent(
        number=number,
        title=kind.text,
        name=customer.name,
        document=_document(customer),
        sections=sections,
        day=shanghai_day(at),
        bank=settings.BANK_NAME,
        phone=settings.SERVICE_PHONE,
        salt=token_hex(16),
    )


def content_read(letter: Letter) -> LetterContent:
    """Return the content of an issued letter.

    :raises ValueError, KeyError: when it cannot be read any more.
    """
    return LetterContent.read(letter.content)


def _document(customer: Customer) -> Text:
    rows = Document.objects.filter(customer=customer, status=RequestStatus.IN_FORCE).order_by("-is_primary", "id")
    row = next(iter(with_last_numbers(rows)), None)
    if row is None:
        return Text("", "")
    kind: Any = dict(DOCUMENT_TYPES)[row.type]
    number = masked(row.shown_last, "number")
    return Text(f"{kind.zh} {number}", f"{kind.en} {number}")


def _announced_by(kind: LetterKind, certificate: CustomerCertificate) -> list[tuple[str, Restriction]]:
    if kind is LetterKind.CASE_ACCOUNT:
        return [(account.account_number, each) for account, each in certificate.stopped]
    return [("", each) for each in certificate.measures]


def _ended(letters: CustomerLetters, kind: LetterKind, certificate: CustomerCertificate) -> Text:
    if kind is LetterKind.END:
        return words.ended_line(certificate.bearing.until)
    if certificate.revocation is not None:
        return words.revoked_line(certificate.revocation, letters.customer.kind)
    address, reverified = address_of(letters.customer.kind), letters.standing.reverified
    since = day_text(shanghai_day(reverified.at if reverified else letters.at))
    return Text(
        f"{address['you'].zh}已在柜面重新核实身份并经复核，本行自{since.zh}起解除对{address['your'].zh}其他账户的暂停。",
        f"The identity was verified again at the counter, and a second person approved; the suspension of "
        f"{address['your'].en} other accounts ended on {since.en}.",
    )


def _announced_measures(
    letters: CustomerLetters, kind: LetterKind, certificates: Collection[CustomerCertificate]
) -> tuple[Text, ...]:
    """Return the measures in the words of the letters that announced their beginning."""
    ends_by_identity = kind is LetterKind.LIFT and any(each.bearing.revocation_id is None for each in certificates)
    kinds = (LetterKind.SUSPENSION,) if ends_by_identity else BEGINNING
    last = letters.last_by_subject
    begun = [_last_announcement(last, of, each.bearing) for each in certificates for of in kinds]
    full = {each.id: each for each in Letter.objects.filter(pk__in=[each.id for each in begun if each])}
    lines: list[Text] = []
    for each in filter(None, begun):
        number = each.number
        lines += [
            Text(f"{line.zh}（见{number}）", f"{line.en} (see {number})")
            for line in content_read(full[each.id]).lines("measures")
        ]
    return tuple(lines)


def _last_announcement(
    last_by_subject: Mapping[LetterSubject, Letter], kind: LetterKind, bearing: Bearing
) -> Letter | None:
    """Return the last letter that announced the beginning of a certificate's measures, or of a certificate it corrects."""
    ids = (bearing.certificate_id, *bearing.corrects)
    return next((last_by_subject[kind, each] for each in ids if (kind, each) in last_by_subject), None)


def _restrictions(letters: CustomerLetters) -> list[Restriction]:
    stopped = [each for of in letters.certificates for _, each in of.stopped]
    return [*letters.standing.of_person(), *stopped]

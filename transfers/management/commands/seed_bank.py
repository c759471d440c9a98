from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.policy.opening import CLASS_I_MAX, DEBIT_CARDS_MAX
from accounts.stock import operations as stock
from accounts.stock.operations.rows import ACCOUNT, CARD, CUSTOMER
from accounts.stock.queries.dry_run import dry_run_of
from blacklist.operations.drafts import CertificateDraft, DraftSubject
from blacklist.operations.registration import register_certificate
from blacklist.policy.content import Extent
from blacklist.regimes import LegalBasis, regimes, terms_text
from blacklist.vocabulary import AuthorityLevel, Category, SubjectKind
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.intake.tables import RowFault, open_table
from config.kernel.intake.tables.columns import Columns
from config.kernel.models import Approval, ApprovalStatus, Decision, Principal
from config.kernel.requests.documents import DocumentInput
from config.kernel.vault.key_marks import WritingCommand

FILES = Path(__file__).resolve().parent.parent / "small_bank"
SOURCE = "small bank"
CLASSES = {
    "I": "Class I account",
    "II": "Class II account",
    "III": "Class III account",
    "none": "account of an organization",
}


def _certificate(number: str, day: date, category: Category, basis: str, name: str, document: str) -> CertificateDraft:
    return CertificateDraft(
        doc_no=f"青公反诈认字〔{day.year}〕{number}号",
        authority_name="青岛市公安局",
        region_code="370200",
        level=AuthorityLevel.PREFECTURE,
        certified_on=day,
        category=category,
        legal_basis=LegalBasis(basis),
        subjects=(DraftSubject(SubjectKind.INDIVIDUAL, name, DocumentInput("resident_id", document)),),
        extent=Extent(accounts=3),
    )


#: One certificate under each law: a customer who rented cards out lately, and two persons who never were customers
#: here, of whom one is free again.
CERTIFICATES = (
    _certificate("9", date(2018, 3, 20), Category.LEND, "NOTICE_2016", "郑一鸣", "37021219790822105X"),
    _certificate("31", date(2023, 5, 15), Category.SELL, "PBOC_85", "方海涛", "370203198803142214"),
    _certificate("17", date(2026, 6, 1), Category.RENT, "JDM_2024", "周明远", "510107199108126539"),
)


class Command(WritingCommand):
    """Create a small made-up bank (小银行) once: people, an organization, cards, money and certificates.

    The certificates rest on each of the three laws.
    """

    help = (
        "Load a handful of customers with accounts and cards, one of them certified, unless they are there; say whom."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not Decision.objects.filter(kind="load_stock", facts__source=SOURCE).exists():
            load_small_bank()
        decided = Approval.objects.filter(object_type="certificate", status=ApprovalStatus.APPROVED)
        for each in CERTIFICATES:
            if not decided.filter(after__doc_no=each.doc_no).exists():
                certify(each)
        call_command("load_banks", FILES / "banks.csv", stdout=StringIO())
        for words in customers():
            self.stdout.write("\t".join(words))


def customers() -> Iterator[tuple[str, str, str]]:
    """Yield name, document number and noteworthy facts of each customer of the small bank."""
    accounts, cards = records("accounts.csv", ACCOUNT), records("cards.csv", CARD)
    certified = {subject.document.number: each for each in CERTIFICATES for subject in each.subjects}
    for customer in records("customers.csv", CUSTOMER):
        own = {
            each["account_ref"]: each["account_class"]
            for each in accounts
            if each["customer_ref"] == customer["customer_ref"]
        }
        classes = Counter(own.values())
        card_count = sum(each["account_ref"] in own for each in cards)
        words = [f"{count} x {CLASSES[each]}" for each, count in classes.items()] + [f"{card_count} x debit card"]
        if classes["I"] > CLASS_I_MAX or card_count > DEBIT_CARDS_MAX:
            words.append("more than may be opened today")
        if paper := certified.get(customer["document_number"]):
            words.append(f"certified by {paper.authority_name}: {terms_text(regimes()[paper.legal_basis]).en}")
        yield customer["name"], customer["document_number"], ", ".join(words)


def load_small_bank() -> None:
    """Load the files of the small bank, by two persons as always.

    :raises CommandError: when a row is refused, which would be a mistake in our files.
    """
    maker, checker = caller("supervisor"), caller("supervisor_2")
    files = {name: FILES / f"{name}.csv" for name in ("customers", "accounts", "cards")}
    row = stock.stage_files(files, source=SOURCE, principal=maker)
    if dry_run_of(row).refused:
        raise CommandError("a row of the small bank is refused")
    _, approval = perform(lambda: stock.propose_import(principal=maker, import_id=row.id))
    perform(lambda: approvals.approve(approval.id, principal=checker))
    stock.apply_import(row.id)


def records(name: str, columns: Columns) -> list[Mapping[str, str]]:
    """Return the rows of a file of the small bank."""
    return [record.values for record in open_table(FILES / name, columns).records(refuse)]


def refuse(fault: RowFault) -> None:
    """Raise an error for a row that cannot be loaded."""
    raise CommandError(f"{fault.file}:{fault.line} {fault.column} {fault.code}")


def certify(draft: CertificateDraft) -> None:
    """Register a certificate and approve it, by two persons as always."""
    maker, checker = caller("compliance"), caller("compliance_2")
    certificate, _ = perform(lambda: register_certificate(principal=maker, draft=draft, at=bank_now()))
    pending = Approval.objects.get(object_id=certificate.id, status=ApprovalStatus.PENDING)
    perform(lambda: approvals.approve(pending.id, principal=checker))


def caller(name: str) -> Caller:
    """Return one of the demo's principals as a `Caller`."""
    principal = Principal.objects.get(name=name)
    return Caller(id=principal.id, name=principal.name, role=principal.role)

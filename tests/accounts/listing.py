"""Put people and accounts on the list, the way compliance does."""

from datetime import date
from typing import Any

from blacklist.models import Certificate
from blacklist.operations.drafts import Draft, DraftSubject
from blacklist.operations.register import register_certificate
from blacklist.vocabulary import AuthorityLevel, Category, SubjectKind
from config.kernel import approvals
from config.kernel.clock import bank_now
from config.kernel.documents import DocumentInput
from config.kernel.models import Approval
from tests import factories
from tests.factories import Person

CERTIFIED_ON = date(2026, 1, 2)


def penalize(person: Person, certified_on: date = CERTIFIED_ON, category: Category = Category.SELL) -> Certificate:
    """Bring a certificate against a person into force."""
    kind = SubjectKind(str(person.kind))
    return _in_force(
        category=category,
        certified_on=certified_on,
        subjects=(DraftSubject(kind, person.name, DocumentInput(person.type, person.number)),),
    )


def name_case_account(account_number: str) -> Certificate:
    """Bring a certificate that names an account of this bank into force."""
    return _in_force(category=Category.CASE_ACCOUNT, subjects=(), case_accounts=((account_number, ""),))


def _in_force(**about: Any) -> Certificate:
    draft = Draft(
        **{
            "doc_no": f"公(反诈)认字〔2026〕{Certificate.objects.count() + 1:03d}号",
            "authority_name": "广州市公安局",
            "region_code": "440100",
            "level": AuthorityLevel.PREFECTURE,
            "certified_on": CERTIFIED_ON,
        }
        | about
    )
    certificate, _ = register_certificate(principal=factories.caller("compliance"), draft=draft, at=bank_now())
    waiting = Approval.objects.get(object_id=certificate.id)
    approvals.approve(waiting.id, principal=factories.caller("compliance", "other"))
    return certificate

"""Claims, comments, a scan and a returned proposal in the inbox, for the screenshots."""

from uuid import UUID

from benchmarks.bank.day import BankDay
from config.kernel import approvals
from config.kernel.database.transactions import perform
from config.kernel.models import Approval, Principal
from config.kernel.trail.scans import Scan
from tests.people import caller_for


def live(day: BankDay) -> None:
    """Claim and comment on a certificate; let a supervisor claim one proposal of a teller and return another."""
    _spoken_of(day, day.waiting)
    ids = dict(Approval.objects.filter(made_by__name="teller", status="pending").values_list("kind", "pk"))
    day.bank.do("supervisor", f"/approvals/{ids['card_exception']}/claim", {})
    data = {"reason": "请补充该账户近三个月内的对账单或网银截图，户名须完整可见。"}
    day.bank.do("supervisor", f"/approvals/{ids['external_account']}/return", data)


def _spoken_of(day: BankDay, approval: str) -> None:
    """Let officer and maker exchange comments on a proposal, and let the maker attach a scan."""
    post = day.bank.do
    post("compliance_2", f"/approvals/{approval}/claim", {})
    said = (
        ("compliance_2", "认定书第二页的落款日期看不清，请补一份扫描件。"),
        ("compliance", "已向发文单位要到清晰件并上传；落款日期与录入一致。"),
    )
    for name, words in said:
        post(name, f"/approvals/{approval}/comments", {"text": words})
    maker = caller_for(Principal.objects.get(name="compliance"))
    scan = Scan("认定书第二页.pdf", "application/pdf", b"%PDF-1.4" + b" " * 180_000)
    perform(lambda: approvals.attach(UUID(approval), principal=maker, scan=scan))

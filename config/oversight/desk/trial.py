"""Things to try in a sandbox (试试看): five tasks with links, numbers and a tick for those that the reader has done.

A tick is read from the audit trail, the steps of transfers and the proposals; nothing is stored for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.queries.accounts import open_bank_accounts
from accounts.queries.customers import customer_with_identity
from accounts.vocabulary import Channel
from config.frames.desk import trial
from config.frames.desk.access import desk_page
from config.frames.desk.requests import DeskRequest
from config.frames.desk.templatetags.desk import day
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import reference_text
from config.kernel.identity.documents import DocumentType, identity_of
from config.kernel.law.dates import SHANGHAI, shanghai_day
from config.kernel.law.text import text
from config.kernel.models import Approval, Role, TrailKind, TrailRecord
from config.kernel.vault.sealed import identity_key
from transfers.queries.board import held_of_accounts
from transfers.queries.history import has_cancelled_since

#: Resident ID numbers of people of the demo; tests check that they are in it. The first three are of `seed_bank`, the
#: last one of `seed_day`, a customer who sent money at a machine.
CROWDED, BARRED, PAYER = "440304196803059198", "370203198803142214", "110105198201213002"
#: Kind of the proposals that task 4 is about.
CARD_EXCEPTION = "card_exception"
#: A suggested transfer does not fall due within this time.
AHEAD = timedelta(minutes=10)
#: Number of the payer's held transfers that are searched for one.
HELD_MOST = 20
#: Cancellations of this time are searched for the reader's.
DONE_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Trial:
    """A task.

    :ivar roles: the roles that may do it.
    :ivar address: where it is done; empty while there is nothing to do it with.
    :ivar numbers: numbers to type, each with its name.
    :ivar done: whether the reader has done it.
    """

    title: str
    words: str
    roles: tuple[Role, ...]
    address: str
    numbers: list[tuple[str, str]] = field(default_factory=list)
    done: bool = False


@desk_page(administrators=True)
def try_it(request: DeskRequest) -> HttpResponse:
    """Show five tasks, with numbers to type, and which of them the reader has done."""
    if not settings.SANDBOX:
        raise Http404
    name = request.user.get_username()
    tasks = [(task, request.caller.role in task.roles) for task in _Trials(request.caller).all()]
    code = trial.next_code(name) if name in trial.offered_users() else ""
    return render(request, "oversight/try_it.html", {"tasks": tasks, "code": code})


class _Trials:
    """The tasks for one reader."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.now = bank_now()

    def all(self) -> Iterator[Trial]:
        """Yield the five tasks in their order."""
        document = text("居民身份证号码", "Resident ID number")
        yield Trial(
            text("查一个客户", "Look somebody up"),
            text(
                "1000 客户查询：何其昌，存量客户，借记卡和Ⅰ类户超过现行限额。",
                "1000 Find a customer, by document: 何其昌, taken over from before, with more cards and Class I accounts than may be opened today.",
            ),
            (Role.TELLER, Role.SUPERVISOR),
            reverse("desk:customer-search"),
            [(document, CROWDED)],
            done=self.has_asked(TrailKind.LOOK_UP_CUSTOMER, CROWDED),
        )
        yield Trial(
            text("为受惩戒人开户", "Open for somebody under penalty"),
            text(
                "1001 个人开户：方海涛，2023年5月经公安机关认定出售账户，5年内不得新开户。填写时即可看到不得开户的条款和期限。",
                "1001 Open for a person: 方海涛, certified by the police in May 2023 for selling accounts; no new account for five years. The page says why not, and until when, while it is typed.",
            ),
            (Role.TELLER,),
            reverse("desk:customer-open"),
            [(document, BARRED)],
            done=self.has_asked(TrailKind.LOOK_UP_CUSTOMER, BARRED),
        )
        yield self.cancellation(document)
        yield self.approval()
        yield Trial(
            text("筛查一个名单上的人", "Screen somebody who is listed"),
            text(
                "4103 名单筛查：方海涛，从未在本行开户，仍在名单上。",
                "4103 Screening: 方海涛, never a customer here, and listed all the same.",
            ),
            (Role.TELLER, Role.COMPLIANCE),
            reverse("desk:screening"),
            [(document, BARRED)],
            done=self.has_asked(TrailKind.SCREENING, BARRED),
        )

    def cancellation(self, document: str) -> Trial:
        """Return the task to cancel a held transfer, with one that can be cancelled now."""
        transfer_id = self.cancellable()
        words = text(
            "2009 延时到账（待到账）：苏文静在自助柜员机向他人转账，到期前可撤销。以本人到柜面、出示居民身份证办理。",
            "2009 Transfers on hold: 苏文静 sent money to somebody else at a machine; until it is due it can be cancelled. She is at the counter and shows her resident ID.",
        )
        if transfer_id is None:
            words = text(
                "2009 延时到账（待到账）：示范客户的转账均已到期。执行 make demo-reset 重建一日的业务后再试。",
                "2009 Transfers on hold: those of the demo's customers have fallen due. Run make demo-reset for a new day of business.",
            )
        return Trial(
            text("撤销一笔延时到账的转账", "Cancel a transfer on hold"),
            words,
            (Role.TELLER,),
            reverse("desk:transfer-cancel", args=[transfer_id]) if transfer_id else "",
            [(text("流水号", "Reference"), reference_text(transfer_id)), (document, PAYER)] if transfer_id else [],
            done=has_cancelled_since(self.caller.id, self.now - DONE_WITHIN),
        )

    def approval(self) -> Trial:
        """Return the task to decide a request for a further card, with the one that waits longest."""
        request = approvals.with_status(Approval.objects.filter(kind=CARD_EXCEPTION), "pending", self.now)
        waiting = request.order_by("made_at").first()
        words = text("3001 复核中心：申请均已复核。", "3001 Checker's inbox: every request has been decided.")
        if waiting is not None:
            at = waiting.made_at.astimezone(SHANGHAI)
            is_today = shanghai_day(at) == shanghai_day(self.now)
            spoken = text("今日", "today") if is_today else day(at)
            words = text(
                f"3001 复核中心：柜员于{spoken}{at:%H:%M}提交，须由另一人决定。复核须再次输入动态口令。",
                f"3001 Checker's inbox: submitted by a teller, {spoken} at {at:%H:%M}; another person decides, with a fresh one-time code.",
            )
        decided = Approval.objects.filter(kind=CARD_EXCEPTION, decided_by_id=self.caller.id)
        return Trial(
            text("复核一个超限额发卡申请", "Decide a request for a fifth card"),
            words,
            (Role.SUPERVISOR,),
            reverse("desk:approval", args=[waiting.id]) if waiting else "",
            done=decided.exists(),
        )

    def has_asked(self, kind: TrailKind, number: str) -> bool:
        """Return whether the reader has looked up or screened a person, by the index of the number."""
        found = TrailRecord.objects.filter(whom=_key_of(number), kind=kind, principal_id=self.caller.id)
        return found.exists()

    def cancellable(self) -> UUID | None:
        """Return a held transfer of the demo's payer from a machine; None if all have fallen due."""
        customer_id = customer_with_identity(_key_of(PAYER))
        if customer_id is None:
            return None
        held = held_of_accounts([account.id for account in open_bank_accounts(customer_id)], limit=HELD_MOST)
        later = (each for each in held if each.due_at and each.due_at > self.now + AHEAD)
        return next((each.id for each in later if each.channel == Channel.ATM), None)


def _key_of(number: str) -> bytes:
    """Return the index of a person of the demo, by the number of the resident ID."""
    return identity_key(identity_of(DocumentType.RESIDENT_ID, number, ""))

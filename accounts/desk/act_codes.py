"""Codes of the acts of a customer, an account or a card: the number given at the counter leads to the form of the act.

An act lists where it can begin, of what the number means: the pages of its form, what the rules refuse with the reason,
and what does not fit it. A wing or another app has its own (`desk/act_codes.py`: `ACT_CODES`). They are registered with the addresses of the pages.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain

from django.urls import reverse

from accounts.models import Card
from accounts.policy.cards import CardAct, check_card_state, check_loss_report
from accounts.policy.closing import check_account_business, is_close_out_offered
from accounts.policy.facts import PartyFacts
from accounts.policy.money import check_debit
from accounts.queries.counter import AtCounter
from accounts.queries.customer_lines import AccountLine
from accounts.refusals.opening import DocumentExpired, IdentityUnderReview
from accounts.vocabulary import AccountStatus, CardProduct, CardStatus, account_text
from accounts.vocabulary.losses import LossKind
from blacklist.vocabulary import Act
from config.frames.desk.codes import Page, register_acts
from config.frames.desk.problems import PageProblem, problem_of
from config.frames.desk.slips import NumberedSlip
from config.kernel.access.permissions import Permission
from config.kernel.identity.masking import mask_account
from config.kernel.law.money import yuan_text
from config.kernel.law.refusals import Refusal
from config.kernel.law.text import Text
from config.kernel.vault.masked import masked
from config.kernel.wings import of_wings


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where an act can begin: an account, a card, a customer or an earlier entry.

    :ivar url: of the form.
    :ivar problem: why the rules refuse it; None where it is possible.
    :ivar unfit: whether it cannot be meant, such as a card that is not lost for the act that finds it again; it is shown only
        if nothing else is.
    """

    name: str
    number: str
    note: str
    url: str
    problem: PageProblem | None = None
    unfit: bool = False


_NOT_FOR_IT = Text("该账户不能办理此业务。", "This account has no such business.")
_NO_CARDS = Text("Ⅲ类户和支付账户不发卡。", "Class III and payment accounts carry no card.")

type Beginnings = Callable[[AtCounter], Iterable[Beginning]]


@dataclass(frozen=True, slots=True)
class ActCode:
    """An act with its code.

    :ivar begins: returns where it can begin, for one customer.
    :ivar by_slip: returns what has a number on its slip, with the address of the form; None if the act takes no slip.
    """

    page: Page
    begins: Beginnings
    by_slip: Callable[[bytes], NumberedSlip | None] | None = None


def act_code(
    code: str, title: Text, initials: str, act: Permission, begins: Beginnings, words: str = "",
    by_slip: Callable[[bytes], NumberedSlip | None] | None = None,
) -> ActCode:  # fmt: skip
    """Return an act with its code.

    :param initials: of the title in pinyin.
    :param words: further words with their initials, separated by spaces.
    """
    return ActCode(Page("desk:counter", title, act, code, initials, words, (code,)), begins, by_slip)


def find_act(code: str) -> ActCode | None:
    """Return the act with a code."""
    return _ACTS.get(code)


def register(*codes: ActCode) -> None:
    """Register the acts of an app."""
    register_acts(*(each.page for each in codes))
    _ACTS.update({each.page.code: each for each in codes})


def register_all() -> None:
    """Register the acts of this app and of its wings."""
    register(*ACT_CODES, *chain.from_iterable(of_wings("accounts", "desk.act_codes", "ACT_CODES")))


_ACTS: dict[str, ActCode] = {}


def refusal_of(check: Callable[[], object]) -> PageProblem | None:
    """Return what a rule refuses, in words; None if it allows the act."""
    try:
        check()
    except Refusal as refusal:
        return problem_of(refusal)
    return None


def of_account(line: AccountLine, url: str, problem: PageProblem | None, *, unfit: bool = False) -> Beginning:
    """Return an account as a beginning of an act."""
    return Beginning(
        name=str(account_text(line.kind, line.account_class)),
        number=mask_account(line.account_number),
        note=AccountStatus.word(line.status) if line.status == AccountStatus.CLOSED else yuan_text(line.balance_fen),
        url=url,
        problem=problem,
        unfit=unfit,
    )


def on_accounts(
    name: str,
    check: Callable[[PartyFacts], object] = lambda _: None,
    *,
    fits: Callable[[AccountLine], bool] = lambda _: True,
    why: Text = _NOT_FOR_IT,
    query: str = "",
) -> Beginnings:
    """Return the beginnings of an act on an open account.

    :param name: of the form's page.
    :param check: what the rules refuse before anything is entered.
    :param fits: whether the act can be meant for an account; `why` says why not.
    """

    def begins(found: AtCounter) -> Iterator[Beginning]:
        parties = found.parties
        for line in found.accounts:
            problem = refusal_of(partial(check, parties[line.id]))
            unfit = line.status == AccountStatus.CLOSED or not fits(line)
            if unfit and problem is None:
                problem = PageProblem(str(why))
            yield of_account(line, reverse(name, args=[line.id]) + query, problem, unfit=unfit)

    return begins


def _on_cards(act: CardAct, *, business: bool = False) -> Beginnings:
    """Return the beginnings of an act on a card.

    :param business: whether the act is business of the account, which a restriction may stop.
    """

    def begins(found: AtCounter) -> Iterator[Beginning]:
        parties = found.parties
        for card in found.cards:
            unfit = refusal_of(partial(_check_card, act, card))
            barred = refusal_of(partial(check_account_business, parties[card.account_id])) if business else None
            yield Beginning(
                name=CardProduct.word(card.product),
                number=masked(card, "number"),
                note=CardStatus.word(card.status),
                url=reverse("desk:card-act", args=[card.id, act.value]),
                problem=unfit or barred,
                unfit=unfit is not None,
            )

    return begins


def _check_card(act: CardAct, card: Card) -> None:
    if act is CardAct.REPORT_LOST:
        check_loss_report(LossKind.FORMAL, CardStatus(card.status), card.lost_until)
    else:
        check_card_state(act, CardStatus(card.status))


def _new_card(found: AtCounter) -> Iterable[Beginning]:
    """Return the accounts for a further card; the limit of four does not bar cards that are not counted."""
    of_holder = found.overview.eligibility.get("debit_card")

    def check(party: PartyFacts) -> None:
        if isinstance(of_holder, IdentityUnderReview | DocumentExpired):
            raise of_holder
        check_account_business(party)

    return on_accounts("desk:card-new", check, fits=_carries_cards, why=_NO_CARDS)(found)


def on_customer(name: str) -> Beginnings:
    """Return the beginning of an act on the customer.

    :param name: of the form's page.
    """

    def begins(found: AtCounter) -> Iterator[Beginning]:
        subject = found.overview.subject
        yield Beginning(
            name=subject.name,
            number=subject.document_number,
            note="",
            url=reverse(name, args=[found.customer_id]),
        )

    return begins


def _carries_cards(line: AccountLine) -> bool:
    return line.carries_cards


def _close_out_offered(line: AccountLine) -> bool:
    return is_close_out_offered(line.kind, line.restrictions)


ACT_CODES = (
    act_code("1101", Text("发卡", "Issue a card"), "fk", Permission.ISSUE_CARD, _new_card, "办卡 bk 新卡 xk"),
    act_code(
        "1102", Text("挂失", "Report a card lost"), "gs", Permission.CHANGE_CARD, _on_cards(CardAct.REPORT_LOST), "丢卡 dk",
    ),
    act_code(
        "1103", Text("解挂", "Lost card found"), "jg", Permission.CHANGE_CARD, _on_cards(CardAct.FOUND), "解除挂失 jcgs",
    ),
    act_code(
        "1104", Text("补（换）卡", "Replace a card"), "bhk", Permission.CHANGE_CARD,
        _on_cards(CardAct.REPLACE, business=True), "补卡 bk 换卡 hk",
    ),
    act_code(
        "1105", Text("激活银行卡", "Activate a card"), "jhyhk", Permission.CHANGE_CARD,
        _on_cards(CardAct.ACTIVATE, business=True), "激活 jh 启用",
    ),
    act_code("1106", Text("销卡", "Cancel a card"), "xk", Permission.CHANGE_CARD, _on_cards(CardAct.CANCEL), "注销"),
    act_code(
        "1107", Text("申请超限额发卡", "Request a card limit exception"), "sqcxefk", Permission.ASK_CARD_EXCEPTION,
        on_accounts("desk:card-exception-new", check_account_business, fits=_carries_cards, why=_NO_CARDS),
        "超限额发卡 cxefk 第五张",
    ),
    act_code(
        "1109", Text("销户", "Close an account"), "xh", Permission.CLOSE_ACCOUNT,
        on_accounts("desk:account-close", lambda party: check_debit(party, Act.CLOSE)), "注销账户 zxzh 注销",
    ),
    act_code(
        "1110", Text("支付账户余额转出", "Move out the balance"), "zfzhyezc", Permission.CLOSE_OUT,
        on_accounts("desk:close-out-new", fits=_close_out_offered,
            why=Text("只用于因惩戒停止业务的支付账户。", "Only for a payment account that a penalty stops.")), "余额转出 yezc",
    ),
    act_code(
        "1113", Text("更新证件有效期", "Renew a document"), "gxzjyxq", Permission.RENEW_DOCUMENT,
        on_customer("desk:document-renew"), "换证 hz 证件更新 zjgx",
    ),
    act_code(
        "1114", Text("增加证件", "Additional document"), "zjzj", Permission.LINK_DOCUMENT, on_customer("desk:document-new"),
    ),
    act_code(
        "1115", Text("更改姓名", "Change the name"), "ggxm", Permission.CHANGE_NAME, on_customer("desk:name-new"),
        "改名 gm 更名",
    ),
    act_code(
        "1116", Text("重新核实身份", "Re-verify identity"), "cxhssf", Permission.REVERIFY, on_customer("desk:reverify"),
        "核实 hs",
    ),
    act_code(
        "1117", Text("客户信息登记", "Record particulars"), "khxxdj", Permission.REGISTER_CUSTOMER,
        on_customer("desk:particulars"), "客户信息 khxx 职业 地址",
    ),
    act_code(
        "1118", Text("登记本人他行账户", "Own account at another bank"), "djbrthzh", Permission.ADD_EXTERNAL_ACCOUNT,
        on_customer("desk:external-account-new"), "他行账户 thzh",
    ),
)  # fmt: skip

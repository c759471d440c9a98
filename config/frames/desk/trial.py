"""Help for a sandbox: the sign-in form fills in a demo user, and the page 试试看 lists things to try.

All of it is public in the source; a bank without `SANDBOX` has none of it.
"""

import time
from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render

from config.frames.desk.access import desk_page
from config.frames.desk.demo_users import PASSWORD, code_of
from config.frames.desk.requests import DeskRequest
from config.kernel.law.text import Text
from config.kernel.models import SecondFactor

#: Users offered on the sign-in page, one for each role at the desk.
OFFERED = ("teller", "supervisor", "compliance", "auditor")
#: Name of the second factors with the demo's known seeds.
DEVICE = "demo"
STEP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Trial:
    """Something to try.

    :ivar roles: the demo's roles that may do it.
    :ivar numbers: the numbers to type.
    """

    title: Text
    words: Text
    roles: tuple[str, ...]
    numbers: tuple[str, ...] = ()


#: Things to try in the small bank of the demo (`seed_bank`, `seed_day`); a test checks that each number exists in it.
TRIALS = (
    Trial(
        Text("查一个客户", "Look somebody up"),
        Text(
            "1000 客户查询：何其昌，存量客户，借记卡和Ⅰ类户超过现行限额。",
            "1000 Find a customer, by document: 何其昌, taken over from before, with more cards and Class I accounts than may be opened today.",
        ),
        ("teller", "supervisor"),
        ("440304196803059198",),
    ),
    Trial(
        Text("为受惩戒人开户", "Open for somebody under penalty"),
        Text(
            "1001 个人开户：周明远，经公安机关认定出租账户。填写时即可看到不得开户的条款和期限。",
            "1001 Open for a person: 周明远, certified by the police for renting out accounts. The page says why not, and until when, while it is typed.",
        ),
        ("teller",),
        ("510107199108126539",),
    ),
    Trial(
        Text("撤销一笔延时到账的转账", "Cancel a transfer on hold"),
        Text(
            "2009 延时到账（待到账）：自助柜员机向他人的转账延时到账，到期前可为付款人撤销。",
            "2009 Transfers on hold: what was sent to others at machines arrives later; until then it can be cancelled for the payer.",
        ),
        ("teller",),
    ),
    Trial(
        Text("复核一个超限额发卡申请", "Decide a request for a fifth card"),
        Text(
            "3001 复核中心：柜员昨日提交，须由另一人决定。复核须再次输入动态口令。",
            "3001 Checker's inbox: submitted by a teller yesterday; another person decides, with a fresh one-time code.",
        ),
        ("supervisor",),
    ),
    Trial(
        Text("筛查一个名单上的人", "Screen somebody who is listed"),
        Text(
            "4103 名单筛查：方海涛，2023年经认定出售账户，从未在本行开户。",
            "4103 Screening: 方海涛, certified in 2023 for selling accounts, never a customer here.",
        ),
        ("teller", "compliance"),
        ("370203198803142214",),
    ),
)


def offered_users() -> list[str]:
    """Return the demo's users that the form can fill in, named by their role; none outside a sandbox."""
    if not settings.SANDBOX:
        return []
    known = SecondFactor.objects.filter(name=DEVICE, confirmed=True, user__username__in=OFFERED, user__is_active=True)
    names = set(known.values_list("user__username", flat=True))
    return [name for name in OFFERED if name in names]


def demo_sign_in_data(name: str) -> dict[str, str]:
    """Return the sign-in data of a demo user with an unused code; empty for another name."""
    if name not in offered_users():
        return {}
    return {"username": name, "password": PASSWORD, "code": next_code(name)}


def next_code(name: str) -> str:
    """Return a demo user's next unused code: the present one, or the following one."""
    last = SecondFactor.objects.filter(name=DEVICE, user__username=name).values_list("last_t", flat=True).first() or -1
    return code_of(name, steps_ahead=1 if last >= int(time.time()) // STEP_SECONDS else 0)


@desk_page()
def try_it(request: DeskRequest) -> HttpResponse:
    """Show five things to do and the numbers to type; those of other roles name the role."""
    if not settings.SANDBOX:
        raise Http404
    name = request.user.get_username()
    own = [(task, request.caller.role in task.roles) for task in TRIALS]
    code = next_code(name) if name in offered_users() else ""
    return render(request, "desk/try_it.html", {"tasks": own, "code": code})

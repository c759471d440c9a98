"""Budgets: limits of look-ups, views of whole data and failed attempts for each caller by hour and day (查询额度).

Counted in the database, in the same round trip as the record of the trail, so a restart resets no budget.
Hours and days are of the real clock in +08:00; a limit of 0 means no limit.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from config.kernel.database.sql import Query, Row, ask
from config.kernel.law.refusals import RequestError
from config.kernel.law.text import Codes, Text
from config.kernel.models import TrailKind, TrailOutcome, TrailRecord
from config.kernel.trail import trail
from config.kernel.trail.trail import Asker, asker_of


class OverBudget(RequestError):
    """Error for an act beyond the caller's budget; it is recorded."""

    status = 429
    code = "BUDGET_EXHAUSTED"
    title = Text("查询次数已用完", "Budget of look-ups used up")
    zh = "您在本时段内的查询、查看次数已用完，本次没有显示任何信息，并已记录。请稍后再试；业务确需的，请联系主管。"
    en = "Your look-ups or views for this period are used up; nothing was shown this time, and this is on record. Try again later; if your work needs more, ask your supervisor."


class Budget(Codes):
    """Kinds of limited acts (额度)."""

    LOOK_UPS = "look_ups", Text("查询与筛查", "Look-ups and screenings")
    MISSES = "misses", Text("未找到的查询", "Look-ups that found nothing")
    UNMASKINGS = "unmaskings", Text("查看完整信息", "Views of full data")
    SIGN_INS = "sign_ins", Text("签到尝试", "Attempts to sign in")
    ENROLMENT_FAILURES = "enrolment_failures", Text("注册码错误", "Wrong enrolment codes")
    SIGN_IN_FAILURES = "sign_in_failures", Text("签到失败", "Failed sign-ins")


@dataclass(frozen=True, slots=True)
class Spending:
    """Use of one budget by one act, for one kind of window.

    :ivar window: `minute`, `hour` or `day`.
    :ivar limit: of acts within the window; 0 for no limit.
    :ivar take: 1, or 0 for an act that counts nothing and is still refused when nothing is left.
    """

    budget: Budget
    window: str
    limit: int
    take: int = 1


# Earlier use decides. Simultaneous acts update the row of a window one after the other, so no more of them pass than
# the budget allows.
_COUNTED = """
WITH asked AS (
  SELECT budget || ' ' || span AS what, spent, most, date_trunc(span, clock_timestamp(), 'Etc/GMT-8') AS begins_at,
    make_interval(secs => CASE span WHEN 'minute' THEN 60 WHEN 'hour' THEN 3600 ELSE 86400 END) AS long
  FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[]) AS a (budget, span, most, spent)
), counted AS (
  INSERT INTO kernel_budgetuse AS t (id, what, who, begins_at, ends_at, count)
  SELECT gen_random_uuid(), what, %s::text, begins_at, begins_at + long, spent FROM asked ORDER BY what
  ON CONFLICT (what, who, begins_at) DO UPDATE SET count = t.count + excluded.count
  RETURNING what, ends_at, count
), verdict AS (
  SELECT coalesce(max(ceil(extract(epoch FROM ends_at - clock_timestamp()))), 0)::bigint AS wait
  FROM counted JOIN asked USING (what) WHERE count - spent >= most
)
"""
_SPEND = f"{_COUNTED} SELECT wait FROM verdict"  # noqa: S608 - texts of ours
_COLUMNS = (
    ("id", "uuid"), ("kind", "text"), ("principal_id", "uuid"), ("user_id", "bigint"), ("address", "inet"),
    ("whom", "bytea"), ("customer_id", "uuid"), ("account_id", "uuid"), ("object_id", "uuid"), ("reason", "text"),
    ("way", "text"), ("place", "text"), ("request_id", "text"), ("count", "bigint"),
)  # fmt: skip
_SPEND_AND_KEEP = f"""
{_COUNTED}, kept AS (
  INSERT INTO kernel_trailrecord ({", ".join(name for name, _ in _COLUMNS)}, outcome, code)
  SELECT {", ".join(f"%s::{kind}" for _, kind in _COLUMNS)},
    CASE WHEN wait > 0 THEN 'refused' ELSE %s::text END, CASE WHEN wait > 0 THEN %s::text ELSE '' END
  FROM verdict
)
SELECT wait FROM verdict
"""  # noqa: S608 - names and types of ours


def spend(who: str, *spendings: Spending) -> int:
    """Use budgets; return the seconds to wait if one was already used up, else 0.

    :param who: the caller as counted: an id or a network.
    """
    if not (asked := [each for each in spendings if each.limit]):
        return 0
    return ask(Query(_SPEND, [*_columns(asked), who], _wait))


def keep_within(
    kind: TrailKind, request: HttpRequest, outcome: TrailOutcome, *spendings: Spending, **about: Any
) -> None:
    """Use the caller's budgets and record the act in the trail, in one round trip, before the answer.

    :param about: as :func:`config.kernel.trail.trail.record` takes it.
    :raises OverBudget: when a budget was already used up; the record says so.
    """
    asker = asker_of(request)
    row = trail.row_of(asker, kind, outcome, **about)
    if asked := [each for each in spendings if each.limit]:
        _keep(row, asker, asked)
    else:
        trail.write(row)


def _keep(row: TrailRecord, asker: Asker, asked: list[Spending]) -> None:
    values = [row.__dict__[name] for name, _ in _COLUMNS]
    wait = ask(Query(_SPEND_AND_KEEP, [*_columns(asked), asker.key, *values, row.outcome, OverBudget.code], _wait))
    if wait:
        row.outcome, row.code = TrailOutcome.REFUSED.value, OverBudget.code
    trail.log_event(row)
    if wait:
        raise OverBudget(retry_after=wait)


def record_look_up(
    kind: TrailKind, request: HttpRequest, *, found: bool, miss: bool | None = None, **about: Any
) -> None:
    """Record a look-up within the caller's budget; a look-up without a result also counts as a miss.

    :param miss: whether it counts as a miss, if that does not follow from `found`.
    :raises OverBudget: when nothing is left of either budget.
    """
    take = int(not found if miss is None else miss)
    misses = Spending(Budget.MISSES, "hour", settings.MISSES_PER_HOUR, take)
    outcome = TrailOutcome.FOUND if found else TrailOutcome.NOT_FOUND
    keep_within(kind, request, outcome, *_look_ups(), misses, **about)


def record_typed_look_up(
    kind: TrailKind, request: HttpRequest, *, found: bool, whom: bytes, miss: bool | None = None, **about: Any
) -> None:
    """Record a look-up made while a form is typed; repeated look-ups of one person within minutes count once.

    :raises OverBudget: when nothing is left.
    """
    if trail.first_time(asker_of(request), f"{kind} {whom.hex()} {found}"):
        record_look_up(kind, request, found=found, miss=miss, whom=whom, **about)


def record_screening(request: HttpRequest, *, found: bool, **about: Any) -> None:
    """Record a screening within the caller's budget; a person without a listing does not count as a miss.

    :raises OverBudget: when nothing is left.
    """
    outcome = TrailOutcome.FOUND if found else TrailOutcome.NOT_FOUND
    keep_within(TrailKind.SCREENING, request, outcome, *_look_ups(), **about)


def request_unmasking(request: HttpRequest, **about: Any) -> None:
    """Record a request for whole data within the caller's budget, before the data is read.

    :raises OverBudget: when nothing is left.
    """
    hour = Spending(Budget.UNMASKINGS, "hour", settings.UNMASKINGS_PER_HOUR)
    day = Spending(Budget.UNMASKINGS, "day", settings.UNMASKINGS_PER_DAY)
    keep_within(TrailKind.UNMASK, request, TrailOutcome.DONE, hour, day, **about)


def _look_ups() -> tuple[Spending, Spending]:
    return (
        Spending(Budget.LOOK_UPS, "hour", settings.LOOK_UPS_PER_HOUR),
        Spending(Budget.LOOK_UPS, "day", settings.LOOK_UPS_PER_DAY),
    )


def _columns(asked: list[Spending]) -> list[Any]:
    return [
        [each.budget.value for each in asked],
        [each.window for each in asked],
        [each.limit for each in asked],
        [each.take for each in asked],
    ]


def _wait(rows: list[Row]) -> int:
    return int(rows[0]["wait"])

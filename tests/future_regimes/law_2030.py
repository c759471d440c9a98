"""An invented future regime for tests: non-counter business stopped for one year in all categories."""

from datetime import date

from blacklist.regimes.shape import CASE_ACCOUNT, CASE_HOLDER, NON_COUNTER, Measure, Regime
from blacklist.vocabulary import Category, RestrictionKind
from config.kernel.law.clauses import Clause
from config.kernel.law.text import Text

LAW = Clause("《某反诈骗法》(2030)", "第一条", date(2026, 1, 3), "一年内停止非柜面业务")

REGIME = Regime(
    code="LAW_2030",
    text=Text("某反诈骗法（2030年）", "Some law (2030)"),
    from_day=LAW.in_force,
    replaces=frozenset({"JDM_2024"}),
    names=frozenset(Category),
    penalty=(Measure(RestrictionKind.NON_COUNTER_SUSPENDED, NON_COUNTER, LAW, years=1),),
    case_holder=CASE_HOLDER,
    case_account=CASE_ACCOUNT,
)

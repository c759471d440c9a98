"""银发〔2019〕85号; penalty in force from 2019-04-01: five years for each measure, including the bar on opening."""

from datetime import date

from blacklist.regimes.shape import CASE_ACCOUNT, CASE_HOLDER, NON_COUNTER, OPENING, PAYMENT, Measure, Regime, Verb
from blacklist.vocabulary import Category, RestrictionKind
from config.kernel.law.clauses import PBOC_85, Clause
from config.kernel.law.text import Text

APRIL_2019 = date(2019, 4, 1)
PBOC_85_SUSPENSION = Clause(
    PBOC_85, "买卖账户惩戒", APRIL_2019, "经认定的单位和个人5年内暂停非柜面业务、支付账户所有业务"
)
PBOC_85_OPENING_BAR = Clause(PBOC_85, "买卖账户惩戒", APRIL_2019, "经认定的单位和个人5年内不得新开立账户")

REGIME = Regime(
    code="PBOC_85",
    text=Text("银发〔2019〕85号", "PBOC [2019] No. 85"),
    from_day=APRIL_2019,
    replaces=frozenset({"NOTICE_2016"}),
    names=frozenset(Category) - {Category.CRIMINAL_PUNISHED},
    penalty=(
        Measure(RestrictionKind.NON_COUNTER_SUSPENDED, NON_COUNTER, PBOC_85_SUSPENSION, years=5),
        Measure(RestrictionKind.PAYMENT_BUSINESS_SUSPENDED, PAYMENT, PBOC_85_SUSPENSION, years=5),
        Measure(RestrictionKind.OPENING_BARRED, OPENING, PBOC_85_OPENING_BAR, years=5),
    ),
    case_holder=CASE_HOLDER,
    case_account=CASE_ACCOUNT,
    verb=Verb.SUSPEND,
)

"""六部门《关于防范和打击电信网络诈骗犯罪的通告》 article 5; its penalty is in force from 2017-01-01.

It does not name the case account itself, which 银发〔2016〕261号 一(二) stops from that day on. The holder's other accounts
are stopped from the same day, because the notice states no day for them. It has no category for punished persons
(受刑事处罚).
"""

from blacklist.regimes.shape import (
    CASE_ACCOUNT,
    CASE_HOLDER_OF_THE_NOTICE,
    NON_COUNTER,
    OPENING,
    PAYMENT,
    Measure,
    Regime,
    Verb,
)
from blacklist.vocabulary import Category, RestrictionKind
from config.kernel.law.clauses import JANUARY_2017, NOTICE_5_OPENING_BAR, NOTICE_5_SUSPENSION
from config.kernel.law.text import Text

REGIME = Regime(
    code="NOTICE_2016",
    text=Text("六部门通告（2016年）", "Notice of the six departments (2016)"),
    from_day=JANUARY_2017,
    names=frozenset(Category) - {Category.CRIMINAL_PUNISHED},
    penalty=(
        Measure(RestrictionKind.NON_COUNTER_SUSPENDED, NON_COUNTER, NOTICE_5_SUSPENSION, years=5),
        Measure(RestrictionKind.PAYMENT_BUSINESS_SUSPENDED, PAYMENT, NOTICE_5_SUSPENSION, years=5),
        Measure(RestrictionKind.OPENING_BARRED, OPENING, NOTICE_5_OPENING_BAR, years=3),
    ),
    case_holder=CASE_HOLDER_OF_THE_NOTICE,
    case_account=CASE_ACCOUNT,
    verb=Verb.STOP,
)

"""公安部等《电信网络诈骗及其关联违法犯罪联合惩戒办法》, in force from 2024-12-01.

Two years for persons certified by the police, three for persons who were punished; only outflow is stopped, and bank
accounts may be opened. A term that the certificate states prevails. Terms add up while one is running, for at most
five years without a break. Articles of unknown number are cited by their subject.
"""

from datetime import date
from types import MappingProxyType

from blacklist.regimes.shape import (
    CASE_ACCOUNT,
    CASE_HOLDER,
    NON_COUNTER_OUT,
    OPENING_PAYMENT,
    PAYMENT_BUT_BALANCE,
    Measure,
    Regime,
    Threshold,
    Verb,
)
from blacklist.vocabulary import AuthorityLevel, Category, RestrictionKind
from config.kernel.law.clauses import JDM, Clause
from config.kernel.law.text import Text

DECEMBER_2024 = date(2024, 12, 1)
JDM_OUTFLOW = Clause(
    JDM, "金融惩戒(一)", DECEMBER_2024, "限制银行账户非柜面出金功能，既有协议的税款、社保、水电煤气费等代扣除外"
)
JDM_PAYMENT = Clause(JDM, "金融惩戒(二)", DECEMBER_2024, "停止支付账户业务，余额转至本人同名银行账户除外")
JDM_OPENING = Clause(JDM, "金融惩戒(三)", DECEMBER_2024, "暂停新开立支付账户")
JDM_THRESHOLD = Clause(
    JDM,
    "第三条(二)",
    DECEMBER_2024,
    "出售、出租、出借3张（个）以上、3次以上或者向3个以上对象；不足的由省级及以上公安机关认定",
)

_PUNISHED_LONGER = MappingProxyType({Category.CRIMINAL_PUNISHED: 3})

REGIME = Regime(
    code="JDM_2024",
    text=Text("联合惩戒办法（2024年）", "Joint discipline measures (2024)"),
    from_day=DECEMBER_2024,
    replaces=frozenset({"NOTICE_2016", "PBOC_85"}),
    names=frozenset(Category),
    penalty=(
        Measure(RestrictionKind.NON_COUNTER_SUSPENDED, NON_COUNTER_OUT, JDM_OUTFLOW, 2, _PUNISHED_LONGER),
        Measure(RestrictionKind.PAYMENT_BUSINESS_SUSPENDED, PAYMENT_BUT_BALANCE, JDM_PAYMENT, 2, _PUNISHED_LONGER),
        Measure(RestrictionKind.OPENING_BARRED, OPENING_PAYMENT, JDM_OPENING, 2, _PUNISHED_LONGER),
    ),
    case_holder=CASE_HOLDER,
    case_account=CASE_ACCOUNT,
    verb=Verb.STOP,
    term_prevails=True,
    adds_up_to=5,
    threshold=Threshold(
        least=3,
        categories=frozenset({Category.RENT, Category.LEND, Category.SELL, Category.BUY, Category.ORGANISE}),
        exempt=frozenset({AuthorityLevel.MINISTRY, AuthorityLevel.PROVINCE}),
        clause=JDM_THRESHOLD,
    ),
)

"""The instruments and clauses that the rules cite, each with the day on which it came into force."""

from dataclasses import dataclass
from datetime import date

from config.kernel.law.ends import day_text, month_text
from config.kernel.law.text import Text


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: instrument, article, first day in force.

    `text` is the legal citation; `summary` says what the clause requires; `known_since` is the part of the first
    day that the sources name, if they do not name the day.
    """

    instrument: str
    article: str
    in_force: date
    summary: str
    known_since: str = ""

    def __str__(self) -> str:
        return f"{self.instrument} {self.article}"

    def cited(self, language: str) -> str:
        """Return the citation with the day of entry into force; one article may hold rules of several days."""
        since = self._since().in_language(language)
        if language == "zh":
            return f"{self}（自{since}起施行）"
        short = ", ".join(filter(None, (_SHORT.get(self.instrument), _ARTICLES.get(self.article))))
        return f"{short}{': ' if short else ''}{self} (in force from {since})"

    def _since(self) -> Text:
        """Return the first day in force, or the month or year if the sources name only that."""
        match self.known_since.count("-"):
            case 0 if self.known_since:
                return Text(f"{self.in_force.year}年", str(self.in_force.year))
            case 1:
                return month_text(self.in_force)
        return day_text(self.in_force)


#: Shown in place of a clause for a rule that the bank has made itself.
HOUSE_RULE = Text("本行规则", "House rule")


def clause_text(clause: Clause | None) -> str:
    """Return a clause in short form for a page; None is shown as a house rule."""
    return str(clause or HOUSE_RULE)


NOTICE = "《关于防范和打击电信网络诈骗犯罪的通告》(2016)"
PBOC_261 = "银发〔2016〕261号"
PBOC_392 = "银发〔2015〕392号"
PBOC_302 = "银发〔2016〕302号"
PBOC_16 = "银发〔2018〕16号"
PBOC_85 = "银发〔2019〕85号"
JDM = "《电信网络诈骗及其关联违法犯罪联合惩戒办法》(2024)"
AFL = "《中华人民共和国反电信网络诈骗法》"
CBRC_48 = "银监发〔2015〕48号"
PBOC_345 = "银发〔2007〕345号"
SETTLEMENT = "中国人民银行令〔2003〕第5号"
#: Short English names of instruments and articles.
_SHORT = {
    NOTICE: "Notice 2016",
    PBOC_261: "PBOC [2016] No. 261",
    PBOC_392: "PBOC [2015] No. 392",
    PBOC_302: "PBOC [2016] No. 302",
    PBOC_16: "PBOC [2018] No. 16",
    PBOC_85: "PBOC [2019] No. 85",
    JDM: "Joint discipline measures 2024",
    AFL: "Anti-Fraud Law 2022",
    CBRC_48: "CBRC [2015] No. 48",
    PBOC_345: "PBOC [2007] No. 345",
    SETTLEMENT: "PBOC Order [2003] No. 5",
}
_ARTICLES = {
    "第四条": "Art. 4",
    "第五条": "Art. 5",
    "第十七条": "Art. 17",
    "第十八条": "Art. 18",
    "一(二)": "1(2)",
    "二(八)": "2(8)",
}
NOTICE_DAY = date(2016, 9, 23)
DECEMBER_2016 = date(2016, 12, 1)
JANUARY_2017 = date(2017, 1, 1)

NOTICE_5_CARDS = Clause(NOTICE, "第五条", NOTICE_DAY, "同一客户在同一商业银行开立借记卡原则上不得超过4张")
NOTICE_5_STOCK = Clause(NOTICE, "第五条", NOTICE_DAY, "抓紧完成借记卡存量清理工作")
NOTICE_5_CLASS_I = Clause(NOTICE, "第五条", DECEMBER_2016, "同一个人在同一家银行只能开立一个Ⅰ类户")
NOTICE_5_PAYMENT_III = Clause(NOTICE, "第五条", DECEMBER_2016, "同一个人在同一家支付机构只能开立一个Ⅲ类支付账户")
NOTICE_5_SUSPENSION = Clause(NOTICE, "第五条", JANUARY_2017, "经认定的单位和个人5年内停止非柜面业务、支付账户所有业务")
NOTICE_5_OPENING_BAR = Clause(NOTICE, "第五条", JANUARY_2017, "经认定的单位和个人3年内不得新开立账户")
# Only this sentence of the article names no day, so it is in force with the notice. Even so the bank does not restrict
# anybody under it before 2017 (`blacklist.policy.penalties`).
NOTICE_5_CASE_HOLDER = Clause(
    NOTICE, "第五条", NOTICE_DAY, "涉案账户开户人名下其他银行账户暂停非柜面业务、支付账户暂停全部业务"
)
NOTICE_5_ATM = Clause(NOTICE, "第五条", DECEMBER_2016, "个人通过自助柜员机向非同名账户转账的，资金24小时后到账")
PBOC_261_CASE_ACCOUNT = Clause(PBOC_261, "一(二)", JANUARY_2017, "涉案账户中止所有业务")
PBOC_261_CASE_HOLDER = Clause(
    PBOC_261, "一(二)", JANUARY_2017, "涉案账户开户人名下其他银行账户暂停非柜面业务、支付账户暂停所有业务"
)
PBOC_261_ATM = Clause(PBOC_261, "二(八)", DECEMBER_2016, "个人自助柜员机转账受理24小时后办理，向本人同行账户转账除外")
PBOC_261_REVOCATION = Clause(PBOC_261, "二(八)", DECEMBER_2016, "受理24小时内可向发卡行申请撤销转账")
PBOC_261_ARRIVAL = Clause(PBOC_261, "二(八)", DECEMBER_2016, "提供实时、普通、次日到账等转账方式供客户选择")
PBOC_261_STOCK = Clause(
    PBOC_261, "一(一)", DECEMBER_2016, "同一个人在同一家银行只能开立一个Ⅰ类户；此前开立多户的，由银行清理存量"
)
CBRC_48_CARDS = Clause(
    CBRC_48, "借记卡管理", date(2016, 1, 1), "同一客户借记卡原则上不得超过4张；此前超过的，由银行清理存量"
)
CBRC_48_AGENT = Clause(CBRC_48, "借记卡管理", date(2016, 1, 1), "同一代理人在同一银行代理开卡原则上不得超过3张")
CBRC_48_ACTIVATION = Clause(CBRC_48, "借记卡管理", date(2016, 1, 1), "持卡达4张的客户不得新发或激活借记卡")
PBOC_16_CLASS_II = Clause(PBOC_16, "Ⅱ类户", date(2018, 1, 1), "同一银行Ⅱ类户不得超过5户", "2018-01")
PBOC_16_CLASS_III = Clause(PBOC_16, "Ⅲ类户", date(2018, 1, 1), "同一银行Ⅲ类户不得超过5户", "2018-01")
PBOC_392_CLASSES = Clause(PBOC_392, "个人银行账户分类", date(2016, 4, 1), "Ⅰ、Ⅱ、Ⅲ类只划分个人账户")
PBOC_392_DOCUMENT = Clause(PBOC_392, "一(一)", date(2016, 4, 1), "开立个人银行账户须提供本人有效身份证件")
PBOC_302_NO_CARD = Clause(PBOC_302, "Ⅲ类户", date(2016, 11, 25), "Ⅲ类户不配发实体卡片")
PBOC_345_CHECK = Clause(PBOC_345, "联网核查", date(2007, 6, 29), "核查不一致的须进一步核实客户身份", "2007")
SETTLEMENT_BASIC = Clause(SETTLEMENT, "第四条", date(2003, 9, 1), "单位存款人只能开立一个基本存款账户")
SETTLEMENT_DOCUMENT = Clause(SETTLEMENT, "第十七条", date(2003, 9, 1), "单位开立银行结算账户须出具营业执照等证明文件")
AFL_18_DELAY = Clause(AFL, "第十八条", date(2022, 12, 1), "对可疑交易采取延迟支付结算等防范措施")

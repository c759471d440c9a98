"""Vocabulary of customers, accounts and cards."""

from config.kernel.law.request_status import RequestStatus as RequestStatus
from config.kernel.law.text import Codes, Text


class CustomerKind(Codes):
    """Kind of account holder (存款人)."""

    INDIVIDUAL = "individual", Text("个人", "Individual")
    ORGANIZATION = "organization", Text("单位", "Organization")


class CustomerStatus(Codes):
    """Status of a customer's identity (身份状态)."""

    ACTIVE = "active", Text("正常", "Active")
    IN_REVIEW = "in_review", Text("待核实", "Under identity review")


class Sameness(Codes):
    """Whether two customers are one person, as decided by two persons of the bank (是否同一人)."""

    SAME = "same", Text("同一人", "The same person")
    DIFFERENT = "different", Text("非同一人", "Two persons")


class MatchReason(Codes):
    """Indication that two customers may be one person (可能为同一人的依据)."""

    NAME_BIRTH_DATE = "name_birth_date", Text("姓名和出生日期相同", "Same name and date of birth")
    CITIZEN_NUMBER = "citizen_number", Text("证件号码含同一公民身份号码", "Same citizen number in another document")
    PHONE = "phone", Text("电话号码相同（仅供参考）", "Same phone (a hint only)")

    @property
    def counts(self) -> bool:
        """Return whether limits count over both customers while undecided; a shared phone is only a hint."""
        return self is not MatchReason.PHONE


class MovedKind(Codes):
    """Kind of row that a merge moves to the surviving customer (合并转入的种类)."""

    IDENTITIES = "identities", Text("身份", "Identity")
    DOCUMENTS = "documents", Text("证件", "Document")
    ACCOUNTS = "accounts", Text("账户", "Account")
    CARDS = "cards", Text("银行卡", "Card")
    EXTERNAL_ACCOUNTS = "external_accounts", Text("本人他行账户", "Own account at another bank")
    REVERIFICATIONS = "reverifications", Text("重新核实", "Re-verification")


class CheckResult(Codes):
    """Result of an identity check (联网核查结果); a reference, not a decision."""

    MATCH = "match", Text("一致", "Matches")
    NAME_MISMATCH = "name_mismatch", Text("姓名不一致", "Name differs")
    NOT_FOUND = "not_found", Text("查无此号", "No such number")
    PHOTO_MISMATCH = "photo_mismatch", Text("照片不一致", "Photo differs")
    VOID_DOCUMENT = "void_document", Text("证件失效", "Document void")
    UNAVAILABLE = "unavailable", Text("无法核查", "Could not be checked")


class ReviewCause(Codes):
    """Why an identity is under review (待核实原因)."""

    UNAVAILABLE = "unavailable", Text("无法核查", "Could not be checked")
    VOID_DOCUMENT = "void_document", Text("证件失效", "Document void")
    NO_MATCH = "no_match", Text("核查不一致", "Does not match")
    NOT_CHECKED = "not_checked", Text("尚未核查", "Not checked yet")


class CheckMethod(Codes):
    """Method of an identity check (核查方式); unknown texts in old rows are shown unchanged."""

    ONLINE = "联网核查", Text("联网核查", "Online check")
    CARD_READER = "读卡设备", Text("读卡设备", "Card reader")
    ENTRY_DOCUMENTS = "出入境证件核查", Text("出入境证件核查", "Check of entry documents")
    POLICE_RECEIPT = "公安机关回执", Text("公安机关回执", "Police receipt")
    BY_HAND = "人工核对", Text("人工核对", "Manual check")
    ENTERPRISE_REGISTER = "企业登记信息核查", Text("企业登记信息核查", "Enterprise register")
    REGISTRY_RECEIPT = "登记机关回执", Text("登记机关回执", "Receipt of the registration authority")
    PHONE = "电话核实", Text("电话核实", "By telephone")
    VIDEO = "远程视频核实", Text("远程视频核实", "By remote video")


#: Words in a teller's free text that name a remote method: the customer was not at the counter.
REMOTE_METHODS = (
    "电话", "视频", "视讯", "远程", "线上", "微信", "网银", "网上银行", "手机银行", "phone", "video", "remote",
)  # fmt: skip


class DocumentUse(Codes):
    """Purpose for which a document on file is requested, other than its renewal (证件用途)."""

    CHANGE_NAME = "change_name", Text("更改姓名", "Change of name")


class AccountKind(Codes):
    """Bank account or payment account (银行账户/支付账户)."""

    BANK = "bank", Text("银行账户", "Bank account")
    PAYMENT = "payment", Text("支付账户", "Payment account")


class AccountClass(Codes):
    """Class of an individual's account (Ⅰ/Ⅱ/Ⅲ类户); organizations' accounts have none."""

    I = "I", Text("Ⅰ类户", "Class I")  # noqa: E741 - the class's name
    II = "II", Text("Ⅱ类户", "Class II")
    III = "III", Text("Ⅲ类户", "Class III")
    NONE = "none", Text("不适用Ⅰ/Ⅱ/Ⅲ类", "No class")


def account_text(kind: str, account_class: str) -> Text:
    """Return the name of an account by kind and class: an organization's has no class, a payment account says so."""
    if account_class == AccountClass.NONE:
        if kind == AccountKind.PAYMENT:
            return Text("单位支付账户", "Organization payment account")
        return Text("单位银行结算账户", "Organization account")
    numeral = AccountClass(account_class).text
    if kind == AccountKind.PAYMENT:
        return Text(numeral.zh.replace("类户", "类支付账户"), f"{numeral.en} payment account")
    return Text(numeral.zh, f"{numeral.en} account")


class AccountStatus(Codes):
    """Status of an account: open or closed. Frozen, suspended and dormant are restrictions, not statuses."""

    OPEN = "open", Text("正常", "Open")
    CLOSED = "closed", Text("已销户", "Closed")


class CardProduct(Codes):
    """Product of a card; only debit cards count against the four (借记卡)."""

    DEBIT = "debit", Text("借记卡", "Debit card")
    SOCIAL_SECURITY = "social_security", Text("社会保障卡", "Social security card")
    MEDICAL = "medical", Text("医疗保险卡", "Medical insurance card")
    MILITARY_SECURITY = "military_security", Text("军人保障卡", "Military security card")

    @property
    def counts(self) -> bool:
        """Return whether a card of this product counts against the four and takes one of the slots."""
        return self is CardProduct.DEBIT

    @property
    def is_personal(self) -> bool:
        """Return whether only individuals can have it, because it pays out what belongs to a person."""
        return self is not CardProduct.DEBIT


def _personal_cards() -> Text:
    """Return the common name of the products for individuals (个人专属卡种)."""
    words = [each.text for each in CardProduct if each.is_personal]
    kinds = [each.en.removesuffix(" card") for each in words]
    *others, last = (kinds[0], *(kind[0].lower() + kind[1:] for kind in kinds[1:]))
    return Text(
        "、".join(each.zh for each in words), f"{', '.join(others)} and {last} cards" if others else f"{last} cards"
    )


PERSONAL_CARDS = _personal_cards()


class CardObstacle(Codes):
    """Why a card is not offered or not activated, apart from the account's class (不发卡、不激活的原因)."""

    INDIVIDUALS_ONLY = "individuals_only", Text("该卡种仅限个人客户", "Product for individuals only")
    OVER_THE_LIMIT = "over_the_limit", Text("借记卡超过四张，不能激活", "More than four debit cards, none activated")


class AgentRelation(Codes):
    """Capacity in which an agent acts for the account holder (与存款人的关系)."""

    AGENT = "agent", Text("代理人", "Agent")
    GUARDIAN = "guardian", Text("监护人", "Guardian")


class AgeClass(Codes):
    """Age of an individual on the bank's day, as far as rules ask (年龄段); evidence keeps no birth date."""

    UNDER_16 = "under_16", Text("未满16周岁", "Under 16")
    FROM_16 = "from_16", Text("已满16周岁", "Aged 16 or over")
    UNKNOWN = "unknown", Text("出生日期未知", "Date of birth unknown")


class EligibleProduct(Codes):
    """Products whose eligibility is shown (可开立的账户和卡)."""

    BANK_CLASS_I = "bank_class_i", account_text(AccountKind.BANK, AccountClass.I)
    BANK_CLASS_II = "bank_class_ii", account_text(AccountKind.BANK, AccountClass.II)
    BANK_CLASS_III = "bank_class_iii", account_text(AccountKind.BANK, AccountClass.III)
    PAYMENT_CLASS_III = "payment_class_iii", account_text(AccountKind.PAYMENT, AccountClass.III)
    UNIT_ACCOUNT = "unit_account", account_text(AccountKind.BANK, AccountClass.NONE)
    DEBIT_CARD = "debit_card", CardProduct.DEBIT.label


class CardStatus(Codes):
    """Status of a card; all but cancelled ones count (已发/激活/挂失/停用).

    A stopped card was opened against its holder's will: the clean-up of stock has ended its service (中止服务).
    """

    ISSUED = "issued", Text("未激活", "Not yet active")
    ACTIVE = "active", Text("正常", "Active")
    LOST = "lost", Text("已挂失", "Reported lost")
    STOPPED = "stopped", Text("已停用", "Stopped")
    CANCELLED = "cancelled", Text("已销卡", "Cancelled")


#: The largest length of the text that states an entitlement (申领依据).
PROOF_MAX = 200
COUNTED_CARD_PRODUCTS = tuple(each for each in CardProduct if each.counts)
COUNTED_CARD_STATUSES = (CardStatus.ISSUED, CardStatus.ACTIVE, CardStatus.LOST, CardStatus.STOPPED)
#: Statuses in which a payer may name the account by the number of its card; in all others the card's service has ended.
SERVED_CARD_STATUSES = (CardStatus.ISSUED, CardStatus.ACTIVE, CardStatus.LOST)


class FreezeStatus(Codes):
    """Status of a freeze at an instant, derived and not stored (冻结状态)."""

    IN_FORCE = "in_force", Text("冻结中", "In force")
    EXPIRED = "expired", Text("已到期", "Expired")
    LIFTED = "lifted", Text("已解除", "Lifted")


#: Statuses in which a request counts: it is pending or in force.
COUNTED_REQUESTS = (RequestStatus.PENDING, RequestStatus.IN_FORCE)


class Channel(Codes):
    """Channel of a transaction (渠道)."""

    COUNTER = "counter", Text("柜面", "Counter")
    ATM = "atm", Text("自助柜员机", "ATM")
    ONLINE = "online", Text("网上银行", "Online banking")
    MOBILE = "mobile", Text("手机银行", "Mobile banking")
    PHONE = "phone", Text("电话银行", "Phone banking")

    @property
    def is_counter(self) -> bool:
        """Return whether this is counter business (柜面业务); every other channel is non-counter."""
        return self is Channel.COUNTER

    @property
    def is_gateway(self) -> bool:
        """Return whether a gateway acts on it and names it; counter and machines act on their own channel."""
        return self not in {Channel.COUNTER, Channel.ATM}


class CashLimit(Codes):
    """The limit that an amount of cash exceeds (渠道限额)."""

    ACCOUNT_AT_MACHINES = "account_at_machines", Text("账户自助取款每日累计", "Withdrawals of an account at machines")
    MACHINE = "machine", Text("单台自助设备每日累计", "Withdrawals at one machine")
    ONE_PERSON = "one_person", Text("单人办理柜面现金业务", "Counter cash moved by one person")


class HouseRule(Codes):
    """A rule of the bank's own that restricts a customer where no instrument requires it (本行规则)."""

    PUNISHED = "punished", Text("受刑事处罚（本行规则）", "Punished for a crime (house rule)")
    NO_NEW_CARD = "no_new_card", Text("惩戒期内不新发卡（本行规则）", "No new card under a penalty (house rule)")


class EntryKind(Codes):
    """Kind of posting (分录种类)."""

    OPENING = "opening", Text("存量导入", "Import of existing data")
    DEPOSIT = "deposit", Text("现金存入", "Cash deposit")
    WITHDRAWAL = "withdrawal", Text("现金支取", "Cash withdrawal")
    REVERSAL = "reversal", Text("抹账", "Reversal")
    TRANSFER = "transfer", Text("转账", "Transfer")
    CLOSE_OUT = "close_out", Text("支付账户余额转出", "Balance of a payment account moved out")
    MERGE = "merge", Text("归并账户", "Merged into another account")
    SET_ASIDE = "set_aside", Text("转入待处理款项", "Set aside")
    ASIDE_PAID = "aside_paid", Text("待处理款项支付", "Payment of money set aside")


class ClosedReason(Codes):
    """Why an account was closed, where not at its holder's ordinary request (销户原因)."""

    IMPOSTOR = "impostor", Text("被冒用身份开户", "Opened by an impostor")


class CloseOutObstacle(Codes):
    """Why the balance of an account is not paid out, or not in this way (不予转出的原因)."""

    BANK_ACCOUNT = "bank_account", Text("不是支付账户", "Not a payment account")
    NOT_PENALIZED = "not_penalized", Text("开户人未受惩戒", "Holder not penalized")
    WHOLE_ONLY = "whole_only", Text("须一次全部转出", "Only as a whole")
    COUNTER_ONLY = "counter_only", Text("须到柜面办理", "At the counter only")


class InternalKind(Codes):
    """Kind of internal account (内部户)."""

    CASH = "cash", Text("现金", "Cash")
    CLEARING = "clearing", Text("他行清算", "Clearing with other banks")
    STOCK = "stock", Text("存量导入", "Import of existing data")
    ASIDE = "aside", Text("待处理款项", "Money set aside")


class DecisionKind(Codes):
    """Kind of decision of this app; a decision by two persons has the name of its proposal."""

    ACTIVATE_CARD = "activate_card", Text("激活银行卡", "Activation of a card")
    ASSIGN_CLEANUP = "assign_cleanup", Text("分派清理案件", "Assignment of clean-up cases")
    ASK_CARD_EXCEPTION = "ask_card_exception", Text("申请超限额发卡", "Request for a card limit exception")
    ASK_CASH_COUNT = "ask_cash_count", Text("提交尾箱轧账", "Submission of a cash box count")
    ASK_CASH_REVERSAL = "ask_cash_reversal", Text("申请现金抹账", "Request to reverse a cash transaction")
    ASK_CLEANUP = "ask_cleanup", Text("申请存量清理措施", "Request for a clean-up action")
    ASK_COUNTER_CASH = "ask_counter_cash", Text("申请大额现金存取", "Request for a large cash transaction")
    ASK_MERGE = "ask_merge", Text("申请合并客户", "Request to merge customers")
    ASK_FREEZE_LIFT = "ask_freeze_lift", Text("申请解除冻结", "Request to lift a freeze")
    CANCEL_CARD = "cancel_card", Text("销卡", "Cancellation of a card")
    CLEANUP_ATTACHMENT = "cleanup_attachment", Text("清理案件附件", "Attachment of a clean-up case")
    CLEANUP_CONTACT = "cleanup_contact", Text("清理联系记录", "Contact about a clean-up case")
    CLOSE_ACCOUNT = "close_account", Text("销户", "Account closure")
    DEPOSIT = "deposit", Text("现金存入", "Cash deposit")
    DOWNGRADE_ACCOUNT = "downgrade_account", Text("账户降级", "Downgrade")
    END_CONFLICT = "end_conflict", Text("身份冲突核查办结", "Review of an identity conflict")
    EXPORT_FAULTS = "export_faults", Text("导出存量导入问题行", "Export of rows of stock to look at")
    EXPORT_CLEANUP = "export_cleanup", Text("导出清理报表", "Export of a clean-up return")
    DELIVER_LETTER = "deliver_letter", Text("登记信函送达", "Delivery of a letter")
    HAND_OUT_CARD = "hand_out_card", Text("交付超限额卡", "Hand-out of a card under a limit exception")
    FIND_CARD = "find_card", Text("解挂", "Lost card found")
    ISSUE_CARD = "issue_card", Text("发卡", "Issue of a card")
    ISSUE_LETTER = "issue_letter", Text("出具信函", "Issue of a letter")
    LINK_DOCUMENT = "link_document", Text("申请增加证件", "Request for an additional document")
    LOAD_STOCK = "load_stock", Text("存量入账完成", "Stock booked")
    DISCARD_STOCK = "discard_stock", Text("放弃存量导入", "Import of stock discarded")
    OPEN_ACCOUNT = "open_account", Text("开户", "Account opening")
    OPEN_CASH_BOX = "open_cash_box", Text("领箱", "Opening of a cash box")
    PLACE_FREEZE = "place_freeze", Text("冻结", "Freeze")
    PRINT_LETTER = "print_letter", Text("打印信函", "Print of a letter")
    REGISTER_CUSTOMER = "register_customer", Text("客户登记", "Registration of a customer")
    RENEW_DOCUMENT = "renew_document", Text("更新证件有效期", "Renewal of a document")
    REPLACE_CARD = "replace_card", Text("补（换）卡", "Replacement of a card")
    REPORT_CARD_LOST = "report_card_lost", Text("挂失", "Report of a lost card")
    SEAL_CLEANUP = "seal_cleanup", Text("封存存量清理活动", "Seal of a clean-up campaign")
    START_CLEANUP = "start_cleanup", Text("启动存量清理活动", "Start of a clean-up campaign")
    TELL_ACCOUNT = "tell_account", Text("登记账户种类或用途", "Kind or purpose of an account")
    TELL_PARTICULARS = "tell_particulars", Text("登记客户信息", "Particulars of a customer")
    UPGRADE_ACCOUNT = "upgrade_account", Text("账户升级", "Upgrade")
    WITHDRAWAL = "withdrawal", Text("现金支取", "Cash withdrawal")


class Rule(Codes):
    """Set of rules of a decision; their clauses are in `policy`."""

    ACTIVATE_CARD = "activate_card", Text("激活条件", "Conditions of activation")
    CHANGE_NAME = "change_name", Text("更改姓名条件", "Conditions of a change of name")
    CARD_STATE = "card_state", Text("银行卡状态", "State of the card")
    CASH_BOX = "cash_box", Text("尾箱管理", "Keeping of cash boxes")
    CASH_REVERSAL = "cash_reversal", Text("抹账条件", "Conditions of a reversal")
    CHANGE_CLASS = "change_class", Text("账户升降级条件", "Conditions of a change of class")
    CLEANUP_CAMPAIGN = "cleanup_campaign", Text("存量清理活动规则", "Rules of a clean-up campaign")
    CLEANUP = "cleanup", Text("存量清理条件", "Conditions of a clean-up action")
    CLOSE = "close", Text("销户条件", "Conditions of closure")
    CLOSE_OUT = "close_out", Text("支付账户余额转出条件", "Conditions of moving out a payment account's balance")
    END_CONFLICT = "end_conflict", Text("身份冲突核查", "Review of identity conflicts")
    EXTERNAL_ACCOUNT = (
        "external_account",
        Text("本人他行账户登记条件", "Registration of an own account at another bank"),
    )
    FREEZE = "freeze", Text("协助冻结", "Freezes by an authority")
    IMPOSTOR = "impostor", Text("被冒用身份开户销户条件", "Conditions of closing an impostor's account")
    ISSUE_CARD = "issue_card", Text("发卡条件", "Conditions of issue")
    LETTER = "letter", Text("信函出具、打印和送达", "Letters to customers")
    LINK_DOCUMENT = "link_document", Text("增加证件条件", "Conditions of an additional document")
    MERGE_CUSTOMERS = "merge_customers", Text("合并客户条件", "Conditions of a merge of customers")
    MONEY = "money", Text("收付款条件", "Conditions of a payment")
    OPEN_ACCOUNT = "open_account", Text("开户条件", "Conditions of opening")
    REGISTER_CUSTOMER = "register_customer", Text("客户唯一性", "One customer number per person")
    RENEW_DOCUMENT = "renew_document", Text("证件更新条件", "Conditions of a renewal")
    REVERIFY = "reverify", Text("身份重新核实", "Re-verification of identity")
    SAME_PERSON = "same_person", Text("是否同一人的认定", "Whether two customers are one person")
    TELL_ACCOUNT = (
        "tell_account",
        Text("账户种类和用途登记条件", "Conditions of recording an account's kind or purpose"),
    )
    WITHDRAW_DOCUMENT = "withdraw_document", Text("撤销证件条件", "Conditions of withdrawing a document")
    WITHDRAW_EXTERNAL_ACCOUNT = (
        "withdraw_external_account",
        Text("撤销本人他行账户条件", "Conditions of withdrawing an own account at another bank"),
    )
    SET_ASIDE = "set_aside", Text("待处理款项支付条件", "Conditions of paying money set aside")
    STOCK = "stock", Text("存量导入规则", "Load of existing data")

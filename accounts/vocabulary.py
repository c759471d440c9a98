"""The words of accounts and cards, as a clerk uses them."""

from django.db.models import TextChoices


class CustomerKind(TextChoices):
    """Who holds an account (存款人)."""

    INDIVIDUAL = "individual", "个人"
    ORGANIZATION = "organization", "单位"


class CustomerStatus(TextChoices):
    """Whether the customer's identity stands (身份状态)."""

    ACTIVE = "active", "正常"
    IN_REVIEW = "in_review", "待核实"


class CheckResult(TextChoices):
    """What a check of an identity answered (联网核查结果); a reference, never a verdict by itself."""

    MATCH = "match", "一致"
    NAME_MISMATCH = "name_mismatch", "姓名不一致"
    NOT_FOUND = "not_found", "查无此号"
    PHOTO_MISMATCH = "photo_mismatch", "照片不一致"
    VOID_DOCUMENT = "void_document", "证件失效"
    UNAVAILABLE = "unavailable", "无法核查"


class AccountKind(TextChoices):
    """Bank account or payment account (银行账户/支付账户)."""

    BANK = "bank", "银行账户"
    PAYMENT = "payment", "支付账户"


class AccountClass(TextChoices):
    """Class of an individual's account (Ⅰ/Ⅱ/Ⅲ类户); organizations' accounts have none."""

    I = "I", "Ⅰ类户"  # noqa: E741 - the class's name
    II = "II", "Ⅱ类户"
    III = "III", "Ⅲ类户"
    NONE = "none", "不分类"


class AccountStatus(TextChoices):
    """Whether an account lives. Frozen, suspended and dormant are restrictions, not statuses."""

    OPEN = "open", "正常"
    CLOSED = "closed", "已销户"


class CardProduct(TextChoices):
    """What card it is; only debit cards count against the four (借记卡)."""

    DEBIT = "debit", "借记卡"
    SOCIAL_SECURITY = "social_security", "社会保障卡"
    MEDICAL = "medical", "医疗保险卡"
    MILITARY_SECURITY = "military_security", "军人保障卡"


class CardStatus(TextChoices):
    """Where a card stands; issued, active and lost ones count (已发/激活/挂失)."""

    ISSUED = "issued", "已发未激活"
    ACTIVE = "active", "正常"
    LOST = "lost", "挂失"
    CANCELLED = "cancelled", "已销卡"


COUNTED_CARD_STATUSES = (CardStatus.ISSUED, CardStatus.ACTIVE, CardStatus.LOST)


class RequestStatus(TextChoices):
    """Where something that needs a second person stands (经办/复核)."""

    PENDING = "pending", "待复核"
    ACTIVE = "active", "已生效"
    REJECTED = "rejected", "已拒绝"


class Channel(TextChoices):
    """Where business is done (渠道)."""

    COUNTER = "counter", "柜面"
    ATM = "atm", "自助柜员机"
    ONLINE = "online", "网上银行"
    MOBILE = "mobile", "手机银行"
    PHONE = "phone", "电话银行"

    @property
    def is_counter(self) -> bool:
        """Say whether this is counter business (柜面业务); everything else is non-counter."""
        return self is Channel.COUNTER


class EntryKind(TextChoices):
    """Why money moved (分录种类)."""

    OPENING = "opening", "存量导入"
    DEPOSIT = "deposit", "现金存入"
    WITHDRAWAL = "withdrawal", "现金支取"
    TRANSFER = "transfer", "转账"


class InternalKind(TextChoices):
    """Whose side the bank itself is on (内部户)."""

    CASH = "cash", "现金"
    CLEARING = "clearing", "他行清算"
    STOCK = "stock", "存量导入"


#: How many open accounts of a class one individual may have; None where no rule counts them.
#: Structure only: the clauses stand in `policy.opening`.
CLASS_SLOTS: dict[tuple[str, str], int | None] = {
    (AccountKind.BANK, AccountClass.I): 1,
    (AccountKind.BANK, AccountClass.II): 5,
    (AccountKind.BANK, AccountClass.III): 5,
    (AccountKind.PAYMENT, AccountClass.I): None,
    (AccountKind.PAYMENT, AccountClass.II): None,
    (AccountKind.PAYMENT, AccountClass.III): 1,
}
CARD_SLOTS = 4
AGENT_CARD_SLOTS = 3

"""The words of accounts and cards, as a clerk uses them."""

from django.db.models import TextChoices

from config.kernel.text import Text

#: The kind of the decision that opened an account.
OPENING = "open_account"


class CustomerKind(TextChoices):
    """Who holds an account (存款人)."""

    INDIVIDUAL = "individual", Text("个人", "Individual")
    ORGANIZATION = "organization", Text("单位", "Organization")


class CustomerStatus(TextChoices):
    """Whether the customer's identity stands (身份状态)."""

    ACTIVE = "active", Text("正常", "Active")
    IN_REVIEW = "in_review", Text("待核实", "Under identity review")


class CheckResult(TextChoices):
    """What a check of an identity answered (联网核查结果); a reference, never a verdict by itself."""

    MATCH = "match", Text("一致", "Matches")
    NAME_MISMATCH = "name_mismatch", Text("姓名不一致", "Name differs")
    NOT_FOUND = "not_found", Text("查无此号", "No such number")
    PHOTO_MISMATCH = "photo_mismatch", Text("照片不一致", "Photo differs")
    VOID_DOCUMENT = "void_document", Text("证件失效", "Document void")
    UNAVAILABLE = "unavailable", Text("无法核查", "Could not be checked")


class AccountKind(TextChoices):
    """Bank account or payment account (银行账户/支付账户)."""

    BANK = "bank", Text("银行账户", "Bank account")
    PAYMENT = "payment", Text("支付账户", "Payment account")


class AccountClass(TextChoices):
    """Class of an individual's account (Ⅰ/Ⅱ/Ⅲ类户); organizations' accounts have none."""

    I = "I", Text("Ⅰ类户", "Class I")  # noqa: E741 - the class's name
    II = "II", Text("Ⅱ类户", "Class II")
    III = "III", Text("Ⅲ类户", "Class III")
    NONE = "none", Text("不分类", "No class")


class AccountStatus(TextChoices):
    """Whether an account lives. Frozen, suspended and dormant are restrictions, not statuses."""

    OPEN = "open", Text("正常", "Open")
    CLOSED = "closed", Text("已销户", "Closed")


class CardProduct(TextChoices):
    """What card it is; only debit cards count against the four (借记卡)."""

    DEBIT = "debit", Text("借记卡", "Debit card")
    SOCIAL_SECURITY = "social_security", Text("社会保障卡", "Social security card")
    MEDICAL = "medical", Text("医疗保险卡", "Medical insurance card")
    MILITARY_SECURITY = "military_security", Text("军人保障卡", "Military security card")

    @property
    def counts(self) -> bool:
        """Say whether a card of this product counts against the four and takes one of their places."""
        return self is CardProduct.DEBIT


class CardStatus(TextChoices):
    """Where a card stands; issued, active and lost ones count (已发/激活/挂失)."""

    ISSUED = "issued", Text("已发未激活", "Issued, not yet active")
    ACTIVE = "active", Text("正常", "Active")
    LOST = "lost", Text("挂失", "Reported lost")
    CANCELLED = "cancelled", Text("已销卡", "Cancelled")


COUNTED_CARD_PRODUCTS = tuple(each for each in CardProduct if each.counts)
COUNTED_CARD_STATUSES = (CardStatus.ISSUED, CardStatus.ACTIVE, CardStatus.LOST)


class RequestStatus(TextChoices):
    """Where something that needs a second person stands (经办/复核), `config.kernel.models.ProposedModel`.

    pending -> in force | rejected | withdrawn | expired. In force is written `active` here.
    """

    PENDING = "pending", Text("待复核", "Pending approval")
    IN_FORCE = "active", Text("已生效", "In force")
    REJECTED = "rejected", Text("已拒绝", "Rejected")
    WITHDRAWN = "withdrawn", Text("已撤回", "Withdrawn")
    EXPIRED = "expired", Text("已过期", "Expired")


#: A request that still counts: it waits, or it is in force.
COUNTED_REQUESTS = (RequestStatus.PENDING, RequestStatus.IN_FORCE)


class Channel(TextChoices):
    """Where business is done (渠道)."""

    COUNTER = "counter", Text("柜面", "Counter")
    ATM = "atm", Text("自助柜员机", "ATM")
    ONLINE = "online", Text("网上银行", "Online banking")
    MOBILE = "mobile", Text("手机银行", "Mobile banking")
    PHONE = "phone", Text("电话银行", "Phone banking")

    @property
    def is_counter(self) -> bool:
        """Say whether this is counter business (柜面业务); everything else is non-counter."""
        return self is Channel.COUNTER

    @property
    def of_gateway(self) -> bool:
        """Say whether a gateway acts on it, and names it; counter and machines act on their own."""
        return self not in {Channel.COUNTER, Channel.ATM}


class EntryKind(TextChoices):
    """Why money moved (分录种类)."""

    OPENING = "opening", Text("存量导入", "Load of existing data")
    DEPOSIT = "deposit", Text("现金存入", "Cash deposit")
    WITHDRAWAL = "withdrawal", Text("现金支取", "Cash withdrawal")
    TRANSFER = "transfer", Text("转账", "Transfer")


class InternalKind(TextChoices):
    """Whose side the bank itself is on (内部户)."""

    CASH = "cash", Text("现金", "Cash")
    CLEARING = "clearing", Text("他行清算", "Clearing with other banks")
    STOCK = "stock", Text("存量导入", "Load of existing data")

"""Status of rows that need a second person, common to all apps."""

from config.kernel.law.text import Codes, Text


class RequestStatus(Codes):
    """Status of a row that needs a second person (经办/复核), `config.kernel.models.ProposedModel`.

    pending -> in force | rejected | withdrawn | expired; in force -> ended, if an act ends it. In force is stored
    as `active`.
    """

    PENDING = "pending", Text("待复核", "Pending approval")
    IN_FORCE = "active", Text("已生效", "In force")
    REJECTED = "rejected", Text("未通过", "Rejected")
    WITHDRAWN = "withdrawn", Text("已撤回", "Withdrawn")
    EXPIRED = "expired", Text("逾期失效", "Expired")
    ENDED = "ended", Text("已撤销", "In force no longer")

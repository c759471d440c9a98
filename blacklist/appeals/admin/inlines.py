"""Tables of appeals for the admin page of a certificate."""

from blacklist.appeals.models import Appeal
from config.frames.back_office.tables import ReadOnlyInline
from config.kernel.law.text import Text


class AppealInline(ReadOnlyInline):
    """Read-only list of the appeals against a certificate."""

    model = Appeal
    verbose_name_plural = Text("申诉", "Appeals")
    fields = ("doc_no", "received_on", "status", "forwarded_on", "answered_on", "answer_no", "made_by", "made_at")


OF_CERTIFICATES = (AppealInline,)

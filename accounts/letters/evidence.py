"""Names of the fields in the evidence of letters (证据要素)."""

from accounts.letters.models import Letter, LetterDelivery, LetterPrint
from config.kernel.law.refusals import name_subjects
from config.kernel.law.text import Text
from config.kernel.trail.evidence import Fact, columns, decided, register


def register_evidence() -> None:
    """Register the words of the fields, in the scope of letters."""
    name_subjects({"accounts.letters.refusals": Text("信函", "Letters")})
    letter = {
        **columns(Letter, "about_id", "digest", letter_kind="kind"),
        **columns(LetterPrint, format="form"),
        **columns(LetterDelivery, "way"),
        "number": Fact(Text("文号", "Number")),
        "letter_id": Fact(Text("信函编号", "Letter id")),
        "nth": Fact(Text("第几次打印", "Which print")),
        "day": Fact(Text("送达日期", "Day of delivery")),
    }
    register(letter, decided("issue_letter", "print_letter", "deliver_letter"))

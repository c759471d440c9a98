"""What people type about letters."""

from accounts.letters.operations.handing_out import TRACKING_MAX
from accounts.letters.vocabulary import DeliveryWay
from config.frames.desk.fields import DayField, DeskForm, LineField, NumberField
from config.frames.desk.stated import DigitRadios, StatedField
from config.kernel.law.text import Text


class DeliveryForm(DeskForm):
    """How a letter was delivered."""

    way = StatedField(label=Text("送达方式", "Way of delivery"), choices=DeliveryWay.choices, widget=DigitRadios)
    date = DayField(label=Text("日期", "Date"), required=False, help_text=Text("留空为今日", "Left empty: today"))
    tracking_number = NumberField(
        label=Text("邮件号码", "Tracking number"),
        required=False,
        max_length=TRACKING_MAX + 20,
        help_text=Text("邮寄和退件须填写", "By post, and returned"),
    )


class CheckForm(DeskForm):
    """What stands on a paper."""

    number = LineField(label=Text("文号", "Number"), max_length=40)
    code = LineField(label=Text("校验码", "Code"), max_length=40)

"""Forms for a certificate: the document itself, its subjects and its case accounts."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.conf import settings
from django.forms import BaseFormSet, BoundField, formset_factory
from django.http import QueryDict

from blacklist.desk.verdict import COUNT_DIGITS
from blacklist.models import CaseAccount, Certificate, CertificateSubject
from blacklist.operations.drafts import CertificateDraft, DraftSubject
from blacklist.policy.content import Extent, Sentence
from blacklist.policy.penalties import BY_DATE, basis_in_force
from blacklist.regimes import BasisWords, LegalBasis
from blacklist.vocabulary import AuthorityLevel, Category, ExtentPart, SentenceKind, SubjectKind
from config.frames.desk.fields import (
    AccountNumberField,
    BankCodeField,
    DayField,
    DeskForm,
    LineField,
    NameField,
    StatedField,
)
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.kernel.models import column_word
from config.kernel.requests.documents import DOCUMENT_TYPES, DocumentInput

# Generic for the type checker only.
if TYPE_CHECKING:
    _FormSet = BaseFormSet[Any]
else:
    _FormSet = BaseFormSet

#: Maximum of form rows of a kind; a longer certificate is entered over the API.
MOST_ROWS = 20

SUBJECT, ACCOUNT = "subject", "account"
#: The extent, asked for certificates whose legal basis has a threshold.
EXTENT = tuple(part.value for part in ExtentPart)
#: The sentence, asked for a punishment under a legal basis whose terms prevail.
SENTENCE = ("sentence_kind", "effective_on", "served_on")


#: Optional number of a certificate, with its maximum.
_COUNT: dict[str, Any] = {"required": False, "min_value": 0, "max_value": 10**COUNT_DIGITS - 1}


class Box(BoundField):
    """One input of a form (输入项), rendered by `blacklist/desk/box.html`."""

    @property
    def width(self) -> str:
        """Return the number of grid columns of the input."""
        return cast("BoxForm", self.form).widths.get(self.name, "col-md-6")

    @property
    def marked(self) -> bool:
        """Return whether the label is marked as required."""
        return self.field.required and self.form.use_required_attribute

    def build_widget_attrs(self, attrs: Any, widget: forms.Widget | None = None) -> Any:
        built = super().build_widget_attrs(attrs, widget)
        if self.errors:
            built["class"] = f"{(widget or self.field.widget).attrs['class']} is-invalid"
        return built


class BoxForm(DeskForm):
    """A form laid out in columns.

    :cvar widths: columns of inputs that are not half as wide as the form.
    """

    bound_field_class = Box
    use_required_attribute = True
    widths: ClassVar[dict[str, str]] = {}


class SubjectDocumentForm(BoxForm):
    """Form for an identity document, valid or expired."""

    widths = {"type": "col-md-4", "number": "col-md-5", "country": "col-md-3"}

    type = StatedField(label=column_word(CertificateSubject, "document_type"), choices=DOCUMENT_TYPES)
    number = forms.CharField(
        label=column_word(CertificateSubject, "document_number"),
        max_length=64,
    )
    country = forms.CharField(label=Text("签发国（仅护照）", "Country (passport only)"), max_length=3, required=False)

    @property
    def entered(self) -> DocumentInput:
        """Return the entered document in the form that document readers accept."""
        data = self.cleaned_data
        return DocumentInput(data["type"], data["number"], data["country"] or None)


def _bases() -> list[tuple[str, str]]:
    """Return the choices of legal bases, with "none stated" if the bank then infers it from the day."""
    unstated = [(BY_DATE, Text("文书未载明：按认定日期", "Not stated: by the certification date"))]
    return [*BasisWords.choices, *(unstated if settings.LEGAL_BASIS_WHEN_MISSING == BY_DATE else [])]


class CertificateForm(BoxForm):
    """Form for the certificate itself: number, authority, days, category and legal basis."""

    widths = dict.fromkeys(("region_code", "level", "certified_on", "received_on"), "col-md-3") | dict.fromkeys(
        EXTENT, "col-md-4 desk-extent"
    )
    widths |= dict.fromkeys(SENTENCE, "col-md-4 desk-sentence")

    doc_no = LineField(
        label=column_word(Certificate, "doc_no"), max_length=100,
        help_text=Text("照文书原样录入，如 公(反诈)认字〔2026〕001号", "As written in the certificate"),
    )  # fmt: skip
    authority = NameField(label=Text("认定机关", "Certifying authority"), max_length=120)
    region_code = forms.CharField(
        label=column_word(Certificate, "region_code"), max_length=6,
        help_text=Text("GB/T 2260 六位数字", "GB/T 2260, six digits"),
    )  # fmt: skip
    level = forms.ChoiceField(label=Text("机关层级", "Authority's level"), choices=[("", "-"), *AuthorityLevel.choices])
    certified_on = DayField(label=Text("认定日期", "Certified on"))
    received_on = DayField(label=Text("接收日期", "Received on"), required=False)
    category = forms.ChoiceField(label=Text("认定类别", "Category"), choices=[("", "-"), *Category.choices])
    legal_basis = StatedField(label=Text("认定依据", "Legal basis"), choices=_bases)
    term_from = DayField(
        label=Text("文书所载期限起始日", "Term as written, from"), required=False,
        help_text=Text(
            "是否按此执行，由认定依据决定，见规则核验", "Whether it is executed the legal basis says: see the rule check"
        ),
    )  # fmt: skip
    term_to = DayField(label=Text("文书所载期限截止日", "Term as written, to"), required=False)
    sentence_kind = StatedField(
        label=Text("刑罚种类", "Sentence"), required=False, choices=[("", "-"), *SentenceKind.choices],
        help_text=Text("受刑事处罚、未载明期限的，按刑罚计算", "Where no term is stated, the penalty counts from the sentence"),
    )  # fmt: skip
    effective_on = DayField(label=Text("裁判生效日", "Judgment effective on"), required=False)
    served_on = DayField(
        label=Text("刑罚执行完毕日", "Sentence served on"), required=False,
        help_text=Text("尚在服刑的不填，执行完毕后以更正补录", "Leave blank while it is being served; add it by a correction"),
    )  # fmt: skip
    accounts = forms.IntegerField(label=ExtentPart.ACCOUNTS.label, **_COUNT)
    times = forms.IntegerField(label=ExtentPart.TIMES.label, **_COUNT)
    counterparties = forms.IntegerField(label=ExtentPart.COUNTERPARTIES.label, **_COUNT)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        ends = {name: data.get(name) for name in ("term_from", "term_to") if name not in self.errors}
        if any(ends.values()):
            for name in (name for name, day in ends.items() if day is None):
                self.add_error(
                    name, str(Text("期限起止须同时填写。", "Enter both the first and the last day of the term."))
                )
        said = {name: data.get(name) for name in SENTENCE if name not in self.errors}
        if any(said.values()):
            for name in (name for name in SENTENCE[:2] if name in said and not said[name]):
                self.add_error(
                    name,
                    str(
                        Text(
                            "刑罚种类和裁判生效日须同时填写。",
                            "Enter both the kind of sentence and the day on which the judgment takes effect.",
                        )
                    ),
                )
        return data


class RowForm(BoxForm):
    """A form row that may be left empty; a row in which only a choice is made counts as empty."""

    use_required_attribute = False
    #: Fields of a row; errors about all rows are shown at the first one.
    typed: ClassVar[tuple[str, ...]]

    @property
    def place_taken(self) -> str:
        """Return the row's number in the form."""
        return str(self.prefix).rpartition("-")[2]

    def has_changed(self) -> bool:
        return any(str(self[name].value() or "").strip() for name in self.typed)


class SubjectForm(RowForm, SubjectDocumentForm):
    """Form row for a subject of a certificate."""

    widths = SubjectDocumentForm.widths | {"kind": "col-md-3", "name": "col-md-9"}
    typed = ("name", "number", "country")
    field_order = ("kind", "name", "type", "number", "country")

    kind = forms.ChoiceField(label=Text("对象类别", "Kind"), choices=SubjectKind.choices)
    name = NameField(label=column_word(CertificateSubject, "name"), max_length=120)

    @property
    def subject(self) -> DraftSubject:
        """Return the subject entered in a valid row."""
        return DraftSubject(SubjectKind(self.cleaned_data["kind"]), self.cleaned_data["name"], self.entered)


class CaseAccountForm(RowForm):
    """Form row for a case account of a certificate."""

    widths = {"account_number": "col-md-8", "bank_code": "col-md-4"}
    typed = ("account_number", "bank_code")

    account_number = AccountNumberField(label=Text("账号或卡号", "Account or card number"), max_length=60)
    bank_code = BankCodeField(
        label=column_word(CaseAccount, "bank_code"), max_length=20, required=False,
        help_text=Text("本行账户不填", "Leave blank for this bank"),
    )  # fmt: skip

    @property
    def account(self) -> tuple[str, str]:
        """Return number and bank code of a valid row; the code is empty for this bank."""
        return self.cleaned_data["account_number"], self.cleaned_data["bank_code"]


class Rows(_FormSet):
    """Form rows of one kind, up to the form's maximum; any of them may be empty."""

    @property
    def filled(self) -> list[Any]:
        """Return the rows with entered values."""
        return [form for form in self.forms if form.has_changed()]

    @property
    def shown(self) -> Sequence[Any]:
        """Return the rows to show, at least one."""
        return self.filled or self.forms[:1]

    def add_errors(self, path: str, messages: Any) -> None:
        """Show errors beside the input of a row, or beside the first row for errors about all rows.

        :param path: `0.document.number`, counted over the filled rows; empty for all rows.
        """
        number, _, rest = path.partition(".")
        form = self.filled[int(number)] if number else self.shown[0]
        form.add_errors(BadRequest({rest if number else form.typed[0]: messages}))


SubjectRows = formset_factory(SubjectForm, formset=Rows, extra=MOST_ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS)
AccountRows = formset_factory(CaseAccountForm, formset=Rows, extra=MOST_ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS)


class CertificateEntry:
    """All forms of one certificate entry: the certificate, its subjects and its case accounts."""

    def __init__(self, data: QueryDict | None = None, *, draft: Mapping[str, Any] | None = None) -> None:
        before = {"draft": draft}
        self.paper = CertificateForm(data, draft=draft)
        self.subjects = cast("Rows", SubjectRows(data, prefix=SUBJECT, form_kwargs=before))
        self.accounts = cast("Rows", AccountRows(data, prefix=ACCOUNT, form_kwargs=before))

    def is_valid(self) -> bool:
        """Validate all forms, so that a person sees all errors at once."""
        return all([each.is_valid() for each in (self.paper, self.subjects, self.accounts)])  # noqa: C419 - each one

    @property
    def errors(self) -> dict[str, Any]:
        """Return the errors by part of the form."""
        rows = {SUBJECT: [*filter(None, self.subjects.errors)], ACCOUNT: [*filter(None, self.accounts.errors)]}
        return {part: wrong for part, wrong in {**self.paper.errors, **rows, "rest": self.faults_left}.items() if wrong}

    @property
    def faults_left(self) -> list[str]:
        """Return the errors that are shown beside no input."""
        rows = [*self.subjects.non_form_errors(), *self.accounts.non_form_errors()]
        return [str(each) for each in (*self.paper.non_field_errors(), *rows)]

    def draft(self) -> CertificateDraft:
        """Return the certificate draft entered in a valid form."""
        data = self.paper.cleaned_data
        return CertificateDraft(
            doc_no=data["doc_no"],
            authority_name=data["authority"],
            region_code=data["region_code"],
            level=AuthorityLevel(data["level"]),
            certified_on=data["certified_on"],
            received_on=data["received_on"],
            category=Category(data["category"]),
            legal_basis=(
                basis_in_force(data["certified_on"])
                if data["legal_basis"] == BY_DATE
                else LegalBasis(data["legal_basis"])
            ),
            subjects=tuple(form.subject for form in self.subjects.filled),
            case_accounts=tuple(form.account for form in self.accounts.filled),
            term=(data["term_from"], data["term_to"]) if data["term_from"] else None,
            sentence=self._sentence(),
            extent=self._extent(),
        )

    def _sentence(self) -> Sentence | None:
        """Return the entered sentence; None when nothing is entered."""
        kind, effective_on, served_on = (self.paper.cleaned_data[name] for name in SENTENCE)
        return Sentence(SentenceKind(kind), effective_on, served_on) if kind else None

    def _extent(self) -> Extent | None:
        """Return the entered extent; None when nothing is entered."""
        extent = Extent(*(self.paper.cleaned_data[name] for name in EXTENT))
        return None if extent == Extent() else extent

    def add_errors(self, bad: BadRequest) -> None:
        """Show the messages of a bad request beside the inputs that it names."""
        for path, messages in bad.fields.items():
            part, _, rest = path.partition(".")
            match part:
                case "subjects":
                    self.subjects.add_errors(rest, messages)
                case "case_accounts":
                    self.accounts.add_errors(rest, messages)
                case "term":
                    self.paper.add_errors(BadRequest({f"term_{rest or 'to'}": messages}))
                case "sentence":
                    self.paper.add_errors(BadRequest({"sentence_kind": messages}))
                case _:
                    self.paper.add_errors(BadRequest({path: messages}))

"""Letters over the API (信函): owed and issued letters, the PDF, deliveries, and the check of a paper."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from accounts.letters.operations.letters import TRACKING_MAX, deliver_letter, issue_letter, print_letter
from accounts.letters.queries.composition import content_read
from accounts.letters.queries.issued_letters import check_paper, deliveries_of, find_letter, is_unchanged, letters_to
from accounts.letters.queries.owed_letters import letters_of_customer
from accounts.letters.vocabulary import DeliveryWay, LetterForm, LetterKind
from config.frames.api import shapes
from config.frames.api.answers import Answer, PageAnswer
from config.frames.api.fields import DayField, IdField, InstantField, LineField, StrictSerializer, path_id
from config.frames.api.links import ID, to
from config.frames.api.pagination import PageQuery, page
from config.frames.api.views import ContractView, File, FileView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import NotFound
from config.kernel.trail import budgets
from config.kernel.trail.unmasking import LookReason

_OF_LETTER = {
    "readLetter": to("get_letters_id", letter_id=ID),
    "letterPdf": to("get_letters_id_pdf", letter_id=ID),
    "deliverLetter": to("post_letters_id_deliveries", letter_id=ID),
}


class LetterBody(StrictSerializer):
    """Kind of a letter, and the id of the certificate, revocation, re-verification or refusal's decision that it is about."""

    examples = {"penalty": {"kind": "penalty", "about_id": shapes.AN_ID}}

    kind = serializers.ChoiceField(choices=LetterKind.choices)
    about_id = IdField()


class DeliveryBody(StrictSerializer):
    """Delivery of a letter; `date` is today by default, `tracking_number` only for delivery by post."""

    examples = {"posted": {"way": "post", "tracking_number": "EA123456789CN"}}

    way = serializers.ChoiceField(choices=DeliveryWay.choices)
    date = DayField(required=False)
    tracking_number = LineField(required=False, max_length=TRACKING_MAX)


class LetterCheckBody(StrictSerializer):
    """The number of a letter, and the code at its foot."""

    examples = {"paper": {"number": "惩告〔2026〕1号", "code": "0F3A-92C1-77D0-5B1E"}}

    number = LineField(max_length=40)
    code = LineField(max_length=40)


class DeliveryAnswer(Answer):
    """An entry about a letter's delivery; the last one counts."""

    id = serializers.UUIDField()
    letter_id = serializers.UUIDField()
    way = serializers.ChoiceField(choices=DeliveryWay.choices)
    date = serializers.DateField(source="day")
    tracking_number = serializers.CharField(allow_null=True)
    recorded_at = InstantField(source="at")


class LetterAnswer(Answer):
    """A letter by its number; its text, with the customer's name, is only on the paper."""

    id = serializers.UUIDField()
    customer_id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=LetterKind.choices)
    number = serializers.CharField()
    about_id = serializers.UUIDField()
    certificate_id = serializers.UUIDField(allow_null=True)
    replaces_id = serializers.UUIDField(allow_null=True)
    issued_at = InstantField()
    sha256 = serializers.CharField(source="digest")
    code = serializers.CharField()
    prints = serializers.IntegerField(source="print_count")
    delivery = serializers.ChoiceField(choices=DeliveryWay.choices, allow_null=True, source="last_way")


class SectionAnswer(Answer):
    """One part of a letter, in both languages."""

    name = serializers.CharField()
    zh = serializers.ListField(child=serializers.CharField())
    en = serializers.ListField(child=serializers.CharField())


class LetterReadAnswer(LetterAnswer):
    """A letter with its text, without the name; empty where the stored text is not the one that was issued."""

    sections = SectionAnswer(many=True)
    deliveries = DeliveryAnswer(many=True)
    unchanged = serializers.BooleanField()


class OwedAnswer(Answer):
    """A letter that a customer is owed and has not been issued."""

    kind = serializers.ChoiceField(choices=LetterKind.choices)
    about_id = serializers.UUIDField()
    certificate_id = serializers.UUIDField(source="bearing.certificate_id")
    authority = serializers.CharField(source="paper.certificate.authority")
    doc_no = serializers.CharField(source="paper.certificate.doc_no")


class LettersAnswer(PageAnswer):
    """A page of letters; `owed` are those still to be issued, the same on every page."""

    results = LetterAnswer(many=True)
    customer_id = serializers.UUIDField()
    owed = OwedAnswer(many=True)


class LetterCheckAnswer(Answer):
    """Whether the paper is a letter of this bank; `unchanged` says whether the stored text is the one that was issued."""

    genuine = serializers.BooleanField()
    unchanged = serializers.BooleanField()
    letter_id = serializers.UUIDField(allow_null=True, source="letter.id")
    kind = serializers.ChoiceField(choices=LetterKind.choices, allow_null=True, source="letter.kind")
    issued_at = InstantField(allow_null=True, source="letter.issued_at")


class CustomerLettersView(ContractView):
    """`GET` and `POST /customers/{id}/letters`."""

    roles = {"GET": ROLES[Permission.VIEW_LETTERS], "POST": ROLES[Permission.ISSUE_LETTER]}
    links = {
        "GET": {
            "readFirst": to("get_letters_id", letter_id="$response.body#/results/0/id"),
            "nextPage": to(
                "get_customers_id_letters", customer_id="$response.body#/customer_id", cursor="$response.body#/next"
            ),
            "issueOwed": to(
                "post_customers_id_letters",
                {"kind": "$response.body#/owed/0/kind", "about_id": "$response.body#/owed/0/about_id"},
                customer_id="$response.body#/customer_id",
            ),
        },
        "POST": _OF_LETTER,
    }
    body = LetterBody
    query = PageQuery
    answers = {"GET": {200: LettersAnswer}, "POST": {201: LetterAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> Mapping[str, Any]:
        found = letters_of_customer(path_id(path["customer_id"]), bank_now())
        if found is None:
            raise NotFound
        letters = page(letters_to([each.pk for each in found.issued]), query, LetterAnswer.of_each)
        owed = [
            OwedAnswer.of(certificate, kind=kind, about_id=about_id) for (kind, about_id), certificate in found.owed()
        ]
        return LettersAnswer.of(customer_id=found.customer.id, owed=owed, **letters)

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        made = issue_letter(
            principal=caller,
            customer_id=path_id(path["customer_id"]),
            kind=LetterKind(data["kind"]),
            about_id=data["about_id"],
        )
        return 201, LetterAnswer.of(letters_to([made.pk]).get())


class LetterView(ContractView):
    """`GET /letters/{id}`: its text without the customer's name, its prints and deliveries."""

    roles = {"GET": ROLES[Permission.VIEW_LETTERS]}
    answers = {"GET": {200: LetterReadAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> Mapping[str, Any]:
        row = find_letter(path_id(path["letter_id"]))
        if row is None:
            raise NotFound
        unchanged = is_unchanged(row)
        sections = content_read(row).sections if unchanged else ()
        return LetterReadAnswer.of(
            letters_to([row.pk]).get(),
            sections=[
                SectionAnswer.of(each, zh=[line.zh for line in each.lines], en=[line.en for line in each.lines])
                for each in sections
            ],
            deliveries=deliveries_of(row),
            unchanged=unchanged,
        )


class LetterPdfView(FileView):
    """`GET /letters/{id}/pdf`: the PDF with the customer's full name. It counts as a print, and is recorded."""

    roles = {"GET": ROLES[Permission.ISSUE_LETTER]}
    media_types = ("application/pdf",)

    def send(self, caller: Caller, query: dict[str, Any], **path: Any) -> File:
        letter_id = path_id(path["letter_id"])
        row = find_letter(letter_id)
        if row is None:
            raise NotFound
        about = {"object_id": letter_id, "customer_id": row.customer_id}
        budgets.request_unmasking(self.http_request, reason=LookReason.LETTER.value, **about)
        printed = perform(lambda: print_letter(principal=caller, letter_id=letter_id, form=LetterForm.PDF))
        return File(f"letter-{letter_id}-{printed.nth}.pdf", "application/pdf", printed.file or b"")


class LetterDeliveriesView(ContractView):
    """`POST /letters/{id}/deliveries`."""

    roles = {"POST": ROLES[Permission.ISSUE_LETTER]}
    links = {"POST": {"readLetter": to("get_letters_id", letter_id="$response.body#/letter_id")}}
    body = DeliveryBody
    answers = {"POST": {201: DeliveryAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        made = deliver_letter(
            principal=caller,
            letter_id=path_id(path["letter_id"]),
            way=DeliveryWay(data["way"]),
            day=data.get("date"),
            tracking_number=data.get("tracking_number", ""),
        )
        return 201, DeliveryAnswer.of(made)


class LetterChecksView(ContractView):
    """`POST /letters/checks`: it changes nothing, so it takes no idempotency key."""

    roles = {"POST": ROLES[Permission.CHECK_LETTER]}
    body = LetterCheckBody
    keyed = False
    answers = {"POST": {200: LetterCheckAnswer}}

    def look_up(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        checked = check_paper(data["number"], data["code"])
        return 200, LetterCheckAnswer.of(checked, genuine=checked.letter is not None)

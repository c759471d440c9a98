"""Letters at the desk (信函): owed and issued letters, their text, prints and delivery, and the check of a paper."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.desk.act_pages import ActPage, act_page
from accounts.desk.customer import acts_of
from accounts.letters.models import Letter, LetterDelivery
from accounts.letters.operations.letters import TRACKING_MAX, Printed, deliver_letter, issue_letter, print_letter
from accounts.letters.queries.composition import content_read, unannounced_refusals
from accounts.letters.queries.issued_letters import (
    check_paper,
    deliveries_of,
    find_letter,
    is_unchanged,
    issued_of,
    letters_about,
    paper_of,
    prints_of,
    undelivered,
)
from accounts.letters.queries.owed_letters import CustomerLetters, due_of_certificate, due_page, letters_of_customer
from accounts.letters.refusals import LetterNotInPdf
from accounts.letters.vocabulary import DeliveryWay, LetterForm, LetterKind
from accounts.queries.subject_lines import subject_line, subject_lines
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import form_arguments
from config.frames.desk.fields import DayField, DeskForm, DigitRadios, LineField, NumberField, StatedField
from config.frames.desk.form_acts import new_form_key
from config.frames.desk.pages import act_on_form, found_or_404, problem_page
from config.frames.desk.problems import form_problem
from config.frames.desk.requests import DeskRequest
from config.frames.desk.unmasking import hide_after
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.database.pages import newest_page
from config.kernel.database.transactions import perform
from config.kernel.law.text import Text, language, text
from config.kernel.models import column_word
from config.kernel.trail import budgets
from config.kernel.trail.unmasking import LookReason

PAGE = 25
#: How many customers are examined to count those who are owed a letter.
COUNT_MAX = 99
#: How many refusals are offered for a letter; an older one can be announced over the API.
REFUSALS_MAX = 5
#: How long a printed page is shown: enough to refill the printer.
PRINT_SECONDS = 180
SHOWN = ("due", "undelivered")


@desk_page(Permission.VIEW_LETTERS, part=True)
def customer_letters(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Return the owed and the issued letters of a customer, as a part of the customer's page; nothing without one."""
    of_customer = found_or_404(letters_of_customer(customer_id, bank_now()))
    context = {
        "customer_id": of_customer.customer.id,
        "owed": of_customer.owed(),
        "issued": issued_of(of_customer.issued),
        "refusals": unannounced_refusals(of_customer)[:REFUSALS_MAX],
        "once": new_form_key(),
        "may": acts_of(request.caller),
    }
    if not (context["owed"] or context["issued"] or context["refusals"]):
        return HttpResponse()
    return render(request, "accounts/desk/letters/of_customer.html", context)


@require_POST
@desk_page(Permission.ISSUE_LETTER, part=True)
def letter_issue(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Issue a letter to a customer, and show its page."""
    about_id, kind = read_id(request.POST.get("about")), request.POST.get("kind", "")
    if about_id is None or kind not in LetterKind.values:
        raise Http404
    return act_on_form(
        request,
        lambda: issue_letter(
            principal=request.caller, customer_id=customer_id, kind=LetterKind(kind), about_id=about_id
        ),
        to=reverse("desk:customer", args=[customer_id]),
        done=text("信函已出具，请打印并登记送达。", "The letter has been issued. Print it and record its delivery."),
        then=lambda row: redirect("desk:letter", row.id),
    )


@desk_page(Permission.VIEW_LETTERS)
def letter(request: DeskRequest, letter_id: UUID) -> HttpResponse:
    """Show a letter with its prints and deliveries; the name is masked."""
    row = _letter_or_404(letter_id)
    return render(request, "accounts/desk/letters/letter.html", _shown(request, row))


@require_POST
@desk_page(Permission.ISSUE_LETTER, part=True)
def letter_print(request: DeskRequest, letter_id: UUID) -> HttpResponse:
    """Print a letter with the customer's full name, and record it; each print after the first is marked as a reprint."""
    printed = _printed(request, letter_id, LetterForm.HTML)
    row = _letter_or_404(letter_id)
    paper = paper_of(printed.content, code=row.code, nth=printed.nth)
    page = render(
        request, "accounts/desk/letters/letter.html", _shown(request, row) | {"paper": paper, "prints_now": True}
    )
    return hide_after(page, reverse("desk:letter", args=[letter_id]), PRINT_SECONDS)


@require_POST
@desk_page(Permission.ISSUE_LETTER, part=True)
def letter_file(request: DeskRequest, letter_id: UUID) -> HttpResponse:
    """Download a letter as a PDF; it counts as a print."""
    try:
        printed = _printed(request, letter_id, LetterForm.PDF)
    except LetterNotInPdf as refused:
        messages.error(request, refused.detail(language()))
        return redirect("desk:letter", letter_id)
    answer = HttpResponse(printed.file, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="letter-{letter_id}-{printed.nth}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@desk_page(Permission.ISSUE_LETTER)
def letter_deliver(request: DeskRequest, letter_id: UUID) -> HttpResponse:
    """Record the delivery of a letter, or its return (登记送达)."""
    row = _letter_or_404(letter_id)
    form = DeliveryForm(**form_arguments(request))

    def work() -> object:
        data = form.cleaned_data
        return deliver_letter(
            principal=request.caller,
            letter_id=letter_id,
            way=DeliveryWay(data["way"]),
            day=data["date"],
            tracking_number=data["tracking_number"],
        )

    act = ActPage(
        title=text("登记送达", "Record a delivery"),
        button=text("登记", "Record"),
        explained=text(
            f"{row.number}：登记如何送达，或邮件退件。登记后不能修改，以最后一次登记为准。",
            f"{row.number}: record how it was delivered, or that it was returned. An entry cannot be changed; the last one counts.",
        ),
        form=form,
        work=work,
        back=reverse("desk:letter", args=[letter_id]),
        done=text("已登记。", "Saved."),
    )
    return act_page(request, act, {"subject": subject_line(row.customer_id)})


@require_GET
@desk_page(Permission.VIEW_DUE_LETTERS, part=True)
def letters_due(request: DeskRequest) -> HttpResponse:  # noqa: ARG001
    """Return the number of customers who are owed letters, as a part of the home page; above a limit it ends with `+`.

    The home page fetches it separately: the number is derived and takes time.
    """
    page = due_page(bank_now(), after=None, limit=COUNT_MAX)
    return HttpResponse(f"{len(page.customers)}{'+' if page.after else ''}")


@desk_page(Permission.VIEW_DUE_LETTERS)
def letters(request: DeskRequest) -> HttpResponse:
    """List the customers who are owed a letter and the letters not delivered, or the letters about one certificate."""
    certificate_id, after = read_id(request.GET.get("certificate")), read_id(request.GET.get("after"))
    show = request.GET.get("show", SHOWN[0])
    at = bank_now()
    due: tuple[CustomerLetters, ...] = ()
    older: UUID | None = None
    issued = letters_about(certificate_id) if certificate_id else undelivered()
    if certificate_id:
        due = due_of_certificate(certificate_id, at)
    elif show == SHOWN[0]:
        page = due_page(at, after=after, limit=PAGE)
        due, older = page.customers, page.after
    rows: list[Letter] = []
    if certificate_id or show != SHOWN[0]:
        rows, older = newest_page(issued, after, PAGE)
    lines = subject_lines({*(each.customer.id for each in due), *(row.customer_id for row in rows)})
    context = {
        "due": [(lines[each.customer.id], each.owed()) for each in due],
        "rows": [(row, lines[row.customer_id]) for row in rows],
        "show": show if show in SHOWN else SHOWN[0],
        "certificate_id": certificate_id,
        "older": older,
        "once": new_form_key(),
        "may": acts_of(request.caller),
    }
    return render(request, "accounts/desk/letters/letters.html", context)


@desk_page(Permission.CHECK_LETTER)
def letter_check(request: DeskRequest) -> HttpResponse:
    """Check by its number and the code at its foot whether a paper is an unchanged letter of this bank (核验)."""
    form = CheckForm(request.POST if request.method == "POST" else None)
    checked = check_paper(form.cleaned_data["number"], form.cleaned_data["code"]) if form.is_valid() else None
    problem = form_problem(form)
    context = {"form": form, "checked": checked}
    return problem_page(request, "accounts/desk/letters/check.html", context, problem)


def _printed(request: DeskRequest, letter_id: UUID, form: LetterForm) -> Printed:
    row = _letter_or_404(letter_id)
    budgets.request_unmasking(request, reason=LookReason.LETTER.value, object_id=letter_id, customer_id=row.customer_id)
    return perform(lambda: print_letter(principal=request.caller, letter_id=letter_id, form=form))


def _shown(request: DeskRequest, row: Letter) -> dict[str, object]:
    unchanged = is_unchanged(row)
    prints = list(prints_of(row))
    return {
        "letter": row,
        "subject": subject_line(row.customer_id),
        "unchanged": unchanged,
        # A text that has changed since its issue is not shown as a letter.
        "screen": paper_of(content_read(row), code=row.code, nth=len(prints), masked=True) if unchanged else None,
        "prints": prints,
        "deliveries": list(deliveries_of(row)),
        "may": acts_of(request.caller),
    }


def _letter_or_404(letter_id: UUID) -> Letter:
    return found_or_404(find_letter(letter_id))


class DeliveryForm(DeskForm):
    """The delivery of a letter."""

    way = StatedField(label=column_word(LetterDelivery, "way"), choices=DeliveryWay.choices, widget=DigitRadios)
    date = DayField(
        label=column_word(LetterDelivery, "day"), required=False, help_text=Text("留空为今日", "Left empty: today")
    )
    tracking_number = NumberField(
        label=column_word(LetterDelivery, "tracking_number"),
        required=False,
        max_length=TRACKING_MAX + 20,
        help_text=Text("邮寄和退件须填写", "By post, and returned"),
    )


class CheckForm(DeskForm):
    """Number and code of a letter, as printed on its paper."""

    number = LineField(label=Text("文号", "Number"), max_length=40)
    code = LineField(label=Text("校验码", "Code"), max_length=40)

"""Open an account step by step (1001 个人开户, 1002 单位开户): identity, product, check, result, and the form to sign."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import batched
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.desk.account import shown_or_404
from accounts.desk.drafts import CHECK, IDENTITY, PRODUCT, KnownDraft, NewDraft, OpeningDraft, draft_for, draft_of
from accounts.desk.rules import Panel
from accounts.models import Card, Customer
from accounts.operations import people_named
from accounts.operations.counter_opening import AccountOpened, AccountRefused, identify, open_at_counter
from accounts.operations.unmasking import print_opening_form
from accounts.policy.opening import may_print_form
from accounts.queries.accounts import AccountShown
from accounts.queries.certified_refusals import certificate_named
from accounts.queries.customers import WholeCustomer, find_customer, representative_of
from accounts.queries.opening import form_facts, opened_by
from accounts.queries.particulars import particulars_shown
from accounts.queries.subject_lines import subject_line
from accounts.refusals.opening import CardNotOffered
from accounts.vocabulary import CustomerKind, CustomerStatus
from accounts.vocabulary.particulars import PENALTY_NOTICE, commitment_of
from blacklist.queries.certificate_refs import CertificateRef
from blacklist.regimes import regime_in_force, terms_text
from config.frames.desk import drafts, sessions
from config.frames.desk.access import desk_page
from config.frames.desk.form_acts import attempt, carry_out, new_form_key
from config.frames.desk.pages import found_or_404
from config.frames.desk.problems import PageProblem, problem_of
from config.frames.desk.requests import DeskRequest
from config.frames.desk.unmasking import hide_after
from config.kernel.access.permissions import Permission
from config.kernel.database.ids import read_id
from config.kernel.database.transactions import perform
from config.kernel.identity.masking import mask_name
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import Text, text
from config.kernel.models import TrailKind
from config.kernel.trail import budgets
from config.kernel.trail.unmasking import LookReason
from config.kernel.vault.masked import masked

type Reader = Callable[[QueryDict], OpeningDraft]

#: Fields of a search without a result that the registration form takes over.
SEARCHED = ("type", "number", "country")


@desk_page(Permission.REGISTER_CUSTOMER)
def customer_open(request: DeskRequest) -> HttpResponse:
    """Open for an individual: a new customer, or a registered one, found by the document."""
    return _guide(request, draft_of, _whom)


@desk_page(Permission.REGISTER_CUSTOMER)
def organization_open(request: DeskRequest) -> HttpResponse:
    """Open for an organization (1002 单位开户): a new customer, or a registered one, found by its credit code."""
    return _guide(request, partial(draft_of, organization=True), _whom)


@desk_page(Permission.OPEN_ACCOUNT)
def account_open(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Open another account for a customer who was found before."""
    customer = _known(customer_id)
    return _guide(request, partial(draft_for, customer=customer), lambda _: masked(customer, "name"))


@desk_page(Permission.OPEN_ACCOUNT, part=True)
def opening_rules(request: DeskRequest, customer_id: UUID | None = None, *, organization: bool = False) -> HttpResponse:
    """Return the rule panel for the present entries; nothing is stored."""
    data = request.POST
    draft = draft_for(data, _known(customer_id)) if customer_id else draft_of(data, organization=organization)
    panel = draft.panel()
    _keep_look_up(request, draft, panel)
    return render(request, "accounts/desk/rules.html", {"panel": panel})


def _guide(request: DeskRequest, read: Reader, whom: Callable[[QueryDict], str]) -> HttpResponse:
    """Lead through the steps. Each has an address that shows the earlier entries, so Back and reload send nothing again.

    :param whom: returns for whom an unfinished opening is, masked.
    """
    drafts.begin(request, whom)
    if request.method != "POST":
        return _resume(request, read)
    step = request.POST.get("step", "")
    if step == "start":
        searched = {f"identity-{name}": request.POST.get(name, "") for name in SEARCHED}
        return _go(request, IDENTITY, searched)
    draft = read(request.POST)
    if step not in draft.steps:
        return redirect(request.path)
    at = draft.steps.index(step)
    if request.POST.get("go") == "back":
        return _go(request, draft.steps[max(0, at - 1)], request.POST)
    if not draft.valid_up_to(step):
        wrong = next(each for each in draft.steps if not draft.valid_up_to(each))
        return _show(request, draft, wrong, status=400)
    if isinstance(draft, NewDraft) and step == IDENTITY and (answer := _stop_at_identity(request, draft)):
        return answer
    if step == PRODUCT and not draft.carries_its_card():
        # Refused before anything is opened: an account without the requested card is not what the customer wants.
        return _show(request, draft, PRODUCT, problem=problem_of(CardNotOffered()))
    if step != CHECK:
        return _go(request, draft.steps[at + 1], request.POST)
    return _carry_out(request, draft)


def _resume(request: DeskRequest, read: Reader) -> HttpResponse:
    """Show the step of the address with its entries, but no step before those preceding it are filled in correctly."""
    saved = drafts.saved_draft(request) if read_id(request.GET.get("draft")) else None
    asked = request.GET.get("step", "")
    if saved and not asked:
        saved = drafts.resume(request, saved)
    # A draft that is resumed later needs a new identity check, so its result is not taken over.
    if saved and (not asked or saved.sign_in_id != sessions.own_id(request)):
        saved = drafts.drop_stale_values(request, saved)
    fields = saved.fields if saved else QueryDict()
    draft = read(fields)
    before = draft.steps[: draft.steps.index(asked)] if asked in draft.steps else []
    step = next((each for each in before if not draft.valid_up_to(each)), asked if before else draft.steps[0])
    return _show(request, draft, step, before=fields, begun=not asked and saved is not None)


def _go(request: DeskRequest, step: str, fields: Mapping[str, Any]) -> HttpResponse:
    """Keep the entries and redirect to a step; its address names no person."""
    address = drafts.address_of(request)
    drafts.keep_step(request, fields)
    return redirect(f"{address}&step={step}")


def _whom(fields: QueryDict) -> str:
    """Return the future holder, masked."""
    return mask_name(fields.get("identity-name", ""))


def _stop_at_identity(request: DeskRequest, draft: NewDraft) -> HttpResponse | None:
    """Stop where the document belongs to a customer of another name, or a check does not confirm a known customer."""
    outcome = attempt(lambda: identify(principal=request.caller, new=draft.holder), draft)
    if outcome.problem is None:
        return None
    # An error that is shown at a field is not repeated above the form.
    problem = None if draft.identity.errors else outcome.problem
    return _show(request, draft, IDENTITY, problem=problem, status=outcome.problem.status)


def _carry_out(request: DeskRequest, draft: OpeningDraft) -> HttpResponse:
    asked = draft.asked(request.POST.get("announced"))
    outcome = carry_out(
        request,
        lambda: open_at_counter(principal=request.caller, opening=asked),
        draft,
        people=lambda: people_named.counter_opening(asked),
    )
    if outcome.repeated:
        # The customer's page shows the result of the first; a card's number is shown only once.
        holder_id = draft.holder_id()
        return redirect("desk:customer", holder_id) if holder_id else redirect("desk:customer-search")
    match outcome.result:
        case AccountOpened(account_id=account_id, card=card, card_refusal=refusal):
            request.result_at = reverse("desk:account-opened", args=[account_id])
            return _result_page(request, account_id, card, problem_of(refusal) if refusal else None, fresh=True)
        case AccountRefused(refusal=refusal):
            # The customer is recorded, but nothing was opened: the draft is kept.
            request.carried_out = False
            paper = certificate_named(refusal.fields)
            return _show(request, draft, CHECK, problem=problem_of(refusal), status=422, paper=paper)
        case None:
            return _show(request, draft, draft.wrong_step() or CHECK, problem=outcome.problem)


def _show(
    request: DeskRequest,
    draft: OpeningDraft,
    step: str,
    *,
    problem: PageProblem | None = None,
    status: int | None = None,
    before: QueryDict | None = None,
    begun: bool = False,
    paper: CertificateRef | None = None,
) -> HttpResponse:
    """Show a step of the guide.

    :param before: the earlier entries, shown without errors.
    :param paper: the certificate for which it was refused.
    :param begun: it resumes a draft; its address names no step, so that a reload resumes it again.
    """
    steps = [*draft.steps, "result"]
    panel = draft.panel()
    _keep_look_up(request, draft, panel)
    if before is not None:
        draft.begin(step, before)
    known = panel.known
    context = {
        "draft": draft,
        "step": step,
        "steps": [(name, STEPS[name], steps.index(name) < steps.index(step)) for name in steps],
        "first": step == draft.steps[0],
        "panel": panel,
        "subject": subject_line(known.id) if known else None,
        "in_review": known is not None and known.status == CustomerStatus.IN_REVIEW,
        "problem": problem,
        "paper": paper,
        "once": new_form_key(),
        "rules_url": _rules_url(draft),
        "address": drafts.address_of(request) if begun else f"{drafts.address_of(request)}&step={step}",
    }
    status = status or (problem.status if problem else 200)
    return render(request, "accounts/desk/opening.html", context, status=status)


def _keep_look_up(request: DeskRequest, draft: OpeningDraft, panel: Panel) -> None:
    """Record that a document was looked up: the rules reveal its holder, and whether a certificate lists the person.

    :raises OverBudget: when the caller's look-ups are used up.
    """
    whom = draft.whom()
    if whom is not None:
        known = panel.known
        budgets.record_typed_look_up(
            TrailKind.LOOK_UP_CUSTOMER,
            request,
            found=known is not None,
            # A first opening is for a person who is no customer yet, so finding none is no miss.
            miss=False,
            whom=whom,
            customer_id=known.id if known else None,
        )


def _rules_url(draft: OpeningDraft) -> str:
    if isinstance(draft, KnownDraft):
        return reverse("desk:opening-rules-for", args=[draft.customer.id])
    return reverse("desk:organization-rules" if draft.is_organization else "desk:opening-rules")


def _known(customer_id: UUID) -> Customer:
    return found_or_404(find_customer(customer_id))


STEPS = {
    "identity": Text("身份", "Identity"),
    "particulars": Text("客户信息", "Particulars"),
    "product": Text("产品", "Product"),
    "check": Text("核对", "Check"),
    "result": Text("结果", "Outcome"),
}
#: How long the page with full data is shown: enough to refill the printer.
PRINT_SECONDS = 180


@desk_page(Permission.VIEW_ACCOUNT)
def account_opened(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Show an opening's form again, masked and without the card's number."""
    return _result_page(request, account_id)


@require_POST
@desk_page(Permission.OPEN_ACCOUNT, part=True)
def opening_form(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Print the form with the customer's full data: once, by the person who opened the account, with a record."""
    shown = shown_or_404(account_id)
    reason = LookReason.OPENING_FORM.value
    budgets.request_unmasking(request, reason=reason, account_id=account_id, customer_id=shown.account.customer_id)
    whole = perform(lambda: print_opening_form(principal=request.caller, account_id=account_id))
    if whole is None:
        messages.error(
            request,
            text(
                "申请书只能由开户柜员在开户当日打印一次，该次打印已记录。需要核对完整信息的，请在客户页注明理由查看。",
                "The application can be printed once, by the teller who opened the account, on the day of opening; the print is logged. To view the full data, state a reason on the customer page.",
            ),
        )
        return redirect("desk:account-opened", account_id)
    back = reverse("desk:account-opened", args=[account_id])
    page = render(request, "accounts/desk/opened.html", _form(shown, whole))
    return hide_after(page, back, PRINT_SECONDS)


def _result_page(
    request: DeskRequest,
    account_id: UUID,
    card: Card | None = None,
    problem: PageProblem | None = None,
    *,
    fresh: bool = False,
) -> HttpResponse:
    """Return the result of an opening.

    :param card: just issued: its number is shown this once.
    :param problem: why no card was issued, though one was asked for.
    :param fresh: the account was opened just now; else its form is shown again.
    """
    shown = shown_or_404(account_id)
    if problem is None and card is not None:
        messages.success(request, text("开户并发卡完成。", "The account has been opened and the card issued."))
    elif problem is None and fresh:
        messages.success(request, text("开户完成，未配卡。", "The account has been opened without a card."))
    context = _form(shown) | {
        "card": card,
        "problem": problem,
        "prints": may_print_form(form_facts(request.caller, shown.account)),
    }
    return render(request, "accounts/desk/opened.html", context)


def _form(shown: AccountShown, whole: WholeCustomer | None = None) -> dict[str, Any]:
    """Return the content of an account's opening form.

    :param whole: the holder's data as the paper has it, where it is printed; the screen stays masked.
    """
    customer_id = shown.account.customer_id
    regime = regime_in_force(shanghai_day(shown.account.opened_at))
    subject = subject_line(customer_id)
    particulars = next(iter(particulars_shown(customer_id)), None)
    on_paper = dict(whole.particulars.lines) if whole and whole.particulars else {}
    stated = particulars.lines if particulars else []
    return {
        "whole": whole,
        "subject": subject,
        "representative": representative_of(customer_id),
        "account": shown.account,
        "opened_by": opened_by(shown.account),
        "commitment": commitment_of(organization=subject is not None and subject.kind == CustomerKind.ORGANIZATION),
        "particulars": particulars,
        # Two in a row of the form, each with the full value that the print has instead.
        "stated": list(batched(((*line, on_paper.get(line[0])) for line in stated), 2, strict=False)),
        "penalty_notice": PENALTY_NOTICE,
        # The penalty under the law of the day of opening.
        "penalty": terms_text(regime) if regime else None,
        "cards": [each for each in shown.cards if each.status != "cancelled"],
        "steps": [(name, word, True) for name, word in STEPS.items()],
    }

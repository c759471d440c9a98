"""Open an account step by step (1001 个人开户, 1002 单位开户): identity, product, check, result."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.desk.drafts import CHECK, IDENTITY, KnownDraft, NewDraft, OpeningDraft, draft_for, draft_of
from accounts.desk.opened import STEPS, result_page
from accounts.desk.rules import Panel
from accounts.models import Customer
from accounts.operations.counter_opening import AccountOpened, AccountRefused, identify, open_at_counter
from accounts.queries.customers import find_customer
from accounts.queries.subject_lines import subject_line
from accounts.vocabulary import CustomerStatus
from config.desk.access import desk_page
from config.desk.form_acts import attempt, carry_out
from config.desk.once import new_once
from config.desk.problems import PageProblem, problem_of
from config.desk.requests import DeskRequest
from config.kernel import budgets
from config.kernel.models import TrailKind
from config.kernel.permissions import Permission


@sensitive_post_parameters()
@never_cache
@desk_page(Permission.REGISTER_CUSTOMER)
def customer_open(request: DeskRequest) -> HttpResponse:
    """Open for an individual: a new customer, or a registered one, found by the document."""
    return _guide(request, draft_of(request))


@sensitive_post_parameters()
@never_cache
@desk_page(Permission.REGISTER_CUSTOMER)
def organization_open(request: DeskRequest) -> HttpResponse:
    """Open for an organization (1002 单位开户): a new customer, or a registered one, found by its credit code."""
    return _guide(request, draft_of(request, organization=True))


@sensitive_post_parameters()
@never_cache
@desk_page(Permission.OPEN_ACCOUNT)
def account_open(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Open another account for a customer who was found."""
    return _guide(request, draft_for(request, _known(customer_id)))


@sensitive_post_parameters()
@never_cache
@desk_page(Permission.OPEN_ACCOUNT)
def opening_rules(request: DeskRequest, customer_id: UUID | None = None, *, organization: bool = False) -> HttpResponse:
    """Return the rule panel for the form as it stands; nothing is kept."""
    draft = draft_for(request, _known(customer_id)) if customer_id else draft_of(request, organization=organization)
    panel = draft.panel()
    _keep_look_up(request, draft, panel)
    return render(request, "accounts/desk/rules.html", {"panel": panel})


def _guide(request: DeskRequest, draft: OpeningDraft) -> HttpResponse:
    step = request.POST.get("step", "")
    if request.method != "POST" or step not in draft.steps:
        return _show(request, draft, draft.steps[0])
    if request.POST.get("go") == "back":
        return _show(request, draft, draft.steps[max(0, draft.steps.index(step) - 1)])
    if not draft.valid_up_to(step):
        wrong = next(each for each in draft.steps if not draft.valid_up_to(each))
        return _show(request, draft, wrong, status=400)
    if isinstance(draft, NewDraft) and step == IDENTITY and (answer := _stop_at_identity(request, draft)):
        return answer
    if step != CHECK:
        return _show(request, draft, draft.steps[draft.steps.index(step) + 1])
    return _carry_out(request, draft)


def _stop_at_identity(request: DeskRequest, draft: NewDraft) -> HttpResponse | None:
    """Stop where the document is a customer's under another name, or a check does not confirm a known one."""
    outcome = attempt(lambda: identify(principal=request.caller, new=draft.holder), draft)
    if outcome.problem is None:
        return None
    # What is marked beside a field needs no problem above the form.
    problem = None if draft.identity.errors else outcome.problem
    return _show(request, draft, IDENTITY, problem=problem, status=outcome.problem.status)


def _carry_out(request: DeskRequest, draft: OpeningDraft) -> HttpResponse:
    asked = draft.asked()
    outcome = carry_out(request, lambda: open_at_counter(principal=request.caller, asked=asked), draft)
    if outcome.repeated:
        # What the first came to stands on the customer's page; a card's number was shown once.
        holder_id = draft.holder_id()
        return redirect("desk:customer", holder_id) if holder_id else redirect("desk:customer-search")
    match outcome.result:
        case AccountOpened(account_id=account_id, card=card, card_refusal=refusal):
            return result_page(request, account_id, card, problem_of(refusal) if refusal else None)
        case AccountRefused(refusal=refusal):
            return _show(request, draft, CHECK, problem=problem_of(refusal), status=422)
        case None:
            return _show(request, draft, draft.wrong_step() or CHECK, problem=outcome.problem)


def _show(
    request: DeskRequest,
    draft: OpeningDraft,
    step: str,
    *,
    problem: PageProblem | None = None,
    status: int | None = None,
) -> HttpResponse:
    steps = [*draft.steps, "result"]
    panel = draft.panel()
    _keep_look_up(request, draft, panel)
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
        "once": new_once(),
        "rules_url": _rules_url(draft),
    }
    status = status or (problem.status if problem else 200)
    return render(request, "accounts/desk/opening.html", context, status=status)


def _keep_look_up(request: DeskRequest, draft: OpeningDraft, panel: Panel) -> None:
    """Keep that a document was asked after: the rules tell whose it is and whether a certificate names its holder.

    :raises OverBudget: when the caller's look-ups are used up.
    """
    whom = draft.whom()
    if whom is not None:
        known = panel.known
        budgets.glimpsed(
            TrailKind.LOOK_UP_CUSTOMER,
            request,
            found=known is not None,
            # Whoever opens an account for the first time is nobody's customer yet.
            miss=False,
            whom=whom,
            customer_id=known.id if known else None,
        )


def _rules_url(draft: OpeningDraft) -> str:
    if isinstance(draft, KnownDraft):
        return reverse("desk:opening-rules-for", args=[draft.customer.id])
    return reverse("desk:organization-rules" if draft.is_organization else "desk:opening-rules")


def _known(customer_id: UUID) -> Customer:
    customer = find_customer(customer_id)
    if customer is None:
        raise Http404
    return customer

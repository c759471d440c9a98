"""Open an account step by step (1001 个人开户, 1002 单位开户): identity, product, check, result."""

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.desk.drafts import CHECK, IDENTITY, PRODUCT, Draft, draft_of, holder_of
from accounts.desk.opened import STEPS, result_page
from accounts.models import Card, Customer
from accounts.operations.accounts import open_account
from accounts.operations.cards import issue_card
from accounts.operations.customers import NewCustomer, register_customer
from accounts.operations.holders import Agent
from accounts.operations.papers import keep_check
from accounts.operations.representatives import keep_representative
from accounts.queries.subject_lines import subject_line
from accounts.vocabulary import AccountClass, AccountKind, CardProduct, CheckResult, CustomerStatus
from config.desk.access import desk_page
from config.desk.acting import carry_out
from config.desk.once import new_once
from config.desk.problems import Problem, problem_of
from config.kernel.clock import bank_now
from config.kernel.identity.names import same_name
from config.kernel.keys import Caller
from config.kernel.permissions import Act
from config.kernel.refusals import BadRequest, Refusal
from config.kernel.text import text


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of it: each part has its own answer, and what was done stays done."""

    customer_id: UUID
    account_id: UUID | None = None
    card: Card | None = None
    refused: Refusal | None = None


@sensitive_post_parameters()
@never_cache
@desk_page(Act.REGISTER_CUSTOMER)
def customer_open(request: HttpRequest) -> HttpResponse:
    """Open for whoever stands at the counter: a new customer, or one his document shows to be known."""
    return _guide(request, draft_of(request))


@sensitive_post_parameters()
@never_cache
@desk_page(Act.REGISTER_CUSTOMER)
def organization_open(request: HttpRequest) -> HttpResponse:
    """Open for a unit (1002 单位开户): a new customer, or one its code shows to be known."""
    return _guide(request, draft_of(request, unit=True))


@sensitive_post_parameters()
@never_cache
@desk_page(Act.OPEN_ACCOUNT)
def account_open(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Open another account for a customer who was found."""
    return _guide(request, draft_of(request, customer=_known(customer_id)))


@sensitive_post_parameters()
@never_cache
@desk_page(Act.OPEN_ACCOUNT)
def opening_rules(request: HttpRequest, customer_id: UUID | None = None, *, unit: bool = False) -> HttpResponse:
    """Return the rule panel for the form as it stands; nothing is kept."""
    draft = draft_of(request, customer=_known(customer_id) if customer_id else None, unit=unit)
    return render(request, "accounts/desk/rules.html", {"panel": draft.panel()})


def _guide(request: HttpRequest, draft: Draft) -> HttpResponse:
    step = request.POST.get("step", "")
    if request.method != "POST" or step not in draft.steps:
        return _show(request, draft, draft.steps[0])
    if request.POST.get("go") == "back":
        return _show(request, draft, draft.steps[max(0, draft.steps.index(step) - 1)])
    if not draft.valid_up_to(step):
        wrong = next(each for each in draft.steps if not draft.valid_up_to(each))
        return _show(request, draft, wrong, status=400)
    if step == IDENTITY and (answer := _stop_at_identity(request, draft)):
        return answer
    if step != CHECK:
        return _show(request, draft, draft.steps[draft.steps.index(step) + 1])
    return _carry_out(request, draft)


def _stop_at_identity(request: HttpRequest, draft: Draft) -> HttpResponse | None:
    """Stop where the document is a customer's under another name, or a check does not confirm a known one."""
    form = draft.identity
    assert form is not None  # noqa: S101 - a draft has it on this step
    holder = holder_of(form)
    if holder is None:
        return None
    if not same_name(holder.name, form.cleaned_data["name"]):
        # The attempt is kept for review, like every one under a number that stands under another name.
        outcome = carry_out(request, lambda: _register(request, draft), form)
        return _show(request, draft, IDENTITY, problem=outcome.problem, status=409)
    if form.cleaned_data["result"] != CheckResult.MATCH:
        form.add_error(
            "result",
            text(
                "核查未确认该客户，不能为其新开账户。请先在客户页办理重新核实身份。",
                "The check does not confirm this customer: nothing is opened. Identify him anew on his page first.",
            ),
        )
        return _show(request, draft, IDENTITY, status=400)
    return None


def _carry_out(request: HttpRequest, draft: Draft) -> HttpResponse:
    outcome = carry_out(request, lambda: _open(request, draft), draft.agent)
    if outcome.repeated:
        # What the first came to stands on the customer's page; a card's number was shown once.
        holder = draft.customer or (holder_of(draft.identity) if draft.identity else None)
        return redirect("desk:customer", holder.id) if holder else redirect("desk:customer-search")
    opened = outcome.result
    if opened is None:
        step = PRODUCT if draft.agent.errors else CHECK
        return _show(request, draft, step, problem=outcome.problem, status=outcome.problem.status)  # type: ignore[union-attr]
    problem = problem_of(opened.refused) if opened.refused else None
    if opened.account_id is None:
        return _show(request, draft, CHECK, problem=problem, status=422)
    return result_page(request, opened.account_id, opened.card, problem)


def _open(request: HttpRequest, draft: Draft) -> Opened:
    """Register whoever is new, open, issue the card; what is refused leaves standing what was done before it."""
    customer_id = draft.customer.id if draft.customer else _register_or_find(request, draft)
    chosen, agent = draft.product.cleaned_data, draft.agent.agent
    try:
        account_id = open_account(
            principal=_caller(request),
            customer_id=customer_id,
            kind=AccountKind(chosen["kind"]),
            account_class=AccountClass(chosen["account_class"]),
            agent=agent,
        )
    except Refusal as refused:
        return Opened(customer_id, refused=refused)
    if not chosen["card"]:
        return Opened(customer_id, account_id)
    return _with_card(request, Opened(customer_id, account_id), CardProduct(chosen["card"]), agent)


def _with_card(request: HttpRequest, opened: Opened, product: CardProduct, agent: Agent | None) -> Opened:
    account_id = opened.account_id
    assert account_id is not None  # noqa: S101 - the account was opened just before
    try:
        card = issue_card(principal=_caller(request), account_id=account_id, product=product, agent=agent)
    except Refusal as refused:
        return Opened(opened.customer_id, account_id, refused=refused)
    return Opened(opened.customer_id, account_id, card)


def _register_or_find(request: HttpRequest, draft: Draft) -> UUID:
    form = draft.identity
    assert form is not None  # noqa: S101 - without a customer there is an identity to read
    holder = holder_of(form)
    if holder is None or not same_name(holder.name, form.cleaned_data["name"]):
        return _register(request, draft)
    at = bank_now()
    keep_check(holder.id, form.check_told, _caller(request), at)
    if draft.representative is not None:
        keep_representative(holder.id, draft.representative.representative, _caller(request), at)
    return holder.id


def _register(request: HttpRequest, draft: Draft) -> UUID:
    form = draft.identity
    assert form is not None  # noqa: S101 - without a customer there is an identity to read
    data = form.cleaned_data
    new = NewCustomer(
        kind=form.holder_kind,
        name=data["name"],
        document=data["told"],
        phone=data["phone"] or None,
        birth_date=data["birth_date"],
        check=form.check_told,
        representative=draft.representative.representative if draft.representative else None,
    )
    try:
        return register_customer(principal=_caller(request), new=new)
    except BadRequest as bad:
        form.place(bad)
        raise


def _show(
    request: HttpRequest, draft: Draft, step: str, *, problem: Problem | None = None, status: int = 200
) -> HttpResponse:
    steps = [*draft.steps, "result"]
    panel = draft.panel()
    known = draft.customer or panel.known
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
    return render(request, "accounts/desk/opening.html", context, status=status)


def _rules_url(draft: Draft) -> str:
    if draft.customer is not None:
        return reverse("desk:opening-rules-for", args=[draft.customer.id])
    return reverse("desk:organization-rules" if draft.is_unit else "desk:opening-rules")


def _known(customer_id: UUID) -> Customer:
    customer = Customer.objects.filter(pk=customer_id).first()
    if customer is None:
        raise Http404
    return customer


def _caller(request: HttpRequest) -> Caller:
    caller: Caller = request.caller  # type: ignore[attr-defined]
    return caller

"""Merge two customers who are one person, at the desk (合并客户): find the other, preview the merge, propose it."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.desk.act_pages import ActPage, act_page
from accounts.desk.customer import acts_of
from accounts.desk.forms import MergeForm, SearchForm
from accounts.desk.search import found_by
from accounts.operations.sameness import request_difference, request_same_person
from accounts.policy.merging import check_merge
from accounts.queries.excess import batches_with_breaches, breach_page, excess_of, excess_page
from accounts.queries.merging import merge_shown, pair_of
from accounts.queries.subject_lines import subject_line, subject_lines
from accounts.vocabulary import Sameness
from blacklist.queries import with_certificates
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import form_arguments
from config.frames.desk.fields import DeskForm
from config.frames.desk.pages import found_or_404, problem_page
from config.frames.desk.problems import form_problem, problem_of
from config.frames.desk.requests import DeskRequest
from config.kernel import approvals
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.law.refusals import Refusal
from config.kernel.law.text import Text, text


@desk_page(Permission.JUDGE_SAME_PERSON)
def merge_find(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Find the other customer by a document, phone, account or card number."""
    subject = found_or_404(subject_line(customer_id))
    form = SearchForm(request.POST if request.method == "POST" else None)
    found = found_by(request, form)
    others = [each for each in found or () if each != subject.customer_id]
    if len(others) == 1:
        return redirect("desk:merge-new", subject.customer_id, others[0])
    problem = form_problem(form)
    context = {
        "subject": subject,
        "form": form,
        "asked": found is not None,
        "itself": bool(found) and not others,
        "lines": list(subject_lines(others).values()),
        "back": reverse("desk:customer", args=[subject.customer_id]),
    }
    return problem_page(request, "accounts/desk/merge_find.html", context, problem)


@desk_page(Permission.JUDGE_SAME_PERSON)
def merge_new(request: DeskRequest, customer_id: UUID, other_id: UUID) -> HttpResponse:
    """Show everything that the merge would do, and propose it."""
    subject, other = subject_line(customer_id), subject_line(other_id)
    if subject is None or other is None:
        raise Http404
    if subject.customer_id == other.customer_id:
        return redirect("desk:customer", subject.customer_id)
    form = MergeForm(**form_arguments(request))
    act = ActPage(
        title=text("合并客户", "Merge customers"),
        explained=text(
            "经主管复核后生效，不可撤销。请核对两名客户的全部证件原件，确认是同一人后提交。",
            "Effective once a supervisor approves; it cannot be undone. Check the original documents of both customers and "
            "submit only if they are one person.",
        ),
        form=form,
        work=lambda: request_same_person(
            principal=request.caller,
            customer_id=subject.customer_id,
            other_id=other.customer_id,
            decision=Sameness.SAME,
            evidence=form.cleaned_data["evidence"],
        ),
        back=reverse("desk:customer", args=[subject.customer_id]),
        danger=True,
    )
    return act_page(request, act, _planned(request, subject.customer_id, other.customer_id), "accounts/desk/merge.html")


@desk_page(Permission.VIEW_CUSTOMER)
def merge(request: DeskRequest, merge_id: UUID) -> HttpResponse:
    """Show a proposed merge of two customers: what it would do, or its result."""
    row = found_or_404(pair_of(merge_id))
    if row.waits:
        context = _planned(request, row.customer_id, row.other_id)
    else:
        context = {"left": excess_of(row.merge) if row.in_force else None, "subject": subject_line(row.customer_id)}
    context |= {"row": row, "proposal": _proposal(request, merge_id), "may": acts_of(request.caller)}
    return render(request, "accounts/desk/merge_record.html", context)


def _proposal(request: DeskRequest, merge_id: UUID) -> UUID | None:
    """Return the proposal of a merge with both customers as they were, maker and checker; None where the caller may not see it."""
    shown = approvals.visible_to(request.caller).filter(object_id=merge_id)
    return shown.values_list("pk", flat=True).first()


def _planned(request: DeskRequest, customer_id: UUID, other_id: UUID) -> dict[str, Any]:
    shown = merge_shown(customer_id, other_id, bank_now())
    refusal = None
    try:
        check_merge(shown.plan.facts)
    except Refusal as refused:
        refusal = problem_of(refused)
    return {
        "shown": shown,
        "restrictions": with_certificates(shown.plan.standing.of_person()),
        "obstacle": refusal,
        "may": acts_of(request.caller),
    }


class DifferenceForm(DeskForm):
    """The evidence that two customers are two persons."""

    evidence = forms.CharField(
        label=Text("判断依据", "Evidence"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=Text("如两人的居民身份证、公安机关回执；加密保存", "E.g. the resident IDs of both, a police receipt; kept encrypted"),
    )  # fmt: skip


@desk_page(Permission.JUDGE_SAME_PERSON)
def customer_different(request: DeskRequest, customer_id: UUID, other_id: UUID) -> HttpResponse:
    """Propose that two similar customers are two persons (认定为不同人)."""
    lines = subject_lines([customer_id, other_id])
    if len(lines) < 2:
        raise Http404
    form = DifferenceForm(**form_arguments(request))
    act = ActPage(
        title=text("认定为不同人", "Declare different persons"),
        explained=text(
            "经主管复核后生效：两名客户此后各自计算限额。认定只及于目前的依据；以后出现新的依据（如新增证件含同一公民身份号码），须重新认定。",
            "Effective once a supervisor approves: limits are then counted for each of the two alone. It covers what speaks for one person today; what comes up later, such as the same citizen number in a further document, is to be decided again.",
        ),
        form=form,
        work=lambda: request_difference(
            principal=request.caller,
            customer_id=customer_id,
            other_id=other_id,
            evidence=form.cleaned_data["evidence"],
        ),
        back=reverse("desk:customer", args=[customer_id]),
    )
    return act_page(request, act, {"subject": lines[customer_id], "other": lines[other_id]})


PAGE = 25


@desk_page(Permission.VIEW_EXCESS)
def excess(request: DeskRequest) -> HttpResponse:
    """List the excess over limits that merges have left, the newest merge first; or breaches by import."""
    before = read_id(request.GET.get("before"))
    if request.GET.get("list") == "breaches":
        batch_id = read_id(request.GET.get("batch"))
        lines, older = breach_page(batch_id=batch_id, before=before, limit=PAGE)
        subjects = subject_lines({each.customer_id for each in lines})
        context = {
            "rows": [(each, subjects[each.customer_id]) for each in lines],
            "older": older,
            "batches": batches_with_breaches(),
            "batch_id": batch_id,
        }
        return render(request, "accounts/desk/breaches.html", context)
    merges, older = excess_page(before=before, limit=PAGE)
    subjects = subject_lines({each.customer_id for each in merges})
    rows = [(each, subjects[each.customer_id]) for each in merges]
    return render(request, "accounts/desk/excess.html", {"rows": rows, "older": older})

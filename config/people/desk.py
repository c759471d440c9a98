"""Pages for one's own credentials (本人办理): enrol with a code on paper, collect an API key."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from config.frames.desk.access import desk_page, verify_second_factor
from config.frames.desk.fields import DeskForm
from config.frames.desk.form_acts import FormOutcome, attempt, new_form_key
from config.frames.desk.lockout import count_wrong_enrolment, enrolment_pause
from config.frames.desk.pages import act_on_form
from config.frames.desk.personal_settings import WRONG_CODE, NewPasswordForm, code_field
from config.frames.desk.problems import PageProblem
from config.frames.desk.requests import DeskRequest
from config.frames.desk.second_factors import seed_texts
from config.kernel.database.clock import bank_now
from config.kernel.law.text import Text, text
from config.kernel.models import TrailKind
from config.kernel.trail import trail
from config.kernel.vault.sealed import user_key
from config.people.collection import begin_enrolment, collect_key, finish_enrolment
from config.people.queries import keys_to_collect
from config.people.refusals import EnrolmentRefused

#: The code of a refusal while an address must wait.
_PAUSED = "TOO_MANY_ATTEMPTS"


class BeginForm(DeskForm):
    """Form with the name and the code that administrators handed over on paper."""

    username = forms.CharField(label=Text("用户名", "User name"), max_length=64)
    code = forms.CharField(label=Text("注册码", "Enrolment code"), max_length=60)


class FinishForm(NewPasswordForm):
    """Form with a new password and the first code of the authenticator; contains name, code and seed."""

    username = forms.CharField(max_length=64, widget=forms.HiddenInput)
    enrolment = forms.CharField(max_length=60, widget=forms.HiddenInput)
    seed = forms.RegexField(r"^[A-Z2-7]{16,64}$", widget=forms.HiddenInput)
    token = forms.CharField(
        label=Text("验证器显示的动态口令", "One-time code that the authenticator shows"), max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )  # fmt: skip

    #: The form's field for the operation's `password`.
    places = {"password": "new"}


@sensitive_post_parameters()
@never_cache
def enrol(request: HttpRequest) -> HttpResponse:
    """Set password and second factor with an enrolment code: the seed is shown, then its first code proves it."""
    if "seed" in request.POST:
        return _finish(request)
    form = BeginForm(request.POST or None)
    problem = None
    if request.method == "POST" and form.is_valid():
        name, code = form.cleaned_data["username"], form.cleaned_data["code"]
        begun = _attempt(request, name, lambda: begin_enrolment(username=name, code=code), form)
        if begun.result is not None:
            given = {"username": name, "enrolment": code, "seed": begun.result}
            return _second_step(request, FinishForm(user=User(username=name), initial=given), given)
        problem = begun.problem
    return _page(request, "people/enrol.html", {"form": form, "problem": problem}, _status(form, problem))


def _attempt[T](request: HttpRequest, name: str, work: Callable[[], T], form: DeskForm) -> FormOutcome[T]:
    """Run an act with an enrolment code; a wrong code is counted for its address and recorded in the trail."""
    whom = user_key(name)
    if wait := enrolment_pause(request):
        trail.record_refusal(TrailKind.LOCK_OUT, request, _PAUSED, whom=whom)
        words = text(
            f"该网络地址的注册码错误次数过多，本次未作核对。请在 {wait} 秒后再试；正确的注册码届时仍然有效。",
            f"Too many wrong enrolment codes came from this network address; this one was not looked at. Try again in {wait} s: "
            "a right code is still good then.",
        )
        return FormOutcome(problem=PageProblem(words, _PAUSED, status=429, retry_after=wait))
    outcome = attempt(work, form)
    if outcome.problem is not None and outcome.problem.code == EnrolmentRefused.code:
        count_wrong_enrolment(request)
        trail.record_refusal(TrailKind.WRONG_ENROLMENT, request, EnrolmentRefused.code, whom=whom)
    return outcome


def _finish(request: HttpRequest) -> HttpResponse:
    form = FinishForm(request.POST, user=User(username=request.POST.get("username", "")[:64]))
    problem = None
    if form.is_valid():
        data = form.cleaned_data
        done = _attempt(
            request,
            data["username"],
            lambda: finish_enrolment(
                username=data["username"], code=data["enrolment"], password=data["new"], token=data["token"]
            ),
            form,
        )
        if done.result is not None:
            messages.success(
                request,
                text("已设置，请以新密码和动态口令签到。", "Done. Sign in with the new password and a one-time code."),
            )
            return HttpResponseRedirect(reverse("desk:sign-in"))
        problem = done.problem
    given = {name: form.data.get(name, "") for name in ("username", "enrolment", "seed")}
    return _second_step(request, form, given, problem)


def _second_step(
    request: HttpRequest, form: FinishForm, given: dict[str, str], problem: PageProblem | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "problem": problem,
        "username": given["username"],
        **seed_texts(given["username"], given["seed"]),
    }
    return _page(request, "people/enrol_finish.html", context, _status(form, problem))


def _page(request: HttpRequest, template: str, context: Mapping[str, Any], status: int) -> HttpResponse:
    answer = render(request, template, context, status=status)
    problem: PageProblem | None = context["problem"]
    if problem is not None and problem.retry_after:
        answer.headers["Retry-After"] = str(problem.retry_after)
    return answer


class OwnKeyForm(DeskForm):
    """Form with a fresh second-factor code: an unattended screen alone gives no key away."""

    code = code_field()


@desk_page()
def keys(request: DeskRequest) -> HttpResponse:
    """List the approved keys that the person can collect."""
    return _keys(request)


@desk_page()
def collect(request: DeskRequest, administration_id: UUID) -> HttpResponse:
    """Show a key once to its person, after a fresh second-factor code."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("desk:own-keys"))
    form = OwnKeyForm(request.POST, auto_id=f"id_{administration_id}_%s")
    if form.is_valid() and not verify_second_factor(request, form.cleaned_data["code"]):
        form.add_error("code", WRONG_CODE)
    return act_on_form(
        request,
        lambda: collect_key(principal=request.caller, administration_id=administration_id),
        form,
        page=lambda problem: _keys(request, {administration_id: form}, None if form.errors else problem),
        to=reverse("desk:own-keys"),
        # Rendered at once: a redirect with a message would store the key in a cookie or in the session table.
        then=lambda key: render(request, "people/key.html", {"key": key}),
    )


def _keys(
    request: DeskRequest, filled: Mapping[UUID, OwnKeyForm] | None = None, problem: PageProblem | None = None
) -> HttpResponse:
    forms_of = filled or {}
    waiting = [
        (row, forms_of.get(row.pk) or OwnKeyForm(auto_id=f"id_{row.pk}_%s"))
        for row in keys_to_collect(request.caller.id, bank_now())
    ]
    context = {"waiting": waiting, "once": new_form_key(), "problem": problem}
    status = max((_status(form, problem) for form in forms_of.values()), default=200)
    return render(request, "people/keys.html", context, status=status)


def _status(form: forms.Form, problem: PageProblem | None) -> int:
    return problem.status if problem else 400 if form.errors else 200

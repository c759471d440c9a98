"""Statements for the record are never preselected; the tests list the choices concerned and the exceptions."""

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.forms.widgets import ChoiceWidget, SelectMultiple
from django.urls import get_resolver

from config.frames.desk.fields import DeskForm, DigitRadios, DigitSelect, StatedField

#: Choices that state no identification, paper, ground or reason, each with why it may begin with a value.
OTHERS = {
    "ActionForm.cards": "what becomes of cards; the effect is shown before the submission",
    "ActionForm.to_account_id": "an account among the customer's own; chosen beforehand only where there is no other",
    "ActionForm.to_class": "a class of account; chosen beforehand only where there is no other",
    "AssignForm.assignee": "who works on a case; nothing is chosen",
    "CardForm.product": "a product",
    "CardExceptionForm.product": "a product",
    "CashForm.way": "in or out: the business itself, named by the link to it and by the step that checks it",
    "CertificateForm.category": "read from the certificate; nothing is chosen",
    "CertificateForm.level": "read from the certificate; nothing is chosen",
    "ClassForm.to": "a class of account; nothing is chosen",
    "CloseOutForm.to": "an own account of the customer, shown with the balance before it is submitted",
    "OrderForm.arrival": "how a transfer arrives; nothing is chosen",
    "OwnerForm.control": "how a person controls an organization; nothing is chosen",
    "OwnerForm.tax_residency": "a declaration; nothing is chosen",
    "PersonParticularsForm.occupation": "corrected from what is on record; else nothing is chosen",
    "PersonParticularsForm.tax_residency": "a declaration; nothing is chosen",
    "PrincipalForm.role": "a role; nothing is chosen",
    "ProductForm.account_class": "a product",
    "ProductForm.card": "a product",
    "ProductForm.kind": "a product",
    "ProductForm.purpose": "what an account is for; nothing is chosen",
    "ProductForm.unit_kind": "what an account is for; nothing is chosen",
    "PurposeForm.purpose": "what an account is for; nothing is chosen",
    "SearchForm.by": "how to search; nothing of it is kept",
    "SubjectForm.kind": "person or organization: one that does not fit the document is refused",
    "OrganizationAccountForm.unit_kind": "what an account is for; nothing is chosen",
    "OrganizationParticularsForm.tax_entity": "a declaration; nothing is chosen",
    "OrganizationParticularsForm.tax_residency": "a declaration; nothing is chosen",
}
#: Filters of lists: they are sent by GET and state nothing.
FILTERS = {"BoardForm", "CasesForm", "SuspicionListForm", "TransferListForm"}
#: Stated only where something else is: what makes each needed.
NEEDED_WITH: dict[str, dict[str, str]] = {
    "AgentForm.relation": {"agent-came": "on"},
    "AgentForm.type": {"agent-came": "on"},
    "LossForm.relation": {"identified": "by_agent"},
    "LossForm.type": {"identified": "by_agent"},
    "OwnerForm.type": {"name": "张三"},
    "CertificateForm.sentence_kind": {"effective_on": "2025-03-01"},
    "ContactForm.result": {"kind": "phone"},
    "AppealRevocationForm.appeal": {"ground": "appeal"},
}
MORE: dict[str, Any] = {"AppealRevocationForm": {"appeals": [("1", "2026-01-05")]}}


def forms_of_the_desk() -> Iterator[type[DeskForm]]:
    """Yield every form that a page of the desk or the back office shows."""
    assert get_resolver().url_patterns
    left: list[type[DeskForm]] = [DeskForm]
    while left:
        form = left.pop()
        left += form.__subclasses__()
        if form.__module__.partition(".")[0] != "tests":
            yield form


def choices() -> Iterator[tuple[str, type[DeskForm], str, forms.Field]]:
    for form in forms_of_the_desk():
        for name, field in form.base_fields.items():
            if isinstance(field.widget, ChoiceWidget) and not isinstance(
                field.widget, SelectMultiple | forms.CheckboxSelectMultiple
            ):
                yield f"{form.__name__}.{name}", form, name, field


def test_every_choice_is_stated_or_says_why_it_is_not():
    found = {each: field for each, form, _, field in choices() if form.__name__ not in FILTERS}
    plain = {each for each, field in found.items() if not isinstance(field, StatedField)}
    assert plain == OTHERS.keys(), plain ^ OTHERS.keys()
    assert {form.__name__ for form in forms_of_the_desk()} >= FILTERS


def test_no_statement_is_preselected_and_each_has_digit_keys():
    for each, _, _, field in choices():
        if isinstance(field, StatedField):
            assert field.initial is None, each
            assert isinstance(field.widget, DigitSelect | DigitRadios), each


def test_each_is_needed_at_once_or_where_something_else_is_stated():
    optional = {each for each, _, _, field in choices() if isinstance(field, StatedField) and not field.required}
    assert optional == NEEDED_WITH.keys()


@pytest.mark.parametrize("each", NEEDED_WITH)
def test_untouched_statement_is_asked_for(each):
    (found,) = [(form, name) for known, form, name, _ in choices() if known == each]
    form, name = found
    sent = form(NEEDED_WITH[each], **MORE.get(form.__name__, {}))
    assert name in sent.errors


def test_digit_is_shown_before_each_of_the_first_nine_choices():
    class Sample(DeskForm):
        way = StatedField(choices=[(str(nth), f"way {nth}") for nth in range(1, 12)])

    drawn = str(Sample()["way"])
    assert ">9 way 9<" in drawn
    assert ">way 10<" in drawn
    assert " selected" not in drawn

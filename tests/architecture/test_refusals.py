"""Every refusal has a status, a unique code, two sentences and a clause; every view declares its refusals."""

import importlib
import pkgutil
import re
import string
from collections import Counter

import pytest

from config.frames.api import problems
from config.frames.api.fields import StrictSerializer
from config.frames.api.views import FileView
from config.kernel.law.addressing import address_of
from config.kernel.law.clauses import Clause
from config.kernel.law.refusals import Conflict, NotFound, Refusal, RequestError, Ruled, refusals_by_subject
from config.kernel.trail.evidence import registered
from tests.architecture.house import PARTS, ROOT
from tests.architecture.routes import routes

PACKAGES = (
    "config.kernel",
    "config.people.refusals",
    "config.frames.api",
    *(f"{'.'.join(part.relative_to(ROOT).parts)}.refusals" for part in PARTS),
)
#: Codes of the contract that a house rule gives, not an instrument.
HOUSE_RULES = {
    "ACCOUNT_CLOSED", "ACCOUNT_FROZEN", "CARD_NOT_ACTIVE", "CARD_NOT_FOUND", "INSUFFICIENT_FUNDS", "SAME_ACCOUNT",
    "PAYEE_NOT_FOUND", "PAYEE_NAME_MISMATCH", "LEGAL_BASIS_NOT_OFFERED", "BALANCE_LIMIT", "CHANNEL_LIMIT",
    "PARKED_RETURN", "ENOUGH_ADMINISTRATORS", "ENROLMENT_REFUSED", "NO_KEY_FOR_ADMINISTRATORS",
    "TOO_FEW_ADMINISTRATORS", "EXCEPTION_NOT_NEEDED", "GUARDIAN_REQUIRED", "CLOSE_OUT_NOT_OFFERED", "NOT_AN_OWN_BANK_ACCOUNT",
    "POSSIBLE_SAME_UNDECIDED", "MERGE_NOT_OFFERED", "TWO_CITIZEN_NUMBERS", "IDENTITY_UNDER_REVIEW",
    "DOCUMENT_SCAN_MISSING",
    "NOT_IN_PERSON", "NOTHING_TO_CLEAN_UP", "CLEANUP_ASSIGNMENT_BY_SUPERVISOR",
    # It tells no reason, and so no clause.
    "NOT_PROVIDED",
}  # fmt: skip
#: The contract's one code with two answers: 404 to an inquiry, 422 to an order.
TWOFOLD = {"PAYEE_NOT_FOUND"}
#: Placeholders of sentences without words of their own: numbers, instants, money, the official code of a region.
WITHOUT_WORDS = {
    "count",
    "limit",
    "withdrawn",
    "in_box",
    "until",
    "balance",
    "held",
    "due_at",
    "lapses_at",
    "settled_at",
    "region_code",
    "valid_until",
    "sealed_from",
    "now",
}
CONTRACT = {
    "SAME_PERSON", "CHANNEL_NOT_ALLOWED", "IDEMPOTENCY_KEY_MISSING", "IDEMPOTENCY_KEY_REUSED",
    "IDEMPOTENCY_KEY_IN_PROGRESS", "INVALID_REQUEST", "APPROVAL_STALE", "APPROVAL_DECIDED", "CUSTOMER_EXISTS",
    "IDENTITY_CONFLICT", "NOT_THE_HOLDER", "IDENTITY_UNDER_REVIEW", "DOCUMENT_EXPIRED", "GUARDIAN_REQUIRED", "ACCOUNT_NOT_EMPTY", "CARD_NOT_OFFERED",
    "DEBIT_CARD_LIMIT", "CARD_STATE", "ORGANIZATION_HAS_NO_CLASS", "OPENING_BARRED", "CLASS_I_EXISTS", "POSSIBLE_SAME_UNDECIDED",
    "CLASS_II_LIMIT", "CLASS_III_LIMIT", "PAYMENT_CLASS_III_EXISTS", "AGENT_CARD_LIMIT", "ACCOUNT_CLOSED",
    "CASE_ACCOUNT_STOPPED", "ACCOUNT_FROZEN", "PAYMENT_BUSINESS_SUSPENDED", "NON_COUNTER_SUSPENDED",
    "CARD_NOT_ACTIVE", "CHANNEL_LIMIT", "INSUFFICIENT_FUNDS", "BALANCE_LIMIT", "CARD_NOT_FOUND", "NOT_THE_PAYER", "PAYEE_NOT_FOUND",
    "CANCEL_TOO_LATE", "ALREADY_POSTED", "ALREADY_RETURNED", "NOT_CANCELLABLE", "PAYEE_NAME_MISMATCH",
    "SAME_ACCOUNT", "AUTHORITY_TOO_LOW", "CERTIFICATE_STATE", "CERTIFICATE_EXISTS", "LEGAL_BASIS_NOT_OFFERED",
}  # fmt: skip


#: Words of a sentence that follow from its fields: the verb of the legal basis, and how the holder is addressed.
DERIVED = {"stopped", *address_of("")}


def _below(kind: type) -> set[type]:
    return {each for sub in kind.__subclasses__() for each in {sub, *_below(sub)}}


def _ours(kind: type) -> list[type]:
    for package in PACKAGES:
        path = getattr(importlib.import_module(package), "__path__", ())
        for module in pkgutil.walk_packages(path, package + "."):
            if ".management." not in module.name and ".migrations." not in module.name:
                importlib.import_module(module.name)
    found = [each for each in _below(kind) if not each.__module__.startswith("tests.")]
    return sorted(found, key=lambda each: (each.__module__, each.__qualname__))


REFUSALS = [each for each in _ours(Refusal) if each not in {NotFound, Conflict, Ruled} or hasattr(each, "code")]
ERRORS = _ours(RequestError)
EVERY = REFUSALS + ERRORS


def test_refusals_are_declared_in_their_modules():
    assert not [each for each in EVERY if not each.__module__.startswith(PACKAGES)]


def test_a_code_means_one_thing():
    codes = Counter(each.code for each in EVERY if each.__name__ != "BadRequest" and each.code not in TWOFOLD)
    codes.subtract(codes.keys())
    assert not {code: [each for each in EVERY if each.code == code] for code, more in codes.items() if more}


def test_every_code_of_the_contract_is_there():
    assert {each.code for each in EVERY} >= CONTRACT


def test_a_refusal_has_a_status():
    for refusal in REFUSALS:
        assert problems.status_of(refusal) in {404, 409, 422}


@pytest.mark.parametrize("error", ERRORS, ids=lambda each: each.__name__)
def test_a_request_error_has_a_status(error):
    assert error.status in problems.TITLES


def test_refusal_has_texts_in_both_languages():
    for each in EVERY:
        assert re.fullmatch("[A-Z][A-Z0-9_]*", each.code)
        assert re.search("[一-鿿]", each.zh)
        assert not re.search("[一-鿿]", each.en)
        assert each.zh.endswith(("。", "？"))
        assert each.en.endswith(".")
        assert _names(each.zh) == _names(each.en)
        assert each.__doc__ or each.__name__ == "BadRequest"


def test_refusal_has_a_short_unique_name():
    titles: dict[str, set[str]] = {}
    for each in EVERY:
        zh, en = each.title.zh, each.title.en
        titles.setdefault(each.code, set()).add(zh)
        assert re.search("[一-鿿]", zh), each.code
        assert not re.search("[一-鿿]", en), each.code
        assert len(zh) <= 14, f"{each.code}: {zh}"
        assert len(en) <= 50, f"{each.code}: {en}"
        assert not re.search("[。{}]|\\.$", zh + en), each.code
    assert {len(names) for names in titles.values()} == {1}, "a code has one name"
    names = [name for each in titles.values() for name in each]
    assert sorted(names) == sorted(set(names)), "two codes have one name"


def test_refusal_is_defined_in_the_module_of_its_subject():
    listed = {code: subject for subject, choices in refusals_by_subject() for code, _ in choices}
    assert listed.keys() == Refusal.catalogue.keys()
    other = {code for code, subject in listed.items() if subject == "其他"}
    assert {Refusal.catalogue[code].__module__.split(".")[1] for code in other} == {"kernel"}


def test_refusal_has_a_sentence_without_fields():
    for each in EVERY:
        if issubclass(each, Refusal):
            said = each.sentence({}, "zh") + each.sentence({}, "en")
        else:
            bare = each.__new__(each)
            said = bare.detail("zh") + bare.detail("en")
        assert "{" not in said


def test_names_in_a_sentence_have_a_word_at_the_desk():
    for refusal in REFUSALS:
        assert not _names(refusal.zh) - DERIVED - {name for _, name, _ in registered()}, (
            "evidence of it would show a bare field name"
        )


def test_sentence_of_a_refusal_names_no_code():
    """A refused person reads words: no enumeration value, no id, no field of the API."""
    for each in EVERY:
        sentences = [each.zh, each.en, *(sentence for both in getattr(each, "sides", {}).values() for sentence in both)]
        assert not [
            bare for bare in sentences if re.search(r"`|[A-Za-z]+_[A-Za-z]+|fields", re.sub(r"{\w+}", "", bare))
        ]
        if issubclass(each, Refusal):
            assert not _names(each.zh) - WITHOUT_WORDS - each.words.keys() - DERIVED


@pytest.mark.parametrize("refusal", [each for each in REFUSALS if each.sides], ids=lambda each: each.__name__)
def test_other_side_does_not_learn_of_a_refusal(refusal):
    for side, (zh, en) in refusal.sides.items():
        assert not _names(zh) | _names(en)
        assert refusal.sentence({"side": side, "until": "2031-01-05T00:00:00+08:00"}, "zh") == zh
        assert re.search("[一-鿿]", zh)
        assert not re.search("[一-鿿]", en)


def test_explained_codes_have_words_in_both_languages():
    for refusal in REFUSALS:
        for name, codes in refusal.words.items():
            assert name in _names(refusal.zh)
            for code in codes:
                assert code.text.zh in refusal.sentence({name: code.value}, "zh")
                assert code.text.en in refusal.sentence({name: code.value}, "en")


@pytest.mark.parametrize(
    "refusal", [each for each in REFUSALS if issubclass(each, Ruled)], ids=lambda each: each.__name__
)
def test_a_rule_names_its_clause_unless_it_is_the_houses(refusal):
    if refusal.code in HOUSE_RULES:
        assert refusal.clause is None
    else:
        assert isinstance(refusal.clause, Clause), "cite the clause, or list the code as a house rule"


def _names(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.path)
def test_a_view_declares_roles_answers_and_bodies(route):
    view = route.view
    assert view.roles
    if issubclass(view, FileView):
        assert view.media_types
        assert set(view.roles) - {"GET"} == set(view.answers)
    else:
        assert set(view.roles) == set(view.answers), "each method has its answers"
    assert issubclass(view.body, StrictSerializer)
    assert issubclass(view.query, StrictSerializer)
    for method, answers in view.answers.items():
        assert view.roles[method]
        assert answers
        assert all(200 <= status < 300 for status in answers)
    assert view.__doc__

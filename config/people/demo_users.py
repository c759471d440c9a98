"""The demo's persons and machines: created by two administrators, with known passwords and seeds."""

from collections.abc import Callable, Mapping
from functools import cache

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured

from config.frames.desk.demo_users import ADMINISTRATORS, PASSWORD, key_of
from config.kernel import approvals
from config.kernel.access.keys import Caller, caller_of
from config.kernel.access.passwords import FACT, mark_of
from config.kernel.database.clock import bank_now
from config.kernel.models import MACHINES, Principal, Role, SecondFactor
from config.kernel.trail.decisions import deciding
from config.people import collection, founding, proposals, queries
from config.people.proposal_inputs import Proposed
from config.people.vocabulary import DecisionKind, Rule

#: The demo's persons and machines: one principal each, so that maker and checker are two persons.
CAST = {
    "atm": Role.ATM,
    "atm_2": Role.ATM,
    "gateway": Role.GATEWAY,
    "teller": Role.TELLER,
    "teller_2": Role.TELLER,
    "supervisor": Role.SUPERVISOR,
    "supervisor_2": Role.SUPERVISOR,
    "compliance": Role.COMPLIANCE,
    "compliance_2": Role.COMPLIANCE,
    "auditor": Role.AUDITOR,
}


def require_sandbox() -> None:
    """Refuse to create persons with known passwords and seeds outside a sandbox.

    :raises ImproperlyConfigured: outside a sandbox.
    """
    if not settings.SANDBOX:
        raise ImproperlyConfigured("Demo users exist in a sandbox only.")


def ensure_cast(known: Mapping[str, str]) -> dict[str, str]:
    """Create the demo's missing principals; return a key for each, a known one if it is valid.

    :param known: existing keys by the principal's name.
    :raises ImproperlyConfigured: outside a sandbox.
    """
    require_sandbox()
    return {name: _key(_ensure_principal(name, role), known.get(name)) for name, role in CAST.items()}


def ensure_users() -> list[str]:
    """Create users for the demo's persons and its two administrators; return the names without administrators.

    :raises ImproperlyConfigured: outside a sandbox.
    """
    require_sandbox()
    _two_administrators()
    people = Principal.objects.exclude(role__in=[*MACHINES, Role.ADMINISTRATOR]).select_related("person__user")
    names = []
    for principal in people.order_by("name"):
        if principal.person is not None and principal.person.user is None:
            _propose_and_approve(
                lambda one, principal=principal: proposals.propose_user(  # type: ignore[misc]
                    principal=one,
                    username=principal.name,
                    staff_number=_staff_number(principal.name),
                    person_id=principal.person_id,
                )
            )
        names.append(principal.name)
    for name in (*names, *ADMINISTRATORS):
        _let_sign_in(name)
    return names


def _two_administrators() -> list[Caller]:
    """Return two administrators, created if there are none."""
    if queries.administrators().count() < settings.LEAST_ADMINISTRATORS:
        founding.first_administrators(*((name, _staff_number(name)) for name in ADMINISTRATORS))
    found = queries.administrators().order_by("name")[:2]
    return [Caller(id=each.id, name=each.name, role=each.role, person_id=each.person_id) for each in found]


def _propose_and_approve(propose: Callable[[Caller], Proposed]) -> tuple[Proposed, Caller]:
    """Propose as one administrator and approve as the other; return the row and the approver."""
    one, other = _two_administrators()
    row, approval = propose(one)
    approvals.approve(approval.id, principal=other)
    row.refresh_from_db()
    return (row, approval), other


def _ensure_principal(name: str, role: Role) -> Principal:
    found = Principal.objects.filter(name=name).first()
    if found is not None:
        return found
    person_id = None
    if role not in MACHINES:
        (row, _), _ = _propose_and_approve(
            lambda one: proposals.propose_user(principal=one, username=name, staff_number=_staff_number(name))
        )
        person_id = row.person_id
    (row, _), _ = _propose_and_approve(
        lambda one: proposals.propose_principal(principal=one, name=name, role=role, person_id=person_id)
    )
    return Principal.objects.get(name=name)


def _key(principal: Principal, known: str | None) -> str:
    caller = caller_of(known) if known else None
    if known and caller and caller.id == principal.id:
        return known
    (row, _), approver = _propose_and_approve(
        lambda one: proposals.propose_key(principal=one, principal_id=principal.id, rotates=True)
    )
    machine = principal.role in MACHINES
    collects = approver if machine else Caller(id=principal.id, name=principal.name, role=principal.role)
    return collection.collect_key(principal=collects, administration_id=row.id)


def _let_sign_in(name: str) -> None:
    """Give a user the demo's password and seed, unless the person has enrolled."""
    user = User.objects.filter(username=name).first()
    if user is None:
        return
    facts: dict[str, str] = {}
    if not user.has_usable_password():
        user.password = _password_hash()
        User.objects.filter(pk=user.pk).update(password=user.password)
        facts[FACT] = mark_of(user)
    known = {"key": key_of(name).hex(), "tolerance": 1}
    factor, made = SecondFactor.objects.get_or_create(user=user, name="demo", defaults=known)
    if made:
        facts["factor"] = str(factor.pk)
    if facts:
        with deciding(DecisionKind.ENROL, principal=None, at=bank_now(), rule=Rule.OWNER) as decision:
            decision.facts = {"username": name, **facts}


@cache
def _password_hash() -> str:
    """Return the hash of the common password, computed once; the sign-in page prints the password."""
    return make_password(PASSWORD)


def _staff_number(name: str) -> str:
    return f"DEMO-{name}".replace("_", "-")[:20].rstrip("-")

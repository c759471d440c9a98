"""Acts that one administrator does alone, because they only remove rights or end a lockout (立即办理).

Switching on again needs two administrators (`config.people.proposals`).
"""

from uuid import UUID

from axes.utils import reset
from django.contrib.auth.models import User

from config.frames.desk.second_factors import end_pause
from config.frames.desk.sessions import end_all
from config.kernel.access.keys import Caller, revoke_key
from config.kernel.access.permissions import Permission, require
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import NotFound
from config.kernel.models import ApiKey, Person, Principal, Role
from config.kernel.trail.decisions import deciding
from config.people import queries, refusals
from config.people.effects import leave_two, switch_off, unmake_administrator
from config.people.proposal_inputs import locked_person, locked_principal
from config.people.vocabulary import DecisionKind, Rule


@transaction_required
def switch_off_person(*, principal: Caller, person_id: UUID) -> Person:
    """Switch a person off (停用人员): user, principal and keys end at once.

    :raises NotFound: for an unknown person.
    :raises NothingChanges: when all of the person is switched off.
    :raises TooFewAdministrators: when fewer than two would be left.
    """
    require(principal, Permission.ADMINISTER)
    person = locked_person(person_id)
    acting, user = queries.active_principal(person.pk), person.user
    with deciding(
        DecisionKind.SWITCH_OFF, principal=principal, at=bank_now(), rule=Rule.ONE_ADMINISTRATOR, object_id=person.pk
    ) as decision:
        decision.facts = queries.person_snapshot(person)
        if acting is None and not (user and user.is_active):
            raise refusals.NothingChanges
        if acting is not None:
            decision.facts["keys"] = _switch_off(acting)
        if user is not None:
            if user.is_superuser:
                unmake_administrator(user)
            User.objects.filter(pk=user.pk).update(is_active=False)
            end_all(user.pk)
    return person


@transaction_required
def switch_off_principal(*, principal: Caller, principal_id: UUID) -> Principal:
    """Switch a principal off (停用操作主体); its keys end at once.

    :raises NotFound: for an unknown principal.
    :raises NothingChanges: when it is switched off.
    :raises TooFewAdministrators: when fewer than two would be left.
    """
    require(principal, Permission.ADMINISTER)
    found = locked_principal(principal_id)
    with deciding(
        DecisionKind.SWITCH_OFF, principal=principal, at=bank_now(), rule=Rule.ONE_ADMINISTRATOR, object_id=found.pk
    ) as decision:
        decision.facts = queries.principal_snapshot(found)
        if not found.active:
            raise refusals.NothingChanges
        decision.facts["keys"] = _switch_off(found)
    return found


@transaction_required
def revoke_one_key(*, principal: Caller, key_id: UUID) -> ApiKey:
    """Revoke a key (作废密钥); the next request with it is refused.

    :raises NotFound: for an unknown key.
    :raises NothingChanges: when it is revoked.
    """
    require(principal, Permission.ADMINISTER)
    key = (
        ApiKey.objects.select_for_update(no_key=True, of=("self",))
        .select_related("principal")
        .filter(pk=key_id)
        .first()
    )
    if key is None:
        raise NotFound
    with deciding(
        DecisionKind.REVOKE_KEY, principal=principal, at=bank_now(), rule=Rule.ONE_ADMINISTRATOR, object_id=key.pk
    ) as decision:
        decision.facts = {"name": key.principal.name, "role": key.principal.role, "key": key.hint}
        if key.revoked_at is not None:
            raise refusals.NothingChanges
        revoke_key(key)
    return key


@transaction_required
def unlock_sign_in(*, principal: Caller, user_id: int) -> User:
    """Unlock a user after too many failures (解除签到锁定).

    :raises NotFound: for an unknown user.
    """
    require(principal, Permission.ADMINISTER)
    user = User.objects.select_related("person").filter(pk=user_id).first()
    if user is None:
        raise NotFound
    with deciding(
        DecisionKind.UNLOCK_SIGN_IN, principal=principal, at=bank_now(), rule=Rule.ONE_ADMINISTRATOR
    ) as decision:
        person = getattr(user, "person", None)
        decision.object_id = person.pk if person else None
        decision.facts = {"username": user.username}
        reset(username=user.username)
        end_pause(user)
    return user


@transaction_required
def end_sessions(*, principal: Caller, person_id: UUID) -> int:
    """End all sessions of a person (结束会话); return how many were open.

    :raises NotFound: for an unknown person.
    :raises NothingChanges: when none is open.
    """
    require(principal, Permission.ADMINISTER)
    person = locked_person(person_id)
    with deciding(
        DecisionKind.END_SESSIONS, principal=principal, at=bank_now(), rule=Rule.ONE_ADMINISTRATOR, object_id=person.pk
    ) as decision:
        decision.facts = queries.person_snapshot(person)
        ended = end_all(person.user_id) if person.user_id else 0
        if not ended:
            raise refusals.NothingChanges
        decision.facts["sessions_ended"] = ended
    return ended


def _switch_off(principal: Principal) -> int:
    user = principal.person.user if principal.person else None
    if principal.role == Role.ADMINISTRATOR and user is not None:
        leave_two(user)
        unmake_administrator(user)
        return 0
    return switch_off(principal)

"""Enrol (本人注册签到凭据): with a code on paper somebody sets a password and a second factor of one's own.

No administrator ever knows either. Two steps of one page: the seed is shown, then a first code proves that it arrived.
"""

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from config.frames.desk.passkeys import end_passkeys
from config.frames.desk.recovery import end_sheet
from config.frames.desk.second_factors import confirm_second_factor, prepare_second_factor
from config.kernel.access.keys import Caller
from config.kernel.access.passwords import FACT, mark_of
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.kernel.models import Enrolment
from config.kernel.trail.decisions import deciding
from config.people import queries, refusals
from config.people.collection import code_digest
from config.people.vocabulary import DecisionKind, Rule


@transaction_required
def begin_enrolment(*, username: str, code: str) -> str:
    """Return a new seed (base32) for whoever shows the code; it counts only once `finish_enrolment` confirms it.

    Asked again it gives another seed, and the one before counts no more.

    :raises EnrolmentRefused: for a wrong name or code, one that was used or has ended; never which of it.
    """
    user, _ = _admitted(username, code)
    return prepare_second_factor(user)


@transaction_required
def finish_enrolment(*, username: str, code: str, password: str, token: str) -> User:
    """Set the password and let the second factor count; the enrolment code is used up, older factors, passkeys and recovery codes are gone.

    :param password: the person's own choice, judged by the settings' validators.
    :param token: the six digits that the authenticator shows for the seed of `begin_enrolment`.
    :raises EnrolmentRefused: for a wrong name or code, one that was used or has ended; never which of it.
    :raises BadRequest: with `password` or `token`, when one of them will not do; the code stays good.
    """
    user, enrolment = _admitted(username, code)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise BadRequest({"password": list(error.messages)}) from error
    factor = confirm_second_factor(user, token)
    if factor is None:
        wrong = Text(
            "动态口令不正确，请确认手机上的时间准确，等待下一个口令。",
            "The one-time code is wrong: see that the phone's time is right, and wait for the next one.",
        )
        raise BadRequest({"token": [wrong]})
    end_passkeys(user)
    end_sheet(user)
    at = bank_now()
    acting = queries.active_principal(enrolment.person_id)
    caller = Caller(id=acting.id, name=acting.name, role=acting.role, person_id=acting.person_id) if acting else None
    with deciding(DecisionKind.ENROL, principal=caller, at=at, rule=Rule.IN_PERSON) as decision:
        decision.object_id = enrolment.pk
        user.set_password(password)
        user.save(update_fields=["password"])
        decision.facts = {**queries.whose(enrolment.person), "factor": str(factor.pk), FACT: mark_of(user)}
        Enrolment.objects.filter(pk=enrolment.pk).update(used_at=at)
    return user


def _admitted(username: str, code: str) -> tuple[User, Enrolment]:
    rows = Enrolment.objects.select_for_update(no_key=True, of=("self",)).select_related("person__user")
    found = rows.filter(digest=code_digest(code), used_at=None).first()
    user = found.person.user if found else None
    if (
        found is None
        or user is None
        or not user.is_active
        or user.username != User.normalize_username(username.strip())
    ):
        raise refusals.EnrolmentRefused
    if bank_now() >= found.until:
        raise refusals.EnrolmentRefused
    return user, found

"""Collection of approved credentials, once and in time (领取): an API key, or a code for enrolment (注册).

A secret is shown only where it is collected. The database keeps its hash and, until it is collected, the
sealed second half of a code. The enrolling person sets a password and a second factor that no administrator
knows: the seed is shown, then a first code proves that it arrived.
"""

import base64
import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from config.frames.desk.passkeys import end_passkeys
from config.frames.desk.second_factors import confirm_second_factor, end_sheet, prepare_second_factor
from config.kernel.access.keys import Caller, new_key, revoke_keys
from config.kernel.access.passwords import FACT, mark_of
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.masking import Unreadable
from config.kernel.law.dates import rfc3339
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.law.text import Text
from config.kernel.models import MACHINES, Administration, AdministrationKind, ApiKey, Enrolment
from config.kernel.trail.decisions import deciding
from config.people import queries, refusals
from config.people.vocabulary import DecisionKind, Rule

#: Random bytes of each half of an enrolment code, which is read from paper and typed once.
_CODE_BYTES = 10


@transaction_required
def collect_key(*, principal: Caller, administration_id: UUID) -> str:
    """Collect a key that two administrators approved (领取密钥) and return it; it is never shown again.

    The page asks for a fresh second factor first. A person's key is given only to that person, a machine's key
    only to the administrator who approved it, so that nobody proposes a key and then has it alone.

    :raises NotFound: for an unknown act, one not in force, or one that another person collects.
    :raises NotCollectable: when it was collected before, or the time is over.
    :raises NotActive: when the principal is switched off.
    """
    row, at = _collectable(administration_id, AdministrationKind.API_KEY)
    of = row.principal
    if of is None or principal.id != (queries.proposer_and_approver(row)[-1] if of.role in MACHINES else of.pk):
        raise NotFound
    with deciding(DecisionKind.COLLECT_KEY, principal=principal, at=at, rule=_rule(of.role)) as decision:
        decision.object_id = row.pk
        decision.facts = {
            **queries.act_summary(row),
            "name": of.name,
            "role": of.role,
            "rotates": row.content["rotates"],
        }
        if not of.active:
            raise refusals.NotActive
        _check_collectable(row, at, collected=ApiKey.objects.filter(administration=row).exists())
        if row.content["rotates"]:
            decision.facts["keys"] = revoke_keys(of.pk)
        ends = row.content["expires_at"]
        key, made = new_key(
            of.pk,
            administration=row,
            collected_by_id=principal.id,
            expires_at=datetime.fromisoformat(ends) if ends else None,
        )
        made.save(force_insert=True)
        decision.facts |= {"key": made.hint, "key_digest": made.digest.hex(), "expires_at": ends}
        return key


@transaction_required
def collect_enrolment_code(*, principal: Caller, administration_id: UUID) -> tuple[str, datetime]:
    """Collect one's own half of an enrolment code (领取注册码), to hand it over on paper.

    The proposer collects the first half, the approver the second, so that neither can enrol in the person's place.

    :returns: the half in its typed form, and the instant from which the code is invalid.
    :raises NotFound: for an unknown act, one not in force, or one that two others decided.
    :raises NotCollectable: when it was collected before, the time is over, or no half is kept; a user who has
        enrolled needs none.
    """
    row, at = _collectable(administration_id, AdministrationKind.USER, AdministrationKind.ENROLMENT)
    two = queries.proposer_and_approver(row)
    if row.person is None or principal.id not in two:
        raise NotFound
    with deciding(
        DecisionKind.ISSUE_ENROLMENT_CODE, principal=principal, at=at, rule=Rule.TWO_ADMINISTRATORS
    ) as decision:
        decision.object_id = row.pk
        decision.facts = {**queries.act_summary(row), **queries.person_snapshot(row.person)}
        _check_collectable(row, at, collected=queries.collected_half(row, principal.id))
        if row.usable_until is None:
            raise NotFound
        half, digest = _half_of(row, two.index(principal.id), at, row.usable_until)
        decision.facts["code_digest"] = digest.hex()
        return half, row.usable_until


def _half_of(row: Administration, place: int, at: datetime, until: datetime) -> tuple[str, bytes]:
    """Return one half of an act's code, and the hash of the whole code.

    The code is drawn when the first half is collected.

    :param place: 0 for the first half, 1 for the second.
    """
    issued = Enrolment.objects.filter(administration=row).first()
    if issued is None:
        halves = written_code(), written_code()
        made = Enrolment(
            id=new_id(),
            person=row.person,
            administration=row,
            digest=code_digest("".join(halves)),
            waiting_half=halves[1 - place],
            issued_at=at,
            until=until,
        )
        made.save(force_insert=True)
        return halves[place], bytes(made.digest)
    half: str | None = issued.waiting_half
    if half is None or isinstance(half, Unreadable):
        raise refusals.NotCollectable
    Enrolment.objects.filter(pk=issued.pk).update(waiting_half=None)
    return half, bytes(issued.digest)


def written_code() -> str:
    """Return a new random code as written on paper: four groups of four characters."""
    text = base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def code_digest(code: str) -> bytes:
    """Return the stored hash of a code; case, spaces and hyphens do not matter.

    The code has eighty random bits, so no slow hash is needed.
    """
    return hashlib.sha256(code.upper().replace("-", "").replace(" ", "").encode()).digest()


def _collectable(administration_id: UUID, *kinds: AdministrationKind) -> tuple[Administration, datetime]:
    """Lock and return an act in force that can be collected; of two simultaneous callers only the first gets it."""
    found = Administration.objects.filter(pk=administration_id, kind__in=kinds, status=Administration.IN_FORCE)
    row = found.select_for_update(no_key=True, of=("self",)).select_related("principal", "person__user").first()
    if row is None:
        raise NotFound
    return row, bank_now()


def _check_collectable(row: Administration, at: datetime, *, collected: bool) -> None:
    if collected:
        raise refusals.NotCollectable(cause="collected")
    if row.usable_until is None or at >= row.usable_until:
        raise refusals.NotCollectable(cause="lapsed", until=rfc3339(row.usable_until))


def _rule(role: str) -> Rule:
    return Rule.ONE_ADMINISTRATOR if role in MACHINES else Rule.IN_PERSON


@transaction_required
def begin_enrolment(*, username: str, code: str) -> str:
    """Return a new seed (base32) for a valid enrolment code; `finish_enrolment` confirms it.

    A repeated call gives another seed and invalidates the previous one.

    :raises EnrolmentRefused: for a wrong name, or a wrong, used or expired code; the error never says which.
    """
    user, _ = _valid_enrolment(username, code)
    return prepare_second_factor(user)


@transaction_required
def finish_enrolment(*, username: str, code: str, password: str, token: str) -> User:
    """Set a password and confirm the second factor; the code is used up, and all older factors are deleted.

    Passkeys and recovery codes are deleted too.

    :param password: the person's own choice, checked by the settings' validators.
    :param token: the authenticator's six digits for the seed of `begin_enrolment`.
    :raises EnrolmentRefused: for a wrong name, or a wrong, used or expired code; the error never says which.
    :raises BadRequest: with `password` or `token`, when it is not accepted; the code stays valid.
    """
    user, enrolment = _valid_enrolment(username, code)
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
        decision.facts = {**queries.person_snapshot(enrolment.person), "factor": str(factor.pk), FACT: mark_of(user)}
        Enrolment.objects.filter(pk=enrolment.pk).update(used_at=at)
    return user


def _valid_enrolment(username: str, code: str) -> tuple[User, Enrolment]:
    rows = Enrolment.objects.select_for_update(no_key=True, of=("self",)).select_related("person__user")
    enrolment = rows.filter(digest=code_digest(code), used_at=None).first()
    user = enrolment.person.user if enrolment else None
    if (
        enrolment is None
        or user is None
        or not user.is_active
        or user.username != User.normalize_username(username.strip())
    ):
        raise refusals.EnrolmentRefused
    if bank_now() >= enrolment.until:
        raise refusals.EnrolmentRefused
    return user, enrolment

"""Recovery codes (恢复码): ten on paper for the day on which the authenticator is not at hand, each used once.

They let their person sign in and put the own sign-in right, and decide nothing: 〔本行规则〕 a code that stood on paper may
have been read by others, and who decides shows what nobody else holds.
"""

import secrets
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from config.frames.desk.pauses import is_paused
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.law.text import Text, text
from config.kernel.models import RecoveryCode, RecoverySheet
from config.kernel.vault.sealed import blind_index

DIGITS = 12
#: From so many left on their person is told to make new ones.
FEW = 3
_LEFT = "left_"


@transaction_required
def new_sheet(user: User) -> list[str]:
    """Make ten codes and return them as they are written: the only time they are seen. Those before count no more.

    A session signed in with one of those before ends, unless it is told of the new sheet: it names one that is gone.
    """
    # The person's row first: of two who ask at the same instant the later one's codes stand.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    end_sheet(user)
    sheet = RecoverySheet(user=user, name="paper")
    sheet.save(force_insert=True)
    codes = [f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}" for _ in range(RecoveryCode.MOST)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(id=new_id(), sheet=sheet, number=number, digest=_digest(sheet.pk, code))
        for number, code in enumerate(codes, start=1)
    )
    return [" ".join(code[start : start + 4] for start in range(0, DIGITS, 4)) for code in codes]


@transaction_required
def end_sheet(user: User) -> None:
    """Let a person's recovery codes count no more."""
    RecoverySheet.objects.filter(user=user).delete()


def sheet_showing(user_id: int, code: str) -> RecoverySheet | None:
    """Use a code up and return the sheet it stands on; None for one that is wrong or was used.

    The sheet's row is locked first: a code that several screens send at the same instant counts once, and guesses sent
    at the same instant are counted one by one.

    :param code: the digits alone.
    """
    with transaction.atomic():
        sheet = RecoverySheet.objects.select_for_update().filter(user_id=user_id, confirmed=True).first()
        if sheet is None or not sheet.is_its_persons() or is_paused(sheet):
            return None
        unused = RecoveryCode.objects.filter(sheet=sheet, digest=_digest(sheet.pk, code), used_at=None)
        if not unused.update(used_at=timezone.now()):
            sheet.throttle_increment()
            return None
        sheet.throttle_reset(commit=False)
        sheet.set_last_used_timestamp(commit=False)
        sheet.save()
        return sheet


def sheet_of(user_id: int) -> tuple[RecoverySheet | None, int]:
    """Return the sheet that a person has, and how many of its codes were not used yet."""
    sheet = RecoverySheet.objects.filter(user_id=user_id).first()
    return sheet, sheet.codes.filter(used_at=None).count() if sheet else 0


def left_code(left: int) -> str:
    """Return how a line of the trail says how many are left."""
    return f"{_LEFT}{left}"


def left_word(code: str) -> str | None:
    """Return in words what `left_code` says, None for what says something else."""
    left = code.removeprefix(_LEFT)
    return text(f"剩余 {left} 个", f"{left} left") if code.startswith(_LEFT) else None


def used_words(left: int) -> Text:
    """Return what is said to who has just used one."""
    return Text(
        f"已使用恢复码签到，剩余 {left} 个未用。如验证器已遗失，请在个人设置中更换。",
        f"You signed in with a recovery code; {left} are left. If the authenticator is lost, replace it in My account.",
    )


def _digest(sheet_id: UUID, code: str) -> bytes:
    return blind_index("recovery-code", f"{sheet_id}|{code}")

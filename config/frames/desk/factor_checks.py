"""Second factors in forms: a code of an authenticator, a recovery code, or a passkey's answer."""

import re
from typing import Any

from django import forms
from django.http import HttpRequest

from config.frames.desk import passkeys
from config.frames.desk.second_factors import DIGITS, device_with_code, left_code, sheet_of, sheet_with_code
from config.kernel.law.text import Text
from config.kernel.models import Passkey, RecoverySheet, SecondFactor, TrailKind
from config.kernel.trail import trail

type Factor = SecondFactor | RecoverySheet | Passkey

_APART = str.maketrans("", "", " -\u00a0")
_RECOVERY = re.compile(rf"[0-9]{{{DIGITS}}}")
#: Maximum length of a code, and of a recovery code with two separators as on paper.
CODE_MAX, RECOVERY_MAX = 6, 14
_TYPED = re.compile(rf"[0-9]{{{CODE_MAX}}}|[0-9]{{4}}(?:[ -]?[0-9]{{4}}){{2}}")


class CodeField(forms.CharField):
    """A field for a typed code; a script can write a passkey's answer into it instead."""

    def __init__(self, *, typed_max: int = CODE_MAX, **options: Any) -> None:
        self.typed_max = typed_max
        attrs = {"inputmode": "numeric", "autocomplete": "one-time-code"}
        super().__init__(max_length=passkeys.ANSWER_MAX, widget=forms.TextInput(attrs=attrs), **options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, str]:
        return {**super().widget_attrs(widget), "maxlength": str(self.typed_max)}


def has_valid_form(code: str) -> bool:
    """Return whether a text has the form of a code, a recovery code, or a passkey's answer."""
    return bool(_TYPED.fullmatch(code)) or is_answer(code)


def checked_code(code: str) -> str:
    """Return a submitted second factor if it has a valid form.

    :raises ValidationError: otherwise.
    """
    if not has_valid_form(code):
        raise forms.ValidationError(
            Text(
                "须为6位动态口令，或一个12位恢复码。",
                "Must be a one-time code of six digits, or a recovery code of twelve.",
            )
        )
    return code


def is_answer(code: str) -> bool:
    """Return whether a text has the form of a passkey's answer."""
    return code.startswith("{")


def proved_factor(
    request: HttpRequest, user_id: int, code: str, *, recovery: bool = False, purpose: str = ""
) -> Factor | None:
    """Return the person's second factor that a code proves, None if none; each code is valid once.

    :param recovery: whether a recovery code is accepted; its use and the number left are recorded.
    :param purpose: the purpose of a passkey's challenge; an act of the person by default.
    """
    if is_answer(code):
        answers = passkeys.are_on() and len(code) <= passkeys.ANSWER_MAX
        return passkeys.passkey_of_answer(user_id, code, purpose or passkeys.purpose_of(user_id)) if answers else None
    plain = code.translate(_APART)
    if not recovery or not _RECOVERY.fullmatch(plain):
        return device_with_code(user_id, code)
    sheet = sheet_with_code(user_id, plain)
    if sheet is not None:
        _, left = sheet_of(user_id)
        trail.record(TrailKind.RECOVERY_CODE, request, user_id=user_id, object_id=sheet.pk, reason=left_code(left))
    return sheet

"""Desk form that requests the revocation of a certificate (申请撤销认定)."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from blacklist.desk.forms import BoxForm
from blacklist.desk.subjects import part_choices, upheld_choices
from blacklist.operations.revocations import ChosenParts, RevocationDraft, request_revocation
from blacklist.queries.certificates import find_certificate
from blacklist.queries.grounds import grounds_of
from blacklist.vocabulary import RevocationGround
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import form_arguments
from config.frames.desk.fields import DayField, DigitRadios, LineField, StatedField, missing_message
from config.frames.desk.pages import act_on_form, found_or_404, problem_page
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text, text

#: An appeal that the bank has not recorded.
NOT_RECORDED = "not-recorded"


class RevocationForm(BoxForm):
    """Form for the document that revokes a certificate."""

    widths = {"reason": "col-12"}

    doc_no = LineField(label=Text("撤销文号", "Revocation document number"), max_length=100)
    revoked_on = DayField(label=Text("撤销日期", "Revoked on"))
    ground = StatedField(label=Text("撤销原因", "Ground"), choices=RevocationGround.choices, widget=DigitRadios)
    of = forms.MultipleChoiceField(
        label=Text("撤销范围", "What is revoked"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=Text(
            "不选则撤销整份认定书；所选以外的仍有效。",
            "None chosen: the whole certificate. What is not chosen stays in force.",
        ),
    )
    reason = forms.CharField(
        label=Text("理由", "Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=Text(
            "加密保存；由另一名合规人员复核，复核通过时起解除本认定书造成的限制，其他限制不受影响。",
            "Kept encrypted. Another compliance officer reviews it; on approval the restrictions caused by this certificate end, and no others.",
        ),
    )  # fmt: skip

    def __init__(
        self, *args: Any, parts: Sequence[tuple[str, str]] = (), upheld: Sequence[str] = (), **kwargs: Any
    ) -> None:
        """Preselect the parts that an upheld appeal concerns; the person must choose the ground.

        :param parts: parts that can be revoked alone.
        :param upheld: the parts that an upheld appeal concerns.
        """
        super().__init__(*args, initial={"of": list(upheld)}, **kwargs)
        # A certificate with one part is revoked as a whole.
        if len(parts) > 1:
            self.fields["of"].choices = parts  # type: ignore[attr-defined]
            if upheld:
                self.fields["of"].help_text = Text(
                    "已选申诉成立的对象；全部不选则撤销整份认定书，所选以外的仍有效。",
                    "Whose appeal was upheld is chosen. None chosen: the whole certificate. What is not chosen stays in force.",
                )
        else:
            del self.fields["of"]

    def draft(self) -> RevocationDraft:
        """Return the revocation entered in a valid form."""
        said = {name: value for name, value in self.cleaned_data.items() if name not in {"of", "ground"}}
        return RevocationDraft(**said, ground=RevocationGround(self.cleaned_data["ground"]))

    def of_which(self) -> ChosenParts | None:
        """Return the chosen parts by their places in `part_choices`; None for the whole certificate."""
        chosen = [each.split("-") for each in self.cleaned_data.get("of") or ()]
        if not chosen:
            return None
        subjects, accounts = ([int(place) for kind, place in chosen if kind == name] for name in ("subject", "account"))
        return ChosenParts(subjects, accounts)


class AppealRevocationForm(RevocationForm):
    """Revocation form with a choice of upheld appeals as ground."""

    field_order = ("doc_no", "revoked_on", "ground", "appeal")

    appeal = StatedField(
        label=Text("所据申诉", "Appeal"),
        required=False,
        help_text=Text("撤销原因为“申诉成立”时须选择。", "Required where the ground is that an appeal was upheld."),
    )

    def __init__(self, *args: Any, appeals: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        """Offer the upheld appeals as choices.

        :param appeals: upheld appeals, latest first.
        """
        super().__init__(*args, **kwargs)
        if appeals:
            other = Text("本行未登记的申诉", "An appeal that is not recorded here")
            self.fields["appeal"].choices = [*appeals, (NOT_RECORDED, other)]  # type: ignore[attr-defined]
        else:
            del self.fields["appeal"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        asked = "appeal" in self.fields and data.get("ground") == RevocationGround.APPEAL
        if asked and not data.get("appeal") and "appeal" not in self.errors:
            self.add_error("appeal", missing_message(self.fields["appeal"].label, choose=True))
        return data

    def draft(self) -> RevocationDraft:
        """Return the entered revocation; only the ground `appeal` names an appeal."""
        chosen = self.cleaned_data.pop("appeal", "")
        said = super().draft()
        named = chosen not in {"", NOT_RECORDED} and said.ground == RevocationGround.APPEAL
        return replace(said, appeal_id=UUID(chosen)) if named else said

    def add_errors(self, bad: BadRequest) -> None:
        """Show errors about the appeal beside its input."""
        super().add_errors(
            BadRequest({"appeal" if each == "appeal_id" else each: messages for each, messages in bad.fields.items()})
        )


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Permission.REVOKE_CERTIFICATE)
def revoke(request: DeskRequest, certificate_id: UUID) -> HttpResponse:
    """Request the revocation of a certificate; its restrictions last until another officer approves."""
    certificate = found_or_404(find_certificate(certificate_id))
    grounds = grounds_of(certificate_id)
    form = AppealRevocationForm(
        **form_arguments(request),
        parts=part_choices(certificate),
        upheld=upheld_choices(certificate, grounds),
        appeals=[(str(each.appeal_id), each.text) for each in grounds],
    )

    def work() -> object:
        draft, of = form.draft(), form.of_which()
        return request_revocation(
            principal=request.caller, certificate_id=certificate_id, draft=draft, at=bank_now(), of=of
        )

    context = {"certificate": certificate, "form": form}
    return act_on_form(
        request,
        work,
        form,
        page=partial(problem_page, request, "blacklist/desk/revocation.html", context),
        to=reverse("desk:certificate", args=[certificate_id]),
        done=text("撤销已提交，待另一名合规人员复核；复核前认定书仍有效。", "Submitted; pending approval by another compliance officer. The certificate remains in force until approval."),
    )  # fmt: skip

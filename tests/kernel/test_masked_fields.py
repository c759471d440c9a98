"""A personal value is shown with the mask of its field."""

import pytest
from django.apps import apps
from django.db.migrations.state import ModelState
from django.db.models import Model

from accounts.models import Account, Card, Customer
from config.kernel.vault.masked import masked
from config.kernel.vault.sealed import SealedField

#: Names of files: who opens a file sees them whole.
WHOLE = {"kernel.ApprovalAttachment.name", "blacklist.AppealAttachment.name", "accounts.CleanupAttachment.name"}


@pytest.mark.parametrize(
    ("row", "field", "shown"),
    [
        (Account(account_number="1010000000001234"), "account_number", "1010********1234"),
        (Card(number="6222021234560005"), "number", "622202******0005"),
        (Customer(name="张三"), "name", "张*"),
        (Customer(phone="13800138000"), "phone", "138****8000"),
        (Customer(phone=None), "phone", ""),
    ],
)
def test_a_value_is_shown_by_the_mask_of_its_field(row: Model, field: str, shown: str) -> None:
    assert masked(row, field) == shown


def test_a_field_without_a_mask_is_not_shown() -> None:
    with pytest.raises(TypeError, match="has no mask"):
        masked(Account(), "kind")


def test_a_migration_sees_a_text_without_a_mask() -> None:
    _, path, _, options = ModelState.from_model(Account).fields["account_number"].deconstruct()
    assert path == "django.db.models.CharField"
    assert "mask" not in options


def test_every_name_and_number_that_is_sealed_has_a_mask() -> None:
    without = {
        str(field)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, SealedField) and field.name.endswith(("name", "number", "phone", "address"))
        if field.mask is None
    }
    assert without == WHOLE

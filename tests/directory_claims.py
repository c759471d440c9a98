"""The claims that the tests' directory makes about its people."""

from typing import Any, ClassVar

from oauth2_provider.oauth2_validators import OAuth2Validator

from tests.directory import PEOPLE


class Claims(OAuth2Validator):
    """Claims of name and authentication methods."""

    oidc_claim_scope: ClassVar[dict[str, str]] = {**OAuth2Validator.oidc_claim_scope, "amr": "openid"}

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        name = request.user.get_username()
        return {"preferred_username": name, "amr": PEOPLE[name]}

"""The OpenAPI document, from what the views declare."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem: why the request was not carried out."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    clause = serializers.CharField(allow_null=True)
    fields_ = serializers.DictField()
    request_id = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["fields"] = fields.pop("fields_")
        return fields


class BearerKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Say how a caller authenticates."""

    target_class = "config.api.auth.BearerKey"
    name = "bearerKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer"}


REASONS = {
    400: "Malformed: `fields` names what",
    401: "No valid key",
    403: "The role, the channel or the person may not",
    404: "Unknown, or not the caller's to know",
    405: "Method not allowed",
    409: "State conflict",
    413: "Body over 1 MiB",
    415: "Not application/json",
    422: "Refused by a rule, or a reused key",
    429: "Too many; see Retry-After",
    503: "A dependency is away; see Retry-After",
}
_READ = (400, 401, 403, 404, 405, 429, 503)
_CHANGE = tuple(REASONS)


class ContractSchema(AutoSchema):
    """Describe a `ContractView` from its declarations."""

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def get_override_parameters(self) -> list[OpenApiParameter]:
        view = self.view
        parameters = []
        if self.method == "POST" and getattr(view, "keyed", False):
            parameters.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
                    OpenApiParameter.HEADER,
                    required=True,
                    description="The same key and request have one effect and one answer.",
                )
            )
        if self.method == "GET" and hasattr(view, "query"):
            query = view.query()
            for name, field in query.fields.items():
                parameters.append(
                    OpenApiParameter(name, self._map_serializer_field(field, "request"), required=field.required)
                )
        return parameters

    def get_request_serializer(self) -> Any:
        return None if self.method == "GET" else getattr(self.view, "body", None)

    def get_response_serializers(self) -> Any:
        answers = getattr(self.view, "answers", {}).get(self.method, {})
        responses: dict[Any, Any] = {
            (status, "application/json"): OpenApiResponse(serializer, description="Done")
            for status, serializer in answers.items()
        }
        for status in _READ if self.method == "GET" else _CHANGE:
            responses[status, "application/problem+json"] = OpenApiResponse(
                ProblemSerializer, description=REASONS[status]
            )
        return responses

    def get_filter_backends(self) -> list[Any]:
        return []

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False

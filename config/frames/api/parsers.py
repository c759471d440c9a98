"""The parser that the OpenAPI document names; reading itself is `strict_json`."""

from rest_framework.parsers import JSONParser


class StrictJSONParser(JSONParser):
    """JSON only."""

"""What of blacklist's tables the floors above may name in SQL, to read and never to write, each with why; all else they ask blacklist's queries."""

from collections.abc import Mapping

PUBLISHED: Mapping[str, str] = {
    "blacklist_certificate": "What is in force is proved to have been approved by a second person.",
    "blacklist_revocation": "What is in force is proved to have been approved by a second person.",
}

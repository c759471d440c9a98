"""Kinds of proposals about certificates and revocations; `BlacklistConfig` registers them at start."""

from blacklist.operations.approvals import CERTIFICATE, REVOCATION

KINDS = (CERTIFICATE, REVOCATION)

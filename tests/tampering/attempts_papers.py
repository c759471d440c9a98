"""Attempts on approvals by two persons and on certificates."""

from tests.tampering.attempts import refused, seen, unseen
from tests.tampering.places import (
    CERTIFICATE,
    FREEZE,
    NEW,
    NOW,
    PAYER,
    PROPOSED,
    SECOND_OFFICER,
    SUPERVISOR,
    WAITING,
    copied,
    decided,
)

FORGED = "takes a chain over the records: what is forged whole and in step is as the application writes it"
NOBODY_REPEATS = "no other record repeats it"

APPROVE = f"UPDATE kernel_approval SET status = 'approved', decided_by_id = {SECOND_OFFICER}, decided_at = {NOW}"
IN_FORCE = f"UPDATE blacklist_certificate SET status = 'in_force', in_force_at = {NOW} WHERE status = 'pending'"


def of_approval(change: str, which: str = PROPOSED) -> str:
    return f"UPDATE kernel_approval SET {change} WHERE id = {which}"


def of_certificate(change: str) -> str:
    return f"UPDATE blacklist_certificate SET {change} WHERE id = {CERTIFICATE}"


def approval_of(kind: str, **changes: str) -> str:
    return copied("kernel_approval", "status = 'approved'", id=NEW, kind=f"'{kind}'", about="NULL", **changes)


TWO_PERSONS = (
    refused("approval_begins_pending", "an approval of nobody, whole", approval_of("certificate", object_id=NEW)),
    refused(
        "approval_begins_pending",
        "an approval dated now by people who never acted",
        approval_of(
            "certificate", object_id=WAITING, made_at=NOW, decided_at=NOW, expires_at=f"{NOW} + interval '7 days'"
        ),
        IN_FORCE,
    ),
    seen("I29", "a pending one is approved in another's name", of_approval(APPROVE.partition("SET ")[2]), IN_FORCE),
    unseen(
        FORGED,
        "the same with the decision that goes with it",
        of_approval(APPROVE.partition("SET ")[2]),
        IN_FORCE,
        decided("certificate", CERTIFICATE, by=SECOND_OFFICER),
    ),
    refused(
        "approval_checker_is_another",
        "the maker approves",
        of_approval(f"status = 'approved', decided_by_id = made_by_id, decided_at = {NOW}"),
    ),
    refused("approval_decision_is_whole", "nobody approves", of_approval(f"status = 'approved', decided_at = {NOW}")),
    refused(
        "approval_decided_in_time",
        "it is approved after its end",
        of_approval(f"status = 'approved', decided_by_id = {SECOND_OFFICER}, decided_at = expires_at"),
    ),
    refused(
        "kernel_approval_stands",
        "who approved is another",
        f"UPDATE kernel_approval SET decided_by_id = {SUPERVISOR} WHERE object_id = {CERTIFICATE}",
    ),
    refused(
        "kernel_approval_stands",
        "what was approved is open again",
        "UPDATE kernel_approval SET status = 'pending', decided_by_id = NULL, decided_at = NULL "
        f"WHERE object_id = {CERTIFICATE}",
    ),
    refused("grants", "an approval is deleted", "DELETE FROM kernel_approval"),
    refused(
        "kernel_approval_stands", "the maker of a pending one is another", of_approval(f"made_by_id = {SUPERVISOR}")
    ),
    refused("kernel_approval_stands", "what a pending one is about is another", of_approval("object_id = id")),
    refused(
        "kernel_approval_stands",
        "a pending one lasts longer",
        of_approval("expires_at = expires_at + interval '1 year'"),
    ),
    refused("kernel_approval_stands", "what stood before is another", of_approval("before = '{}'")),
    refused("kernel_approval_stands", "whose listings it touches is another", of_approval("subject_keys = '{}'")),
    refused(
        "kernel_approval_stands", "what is proposed is another under the checker's eyes", of_approval("after = '{}'")
    ),
    unseen(
        NOBODY_REPEATS,
        "a pending one is rejected in another's name",
        of_approval(APPROVE.partition("SET ")[2].replace("approved", "rejected")),
    ),
    refused("blacklist_certificate_second_person", "a certificate in force by nobody", IN_FORCE),
    refused(
        "certificate_revoked_by_revocation",
        "a certificate revoked by nobody",
        of_certificate(f"status = 'revoked', revoked_at = {NOW}"),
    ),
    refused(
        "blacklist_revocation_second_person",
        "a revocation in force by nobody",
        copied("blacklist_revocation", "true", id=NEW, certificate_id=CERTIFICATE, in_force_at=NOW),
    ),
    refused(
        "accounts_freeze_second_person",
        "a freeze lifted by nobody",
        f"UPDATE accounts_freeze SET lifted_at = {NOW} WHERE id = {FREEZE}",
    ),
    refused(
        "accounts_cardexception_second_person",
        "a card beyond four by nobody",
        copied("accounts_cardexception", "true", id=NEW),
    ),
    refused(
        "accounts_externalaccount_second_person",
        "an account elsewhere by nobody",
        copied("accounts_externalaccount", "true", id=NEW, number_key="sha256(number_key)"),
    ),
    refused(
        "accounts_document_second_person",
        "a further document by nobody",
        copied("accounts_document", "status = 'active' AND NOT is_primary", id=NEW, type="'resident_id'"),
    ),
    refused(
        "accounts_reverification_second_person",
        "a re-verification by nobody",
        copied("accounts_reverification", "true", id=NEW),
    ),
    refused(
        "customer_reverified_by_reverification",
        "a customer re-verified without a proposal",
        "UPDATE accounts_customer SET status = 'active', reverified_at = (SELECT bank_now()) WHERE status = 'in_review'",
    ),
    seen(
        "I34",
        "a review that ends by itself",
        "UPDATE accounts_customer SET status = 'active' WHERE status = 'in_review'",
    ),
)

CERTIFICATES = (
    refused(
        "certificate_names_before_proposed",
        "a person is added to one in force",
        copied("blacklist_certificatesubject", f"certificate_id <> {CERTIFICATE}", id=NEW, certificate_id=CERTIFICATE),
    ),
    refused(
        "certificate_names_before_proposed",
        "an account is added to one in force",
        f"INSERT INTO blacklist_caseaccount (id, certificate_id, account_number, bank_code) SELECT {NEW}, {CERTIFICATE}, "
        f"account_number, '' FROM accounts_account WHERE id = {PAYER}",
    ),
    refused("grants", "a person is struck off", "DELETE FROM blacklist_certificatesubject"),
    refused("grants", "a certificate is deleted", "DELETE FROM blacklist_certificate"),
    refused(
        "blacklist_certificate_stands", "the authority is another", of_certificate("authority_name = '苏州市公安局'")
    ),
    refused("certificate_stands", "the number is another", of_certificate("doc_no = doc_no || '1'")),
    refused("certificate_stands", "the category is another", of_certificate("category = 'SELL'")),
    refused("certificate_stands", "the legal basis is another", of_certificate("legal_basis = 'LAW_2024'")),
    refused("certificate_stands", "the day is another", of_certificate("certified_on = certified_on - 1")),
    refused(
        "blacklist_certificate_stands", "the day of receipt is another", of_certificate("received_on = certified_on")
    ),
    refused(
        "blacklist_certificate_stands",
        "the term is another",
        of_certificate("term_from = certified_on, term_to = certified_on"),
    ),
    refused("certificate_stands", "the fingerprint is another", of_certificate("content = sha256(content)")),
    refused(
        "blacklist_certificate_stands", "who registered it is another", of_certificate(f"made_by_id = {SUPERVISOR}")
    ),
    refused(
        "certificate_stands", "it was in force before", of_certificate("in_force_at = in_force_at - interval '1 day'")
    ),
    refused(
        "blacklist_certificate_stands",
        "it was registered before",
        of_certificate("made_at = made_at - interval '1 day'"),
    ),
    refused(
        "blacklist_subject_stands",
        "the key of a person is another",
        "UPDATE blacklist_subject SET identity_key = sha256(identity_key)",
    ),
    seen(
        "I42",
        "a person on the list whom no certificate names",
        copied("blacklist_subject", "true", id=NEW, identity_key="sha256(identity_key)"),
    ),
    seen(
        "I41",
        "a certificate out of nothing, in force by a forged approval",
        copied(
            "blacklist_certificate",
            f"id = {CERTIFICATE}",
            id=NEW,
            doc_no="'1'",
            status="'pending'",
            in_force_at="NULL",
            made_at=NOW,
        ),
    ),
)

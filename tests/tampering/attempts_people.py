"""Attempts on customers, accounts, cards and freezes."""

from tests.tampering.attempts import refused, seen, unseen
from tests.tampering.places import (
    FREEZE,
    HOLDER,
    NEW,
    NOW,
    PAYEE,
    PAYER,
    STRANGER,
    TELLER,
    copied,
)

NOBODY_REPEATS = "no other record repeats it"

CARD = "(SELECT id FROM accounts_card WHERE slot = 1 AND customer_id = {})"
OWN_CARD, OTHER_CARD = CARD.format(HOLDER), CARD.format(STRANGER)


ACCOUNTS = (
    refused(
        "accounts_customer_stands",
        "a customer is an organization",
        f"UPDATE accounts_customer SET kind = 'organization' WHERE id = {HOLDER}",
    ),
    refused(
        "account_class_slot_once",
        "an account is given away alone",
        f"UPDATE accounts_account SET customer_id = {STRANGER} WHERE id = {PAYER}",
    ),
    refused(
        "accounts_account_stands",
        "an account without cards is given away",
        f"UPDATE accounts_account SET customer_id = {STRANGER}, class_slot = 2 WHERE customer_id = {HOLDER} AND account_class = 'II'",
    ),
    refused(
        "account_class_slot_once",
        "an account and its cards are given away",
        f"WITH moved AS (UPDATE accounts_account SET customer_id = {STRANGER}, class_slot = 1, account_class = 'III' WHERE id = {PAYER} RETURNING id) "
        "UPDATE accounts_card c SET customer_id = u.customer_id, slot = NULL, exception_id = NULL, product = 'medical' "
        f"FROM moved, (SELECT {STRANGER} AS customer_id) u WHERE c.account_id = moved.id",
    ),
    refused(
        "accounts_identity_stands",
        "an identity is given away alone",
        f"UPDATE accounts_identity SET customer_id = {STRANGER} WHERE customer_id = {HOLDER}",
    ),
    refused(
        "customer_merged_by_merge",
        "a customer is merged by nobody",
        f"UPDATE accounts_customer SET merged_into_id = {STRANGER} WHERE id = {HOLDER}",
    ),
    refused(
        "accounts_sameperson_second_person",
        "two customers are one by nobody",
        "INSERT INTO accounts_sameperson (id, customer_id, other_id, decision, evidence, status, asked_at, in_force_at) "
        f"SELECT {NEW}, {HOLDER}, {STRANGER}, 'same', c.name, 'active', {NOW}, {NOW} FROM accounts_customer c "
        f"WHERE c.id = {HOLDER}",
    ),
    refused("grants", "a customer is deleted", "DELETE FROM accounts_customer"),
    refused("grants", "an account is deleted", "DELETE FROM accounts_account"),
    refused("grants", "a card is deleted", "DELETE FROM accounts_card"),
    refused(
        "accounts_account_stands",
        "the numbers of two accounts are exchanged",
        f"UPDATE accounts_account SET account_number = 'X' WHERE id = {PAYEE}",
    ),
    refused(
        "accounts_card_stands",
        "the cards of two people are exchanged by their keys",
        f"UPDATE accounts_card SET number_index = sha256(number_index) WHERE id IN ({OWN_CARD}, {OTHER_CARD})",
    ),
    refused(
        "customer_name_by_change",
        "a name is another customer's",
        f"UPDATE accounts_customer SET name = (SELECT name FROM accounts_customer WHERE id = {STRANGER}) WHERE id = {HOLDER}",
    ),
    refused(
        "document_validity_by_renewal",
        "an expired document is valid again",
        f"UPDATE accounts_document SET valid_until = '2099-12-31' WHERE customer_id = {HOLDER}",
    ),
    seen(
        "I52",
        "an expired document is valid again by a renewal that nobody decided",
        "INSERT INTO accounts_documentrenewal (id, document_id, nth, number, valid_until, at, principal_id) "
        f"SELECT {NEW}, d.id, 1, d.number, '2099-12-31', {NOW}, {TELLER} FROM accounts_document d "
        f"WHERE d.customer_id = {HOLDER} AND d.is_primary",
        f"UPDATE accounts_document SET valid_until = '2099-12-31', renewal_count = 1 WHERE customer_id = {HOLDER} AND is_primary",
    ),
    refused(
        "accounts_document_stands",
        "a person is unlisted by another key of the document and the identity",
        f"UPDATE accounts_document SET identity_key = sha256(identity_key) WHERE customer_id = {HOLDER}",
        f"UPDATE accounts_identity SET key = sha256(key) WHERE customer_id = {HOLDER}",
    ),
    seen(
        "I32",
        "an account of Class II is of Class III",
        f"UPDATE accounts_account SET account_class = 'III', class_slot = 1 WHERE account_class = 'II' AND customer_id = {HOLDER}",
    ),
    refused(
        "account_class_slot_once",
        "a second account of Class I",
        f"UPDATE accounts_account SET account_class = 'I', class_slot = 1 WHERE account_class = 'II' AND customer_id = {HOLDER}",
    ),
    seen(
        "I32",
        "an account that nobody opened",
        copied(
            "accounts_account",
            f"id = {PAYER}",
            id=NEW,
            account_number="'1'",
            account_class="'III'",
            balance_fen="0",
            held_fen="0",
            opened_at=NOW,
        ),
    ),
    refused(
        "accounts_account_stands",
        "a closed account is open",
        "UPDATE accounts_account SET status = 'open', closed_at = NULL WHERE status = 'closed'",
    ),
    seen(
        "I32",
        "an account is closed by nobody",
        f"UPDATE accounts_account SET status = 'closed', closed_at = {NOW} WHERE id IN (SELECT id FROM accounts_account WHERE balance_fen = 0 AND status = 'open')",
    ),
    refused(
        "accounts_account_stands",
        "an account was opened before",
        f"UPDATE accounts_account SET opened_at = opened_at - interval '1 day' WHERE id = {PAYER}",
    ),
    refused(
        "card_slot_for_debit_only",
        "a fifth card in a place of its own",
        copied("accounts_card", f"id = {OWN_CARD}", id=NEW, slot="5", number_index="sha256(number_index)"),
    ),
    refused(
        "card_slot_or_reason",
        "a fifth card without a place",
        copied("accounts_card", f"id = {OWN_CARD}", id=NEW, slot="NULL", number_index="sha256(number_index)"),
    ),
    refused(
        "card_slot_once",
        "a fifth card in a place that is taken",
        copied("accounts_card", f"id = {OWN_CARD}", id=NEW, number_index="sha256(number_index)"),
    ),
    refused(
        "accounts_card_stands",
        "a debit card is a medical one",
        f"UPDATE accounts_card SET product = 'medical', slot = NULL WHERE id = {OWN_CARD}",
    ),
    refused(
        "card_agent_three_per_person",
        "an agent takes a fourth card under another document",
        *(
            copied(
                "accounts_card",
                f"id = {OTHER_CARD}",
                id=NEW,
                product="'medical'",
                slot="NULL",
                number_index=f"sha256('{number}')",
                agent_key=f"(SELECT i.key FROM accounts_identity i JOIN accounts_document d ON d.identity_id = i.id "
                f"WHERE i.customer_id = {HOLDER} AND d.type = '{document}')",
                agent_slot=slot,
                agent_relation="'agent'",
            )
            for number, document, slot in (
                (1, "resident_id", "1"),
                (2, "resident_id", "2"),
                (3, "passport", "1"),
                (4, "passport", "2"),
            )
        ),
    ),
    refused(
        "card_agent_has_slot",
        "a card of an agent takes no place",
        copied(
            "accounts_card",
            f"id = {OWN_CARD}",
            id=NEW,
            product="'medical'",
            slot="NULL",
            number_index="sha256(number_index)",
            agent_key="sha256(number_index)",
            agent_relation="'agent'",
        ),
    ),
    seen(
        "I51",
        "a card of an agent is a guardian's",
        copied(
            "accounts_card",
            f"id = {OWN_CARD}",
            id=NEW,
            product="'medical'",
            slot="NULL",
            number_index="sha256(number_index)",
            agent_key="sha256(number_index)",
            agent_relation="'guardian'",
        ),
    ),
    refused(
        "card_exempt_is_personal",
        "a company has a social security card",
        copied(
            "accounts_card",
            f"id = {OWN_CARD}",
            id=NEW,
            product="'social_security'",
            slot="NULL",
            number_index="sha256(number_index)",
            account_id="(SELECT id FROM accounts_account WHERE account_class = 'none' LIMIT 1)",
        ),
    ),
    refused(
        "card_found_by_decision",
        "a lost card is active",
        "UPDATE accounts_card SET status = 'active' WHERE status = 'lost'",
    ),
    refused(
        "accounts_card_stands",
        "a cancelled card is active",
        "UPDATE accounts_card SET status = 'active', cancelled_at = NULL, product = 'medical', slot = NULL WHERE status = 'cancelled'",
    ),
    unseen(
        "that a card is lost protects its holder, and a decision of it is not asked for",
        "a card is lost",
        f"UPDATE accounts_card SET status = 'lost' WHERE id = {OWN_CARD}",
    ),
    refused(
        "accounts_card_stands",
        "a card was issued before",
        f"UPDATE accounts_card SET issued_at = issued_at - interval '1 day' WHERE id = {OWN_CARD}",
    ),
    refused("grants", "a freeze is deleted", "DELETE FROM accounts_freeze"),
    refused(
        "accounts_freeze_stands",
        "a freeze ends sooner",
        f"UPDATE accounts_freeze SET until = {NOW} + interval '1 second' WHERE id = {FREEZE}",
    ),
    refused(
        "accounts_freeze_stands",
        "a freeze is another account's",
        f"UPDATE accounts_freeze SET account_id = {PAYER} WHERE id = {FREEZE}",
    ),
    refused(
        "accounts_freeze_stands",
        "a freeze was placed later",
        f"UPDATE accounts_freeze SET placed_at = {NOW} WHERE id = {FREEZE}",
    ),
    refused(
        "accounts_freeze_stands",
        "a freeze is another authority's",
        f"UPDATE accounts_freeze SET authority = 'x', order_no = 'x' WHERE id = {FREEZE}",
    ),
    seen(
        "I35",
        "a freeze that nobody ordered",
        copied("accounts_freeze", "true", id=NEW, lifted_at="NULL", until="NULL", placed_at=NOW),
    ),
    refused(
        "accounts_externalaccount_stands",
        "an own account elsewhere is another number",
        "UPDATE accounts_externalaccount SET sealed_number = '1'",
    ),
    unseen(NOBODY_REPEATS, "a phone is taken away", "UPDATE accounts_customer SET phone = NULL, phone_index = NULL"),
)

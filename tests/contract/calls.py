"""The operations of the OpenAPI document, with the request bodies and parameters of a successful call."""

from typing import Any

from tests import factories
from tests.contract.document import kept

OPERATIONS = {
    operation["operationId"]: (method.upper(), path.removeprefix("/api/v1"), operation)
    for path, operations in kept()["paths"].items()
    for method, operation in operations.items()
}
CHECK = {"method": "联网核查", "result": "match"}
PASSPORT = {"type": "passport", "number": "X1234567", "country": "GBR"}
#: A bank account of the customer whose payment account is stopped.
OWN_ACCOUNT = "0199c1c4-7f22-752e-854c-e81397a9ed18"
#: A customer who may be the same person as another.
ANOTHER = "0199c1c4-7f22-752e-854c-e81397a9ed19"
REVOKED = {"doc_no": "撤1", "revoked_on": "2026-01-04", "reason": "认定有误"}
CORRECTED = {
    "doc_no": "更正后1号",
    "authority": {"name": "某省公安厅", "region_code": "350000", "level": "province"},
    "certified_on": "2025-12-31",
    "category": "CASE_ACCOUNT",
    "case_accounts": [{"account_number": "7", "bank_code": "ICBC"}],
    "correction_reason": "录入有误",
}
#: By operation.
BODIES: dict[str, dict[str, Any]] = {
    "post_accounts": {"kind": "bank", "account_class": "I"},
    "post_accounts_id_downgrade": {"to": "III"},
    "post_accounts_id_upgrade": {"to": "I"},
    "post_accounts_id_cards": {"product": "debit"},
    "post_accounts_id_close_outs": {"to_account_id": OWN_ACCOUNT},
    "post_accounts_id_card_exceptions": {"product": "debit", "reason": "工资卡在外地"},
    "post_accounts_id_impostor_declarations": {
        "applicant": {"document": factories.ZHANG.document},
        "statement": "该账户系他人冒用我的身份开立，同意销户。",
        "identified": "in_person",
    },
    "post_accounts_id_freezes": {"authority": "某公安局", "order_no": "冻1"},
    "post_approvals_id_attachments": {"file": b"%PDF-1.7"},
    "post_approvals_id_comments": {"text": "原件已核对"},
    "post_approvals_id_reject": {"reason": "材料不全"},
    "post_approvals_id_return": {"reason": "账号有误"},
    "post_blacklist_certificates_id_revocations": REVOKED,
    "post_blacklist_certificates_id_subjects_id_revocations": REVOKED,
    "post_blacklist_certificates_id_case_accounts_id_revocations": REVOKED,
    "post_blacklist_certificates_id_corrections": CORRECTED,
    "post_blacklist_certificates_id_appeals": {"appellant": "王五", "grounds": "冒用", "received_on": "2026-01-04"},
    "post_blacklist_appeals_id_attachments": {"file": b"%PDF-1.7"},
    "post_blacklist_appeals_id_moves": {"status": "forwarded", "on": "2026-01-04"},
    "post_transfers_id_delays": {"until": "2026-01-07T12:00:00+08:00", "reason": "等待核实"},
    "post_suspicions": {"kind": "dissuaded", "reason": "scam_suspected", "words": "客户要向陌生人转账", "channel": "counter"},
    "post_cash_deposits": {"amount": "1.00"},
    "post_cash_withdrawals": {"amount": "1.00"},
    "post_cleanup_campaigns": {"name": "2026年存量清理", "deadline": "2099-12-31"},
    "post_cleanup_cases_id_actions": {"way": "explain", "reason": "两个账户用途不同"},
    "post_cleanup_cases_id_actions_preview": {"way": "explain"},
    "post_blacklist_imports_id_undo": {"doc_no": "公撤〔2026〕9号", "reason": "名单有误"},
    "post_cleanup_actions_id_undo": {"reason": "客户改变主意"},
    "post_cleanup_cases_id_contacts": {"kind": "phone", "result": "reached", "text": "已通知"},
    "post_customers_id_documents": {"document": PASSPORT},
    "post_letters_id_deliveries": {"way": "counter"},
    "post_customers_id_documents_renewals": {
        "document": {**factories.LI.document, "valid_until": "2046-01-05"}, "identity_check": CHECK,
    },
    "post_customers_id_external_accounts": {
        "account_number": "6217000000000006", "bank_code": "OTHERBANK", "name": "赵六", "evidence": "存折",
    },
    "post_customers_id_documents_id_withdrawals": {"reason": "登记有误"},
    "post_customers_id_external_accounts_id_withdrawals": {"reason": "登记有误"},
    "post_customers_id_names": {"name": "李思", "evidence": "户口簿变更记载"},
    "post_customers_id_reverifications": {"identity_check": CHECK},
    "post_customers_id_same_person": {"customer_id": ANOTHER, "decision": "different", "evidence": "两人均到场"},
    "post_freezes_id_lift": {"order_no": "解1", "reason": "原案已撤销"},
    "post_payee_inquiries": {},
    "post_transfers": {
        "payee": {"account_number": "6222000011112222", "bank_code": "OTHERBANK", "name": "王二"},
        "amount": "1.00", "arrival": "next_day",
    },
    "post_transfers_id_cancel": {"applicant": {"document": factories.ZHANG.document}},
}  # fmt: skip
BODIES["post_transfers_preview"] = BODIES["post_transfers"]

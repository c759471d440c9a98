"""The two words of each code that stands as a value in evidence."""

VALUES: dict[str, tuple[str, str]] = {
    # categories of certificates
    "RENT": ("出租账户", "rented out an account"),
    "LEND": ("出借账户", "lent an account"),
    "SELL": ("出售账户", "sold an account"),
    "BUY": ("购买账户", "bought an account"),
    "ORGANISE": ("组织者", "organized the trade"),
    "FALSE_IDENTITY": ("假冒他人身份开户", "opened under another's identity"),
    "FICTITIOUS_AGENCY": ("虚构代理关系开户", "opened by a fictitious agency"),
    "CRIMINAL_PUNISHED": ("受刑事处罚", "punished for a crime"),
    "CASE_ACCOUNT": ("涉案账户", "case account"),
    # legal bases
    "NOTICE_2016": ("六部门通告（2016年）", "Notice of the six departments (2016)"),
    "PBOC_85": ("银发〔2019〕85号", "PBOC [2019] No. 85"),
    "JDM_2024": ("联合惩戒办法（2024年）", "Joint discipline measures (2024)"),
    # authorities
    "ministry": ("部级", "ministry"),
    "province": ("省级", "province"),
    "prefecture": ("设区的市级", "districted city"),
    "county": ("县级", "county"),
    "district_branch": ("直辖市区分局", "municipal district branch"),
    # why a certificate is looked at by hand
    "DISTRICT_BRANCH": (
        "认定机关为区分局，是否有权认定存在争议",
        "a district branch: its power to certify is disputed",
    ),
    "LEVEL_CONTRADICTS_REGION": (
        "认定机关层级与行政区划代码不符",
        "the level claimed and the region code disagree",
    ),
    "NAME_DIFFERS": ("证件号码与本行客户一致，姓名不一致", "the document is a customer's, the name is not"),
    "CASE_ACCOUNT_UNKNOWN": (
        "所列本行涉案账号既非本行账号，也非本行卡号",
        "a case account of this bank is neither an account nor a card",
    ),
    # whom and what
    "individual": ("个人", "individual"),
    "organization": ("单位", "organization"),
    "bank": ("银行账户", "bank account"),
    "payment": ("支付账户", "payment account"),
    "debit": ("借记卡", "debit card"),
    "social_security": ("社会保障卡", "social security card"),
    "medical": ("医疗保险卡", "medical insurance card"),
    "military_security": ("军人保障卡", "military security card"),
    "bank_card": ("银行卡", "bank card"),
    # where something stands
    "pending": ("待复核", "waits for a second person"),
    "manual_review": ("待人工审查", "to be looked at by hand"),
    "in_force": ("已生效", "in force"),
    "active": ("已生效", "in force"),
    "approved": ("已通过", "approved"),
    "rejected": ("已拒绝", "rejected"),
    "revoked": ("已撤销", "revoked"),
    "withdrawn": ("已撤回", "withdrawn"),
    "expired": ("已过期", "expired"),
    "lifted": ("已解除", "lifted"),
    "in_review": ("待核实", "under identity review"),
    "open": ("正常", "open"),
    "closed": ("已销户", "closed"),
    "issued": ("已发未激活", "issued, not yet active"),
    "lost": ("挂失", "reported lost"),
    "cancelled": ("已撤销", "cancelled"),
    "held": ("待入账", "held"),
    "posted": ("已入账", "posted"),
    "celery": ("放行进程", "release worker"),
    "watcher": ("看守进程", "watcher"),
    "returned": ("已退回", "returned"),
    "refused": ("已拒绝", "refused"),
    "allowed": ("准予", "allowed"),
    # identity checks
    "match": ("一致", "matches"),
    "name_mismatch": ("姓名不一致", "name differs"),
    "not_found": ("查无此号", "no such number"),
    "photo_mismatch": ("照片不一致", "photo differs"),
    "void_document": ("证件失效", "document void"),
    "unavailable": ("无法核查", "could not be checked"),
    # channels
    "counter": ("柜面", "counter"),
    "atm": ("自助柜员机", "ATM"),
    "online": ("网上银行", "online banking"),
    "mobile": ("手机银行", "mobile banking"),
    "phone": ("电话银行", "phone banking"),
    # what was exported
    "decisions": ("决定", "decisions"),
    "approvals": ("复核事项", "approvals"),
    "events": ("转账流水", "steps of transfers"),
}

_CLASSES = {
    "I": ("Ⅰ类户", "Class I"),
    "II": ("Ⅱ类户", "Class II"),
    "III": ("Ⅲ类户", "Class III"),
    "none": ("不分类", "no class"),
}

#: Why somebody's whole data is looked at: codes only, so that the record holds no personal data.
UNMASK_REASONS = {
    "customer_present": ("客户在场，核对资料", "Customer present, checking data"),
    "customer_call": ("客户来电，核实身份", "Customer on the phone, identifying"),
    "document_check": ("核对证件或文书原件", "Checking the original document"),
    "authority_inquiry": ("有权机关查询", "Inquiry by an authority"),
    "internal_review": ("内部检查", "Internal review"),
}

BY_FIELD: dict[str, dict[str, tuple[str, str]]] = {
    # A rule refuses, a second person rejects.
    "outcome": {"refused": ("规则拒绝", "refused"), "rejected": ("已拒绝", "rejected")},
    "act": {
        "activate": ("激活", "activate"),
        "report_lost": ("挂失", "report lost"),
        "replace": ("换卡", "replace"),
        "cancel": ("销卡", "cancel"),
    },
    "reason": UNMASK_REASONS | {"opening_form": ("打印开户申请书", "Printing the opening form")},
    "method": {
        "联网核查": ("联网核查", "Online check"),
        "读卡设备": ("读卡设备", "Card reader"),
        "出入境证件核查": ("出入境证件核查", "Check of entry documents"),
        "公安机关回执": ("公安机关回执", "Receipt of the police"),
        "人工核对": ("人工核对", "Checked by hand"),
        "企业登记信息核查": ("企业登记信息核查", "Enterprise register"),
        "登记机关回执": ("登记机关回执", "Receipt of the registration authority"),
    },
    "cause": {
        "penalty": ("惩戒", "penalty"),
        "case_holder": ("名下有涉案账户", "holder of a case account"),
    },
    "side": {"payee": ("收款方", "the payee's")},
    "account_class": _CLASSES,
    "class": _CLASSES,
    "to": _CLASSES,
    "account_status": {"open": ("正常", "open"), "closed": ("已销户", "closed")},
    "customer_status": {"active": ("正常", "active")},
    "card_status": {"active": ("正常", "active"), "cancelled": ("已销卡", "cancelled")},
}

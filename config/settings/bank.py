"""Settings of the bank: its names, limits and times, and its choices where the law leaves one.

Each setting that an installation may change comes from the environment; `docs/settings.md` lists them.
"""

from config import env

# Keys of stored personal data: the first encrypts, all of them decrypt; the index key is another.
BANK_FIELD_KEYS = env.keys("BANK_FIELD_KEYS")
BANK_INDEX_KEY = env.text("BANK_INDEX_KEY")

# The bank and its decisions where the law is silent.
BANK_CODE = env.shaped("BANK_CODE", "DEMOBANK", "[0-9A-Za-z]{2,14}", "2 to 14 letters or digits")
# Under which telephone customers reach the bank: slips bear it.
SERVICE_PHONE = env.text("BANK_SERVICE_PHONE", "")
# Who signs letters to customers and slips, and where the bank itself hears whoever objects: any branch, unless told.
BANK_NAME = env.text("BANK_NAME", BANK_CODE)
APPEAL_OFFICE = env.text("BANK_APPEAL_OFFICE", "")
APPEAL_PHONE = env.text("BANK_APPEAL_PHONE", "")
# A TrueType font with Chinese that letters embed; empty: a common one that is not embedded, and each reader brings.
LETTER_FONT = env.text("BANK_LETTER_FONT", "")
# The issuer's number (发卡行标识代码) of the bank's cards is six digits or more; a bank may fix some behind it.
CARD_PREFIX = env.shaped("BANK_CARD_PREFIX", "62284800", "[0-9]{6,10}", "6 to 10 digits")
# In whose reading a transfer at a machine is delayed: the notice's, or that of document 261, which binds banks and exempts
# own accounts at this bank alone. What was accepted keeps the one that it was accepted under.
ATM_RULE_PROFILE = env.shaped("BANK_ATM_RULE_PROFILE", "NOTICE_2016", "NOTICE_2016|PBOC_261", "NOTICE_2016 or PBOC_261")
ORDINARY_ARRIVAL_SECONDS = env.number("BANK_ORDINARY_ARRIVAL_SECONDS", 2 * 3600)
CASE_HOLDER_GRACE_DAYS = env.number("BANK_CASE_HOLDER_GRACE_DAYS", 0)
# Within how many hours of its registration a certificate is to be decided; later it is overdue, and the bank is told.
CERTIFICATE_DUE_HOURS = env.number("BANK_CERTIFICATE_DUE_HOURS", 24)
# Within how many days of its receipt an appeal is to be answered.
APPEAL_DUE_DAYS = env.number("BANK_APPEAL_DUE_DAYS", 15)
# What a certificate rests on that states no legal basis: the notice, the basis in force on its certification day, or nothing,
# and it is refused. Production has no default.
LEGAL_BASIS_WHEN_MISSING = env.shaped(
    "BANK_LEGAL_BASIS_WHEN_MISSING", "NOTICE_2016", "NOTICE_2016|BY_DATE|REQUIRED", "NOTICE_2016, BY_DATE or REQUIRED"
)
# How much cash goes through a channel, in fen; None: as much as there is.
ATM_WITHDRAWALS_PER_ACCOUNT_AND_DAY = env.yuan("BANK_ATM_WITHDRAWALS_PER_ACCOUNT_AND_DAY")
ATM_WITHDRAWALS_PER_DAY = env.yuan("BANK_ATM_WITHDRAWALS_PER_DAY")
COUNTER_DEPOSIT_ALONE = env.yuan("BANK_COUNTER_DEPOSIT_ALONE")
# What a teller pays in or out alone through a cash box; the database lets nobody have more than 50,000 yuan.
COUNTER_CASH_ALONE = env.yuan("BANK_COUNTER_CASH_ALONE", 50_000)
# How many days after its day a card's loss that was reported by word (口头挂失) holds, five at most.
LOSS_BY_WORD_DAYS = env.number("BANK_LOSS_BY_WORD_DAYS", 5, least=0, most=5)
APPROVAL_EXPIRY_DAYS = 7
# Within how many hours a proposal is to be decided: the inbox marks what has waited longer. Nothing lapses by it.
APPROVAL_DUE_HOURS = env.number("BANK_APPROVAL_DUE_HOURS", 24)
# For how many minutes a proposal that somebody has claimed is left to them; by the clock it is anybody's again.
CLAIM_MINUTES = env.number("BANK_CLAIM_MINUTES", 30, least=1, most=24 * 60)
# How long a key or an enrolment code that two administrators approved waits to be collected, and the code counts.
COLLECTION_DAYS = env.number("BANK_COLLECTION_DAYS", 7)
# Fewer administrators than these are never left by those who are there.
LEAST_ADMINISTRATORS = 2
IDEMPOTENCY_RETENTION_DAYS = 30
RELEASE_BATCH_SIZE = env.number("BANK_RELEASE_BATCH_SIZE", 1000, least=1)
# From how many seconds on a transfer that is due and still held is an alarm: on the home page, under 9003, in /readyz.
OVERDUE_ALARM_SECONDS = env.number("BANK_OVERDUE_ALARM_SECONDS", 60)
# How far a process's clock may be from the database's before somebody is told; nothing is decided by it.
CLOCK_TOLERANCE_MILLISECONDS = env.number("BANK_CLOCK_TOLERANCE_MILLISECONDS", 1000)
WATCHER_GRACE_MILLISECONDS = env.number("BANK_WATCHER_GRACE_MILLISECONDS", 500)
# Once Celery has shown no sign of life for so long, nothing is left to it any more; beat has it show one every two seconds.
WATCHER_SILENCE_SECONDS = env.number("BANK_WATCHER_SILENCE_SECONDS", 5)
WRONG_KEYS_PER_MINUTE = 20
# Wrong enrolment codes of one network address; beyond that none from there is looked at until the minute is over.
ENROLMENT_FAILURES_PER_MINUTE = 10
PAYEE_INQUIRY_HITS_PER_MINUTE = 600
MISSES_OF_PAYER_PER_MINUTE = 20
MISSES_OF_KEY_PER_MINUTE = 60
# So many misses of one key within a minute, of whichever payers, are an alarm.
KEY_MISSES_PER_MINUTE = 30
# The bank's own networks: a proxy in them is believed, and in production they alone see /metrics and the API's document.
INTERNAL_NETWORKS = env.networks(
    "BANK_INTERNAL_NETWORKS", "127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
)
SANDBOX = env.flag("SANDBOX")
# Certificates that rest on a basis of another time, or state a shorter term than it sets, are looked at by hand first.
REMARKS_TO_REVIEW = env.flag("BANK_REMARKS_TO_REVIEW", default=not SANDBOX)
# The audit trail: views of the same record by the same person have one line within so many minutes (0: each has one),
# and a flood of refusals so many lines a minute, then one at each doubling.
TRAIL_VIEW_MINUTES = env.number("BANK_TRAIL_VIEW_MINUTES", 10)
TRAIL_ROWS_PER_MINUTE = 20
TRAIL_RETENTION_DAYS = env.number("BANK_TRAIL_RETENTION_DAYS", 365)
# What one person may look up, miss and see whole; 0 is no limit, as in a sandbox.
LOOK_UPS_PER_HOUR = env.number("BANK_LOOK_UPS_PER_HOUR", 0 if SANDBOX else 200)
LOOK_UPS_PER_DAY = env.number("BANK_LOOK_UPS_PER_DAY", 0 if SANDBOX else 1000)
MISSES_PER_HOUR = env.number("BANK_MISSES_PER_HOUR", 0 if SANDBOX else 60)
UNMASKINGS_PER_HOUR = env.number("BANK_UNMASKINGS_PER_HOUR", 0 if SANDBOX else 30)
UNMASKINGS_PER_DAY = env.number("BANK_UNMASKINGS_PER_DAY", 0 if SANDBOX else 120)
# A person's key decides with a fresh code alone; in a sandbox a test suite has no authenticator.
SECOND_FACTOR_AT_API = env.flag("BANK_SECOND_FACTOR_AT_API", default=not SANDBOX)
# Nothing is opened for a customer whose identity was never checked; a test suite registers without a check.
OPENING_NEEDS_CHECK = env.flag("BANK_OPENING_NEEDS_CHECK", default=not SANDBOX)

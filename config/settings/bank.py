"""Settings of the bank: its names, limits and times, and its choices where the law leaves one.

Each setting that an installation may change comes from the environment; `docs/settings.md` lists them.
"""

from config import env

# Keys of stored personal data: the first one encrypts, all of them decrypt. The index key is a separate key.
BANK_FIELD_KEYS = env.keys("BANK_FIELD_KEYS")
BANK_INDEX_KEY = env.text("BANK_INDEX_KEY")

# The bank, and its choices where the law sets none.
BANK_CODE = env.shaped("BANK_CODE", "DEMOBANK", "[0-9A-Za-z]{2,14}", "2 to 14 letters or digits")
# The bank's telephone for customers, printed on slips.
SERVICE_PHONE = env.text("BANK_SERVICE_PHONE", "")
# The bank's name on letters and slips, and the office and telephone for appeals to the bank; empty: any branch.
BANK_NAME = env.text("BANK_NAME", BANK_CODE)
APPEAL_OFFICE = env.text("BANK_APPEAL_OFFICE", "")
APPEAL_PHONE = env.text("BANK_APPEAL_PHONE", "")
# Path of a Chinese TrueType font that is embedded in letters; empty: a common font of PDF viewers, not embedded.
LETTER_FONT = env.text("BANK_LETTER_FONT", "")
# Start of the bank's card numbers: the issuer's number (发卡行标识代码) of six digits or more, and further fixed digits.
CARD_PREFIX = env.shaped("BANK_CARD_PREFIX", "62284800", "[0-9]{6,10}", "6 to 10 digits")
# Which rule delays transfers at machines: the notice, or document 261, which binds banks and exempts only the payer's
# own accounts at this bank. A transfer keeps the rule under which it was accepted.
ATM_RULE_PROFILE = env.shaped("BANK_ATM_RULE_PROFILE", "NOTICE_2016", "NOTICE_2016|PBOC_261", "NOTICE_2016 or PBOC_261")
ORDINARY_ARRIVAL_SECONDS = env.number("BANK_ORDINARY_ARRIVAL_SECONDS", 2 * 3600)
CASE_HOLDER_GRACE_DAYS = env.number("BANK_CASE_HOLDER_GRACE_DAYS", 0)
# Hours from the registration of a certificate until its decision is overdue, which is shown and measured.
CERTIFICATE_DUE_HOURS = env.number("BANK_CERTIFICATE_DUE_HOURS", 24)
# Days from the receipt of an appeal until its answer is due.
APPEAL_DUE_DAYS = env.number("BANK_APPEAL_DUE_DAYS", 15)
# Legal basis of a certificate that states none: the notice, the basis in force on its certification day, or none, so that
# the certificate is refused. Production has no default.
LEGAL_BASIS_WHEN_MISSING = env.shaped(
    "BANK_LEGAL_BASIS_WHEN_MISSING", "NOTICE_2016", "NOTICE_2016|BY_DATE|REQUIRED", "NOTICE_2016, BY_DATE or REQUIRED"
)
# Whether an order states the name of a payee at another bank; optional for data that has no names.
PAYEE_NAME_ELSEWHERE = env.shaped("BANK_PAYEE_NAME_ELSEWHERE", "required", "required|optional", "required or optional")
# The bank's own system that is asked about people under special measures; empty: none is asked. And its bearer token.
SCREENING_URL = env.web_address("BANK_SCREENING_URL")
SCREENING_TOKEN = env.text("BANK_SCREENING_TOKEN", "")
# Kinds of fraud that each channel warns of, in this order; few of them, so that they are read.
WARNINGS = env.choices(
    "BANK_WARNINGS",
    {
        "counter": ("police", "investment"),
        "atm": ("police", "refund"),
        "online": ("refund", "blackmail"),
        "mobile": ("task_rebate", "investment"),
        "phone": ("police", "credit_record"),
    },
    ("police", "task_rebate", "refund", "credit_record", "blackmail", "investment"),
)
# Limits of cash by channel, in fen; None: no limit.
ATM_WITHDRAWALS_PER_ACCOUNT_AND_DAY = env.yuan("BANK_ATM_WITHDRAWALS_PER_ACCOUNT_AND_DAY")
ATM_WITHDRAWALS_PER_DAY = env.yuan("BANK_ATM_WITHDRAWALS_PER_DAY")
COUNTER_DEPOSIT_ALONE = env.yuan("BANK_COUNTER_DEPOSIT_ALONE")
# Largest cash amount that a teller takes or pays without a second person; the database allows 50,000 yuan at most.
COUNTER_CASH_ALONE = env.yuan("BANK_COUNTER_CASH_ALONE", 50_000)
# Days after the day of an oral loss report (口头挂失) in which it is in force, five at most.
LOSS_BY_WORD_DAYS = env.number("BANK_LOSS_BY_WORD_DAYS", 5, least=0, most=5)
APPROVAL_EXPIRY_DAYS = 7
# Hours until a proposal should be decided; the inbox marks later ones. No proposal expires by this.
APPROVAL_DUE_HOURS = env.number("BANK_APPROVAL_DUE_HOURS", 24)
# Minutes for which a claimed proposal is reserved for the claimant.
CLAIM_MINUTES = env.number("BANK_CLAIM_MINUTES", 30, least=1, most=24 * 60)
# Days in which an approved key or enrolment code can be collected, and in which the code is valid.
COLLECTION_DAYS = env.number("BANK_COLLECTION_DAYS", 7)
# Minimum number of administrators; no act leaves fewer.
LEAST_ADMINISTRATORS = 2
IDEMPOTENCY_RETENTION_DAYS = 30
RELEASE_BATCH_SIZE = env.number("BANK_RELEASE_BATCH_SIZE", 1000, least=1)
# Seconds after which a due transfer that is still held is an alarm: on the home page, on 9003 and in /readyz.
OVERDUE_ALARM_SECONDS = env.number("BANK_OVERDUE_ALARM_SECONDS", 60)
# Difference between a process's clock and the database's that /readyz reports. The process's clock decides nothing.
CLOCK_TOLERANCE_MILLISECONDS = env.number("BANK_CLOCK_TOLERANCE_MILLISECONDS", 1000)
WATCHER_GRACE_MILLISECONDS = env.number("BANK_WATCHER_GRACE_MILLISECONDS", 500)
# Seconds without a heartbeat of Celery, which has one every two seconds, until the watcher releases all due transfers.
WATCHER_SILENCE_SECONDS = env.number("BANK_WATCHER_SILENCE_SECONDS", 5)
WRONG_KEYS_PER_MINUTE = 20
# Wrong enrolment codes of one network address in a minute; further ones in that minute are not checked.
ENROLMENT_FAILURES_PER_MINUTE = 10
PAYEE_INQUIRY_HITS_PER_MINUTE = 600
MISSES_OF_PAYER_PER_MINUTE = 20
MISSES_OF_KEY_PER_MINUTE = 60
# Misses of one key within a minute, for any payers, that cause an alarm.
KEY_MISSES_PER_MINUTE = 30
# The bank's own networks: headers of a proxy in them are accepted, and in production only they may read /metrics and
# the API's document.
INTERNAL_NETWORKS = env.networks(
    "BANK_INTERNAL_NETWORKS", "127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
)
SANDBOX = env.flag("SANDBOX")
# Whether a certificate needs a person's review if its basis is of another time, or its term shorter than the basis sets.
REMARKS_TO_REVIEW = env.flag("BANK_REMARKS_TO_REVIEW", default=not SANDBOX)
# The audit trail: minutes in which views of the same record by the same person share one line (0: each has its own), and
# lines a minute for repeated refusals, after which only each doubling has a line.
TRAIL_VIEW_MINUTES = env.number("BANK_TRAIL_VIEW_MINUTES", 10)
TRAIL_ROWS_PER_MINUTE = 20
TRAIL_RETENTION_DAYS = env.number("BANK_TRAIL_RETENTION_DAYS", 365)
# Budgets of one person: look-ups, misses, and views of full data; 0 is no limit, as in a sandbox.
LOOK_UPS_PER_HOUR = env.number("BANK_LOOK_UPS_PER_HOUR", 0 if SANDBOX else 200)
LOOK_UPS_PER_DAY = env.number("BANK_LOOK_UPS_PER_DAY", 0 if SANDBOX else 1000)
MISSES_PER_HOUR = env.number("BANK_MISSES_PER_HOUR", 0 if SANDBOX else 60)
UNMASKINGS_PER_HOUR = env.number("BANK_UNMASKINGS_PER_HOUR", 0 if SANDBOX else 30)
UNMASKINGS_PER_DAY = env.number("BANK_UNMASKINGS_PER_DAY", 0 if SANDBOX else 120)
# Whether decisions with a person's key need a fresh code; test suites against a sandbox have no authenticator.
SECOND_FACTOR_AT_API = env.flag("BANK_SECOND_FACTOR_AT_API", default=not SANDBOX)
# Whether an account can be opened only after an identity check; test suites register customers without one.
OPENING_NEEDS_CHECK = env.flag("BANK_OPENING_NEEDS_CHECK", default=not SANDBOX)
# Whether large cash at the counter is approved only with a scan of the document that was shown.
LARGE_CASH_SCAN = env.flag("BANK_LARGE_CASH_SCAN", default=not SANDBOX)

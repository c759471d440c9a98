"""The back office for tests: signed-in staff, and a bank with a row in every table."""

from datetime import date, timedelta

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse

import config.urls  # noqa: F401 - registers the tables
from accounts.cleanup.models import CardMove, CleanupAttachment, CleanupContact, CleanupOutcome
from accounts.models import (
    Account,
    Customer,
    IdentityConflict,
    ImportBatch,
    LegalRepresentative,
    ListedBank,
    StockBreach,
)
from accounts.operations.merging import request_merge
from accounts.operations.particulars import OrganizationParticulars, Owner, record_account_use, record_particulars
from accounts.stock.models import StockFile, StockImport, StockUpload
from accounts.vocabulary.limits import CleanupLimit
from accounts.vocabulary.particulars import Control, ProofKind, Purpose
from blacklist.imports.models import ListImport, ListUpload
from config.kernel import approvals
from config.kernel.models import (
    Approval,
    BudgetUse,
    Decision,
    ExportReceipt,
    FormDraft,
    Passkey,
    Principal,
    ProofRun,
    RecoverySheet,
    Restore,
    SignIn,
    SlipPrint,
    TrailRecord,
)
from config.kernel.requests.documents import DocumentInput, read_document
from config.kernel.requests.saved_views import keep_view
from config.people import founding, proposals
from tests import cleanup_cases, factories, people
from tests.bank_snapshots import snapshot
from tests.blacklist.cast import latest_approval
from tests.browser.town import Town
from tests.browser.words import Words
from tests.clock import NOON
from tests.database_refusals import past_the_guards
from tests.http import caller_by_name
from transfers.models import LatenessCount
from transfers.operations.heartbeats import write_heartbeat
from transfers.vocabulary import Part

OURS = [
    model for app in ("kernel", "accounts", "blacklist", "transfers") for model in apps.get_app_config(app).get_models()
]


def staffed(client: Client) -> Client:
    """Give the signed-in user the permission to view every table of the back office."""
    user = User.objects.get(pk=client.session["_auth_user_id"])
    User.objects.filter(pk=user.pk).update(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return client


def address(row: Model, page: str = "change") -> str:
    """Return the address of a row's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.pk])


def listing(model: type[Model]) -> str:
    """Return the address of a table's list."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def fill() -> Town:
    """Create a row in every table; no page may show the `secrets` of the result."""
    town = snapshot("every table", _fill)
    LogEntry.objects.create(
        user=User.objects.get(username="clerk"),
        content_type=ContentType.objects.get_for_model(Customer),
        object_repr="x",
        action_flag=CHANGE,
    )
    return town


def _fill() -> Town:
    town = Town(caller_by_name(), Words()).build()
    zhang = factories.customer(factories.ZHANG, phone="13800138000", sealed_birth_date="1949-12-31")
    account = factories.account(zhang, balance_fen=100_00)
    factories.card(account, number="6228480000000005")
    _propose(account)
    factories.renewed(zhang.documents.get(is_primary=True), date(2046, 1, 4))
    conflict = IdentityConflict(customer=zhang, at=NOON)
    conflict.name = "张叁"
    conflict.save(force_insert=True)
    _represent(Customer.objects.get(kind="organization"))
    _tell(Customer.objects.get(kind="organization"))
    _record_purpose(account)
    _merge()
    _clean_up(account)
    _take_over()
    _receive()
    write_heartbeat(Part.CELERY)
    LatenessCount.objects.create(
        day=NOON.date(), released_by="celery", le_100ms=1, le_1s=0, le_10s=0, le_1min=0, le_10min=0, over=0, total_ms=7,
        lateness_ms=[7], releases=[1],
    )  # fmt: skip
    Restore.objects.create(source="bank.dump")
    maker = Principal.objects.filter(role="teller")[0]
    SlipPrint.objects.create(object_id=account.id, kind="cash", nth=1, at=NOON, principal=maker)
    ProofRun.objects.create(asked_by=maker)
    ExportReceipt.objects.create(
        decision=Decision.objects.latest("at"), file_name="decisions.csv", rows=1, size=1, sha256=b"s" * 32
    )
    keep_view(maker.id, "transfers", "客户张三的转账", "status=held")
    TrailRecord.objects.create(kind="view", outcome="found", way="desk", whom=b"w" * 32)
    BudgetUse.objects.create(what="look_ups hour", who="x", begins_at=NOON, ends_at=NOON + timedelta(hours=1), count=1)
    town.secrets |= {
        factories.ZHANG.number, "张三", "张叁", "13800138000", "6228480000000005", "1949-12-31", "8888777766665555", "王五",
        "两证件均已出示", "两张卡分别用于工资和房贷", "客户称两张卡在用", "身份证.png", "客户张三的转账", "c2Nhbm5lZCBwYXBlciBvZiBzb21lYm9keQ==", "5byg5LiJLOadjuWbmyznjovkupQs6LW15YWt",
        factories.WANG.number, factories.LI.number, "赵受益", "示范省示范市示范路2号",
    }  # fmt: skip
    _sign_ins(town)
    return town


def _propose(account: Account) -> None:
    """Make a proposal of each kind that has none yet."""
    # The cases are in test modules, some of which import this one.
    from tests.approvals.cases import CASES

    for name, case in CASES.items():
        if not Approval.objects.filter(kind=name).exists():
            case.propose(account, factories.caller(case.by, "maker"), case.prepare(account))


def _tell(organization: Customer) -> None:
    """Record particulars and a beneficial owner of an organization."""
    document = read_document(DocumentInput(factories.LI.type, factories.LI.number, None, None), on=NOON.date())
    owner = Owner("赵受益", document, Control.EQUITY, 60_00)
    particulars = OrganizationParticulars("示范省示范市示范路2号", ProofKind.BUSINESS_LICENCE, "软件开发", (owner,))
    with transaction.atomic():
        record_particulars(principal=factories.caller("teller"), customer_id=organization.id, entered=particulars)


def _record_purpose(account: Account) -> None:
    """Record the purpose of an account after its opening."""
    with transaction.atomic():
        record_account_use(principal=factories.caller("teller"), account_id=account.id, purpose=Purpose.SAVINGS)


def _represent(organization: Customer) -> None:
    """Record a legal representative of an organization."""
    person = LegalRepresentative(
        customer=organization, identity_key=factories.WANG.identity_key, type=factories.WANG.type, at=NOON
    )
    person.name, person.number = factories.WANG.name, factories.WANG.number
    person.save(force_insert=True)


def _merge() -> None:
    """Merge two customers, so that the moved rows are recorded."""
    remains, other = (
        factories.customer(factories.Person("钱七", number, "hk_macau_permit")) for number in ("H20000001", "H20000002")
    )
    with transaction.atomic():
        request_merge(
            principal=factories.caller("teller", "who-merged"),
            customer_id=remains.id,
            other_id=other.id,
            evidence="两证件均已出示",
        )
        approvals.approve(latest_approval().id, principal=factories.caller("supervisor", "who-approved"))


def _clean_up(account: Account) -> None:
    """Create a clean-up case with all kinds of dependent rows."""
    case = cleanup_cases.case(account.customer, CleanupLimit.CARDS, account.cards.get(), most=0)
    cleanup_cases.action(case.items.get())
    by = {"case": case, "at": NOON, "principal": case.campaign.started_by}
    contact = CleanupContact(kind="phone", result="reached", **by)
    contact.text = "客户称两张卡在用"
    contact.save(force_insert=True)
    scan = CleanupAttachment(media_type="image/png", digest="d" * 64, size=3, **by)
    scan.name, scan.content = "身份证.png", "c2Nhbm5lZCBwYXBlciBvZiBzb21lYm9keQ=="
    scan.save(force_insert=True)
    item = case.items.get()
    other = Account.objects.exclude(pk=account.pk)[0]
    # What triggers write, and what is written as a campaign is sealed.
    with past_the_guards("accounts_cardmove", "accounts_cleanupoutcome"):
        moved = {"card": item.card, "from_account": account, "to_account": other, "at": NOON}
        CardMove.objects.create(action=item.actions.get(), **moved)
        CleanupOutcome.objects.create(item=item, at=NOON, way="explain")


def _take_over() -> None:
    """Create a batch with a breach, and an import with an unread file."""
    batch = ImportBatch.objects.create(source="small_bank", started_at=NOON)
    ListedBank.objects.create(code="102100099996", name="中国工商银行总行清算中心")
    StockBreach.objects.create(import_batch=batch, limit="bank_i", opened_on=date(2021, 1, 1))
    sent = StockImport.objects.create(source="small_bank", digest="ab" * 32, index_keys=1, started_at=NOON)
    file = {"stock_import": sent, "sheet": "customers", "name": "customers.csv"}
    StockFile.objects.create(digest="cd" * 32, line_count=2, **file)
    piece = StockUpload(number=0, **file)
    piece.content = "5byg5LiJLOadjuWbmyznjovkupQs6LW15YWt"
    piece.save(force_insert=True)


def _receive() -> None:
    """Create a list of certificates that is not read yet."""
    officer = Principal.objects.filter(role="compliance").first()
    sent = {"source": "list.csv", "digest": "ef" * 32, "field_key": "1", "index_keys": 1, "line_count": 2}
    row = ListImport.objects.create(started_by=officer, started_at=NOON, **sent)
    piece = ListUpload(list_import=row, number=0)
    piece.content = "5byg5LiJLOadjuWbmyznjovkupQs6LW15YWt"
    piece.save(force_insert=True)


def machine_proposed() -> Approval:
    """Let an administrator propose a machine; an unused enrolment code exists too."""
    with transaction.atomic():
        made = founding.break_glass("deputy", "B-1")
    one = people.caller_for(Principal.objects.get(name=made.username))
    with transaction.atomic():
        _, approval = proposals.propose_principal(principal=one, name="atm-of-tomorrow", role="atm")
    return approval


def _sign_ins(town: Town) -> None:
    """Create the records of sign-ins, with typed text and a session hash that nobody may see."""
    tried = {"username": "teller", "ip_address": "192.0.2.1", "user_agent": "kiosk", "path_info": "/desk/sign-in"}
    AccessAttempt.objects.create(**tried, get_data="", post_data="password=typed-once", failures_since_start=1)
    AccessLog.objects.create(**tried, session_hash="hash-of-a-session")
    AccessFailureLog.objects.create(**tried)
    town.secrets |= {"typed-once", "hash-of-a-session", "half-typed"}
    user = people.user("clerk")
    SignIn.objects.create(user=user, address="192.0.2.1", browser="kiosk")
    RecoverySheet.objects.create(user=user, name="paper").codes.create(number=1, digest=b"d" * 32)
    Passkey.objects.create(user=user, name="phone", credential_id=b"c" * 16, public_key=b"k" * 77)
    FormDraft.objects.create(user=user, address="/desk/transfers/new", content="half-typed")
    Group.objects.create(name="readers")
    machine_proposed()

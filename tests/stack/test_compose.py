"""Services of `compose.yaml`: a healthy web process, a proxy before it, roles that own no table."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import yaml
from django.http import HttpResponse, JsonResponse
from django.test import RequestFactory

from config.frames.api.middleware import ClientAddress, InsideOnly
from config.frames.api.problems import Problem
from config.kernel.schema.grants import WITHHELD
from config.stack.lint import PRODUCTION
from config.stack.postgres import APPLICATION, Postgres
from config.stack.process import wait_until
from tests.processes import environment, free_port, running, web
from tests.roles import as_role

ROOT = Path(__file__).resolve().parents[2]
SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
NGINX = (ROOT / "deploy" / "nginx.conf.template").read_text()
PROGRAMS = {"web", "release", "worker", "beat", "watcher"}


@pytest.fixture
def installation(production_clock, application, tmp_path):
    """A web server under production settings and the application's role, with its port."""
    port = free_port()
    own = {"DATABASE_URL": as_role(application), "BANK_ALLOWED_HOSTS": "bank.example.com"}
    server = web(tmp_path, port, **PRODUCTION | own)
    with running(server):

        def listens() -> bool:
            try:
                return bool(httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code)
            except httpx.TransportError:
                return False

        assert wait_until(listens, seconds=60), server.tail(50)
        yield port


def test_the_health_check_finds_a_healthy_web_server_and_probes_are_answered_under_any_name(installation):
    kind, python, *words = SERVICES["web"]["healthcheck"]["test"]
    assert (kind, python) == ("CMD", "python")
    words = [word.replace("127.0.0.1:8000", f"127.0.0.1:{installation}") for word in words]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for host in ("127.0.0.1", "10.1.2.3:8000", "bank.example.com", "elsewhere.example", "_"):
        with httpx.Client(
            base_url=f"http://127.0.0.1:{installation}", headers={"Host": host}, trust_env=False, timeout=60
        ) as client:
            for path in ("/healthz", "/livez", "/readyz", "/metrics"):
                answer = client.get(path)
                # Readiness of a bank under test is tested elsewhere: any answer counts here.
                assert answer.status_code in ((200, 503) if path == "/readyz" else (200,)), (host, path)
                assert answer.headers["X-Request-Id"], (host, path)
                assert answer.headers["X-Content-Type-Options"] == "nosniff", (host, path)
            # To nothing else a wrong name leads, and no right one without TLS.
            assert client.get("/api/v1/approvals").status_code == (301 if host == "bank.example.com" else 400)


def test_only_the_proxy_is_reached_from_outside():
    assert {name for name, service in SERVICES.items() if service.get("ports")} == {"proxy"}
    assert SERVICES["proxy"]["environment"]["BANK_WEB"] == "web:8000"
    assert SERVICES["proxy"]["depends_on"] == {"web": {"condition": "service_healthy"}}
    (template,) = [each for each in SERVICES["proxy"]["volumes"] if each.startswith("./")]
    assert (ROOT / template.split(":")[0]).read_text() == NGINX


def test_no_service_takes_memory_without_a_limit():
    for name, service in SERVICES.items():
        limit = in_bytes(service["mem_limit"])
        for place in service.get("tmpfs", []):
            # What is written there counts as the service's memory.
            assert in_bytes(place.partition(":size=")[2]) < limit, name


def in_bytes(size: str) -> int:
    return int(size[:-1]) * {"m": 1 << 20, "g": 1 << 30}[size[-1]]


def test_proxy_gets_every_variable_of_its_configuration():
    assert set(re.findall(r"\$\{(\w+)\}", NGINX)) <= set(SERVICES["proxy"]["environment"])


@pytest.mark.parametrize(
    "rule",
    [
        "proxy_request_buffering on",
        "proxy_buffering on",
        "client_body_timeout 10s",
        "client_max_body_size 1m",
        # The application reads headers with underscores under the names of those with hyphens.
        "underscores_in_headers off",
        "ignore_invalid_headers on",
    ],
)
def test_slow_clients_and_borrowed_names_end_at_the_proxy(rule):
    # An upload's address says for itself how much it takes.
    said = re.findall(rf"^ {{0,8}}({rule.split()[0]} .*);$", NGINX, re.MULTILINE)
    assert said == [rule]


def test_the_proxy_logs_no_address_of_a_request():
    """At level `error` nginx would log the request line, with its query, for each failed request."""
    assert set(re.findall(r"^ *((?:access|error)_log .*);$", NGINX, re.MULTILINE)) == {
        "access_log off",
        "error_log stderr crit",
    }


def test_refusal_by_the_proxy_is_a_problem_document():
    pages = dict(re.findall(r"location (?:= )?(\S+) \{\s+internal;\n(.*?)\n {8}\}", NGINX, re.DOTALL))
    # It passes requests on, and answers none.
    assert "proxy_pass" in pages.pop("/-/stranger")
    refused = {
        int(status): (page, answered or status)
        for statuses, answered, page in re.findall(r"error_page ([\d ]+?)(?: =(\d+))? ([@/]\S+);", NGINX)
        for status in statuses.split()
    }
    assert {400, 404, 405, 413, 414, 429, 494, 497, 500, 502, 504, 505} <= set(refused)
    assert {page for page, _ in refused.values()} == set(pages)
    for page, answered in refused.values():
        assert "default_type application/problem+json;" in pages[page]
        said, text = re.search(r"return (\d+) '(.*)';", pages[page]).groups()
        problem = json.loads(text)
        # Without a status of its own an error page is sent with the status of the answer that it replaces.
        assert {said, answered} == {str(problem["status"])}
        assert problem["type"] == f"urn:bank:problem:{problem['code'].lower().replace('_', '-')}"
        assert set(problem) == set(Problem(status=400, code="", detail="").body(""))
    # One page for addresses that take 1 MiB and for uploads that take more: it names neither.
    assert "MiB" not in pages["@too_large"]
    # What the bank answers is its own.
    assert "proxy_intercept_errors" not in NGINX


def test_owner_changes_the_schema_and_the_bank_runs_under_a_role_without_tables():
    assert {name for name in SERVICES if account_of(name) == "bank_app"} == PROGRAMS
    assert {name for name in SERVICES if account_of(name) == "bank_owner"} == {"migrate", "grant"}
    assert SERVICES["postgres"]["environment"]["POSTGRES_USER"] not in {"bank_app", "bank_owner"}
    assert SERVICES["grant"]["command"] == ["python", "manage.py", "grant_application", "bank_app"]
    assert SERVICES["grant"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    for name in PROGRAMS:
        assert SERVICES[name]["depends_on"]["grant"] == {"condition": "service_completed_successfully"}
        # What .env holds for other roles does not reach the application.
        assert SERVICES[name]["environment"]["POSTGRES_PASSWORD"] == ""
        assert SERVICES[name]["environment"]["BANK_OWNER_PASSWORD"] == ""


def account_of(name: str) -> str:
    """Return the database role of a service."""
    url = SERVICES[name].get("environment", {}).get("DATABASE_URL", "")
    return url.removeprefix("postgresql://").partition(":")[0]


def test_the_roles_are_made_as_the_image_makes_them(tmp_path):
    (script,) = [each.split(":")[0] for each in SERVICES["postgres"]["volumes"] if "initdb.d" in each]
    with Postgres(tmp_path / "server") as server:
        server.psql(f"DROP ROLE {APPLICATION}")
        # The server of the demo has them withheld already.
        server.psql("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_catalog TO PUBLIC", database="bank")
        environment = {
            "POSTGRES_USER": "postgres",
            "POSTGRES_DB": "bank",
            "BANK_OWNER_PASSWORD": "owner's \\ secret",
            "BANK_APP_PASSWORD": "application",
            "PGHOST": str(server.sockets),
            "PATH": f"{server.bin}:{os.environ['PATH']}",
        }
        subprocess.run([ROOT / script], env=environment, check=True, capture_output=True)
        roles = server.psql(
            "SELECT rolname, rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls, rolcanlogin "
            "FROM pg_roles WHERE rolname LIKE 'bank\\_%' ORDER BY rolname"
        )
        assert roles.split() == ["bank_app|f|t", "bank_owner|f|t"]
        assert server.psql("SELECT datdba::regrole FROM pg_database WHERE datname = 'bank'").strip() == "bank_owner"
        for act in ("CONNECT", "TEMPORARY", "CREATE"):
            asked = f"SELECT has_database_privilege('bank_app', 'bank', '{act}')"
            assert server.psql(asked).strip() == "f", act
        server.psql("SET ROLE bank_owner; CREATE TABLE public.one (id int)", database="bank")
        called = "SELECT has_function_privilege('bank_app', oid, 'EXECUTE') FROM pg_proc WHERE "
        for name in WITHHELD:
            assert set(server.psql(f"{called}proname = '{name}'", database="bank").split()) == {"f"}, name
        may = "SELECT has_parameter_privilege(rolname, 'session_replication_role', 'SET') FROM pg_roles "
        assert server.psql(may + "WHERE rolname LIKE 'bank\\_%' ORDER BY rolname").split() == ["f", "t"]


def test_client_address_is_the_one_from_the_proxy():
    seen = ClientAddress(lambda request: HttpResponse(request.META["REMOTE_ADDR"]))
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.2", headers={"X-Real-IP": "192.0.2.7"})
    assert seen(request).content == b"192.0.2.7"
    assert seen(RequestFactory().get("/", REMOTE_ADDR="10.0.0.2")).content == b"10.0.0.2"


@pytest.mark.parametrize(
    ("address", "believed"),
    [("10.0.0.2", True), ("::1", True), ("", True), ("192.0.2.1", False), ("2001:db8::1", False), ("nobody", False)],
)
def test_client_address_is_believed_only_from_a_proxy_of_the_banks_networks(address, believed):
    headers = {"HTTP_X_REAL_IP": "192.0.2.7", "HTTP_X_FORWARDED_PROTO": "https"}
    seen = ClientAddress(
        lambda request: HttpResponse(request.META["REMOTE_ADDR"] + request.META.get("HTTP_X_FORWARDED_PROTO", ""))
    )
    answer = seen(RequestFactory().get("/", REMOTE_ADDR=address, **headers))
    assert answer.content.decode() == ("192.0.2.7https" if believed else address)


@pytest.mark.parametrize(
    "path", ["/admin/../desk/", "/admin/kernel/principal/../../../desk/change/", "/admin/./", "/desk/.."]
)
def test_an_address_that_a_proxy_reads_otherwise_leads_nowhere(path):
    """The proxy reads the path as /desk/ but forwards the original, which the bank would route to the back office."""
    inside = InsideOnly(lambda _: HttpResponse())
    for sent, status in ((path, 404), (path.replace("..", "a..b").replace("/./", "/.a/"), 200)):
        request = RequestFactory().get(sent)
        request.request_id = "r"
        assert inside(request).status_code == status, sent


@pytest.mark.parametrize("address", ["10.0.0.2", "192.0.2.1"])
@pytest.mark.parametrize("path", ["/metrics", "/api/schema", "/api/docs", "/healthz", "/readyz", "/api/v1/approvals"])
def test_metrics_and_schema_are_shown_inside_only(address, path):
    inside = InsideOnly(lambda _: JsonResponse({"status": "ok", "checks": {"database": "ok"}}))
    request = RequestFactory().get(path, REMOTE_ADDR=address)
    request.request_id = "r"
    answer = inside(request)
    hidden = address == "192.0.2.1"
    if hidden and path in {"/metrics", "/api/schema", "/api/docs"}:
        assert (answer.status_code, json.loads(answer.content)["code"]) == (404, "NOT_FOUND")
    else:
        assert answer.status_code == 200
        assert ("checks" in json.loads(answer.content)) is not (hidden and path == "/readyz")


def test_production_shows_it_inside_only():
    asked = (
        "import django; django.setup(); from django.conf import settings as s; "
        "print(s.MIDDLEWARE.index('config.frames.api.middleware.InsideOnly'), s.ATM_WITHDRAWALS_PER_ACCOUNT_AND_DAY, "
        "s.ATM_WITHDRAWALS_PER_DAY, s.COUNTER_DEPOSIT_ALONE)"
    )
    variables = PRODUCTION | {"DATABASE_URL": environment()["DATABASE_URL"], "REDIS_URL": environment()["REDIS_URL"]}
    done = subprocess.run(
        [sys.executable, "-c", asked], env=os.environ | variables, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert [int(each) for each in done.stdout.split()][1:] == [2_000_000, 50_000_000, 20_000_000]


def test_the_document_starts_each_process_as_the_image_does():
    table = (ROOT / "docs" / "install.md").read_text().partition("| Process | Command |")[2].partition("\n\n")[0]
    documented = dict(re.findall(r"^\| ([\w ]+) \| `(.+?)` \|", table, re.MULTILINE))
    cmd = (ROOT / "Dockerfile").read_text().partition("\nCMD ")[2].replace("\\\n", "")
    assert documented.pop("web").split() == json.loads(cmd)
    services = {"release worker": "release", "other tasks": "worker", "beat": "beat", "watcher": "watcher"}
    assert documented.keys() == services.keys()
    for name, command in documented.items():
        words = SERVICES[services[name]]["command"]
        assert words[: len(command.split())] == command.split(), name


def test_the_image_is_built_with_all_that_the_settings_ask_for():
    build = (ROOT / "Dockerfile").read_text().partition("python -m compileall")[2].partition("\nUSER ")[0]
    said = dict(re.findall(r"([A-Z_]+)=(\S+)", build))
    words = build.partition("manage.py ")[2].split()
    done = subprocess.run(
        [sys.executable, "manage.py", *words, "--dry-run"],
        cwd=ROOT, env={"PATH": os.environ["PATH"], **said}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

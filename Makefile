# The two commands: `make demo` runs a bank on this machine, `make test` checks it. `make help` lists the rest.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo demo-reset env test test-oldest test-random lint fmt bench bench-overload bench-sign-in bench-peers bench-desk bench-register bench-stock bench-open bench-burst bench-growth bench-bulk bench-startup bench-table proof chaos failover pooled rabbit upgrade-drill drills guards clauses openapi css lock sbom audit digests

PORT ?= 8000
STATE_DIR ?= var/demo
export PORT STATE_DIR
# Hundreds of processes use the compiled files, so they are written even if the environment forbids it.
unexport PYTHONDONTWRITEBYTECODE

PY := .venv/bin/python

# The first interpreter that works and has a supported version; never one that would have to be downloaded.
define base-python
for name in python3.13 python3.14 python3; do \
	if $$name -c 'import sys; sys.exit(not (3, 13) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then \
		python=$$name; break; \
	fi; \
done; \
if [ -z "$$python" ]; then \
	echo 'Python 3.13 or 3.14 is needed, with its venv module. On Debian 13: apt install python3-venv' >&2; exit 1; \
fi
endef

help:
	@echo 'make demo        run a bank on this machine (PORT=8000 STATE_DIR=var/demo); Ctrl-C stops it'
	@echo 'make demo-reset  forget its data'
	@echo 'make test        run the tests on a real PostgreSQL and Valkey; three at a time; ARGS="-k words" narrows, ARGS="-n 0" takes one after the other'
	@echo 'make test-oldest money, law and interleavings on PostgreSQL 17 (OLDEST=/usr/lib/postgresql/17/bin)'
	@echo 'make test-random the same in another order each time; SEED=number repeats the order it printed'
	@echo 'make lint        style, types, import contracts, migrations, deployment checks'
	@echo 'make proof       replay the orders of a bank (ORDERS=<folder>) in a bank of its own, compare every clearing account'
	@echo 'make chaos       a bank of its own under faults for a minute, judged (SEED=1 SECONDS=40 INTO=var/chaos)'
	@echo 'make failover    a bank of its own on a primary and a synchronous standby, killed and promoted ROUNDS=5 times under traffic'
	@echo 'make pooled      a bank of its own behind PgBouncer in transaction mode: orders, holds, releases'
	@echo 'make rabbit      a bank of its own with RabbitMQ as the broker: the same'
	@echo 'make upgrade-drill  a bank of its own, migrated under traffic to a made-up next version and taken back'
	@echo 'make drills      chaos, failover, pooled, rabbit and upgrade-drill, as .ci/run does after the tests'
	@echo 'make bench       acceptance and release against pgbench on the same server'
	@echo 'make bench-overload  orders at a constant rate beyond what the bank can take, and cancellations at the same time'
	@echo 'make bench-sign-in  how long a call of the API waits while 12 and 24 people sign in at once'
	@echo 'make bench-desk  every page of the desk in a bank with a million customers and transfers (minutes, 10 GB)'
	@echo 'make bench-stock  take over a stock of a million lines, compared with a bare COPY of the same files'
	@echo 'make bench-register  acceptance and opening with an empty register and with one of 100,000 certificates'
	@echo 'make bench-open  releases during a transaction that stays open; ARGS="--open-seconds 600 --steady --stream-seconds 60 --accounts 1000000" for ten minutes of a large bank's day'
	@echo 'make bench-burst  very many transfers fall due at once while orders arrive; ARGS="--due 1000000 --accounts 100000" for a million'
	@echo 'make bench-growth  CPU of an acceptance and of a release as a bank grows, to as many accounts and held transfers as ARGS says'
	@echo 'make bench-bulk  how long other customers wait and how late releases are during a list of 100,000 rows and 10,000 further documents; ARGS="--rows 2000 --documents 1000" for a quick look'
	@echo 'make bench-startup  CPU of a start compared with a bare Django project: setup, web, worker, migrate, the first make demo and the next'
	@echo 'make bench-table  one table of the benchmarks' results: run now, or from the files in ARGS'
	@echo 'make bench-peers  a checked transfer here, in django-hordak and in django-ledger; a release here and by ETA of Celery'
	@echo 'make fmt         format the code'
	@echo 'make guards      write the digests of triggers and functions, after a change of the schema'
	@echo 'make clauses     print the rows of docs/rules.md: done, own decision, not done, and how many tests each names'
	@echo 'make openapi     write docs/openapi.yaml from what the views declare'
	@echo 'make css         write the part of the style kit that the desk uses'
	@echo 'make env         create .venv from the locks'
	@echo 'make lock        resolve requirements/*.in into locks again'
	@echo 'make sbom        write the bill of materials of each lock (CycloneDX) into INTO=var/sbom'
	@echo 'make digests     ask the registry which digest each image has, and pin it (needs skopeo)'
	@echo 'make audit       ask for published advisories about the locked packages'

demo: .venv/.demo.stamp
	@exec $(PY) -m config.stack demo

demo-reset: .venv/.demo.stamp
	@exec $(PY) -m config.stack reset

env: .venv/.dev.stamp

.venv/.%.stamp: requirements/%.lock requirements/tools.lock
	@$(base-python); exec $$python -m config.stack.environment $*

test: .venv/.dev.stamp
	@exec $(PY) -m pytest $(or $(ARGS),-n 3)

# Money, law and interleavings on the oldest supported server, as Debian 13 has it.
OLDEST := /usr/lib/postgresql/17/bin
ON_OLDEST := tests/accounts/test_ledger_constraints.py tests/accounts/test_posting_guards.py tests/concurrency \
	tests/faults/test_restore.py tests/interleavings tests/kernel/test_guards.py tests/kernel/test_sql_files.py \
	tests/kernel/test_supported_servers.py tests/reference tests/tampering \
	tests/transfers

test-oldest: .venv/.dev.stamp
	@BANK_POSTGRES_BIN=$(OLDEST) exec $(PY) -m pytest $(or $(ARGS),-n 3 $(ON_OLDEST))

# One seed for the order and for Hypothesis.
test-random: .venv/.dev.stamp
	@seed=$(or $(SEED),`$(PY) -c 'import secrets; print(secrets.randbelow(2**32))'`); \
	echo "make test-random SEED=$$seed"; \
	exec $(PY) -m pytest -p randomly --randomly-seed=$$seed --hypothesis-seed=$$seed $(ARGS)

lint: .venv/.dev.stamp
	@$(PY) -m config.stack.lint

fmt: .venv/.dev.stamp
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

proof: .venv/.demo.stamp
	@exec $(PY) -m benchmarks proof "$(or $(ORDERS),.)"

chaos: .venv/.demo.stamp
	@exec $(PY) -m benchmarks chaos --seed $(or $(SEED),1) --seconds $(or $(SECONDS),40) --into $(or $(INTO),var/chaos)

failover: .venv/.demo.stamp
	@exec $(PY) -m benchmarks failover --rounds $(or $(ROUNDS),5) --seed $(or $(SEED),1)

pooled: .venv/.demo.stamp
	@exec $(PY) -m benchmarks pooled

rabbit: .venv/.demo.stamp
	@exec $(PY) -m benchmarks rabbit

upgrade-drill: .venv/.demo.stamp
	@exec $(PY) -m benchmarks upgrade $(ARGS)

drills: chaos failover pooled rabbit upgrade-drill

bench: .venv/.dev.stamp
	@$(PY) -m benchmarks accept $(ARGS)
	@$(PY) -m benchmarks release $(ARGS)

bench-overload: .venv/.dev.stamp
	@exec $(PY) -m benchmarks overload $(ARGS)

bench-sign-in: .venv/.dev.stamp
	@exec $(PY) -m benchmarks sign_in $(ARGS)

bench-desk: .venv/.dev.stamp
	@exec $(PY) -m benchmarks desk $(ARGS)

bench-stock: .venv/.dev.stamp
	@exec $(PY) -m benchmarks stock $(ARGS)

bench-register: .venv/.dev.stamp
	@exec $(PY) -m benchmarks register $(ARGS)

bench-open: .venv/.dev.stamp
	@exec $(PY) -m benchmarks open_transaction $(ARGS)

bench-burst: .venv/.dev.stamp
	@exec $(PY) -m benchmarks burst $(ARGS)

bench-growth: .venv/.dev.stamp
	@exec $(PY) -m benchmarks growth $(ARGS)

bench-bulk: .venv/.dev.stamp
	@exec $(PY) -m benchmarks bulk $(ARGS)

bench-startup: .venv/.dev.stamp
	@exec $(PY) -m benchmarks startup $(ARGS)

bench-table: .venv/.dev.stamp
	@exec $(PY) -m benchmarks table $(ARGS)

bench-peers: .venv/.peers.stamp
	@exec $(PY) -W ignore -m benchmarks peers $(ARGS)

guards: .venv/.dev.stamp
	@exec $(PY) -m config.stack.guards

clauses:
	@$(base-python); exec $$python -m config.stack.clauses

openapi: .venv/.dev.stamp
	@exec $(PY) -m config.stack.openapi

css: .venv/.dev.stamp
	@exec $(PY) -m tests.desk.style

# No lock names an address: the machine's configuration says where packages come from.
UV_COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.13 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(UPGRADE)

lock:
	@test -x .venv/bin/uv || $(MAKE) env
	@cd requirements && for name in dev tools; do \
		../$(UV_COMPILE) -o $$name.lock $$name.in || exit 1; \
	done && for name in runtime demo peers release; do \
		../$(UV_COMPILE) -c dev.lock -o $$name.lock $$name.in || exit 1; \
	done

# The image has what runtime.lock names; the others are for development.
LOCKS := runtime demo dev tools release

sbom: .venv/.release.stamp
	@mkdir -p $(or $(INTO),var/sbom)
	@for name in $(LOCKS); do \
		.venv/bin/cyclonedx-py requirements --output-reproducible --pyproject pyproject.toml \
			-o $(or $(INTO),var/sbom)/$$name.cdx.json requirements/$$name.lock 2>/dev/null \
			|| { echo "requirements/$$name.lock: no bill of materials" >&2; exit 1; }; \
		echo "$(or $(INTO),var/sbom)/$$name.cdx.json"; \
	done

audit: .venv/.release.stamp
	@exec $(PY) -m config.stack.advisories $(LOCKS)

digests: .venv/.demo.stamp
	@exec $(PY) -m config.stack.digests

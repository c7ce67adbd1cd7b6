# `make help` lists what there is. Everything installs itself into .venv.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help install demo test conformance fuzz check audit eval eval-replay faults kafka-test fault-matrix soak bench bench-tracking bench-board bench-feeds bench-memory secrets compose-test smoke up schemas clean

# The first of these that really runs and is 3.11 to 3.13 (3.12 runs the language model fastest).
PYTHON ?= $(shell for p in python3.12 python3.13 python3.11 python3 python; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1 && { echo $$p; break; }; done)
BIN := .venv/bin
# A file's tests share a broker, so files, not tests, are spread. More than two and brokers starve each other.
TEST_PROCESSES ?= 2

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

.venv/.python:
	@test -n "$(PYTHON)" || { echo "placewatch needs Python 3.11, 3.12 or 3.13; none was found on PATH. Install one, or run: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "$(PYTHON) cannot make a virtual environment (on Debian and Ubuntu: apt install python3-venv)"; exit 1; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --upgrade 'pip>=25.1'
	@touch $@

.venv/.installed: .venv/.python pyproject.toml constraints.txt
	@echo "installing placewatch into .venv (about a minute)"
	@$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[embedded,board]'
	@touch $@

.venv/.dev: .venv/.installed
	@echo "installing what the tests and checks need"
	@$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt --group dev
	@touch $@

install: .venv/.installed ## install into .venv

demo: .venv/.installed ## everything at once on this machine, no network: feeds to alerts
	@$(BIN)/placewatch demo

test: .venv/.dev ## all tests, against the embedded broker, two files at a time (TEST_PROCESSES=1 for one)
	@$(BIN)/pytest -q -n $(TEST_PROCESSES) --dist loadfile

laws: .venv/.dev ## the laws of status and alerts on thousands of generated courses (half an hour)
	@HYPOTHESIS_PROFILE=deep $(BIN)/pytest -q -o timeout=0 tests/laws

check: .venv/.dev ## format, lint, types, import contracts, generated files: under a minute
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/placewatch schemas --check

audit: ## known vulnerabilities of the versions in constraints.txt; asks the vulnerability service of the package index
	@test -d .venv-audit || $(PYTHON) -m venv .venv-audit
	@.venv-audit/bin/pip install -q --disable-pip-version-check 'pip-audit>=2.10'
	@# --strict: a package that could not be asked about is a failure, not a pass.
	@.venv-audit/bin/pip-audit --strict --no-deps --disable-pip -r constraints.txt

conformance: .venv/.dev ## run other projects' suites through our parser, fetched when they are not in the cache
	@$(BIN)/pytest -q tests/conformance

fuzz: .venv/.dev ## a minute of broken feeds, dates and addresses against the parsers
	@PLACEWATCH_FUZZ_EXAMPLES=7500 $(BIN)/pytest -q tests/fuzz

eval: .venv/.dev ## measure the reading and tracking; fails when a pinned floor is missed
	@$(BIN)/python tests/eval/evaluate.py

eval-replay: .venv/.dev ## replay three windows of real feeds against dated truth (about ten minutes)
	@$(BIN)/pytest -q tests/eval/replay_suite.py

# The jars of a real Apache Kafka, where Java and Maven are.
KAFKA_JARS = if command -v mvn java >/dev/null; then mvn -q -f placewatch/local/kafka.pom.xml dependency:copy-dependencies \
  -DincludeScope=runtime -DoutputDirectory="$(CURDIR)/.venv/kafka"; fi
FAULT_MATRIX = PLACEWATCH_KAFKA_LIBS="$(CURDIR)/.venv/kafka" PYTHONPATH="$(CURDIR)" $(BIN)/python tests/faults/matrix.py

faults: .venv/.dev ## kill -9, restarts and rebalances at 20 random points (about twelve minutes; with Java and Maven on a real Kafka too)
	@$(KAFKA_JARS)
	@export PLACEWATCH_FAULT_POINTS=$${PLACEWATCH_FAULT_POINTS:-20} PLACEWATCH_FAULT_SEED=$${PLACEWATCH_FAULT_SEED:-$$RANDOM} \
	  PLACEWATCH_KAFKA_LIBS="$(CURDIR)/.venv/kafka"; echo "seed $$PLACEWATCH_FAULT_SEED"; \
	  $(BIN)/pytest -q -m "faults or not faults" tests/integration/test_tracking_faults.py tests/integration/test_routes_killed.py tests/integration/test_replay_through_kafka.py tests/integration/test_tail.py tests/integration/test_local_kafka.py
	@test ! -d .venv/kafka || $(FAULT_MATRIX) --runs 1 --faults worker sink broker --results artifacts/faults-quick.jsonl

fault-matrix: .venv/.dev ## every fault RUNS times (10) on a real Kafka, into docs/faults.md; an hour, RESUME=1 goes on; FAULTS="sink cut" for some
	@$(KAFKA_JARS)
	@$(FAULT_MATRIX) --runs $${RUNS:-10} $${RESUME:+--resume} $(if $(FAULTS),--faults $(FAULTS),--report docs/faults.md) $${JSON:+--json}

soak: .venv/.dev ## days of recorded news through the services on a real Kafka; fails when memory or lag grows (RECORDED=articles.jsonl WATCHLIST=places.yaml DAYS=2)
	@$(KAFKA_JARS)
	@PLACEWATCH_KAFKA_LIBS="$(CURDIR)/.venv/kafka" PYTHONPATH="$(CURDIR)" $(BIN)/python tests/faults/soak.py \
	  $(if $(RECORDED),--recorded "$(RECORDED)" --watchlist "$(WATCHLIST)" --days $${DAYS:-2})

kafka-test: .venv/.dev ## with Java and Maven: access lists, TLS, a cluster of three of which brokers die (about ten minutes)
	@$(BIN)/pytest -q -m "faults or not faults" tests/integration/test_kafka_security.py tests/integration/test_kafka_access.py tests/integration/test_kafka_cluster.py tests/integration/test_real_kafka.py

train: .venv/.dev ## train the second opinion anew (an hour of one core; training/README.md)
	@$(PYTHON) -m venv .venv-training
	@.venv-training/bin/pip install -q -r training/requirements.txt
	@PYTHONPATH=. $(BIN)/python training/examples.py > .venv-training/examples.jsonl
	@.venv-training/bin/python training/train.py .venv-training/examples.jsonl streams/reading/opinion

secrets: ## passwords of your own for docker-compose.yml, into ./secrets; those that are there stay
	@bash deploy/compose/make-secrets.sh

compose-test: .venv/.dev ## docker-compose.yml really built and run: kills, a cut network, scaling (about five minutes)
	@$(BIN)/python tests/compose/run.py

smoke: ## build and install the wheel with runtime dependencies only, then use it from another folder
	@PYTHON="$(PYTHON)" bash tests/e2e/clean_install.sh

.venv/.bench: .venv/.dev
	@echo "installing what is measured beside us"
	@$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt --group bench
	@touch $@

bench: .venv/.bench ## measure everything and write docs/benchmarks.md (25 minutes); QUICK=1 small, PARTS=latency,costs those anew
	@$(BIN)/python tests/bench/bench.py $(if $(QUICK),--quick) $(if $(PARTS),--parts $(PARTS))
	@$(BIN)/python tests/bench/tracking.py --readings 10000 --places 100 --most-growth 1.7 --plot artifacts/tracking.svg


bench-tracking: .venv/.dev ## a million readings through one tracker, with a plot (about twenty minutes)
	@$(BIN)/python tests/bench/tracking.py --readings 1000000 --plot artifacts/tracking.svg

week: .venv/.dev ## a simulated week of 1,000 feeds against a server that scores manners; fails at any breach (two to eight minutes)
	@PYTHONPATH=. $(BIN)/python tests/bench/feed_week.py

bench-board: .venv/.dev ## the board over 10,000 places and 100,000 alerts in a browser; fails beyond 2 s (a minute)
	@PYTHONPATH=. $(BIN)/python tests/bench/board.py

bench-feeds: .venv/.dev ## memory of a producer under 60 first polls of huge feeds at once; fails at 150 MB (five minutes)
	@PYTHONPATH=. $(BIN)/python tests/bench/feed_memory.py

bench-memory: .venv/.dev ## memory of a worker over 50,000 articles; fails when it grows (about ten minutes)
	@$(BIN)/python tests/bench/memory.py

up: .venv/.installed ## all services with the embedded broker (or PLACEWATCH_BOOTSTRAP_SERVERS)
	@$(BIN)/placewatch up

schemas: .venv/.installed ## write the JSON Schemas, asyncapi.yaml and docs/ledger-schema.md again
	@$(BIN)/placewatch schemas
	@$(BIN)/placewatch ledger schema > docs/ledger-schema.md

clean: ## remove what was built and installed here
	rm -rf .venv .venv-training .venv-audit build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis artifacts

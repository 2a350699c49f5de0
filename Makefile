# `make help` explains every target. Everything runs in .venv, which `make setup` makes from requirements.lock.
.DEFAULT_GOAL := help
.PHONY: help setup demo up status down test lint format types protos protos-release gateway bench faults chaos lock new-migration clean

PY := .venv/bin/python
WORKERS ?= 2
ARGS ?=
ONLY ?=
# One mypy run per package: tests of several packages may have modules of one name.
TYPED := libs/servicekit/src libs/skills/src libs/fleethost/src libs/cli/src libs/testkit/src \
	services/auth/src services/candidate/src services/matching/src services/scraper/src gateway/src deploy/local/src

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: ## Prepare .tools and .venv from requirements.lock; does nothing when they are up to date
	@deploy/setup.sh

demo: setup ## Start everything, do the main job on real files, print the matches; ARGS=--once ends after the report
	@.venv/bin/blacklight demo $(ARGS)

up: setup ## Start the stack in the background; ARGS as of `blacklight up --help`
	@.venv/bin/blacklight up $(ARGS)

status: setup ## Show what runs, where, and how much memory it takes
	@.venv/bin/blacklight status

down: setup ## Stop the stack; ARGS=--purge also deletes its data
	@.venv/bin/blacklight down $(ARGS)

test: setup ## Run all tests against real servers; WORKERS=2 run side by side, ARGS go to pytest
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

lint: setup ## Check style, types, import rules, and that what is generated is fresh
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check --quiet .
	@$(PY) -m mypy $(TYPED)
	@$(PY) -m blacklight_testkit.import_rules
	@$(PY) protos/generate.py --check
	@$(PY) protos/generate.py --image .venv/contract.binpb
	@.venv/bin/buf lint .venv/contract.binpb --path blacklight --config protos/buf.yaml
	@.venv/bin/buf breaking .venv/contract.binpb --against protos/baseline.binpb --config protos/buf.yaml
	@$(PY) -m blacklight_gateway openapi .venv/contract.binpb | cmp -s - gateway/openapi.json \
		|| { echo "gateway/openapi.json is stale: run make gateway" >&2; exit 1; }

format: setup ## Format the code and mend what can be mended by itself
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format --quiet .

types: setup ## Check types only
	@$(PY) -m mypy $(TYPED)

protos: setup ## Generate protos/gen from the contract
	@$(PY) protos/generate.py

protos-release: setup ## Generate, and make the present contract the one that later changes must not break
	@$(PY) protos/generate.py --release

gateway: setup protos ## Generate gateway/openapi.json
	@$(PY) protos/generate.py --image .venv/contract.binpb
	@$(PY) -m blacklight_gateway openapi .venv/contract.binpb > gateway/openapi.json

bench: setup ## Measure, a line per figure; ONLY=S2,Q1 picks lines
	@$(PY) -m tests.load.bench $(if $(ONLY),--only $(ONLY)) $(ARGS)

faults: setup ## Plant each known fault in a copy and see its guards turn red; ONLY=P-31,F-08 picks faults
	@$(PY) -m blacklight_testkit.faults_run $(if $(ONLY),--only $(ONLY)) $(ARGS)

chaos: setup ## Cut, kill and race, a line per figure; ONLY=R1,R2,R7 picks lines
	@$(PY) -m tests.chaos.chaos $(if $(ONLY),--only $(ONLY)) $(ARGS)

lock: setup ## Resolve requirements.lock again; ARGS=--upgrade moves versions
	@deploy/lock.sh $(ARGS)

new-migration: setup ## Start a migration: SERVICE=candidate NAME=add_languages
	@deploy/new_migration.sh "$(SERVICE)" "$(NAME)"

clean: ## Remove caches, environments and the local stack's data
	rm -rf .venv .tools .run .mypy_cache .ruff_cache .pytest_cache .hypothesis

# One place for each habit. A fresh machine needs python3 (3.11 or newer) with venv, and make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
ARGS   ?=
CODE   := engine actors tests $(wildcard bench examples)

# Where nothing may be kept of what is compiled, each start takes three times as long, and the tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help sandbox run doctor test recordings check fmt docs bench clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | column -t -s '|'

sandbox: $(READY) ## talk to the bot in this terminal: no keys, no network (ARGS="--script FILE")
	@$(BIN)/gpttg sandbox $(ARGS)

run: $(READY) ## run the bot with the settings in .env
	@$(BIN)/gpttg run $(ARGS)

doctor: $(READY) ## check settings, database, Telegram login and OpenAI key
	@$(BIN)/gpttg doctor $(ARGS)

test: $(READY) ## all tests (ARGS="-k stop")
	$(BIN)/pytest -n 2 $(ARGS)

recordings: $(READY) ## record the corpus anew (tests/recordings); look at the diff
	rm -f tests/recordings/*.jsonl
	$(BIN)/pytest tests/conversations --make-recordings

check: $(READY) ## style, types, import contracts, spelling, drawings: all that needs no running
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell $(CODE) docs schema.sql Makefile *.md pyproject.toml
	$(BIN)/python -m engine docs --check

fmt: $(READY) ## format the code
	$(BIN)/ruff check --fix --select I $(CODE)
	$(BIN)/ruff format $(CODE)

docs: $(READY) ## draw the charts into docs/charts
	$(BIN)/python -m engine docs
	$(BIN)/python -m engine record schema > docs/recording.schema.json

bench: $(READY) ## the figures: CPU, latency, throughput, memory
	$(BIN)/python -m bench $(ARGS)

clean: ## remove what make has made; databases and .env stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage htmlcov dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml uv.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@VIRTUAL_ENV= $(BIN)/uv sync --locked --inexact --quiet --python $(BIN)/python
	@touch $@

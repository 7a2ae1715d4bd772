# Every target makes its own environment in .venv from the pinned versions; nothing needs to be installed before.
# Another Python: make test PYTHON=python3.13 (the environment is then made anew).

PYTHON ?= python3
# More than one core has: many tests wait for processes that they started.
JOBS ?= 6
ARGS ?=

PY := .venv/bin/python
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null)
READY := .venv/.ready-$(VERSION)
ORACLES := .venv/.oracles-$(VERSION)
LINTED := .venv/lint-corpus
SDK := tests/sdk/node_modules/.ready
PIP := $(PY) -m pip install -qq --disable-pip-version-check --no-build-isolation
PYTEST := $(PY) -m pytest
TODAY = $(shell date -u +%Y-%m-%d)

# The tests start hundreds of interpreters, each of which would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-all soak bench peers pygeoapi check docs fix build clean sdk

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

demo: $(READY) ## the whole idea in about 13 s, offline once .venv is made
	@.venv/bin/accepted demo

test: $(READY) ## the tests that need nothing but Python (ARGS="-k name" passes options to pytest)
	@$(PYTEST) -n $(JOBS) --dist worksteal -m "not soak and not slow and not servers and not node" $(ARGS)

test-all: $(READY) $(ORACLES) $(LINTED)/.ready sdk pygeoapi ## everything but the soak, with the official SDKs and Node
	@$(PYTEST) -n $(JOBS) --dist worksteal -m "not soak" -rs $(ARGS)

soak: $(READY) $(ORACLES) ## full kill and fuzz counts; writes reports/soak-DATE.txt
	@mkdir -p reports
	@{ echo "soak $(TODAY), commit $$(git describe --always --dirty 2>/dev/null || echo unknown)"; \
	  $(PY) -c 'import platform as p; print(p.python_implementation(), p.python_version(), p.platform())'; \
	  $(PYTEST) -m soak -rA --durations=0 --junit-xml=reports/soak-$(TODAY).xml $(ARGS) 2>&1; \
	  echo "exit status $$?"; } | tee reports/soak-$(TODAY).txt
	@tail -n 1 reports/soak-$(TODAY).txt | grep -qx 'exit status 0'

bench: $(READY) ## ours beside the peers', interleaved, as ratios
	@$(PY) bench/run.py $(ARGS)

peers: ## what bench measures our server beside, into .venv-bench
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install -qq --disable-pip-version-check -r requirements-bench.txt

# Apart, for its pins are not ours.
pygeoapi: .venv-pygeoapi/.ready ## a server that the client is tried against, into .venv-pygeoapi (15 s)

.venv-pygeoapi/.ready: requirements-pygeoapi.txt
	@test -x .venv-pygeoapi/bin/python || $(PYTHON) -m venv .venv-pygeoapi
	@.venv-pygeoapi/bin/python -m pip install -qq --disable-pip-version-check -r requirements-pygeoapi.txt
	@touch $@

check: $(READY) ## lint, format, types, layers and our own rules (pyright needs Node)
	@command -v node >/dev/null || { echo "make check: pyright needs Node, and no node is on the PATH" >&2; exit 1; }
	@.venv/bin/ruff check -q .
	@.venv/bin/ruff format -q --check .
	@.venv/bin/pyright
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo
	@$(PY) tools/lint_ours.py

docs: $(READY) ## the pages, made from the contracts and rules
	@$(PY) tools/docs.py $(ARGS)

fix: $(READY) ## mend what ruff can mend
	@.venv/bin/ruff check -q --fix .
	@.venv/bin/ruff format -q .

build: $(READY) ## wheel and source archive in dist/
	@rm -rf dist
	@.venv/bin/hatchling build

clean: ## remove what the other targets made, reports apart
	@rm -rf .venv .venv-bench .venv-pygeoapi dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@rm -rf tests/sdk/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp carries the version, so another interpreter means a new environment, and newer pins only an update.
$(READY): pyproject.toml requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "accepted needs Python 3.11 or newer; $(PYTHON) is $(or $(VERSION),missing)." >&2; \
	  echo "Name another one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "making .venv with Python $(VERSION) (once)" >&2
	@test -e $@ || $(PYTHON) -m venv --clear .venv
	@$(PIP) -r requirements-dev.txt
	@$(PIP) -c requirements-dev.txt -e '.[server,cli,lint]'
	@touch $@

$(ORACLES): $(READY) requirements-oracles.txt
	@$(PIP) -c requirements-dev.txt -r requirements-oracles.txt
	@touch $@

# Read by the linter and never imported, so apart from what is.
$(LINTED)/.ready: requirements-lint-corpus.txt | $(READY)
	@rm -rf $(LINTED)
	@$(PIP) --no-deps --target $(LINTED) -r requirements-lint-corpus.txt
	@touch $@

sdk:
	@if [ ! -f tests/sdk/package.json ]; then :; \
	elif command -v npm >/dev/null; then $(MAKE) -s --no-print-directory $(SDK); \
	elif [ "$$CI" = true ]; then echo "make test-all: CI needs Node and npm" >&2; exit 1; \
	else echo "make test-all: no npm, so the tests that need Node are skipped" >&2; fi

# No lock file: it would record the address of one package index. The versions in package.json are exact.
$(SDK): tests/sdk/package.json
	@cd tests/sdk && npm install --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error >&2
	@touch $@

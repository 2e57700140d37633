# Everything sets itself up: `make demo` and `make test` need Python 3.11+, pip and make, and nothing else by hand.
PYTHON ?= python3
BIN := .venv/bin
PIP = $(PYTHON) -m pip --python $(CURDIR)/.venv/bin/python --disable-pip-version-check
NIGHT_S ?= 1800
export PYTHONDONTWRITEBYTECODE = 1

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-cluster test check bench load night pages screenshots lock clean test-packages

help:
	@echo "make demo           run the sample event on 127.0.0.1:8000 and print its links (PORT=… LINKS=file.json)"
	@echo "make demo-cluster   the same on two gateways, two media nodes, two guards and a real Redis"
	@echo "make test           everything that must be green: lint, types, floors, unit, contract and browser tests"
	@echo "make check          lint, types, floors, and each core module's branch coverage by its own test file"
	@echo "make bench          what a delivery, a member and a join cost, beside the kernel's floor and a peer; what load clients cost"
	@echo "make load           a crowd of 300 on three gateways, three faults, a verdict and a report"
	@echo "make night          long soak and fault runs"
	@echo "make screenshots    take docs/screenshots anew"

.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 …"; exit 2; }
	@$(PYTHON) -m pip --version >/dev/null || { echo "pip is needed: apt-get install python3-pip"; exit 2; }
	$(PYTHON) -m venv --without-pip .venv

.venv/.run: .venv/pyvenv.cfg requirements.lock pyproject.toml
	$(PIP) install -q --require-hashes -r requirements.lock
	$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.run requirements-dev.lock
	$(PIP) install -q --require-hashes -r requirements-dev.lock
	@touch $@

.venv/.node: .venv/pyvenv.cfg deploy/setup/node.sh requirements-node.lock
	@PIP="$(PIP)" sh deploy/setup/node.sh
	@touch $@

web/node_modules/.ready: .venv/.node web/package-lock.json
	cd web && PATH="$(CURDIR)/.venv/node:$$PATH" npm ci --no-audit --no-fund --loglevel=error
	@touch $@

WEB_SOURCES := $(shell find web -name node_modules -prune -o -type f -print 2>/dev/null)
liveserver/static/.built: web/node_modules/.ready $(WEB_SOURCES)
	cd web && PATH="$(CURDIR)/.venv/node:$$PATH" npm run --silent build
	@touch $@

pages: liveserver/static/.built
setup: .venv/.run pages

demo: setup
	@$(BIN)/liveserver demo

demo-cluster: setup
	@sh deploy/setup/packages.sh redis-server:redis-server
	@$(BIN)/liveserver cluster

test-packages:
	@sh deploy/setup/packages.sh redis-server:redis-server chromium:chromium ffmpeg:ffmpeg faketime:faketime ip:iproute2 cc:gcc

check: .venv/.dev pages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd web && PATH="$(CURDIR)/.venv/node:$$PATH" npm run --silent check
	$(BIN)/python -m tests.core_coverage

test: .venv/.dev pages test-packages check
	cd web && PATH="$(CURDIR)/.venv/node:$$PATH" npm test --silent
	$(BIN)/python -m pytest -m "not night and not browser" -n 2 --dist loadfile --reruns 1
	$(BIN)/python -m pytest -m "browser and not night" --reruns 1 --reruns-delay 2

bench: setup
	@$(BIN)/python -m loadtest bench $(SAVE)
	@$(BIN)/python -m loadtest bench-clients $(SAVE)

load: setup
	@sh deploy/setup/packages.sh redis-server:redis-server ffmpeg:ffmpeg
	@$(BIN)/python -m loadtest demo

night: .venv/.dev pages test-packages
	NIGHT_S=$(NIGHT_S) $(BIN)/python -m pytest -m night

screenshots: .venv/.dev pages test-packages
	$(BIN)/python -m tests.browser.screenshots

lock: .venv/.dev
	$(BIN)/uv pip compile pyproject.toml --group build --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -o requirements.lock -q
	$(BIN)/uv pip compile pyproject.toml --group build --group dev --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -o requirements-dev.lock -q
	$(BIN)/uv pip compile --group node --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -o requirements-node.lock -q

clean:
	rm -rf .venv web/node_modules liveserver/static var dist .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis

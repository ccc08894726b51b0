# `make` alone lists what there is. Everything happens in .venv, which is made and kept up to date as needed.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test test-full bench bench-full bench-segments screenshots check audit release clean installed installed-test installed-bench
MAKEFLAGS += --no-print-directory
# To compile the tests once is enough, also where a container's image says that nothing is to be written.
unexport PYTHONDONTWRITEBYTECODE

# The first Python that is new enough. Override with `make PYTHON=/path/to/python3 …`.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
# One more than the two cores of a small machine: whoever waits for a browser or a server leaves a core alone.
WORKERS ?= 3
PYTEST = .venv/bin/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

help:
	@echo "make demo       start Fieldpost with a demo shop on this machine (ARGS=\"--port 8080\" for another port)"
	@echo "make test       install what the tests need, a Chromium too, and run them"
	@echo "make test-full  the same and the tests that take long"
	@echo "make bench      measure how fast it is, and write the table of docs/performance.md (some minutes)"
	@echo "make bench-full the same and what takes long"
	@echo "make bench-segments  measure segments over ten million events (half an hour the first time, 7 GB of disk)"
	@echo "make screenshots take pictures of every page"
	@echo "make check      lint, formatting, types, and no secret in any file"
	@echo "make audit      known weaknesses of the libraries that it runs with, where the internet is within reach"
	@echo "make release VERSION=1.2.3  make a release on this machine, tested, tried out and tagged (ARGS=--dry-run to ask first)"
	@echo "make clean      remove .venv and everything else that can be made again"

demo: installed
	@echo "Starting the demo."
	@.venv/bin/fieldpost demo $(ARGS)

test: installed-test
	@.venv/bin/python -m tests.environment.browser
	@echo "Running the tests with $(WORKERS) workers."
	@$(PYTEST) -m "not full" $(ARGS)

# Kills under load want the cores for themselves.
test-full: private WORKERS = 2
test-full: test
	@"$(PYTHON)" -m tests.environment.venv test-full
	@.venv/bin/python -m tests.environment.further_programs
	@if .venv/bin/python -m pytest --collect-only --quiet -m full >/dev/null; \
	then echo "Running the tests that take long."; $(PYTEST) -m full $(ARGS); \
	elif [ $$? -eq 5 ]; then echo "No test is marked as taking long."; else exit 1; fi

bench: installed-bench
	@.venv/bin/python -m benchmarks $(ARGS)

bench-full: installed-bench
	@.venv/bin/python -m benchmarks --full $(ARGS)

bench-segments: installed-bench
	@.venv/bin/python -m benchmarks.segments $(ARGS)

screenshots: installed-test
	@.venv/bin/python -m tests.environment.browser
	@echo "Taking pictures of every page."
	@.venv/bin/python -m tests.environment.screenshots

check: installed-test
	@echo "Checking lint, formatting, types, and for secrets in files."
	@.venv/bin/python -m ruff check
	@.venv/bin/python -m ruff format --check
	@.venv/bin/python -m tests.environment.javascript
	@.venv/bin/python -m mypy
	@.venv/bin/python -m tests.environment.leaks

audit: installed
	@"$(PYTHON)" -m tests.environment.venv audit
	@.venv/bin/python -m tests.environment.audit

release: installed-test
	@"$(PYTHON)" -m tests.environment.venv release
	@.venv/bin/python -m tests.environment.release $(ARGS) -- "$(VERSION)"

clean:
	@echo "Removing .venv, caches and builds."
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

installed:
	@$(require-python)
	@"$(PYTHON)" -m tests.environment.venv

installed-test:
	@$(require-python)
	@"$(PYTHON)" -m tests.environment.venv test

installed-bench: installed-test
	@"$(PYTHON)" -m tests.environment.venv bench

define require-python
if [ -z "$(PYTHON)" ]; then \
	echo "Python 3.11 or newer is needed and was not found: install it (on Debian: \`apt-get install python3 python3-venv\`)." >&2; \
	exit 1; fi
endef

# make run    the dashboard at http://localhost:8501
# make test   every test, with all set-up for them
# The rest: lint, test-slow, bench, clean, help. Needs Python 3.11 or newer, pip and make.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.PHONY: run test test-slow lint bench browser clean help

VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501
# Stamps say what was finished: an install that was interrupted is simply done again.
MADE := $(VENV)/.stamp-made
INSTALLED := $(VENV)/.stamp-installed
DEV := $(VENV)/.stamp-dev

# On a terminal pip shows how far it is; in a log it is quiet.
PIP = $(BIN)/python -m pip --disable-pip-version-check install $$([ -t 1 ] || echo --quiet)
# Workers of pytest share the cores: more threads than cores would only wait for each other.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n < 4 ? n : 4)))
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 $(BIN)/python -m pytest
PYTEST_ARGS ?=

run: $(INSTALLED)
	@exec $(BIN)/python -m deepfreq_core serve --port $(PORT)

test: $(DEV)
	@browser=$$($(BIN)/python .ci/browser.py); export CHROMIUM="$$browser"; \
	$(PYTEST) -m "not slow" -n $(WORKERS) --dist loadfile $(PYTEST_ARGS)

test-slow: $(DEV)
	@browser=$$($(BIN)/python .ci/browser.py); export CHROMIUM="$$browser"; \
	$(PYTEST) -m slow $(PYTEST_ARGS)

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(DEV)
	$(BIN)/python -m benchmarks.filter --quick
	$(BIN)/python -m benchmarks.training --quick

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

help:
	@sed -n 's/^# //p' Makefile | head -n 3

# --- the virtual environment ----------------------------------------------------------------

# The first Python that starts and is new enough; `make PYTHON=...` is tried first.
PYTHON ?=
define FIND_PYTHON
new_enough='import sys; sys.exit(sys.version_info < (3, 11))'; \
for python in $(PYTHON) python3.12 python3.11 python3.13 python3 python; do \
    if "$$python" -c "$$new_enough" >/dev/null 2>&1; then break; fi; python=; \
done; \
if [ -z "$$python" ]; then \
    echo "DeepFreq needs Python 3.11 or newer and found none ($$(python3 --version 2>&1 | tail -n 1))." \
         "Install one, or name it: make $(or $(MAKECMDGOALS),run) PYTHON=/path/to/python3.12" >&2; exit 2; \
fi
endef

# An environment whose Python has been removed or replaced is made anew.
ifneq ($(shell $(BIN)/python -c 'print(1)' 2>/dev/null),1)
$(shell rm -f $(VENV)/.stamp-*)
CLEAR := --clear
endif

# Debian packs ensurepip apart (python3-venv): where it is missing, the system's pip fills in.
$(MADE):
	@$(FIND_PYTHON); \
	echo "Making $(VENV) with $$("$$python" --version)"; \
	if "$$python" -c 'import ensurepip' 2>/dev/null; then "$$python" -m venv $(CLEAR) $(VENV); \
	elif "$$python" -m pip --version >/dev/null 2>&1; then \
	    "$$python" -m venv $(CLEAR) --without-pip $(VENV); \
	    "$$python" -m pip --python $(BIN)/python install --quiet pip; \
	else \
	    echo "This Python can make no virtual environment: it has neither ensurepip nor pip." \
	         "Install them (Debian: apt install python3-venv), then make $(or $(MAKECMDGOALS),run) again" >&2; exit 2; \
	fi; \
	touch $@

$(INSTALLED): requirements.txt pyproject.toml | $(MADE)
	@echo "Installing what DeepFreq runs with: several GB and a few minutes, once"
	@$(PIP) -r requirements.txt
	@PYTHONWARNINGS=ignore $(PIP) --no-deps --editable .
	@touch $@

$(DEV): requirements-dev.txt $(INSTALLED)
	@echo "Installing what its tests need"
	@$(PIP) -r requirements-dev.txt
	@touch $@

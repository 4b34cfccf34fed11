# make run: everything from a fresh checkout to a running server. make test: everything the checks need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export WHISTLEMAP_PORT ?= 8501
export WHISTLEMAP_ADDRESS ?= 127.0.0.1

.PHONY: run setup dev browser test acceptance bench bundle lint

run: setup
	@$(BIN)/python -m data demo --if-empty
	@$(BIN)/streamlit run app.py --server.port $(WHISTLEMAP_PORT) --server.address $(WHISTLEMAP_ADDRESS)

setup: $(VENV)/.installed

$(VENV)/.installed: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

dev: $(VENV)/.developing

$(VENV)/.developing: requirements.txt requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $(VENV)/.installed $@

# Chromium and Chinese fonts come from Debian's packages
browser:
	@sh tests/browser/install.sh

test: dev browser
	@$(BIN)/python -m pytest

acceptance: dev browser
	@WHISTLEMAP_ACCEPTANCE=1 $(BIN)/python -m pytest -m acceptance

bench: dev
	@$(BIN)/python -m bench

# dist/whistlemap-...tar.gz, for machines without a registry. WHEELS=folder takes the packages from there; ANYWAY=yes
# bundles the last commit although files have changed
bundle: setup
	@$(BIN)/python -m bundle $(if $(WHEELS),--wheels "$(WHEELS)") $(if $(ANYWAY),--anyway)

lint: dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

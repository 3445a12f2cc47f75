# What can be done here; `make` prints it. Every target makes the environment it needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO ?= .demo

.PHONY: help demo test test-full test-extras test-autogluon test-all lint format bench soak clean

help: ## print this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	@echo "Installing Clew and what it needs into $(VENV) (a minute or two) …"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(VENV)/.full: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,browser,postgres]'
	@touch $@

$(VENV)-extras/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)-extras
	$(VENV)-extras/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,mlflow,notebook,spark]'
	@touch $@

$(VENV)-autogluon/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)-autogluon
	$(VENV)-autogluon/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,autogluon]'
	@touch $@

demo: $(VENV)/.installed ## the whole lifecycle on real flights, in minutes
	$(BIN)/clew demo --out $(DEMO)

test: $(VENV)/.installed ## all tests that need Python packages only
	$(BIN)/python -m pytest -n 2 --dist worksteal -m 'not full' -q

test-full: $(VENV)/.full ## the rest: a browser, a database server, kills, minutes; fails where a part is missing
	CLEW_TEST_ALL=1 $(BIN)/python -m pytest -m full -q

test-extras: $(VENV)-extras/.installed ## MLflow, JupyterLab and Spark, in an environment of their own
	CLEW_TEST_ALL=1 $(VENV)-extras/bin/python -m pytest -m extra -q

test-autogluon: $(VENV)-autogluon/.installed ## AutoGluon as the engine, in an environment of its own
	CLEW_TEST_AUTOGLUON=1 $(VENV)-autogluon/bin/python -m pytest -q tests/train/test_autogluon.py

test-all: test test-full test-extras test-autogluon ## every test

lint: $(VENV)/.installed ## style, types and the import order
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.installed ## put the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed ## the figures we claim, measured beside a peer
	$(BIN)/python benchmarks/run.py

soak: $(VENV)/.installed ## twenty kills of a run, each resumed
	CLEW_KILLS=20 $(BIN)/python -m pytest tests/flow/test_kill.py -q

clean: ## remove environments, caches and the demo
	rm -rf $(VENV) $(VENV)-extras $(VENV)-autogluon $(DEMO) .mypy_cache .ruff_cache .pytest_cache .hypothesis

# make run · make compare · make test · make check · make setup · make clean
.DELETE_ON_ERROR:
.PHONY: run compare setup test check lint types format lock samples clean

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8501
COMPARE_PORT ?= 7860
WORKERS ?= auto
BIN := .venv/bin
READY := .venv/ready
DEV := .venv/ready-dev

run: $(READY)
	@$(BIN)/python .ci/preflight.py port $(HOST) $(PORT)
	@$(BIN)/python -m core prepare
	@$(BIN)/python -m streamlit run app_streamlit/app.py --server.address $(HOST) --server.port $(PORT)

compare: $(READY)
	@$(BIN)/python .ci/preflight.py port $(HOST) $(COMPARE_PORT)
	@$(BIN)/python -m app_gradio --host $(HOST) --port $(COMPARE_PORT)

setup: $(READY)

test: $(DEV)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

check: lint types test

lint: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(DEV)
	$(BIN)/mypy

format: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(DEV)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --upgrade \
		pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --upgrade \
		--group dev -c requirements.txt -o tests/requirements.txt

samples: $(DEV)
	$(BIN)/python -m assets.samples.generate

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache

$(READY): requirements.txt
	@$(PYTHON) .ci/preflight.py setup
	@echo "Setting up .venv (once, about 6 GB) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@.ci/install requirements.txt
	@touch $@

$(DEV): $(READY) tests/requirements.txt
	@.ci/install tests/requirements.txt
	@touch $@

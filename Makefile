# Needs Python 3.11-3.13, make and a package index; everything else is installed into .venv.
PY ?= $(shell for p in python3.12 python3.13 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv; sys.exit(not ((3,11)<=sys.version_info[:2]<(3,14)))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin

.PHONY: install demo test test-long lint bench lock
install: .venv/.stamp

.venv/.stamp: requirements.lock pyproject.toml
	@test -n "$(PY)" || { echo "Comity needs Python 3.11, 3.12 or 3.13 with the venv module: install one and run make again."; exit 1; }
	@test -x $(BIN)/python || $(PY) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==0.13.9
	@$(BIN)/uv pip sync -q --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m flows.prefect_server --prepare
	@touch $@

demo: .venv/.stamp
	@COMITY_HOME=$${COMITY_HOME:-data/demo} $(BIN)/comity run --path sources/samples

test: .venv/.stamp
	@$(BIN)/python -m pytest -m "not long" -n auto --dist loadfile

test-long: .venv/.stamp
	@$(BIN)/python -m pytest -m long

lint: .venv/.stamp
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: .venv/.stamp
	@$(BIN)/python -m tests.bench

lock: .venv/.stamp
	@$(BIN)/uv pip compile requirements.in -o requirements.lock --universal --python-version 3.11 --generate-hashes \
	  --no-strip-extras --no-emit-index-url --no-emit-find-links --no-header --no-annotate -q

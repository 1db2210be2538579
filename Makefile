# make demo   set up and render a picture      make test   set up and run every check
PYTHON ?= python3
BIN := .venv/bin

# Tests run in one process more than there are cores, since they wait about as often as they compute; each has
# servers and folders of its own. PROCESSES=0 runs them in one, for a debugger.
PROCESSES ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')

# TORCH=cpu takes PyTorch's own small build instead of the registry's, which carries CUDA.
ifeq ($(TORCH),cpu)
TORCH_INSTALL := $(BIN)/pip install --quiet torch --index-url https://download.pytorch.org/whl/cpu
else
TORCH_INSTALL := true
endif

.PHONY: demo test lint bench clean

demo: $(BIN)/.installed
	$(BIN)/darkroom imagine "a red circle over the sea" --seed 7 --out pictures

test: $(BIN)/.installed-dev
	$(BIN)/python -m pytest -n $(PROCESSES) --maxprocesses 8 --dist worksteal

lint: $(BIN)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

bench: $(BIN)/.installed-dev
	$(BIN)/python -m tests.benchmarks.serving
	$(BIN)/python -m tests.benchmarks.chat

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Darkroom needs Python 3.11 or newer: make PYTHON=python3.11 ...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv

$(BIN)/.installed: pyproject.toml | $(BIN)/python
	$(TORCH_INSTALL)
	$(BIN)/pip install --quiet --editable .
	touch $@

$(BIN)/.installed-dev: pyproject.toml | $(BIN)/python
	$(TORCH_INSTALL)
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@ $(BIN)/.installed

clean:
	rm -rf .venv pictures

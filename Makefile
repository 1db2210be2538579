# make demo   set up and render a picture      make test   set up and run the tests, but for the slow ones
# make test-all   run every test               make lint   check style, types and imports
# make pins   have images built with the packages of this environment, on which all tests should pass
# make test-farm   run the tests of what is stored with Postgres and S3, where the others have a file and a folder
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

SCENE := a big red boat in the middle over the sea

.PHONY: demo test test-all test-farm lint bench pins clean

demo: $(BIN)/.installed
	@picture=$$($(BIN)/darkroom imagine "$(SCENE)" --seed 7 --best-of 4 --out pictures) \
	&& $(BIN)/darkroom upscale "$$picture" --factor 4 --out pictures
	@echo 'Open it, and go on with a picture of your own, in the words that the small model knows:'
	@echo '  $(BIN)/darkroom imagine "a purple tree on the left and a blue house on the right in the meadow"'

# Each process imports everything, and tests start many more, which shall not compile it all again where the
# machine is told to write no bytecode.
test test-all: export PYTHONDONTWRITEBYTECODE :=
test test-all: $(BIN)/.installed-dev
	$(BIN)/python -m pytest -n $(PROCESSES) --maxprocesses 8 --dist worksteal $(TESTS)

test: TESTS := -m "not slow"

test-farm: $(BIN)/.installed-dev
	$(BIN)/python -m pytest --farm tests/bot/delivery/test_upkeep.py \
		tests/bot/delivery/test_delivery.py::test_a_second_result_posts_nothing

lint: $(BIN)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

bench: $(BIN)/.installed-dev
	$(BIN)/python -m tests.benchmarks.serving
	$(BIN)/python -m tests.benchmarks.chat

pins: $(BIN)/.installed-dev
	$(BIN)/python -m tests.docker.pins > docker/constraints.txt

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

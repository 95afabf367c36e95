# Every target does its own set-up in $(VENV); the second run of one installs nothing.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# The original wrapper and its client, for test-interop alone; it runs on Python 3.10.
PYTHON_ORIGINAL ?= python3.10
VENV_ORIGINAL ?= .venv-seldon
# What the builder image is made from, and what makes it.
BASE_IMAGE ?= python:3.12-slim
ENGINE ?= docker
# Where bench-peers keeps an environment for each peer.
BENCH_DIR ?= .bench
# More for pytest, as in: make test ARGS="-k ports -x"
ARGS ?=

help:  ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-22s%s\n", $$1, $$2}'

demo: $(VENV)/.demo  ## Serve the digit model, ask it over REST and gRPC, test it (KEEP=1: let it run on)
	@$(BIN)/python examples/deepmnist/demo.py $(if $(KEEP),--keep)

test: $(VENV)/.dev  ## Run the fast test suite
	@$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.dev types layers  ## Check style, types and layers
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: $(VENV)/.dev  ## Check types
	@$(BIN)/mypy

layers: $(VENV)/.dev  ## Check which module imports which
	@$(BIN)/lint-imports --no-logo

format: $(VENV)/.dev  ## Format the code, and mend what ruff can mend
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench: $(VENV)/.dev  ## Run the benchmarks (some need wrk)
	@set -e; for file in tests/benchmarks/*.py; do echo "== $$file"; $(BIN)/python "$$file"; done

# 2 seconds each are in `make test`: 30 would make it four minutes longer. CI gives them here.
fuzz: $(VENV)/.dev  ## Change inputs of each codec at random for SECONDS (600 each), two at a time (SEED=7)
	@FUZZ_SECONDS=$(or $(SECONDS),600) FUZZ_SEED=$(or $(SEED),$$(date +%s)) $(BIN)/python -m pytest -n 2 -m fuzz $(ARGS)

bench-peers: $(VENV)/.dev  ## Compare with other model servers, each in an environment of its own (ARGS="--quick")
	@PYTHONPATH=tests $(BIN)/python -m benchmarks.peers --folder $(BENCH_DIR) $(ARGS)

soak: $(VENV)/.dev  ## Ask a service for 15 minutes while workers are killed (SECONDS=300 ARGS="--seed 1")
	@PYTHONPATH=tests $(BIN)/python -m soak --seconds $(or $(SECONDS),900) $(ARGS)

package: $(VENV)/.dev  ## Build sdist and wheel in dist/
	@rm -rf dist
	@$(BIN)/python -m build --outdir dist

builder: $(VENV)/.dev  ## Build the s2i builder and its runtime image from this tree (BASE_IMAGE=…, ENGINE=docker)
	@BASE_IMAGE=$(BASE_IMAGE) ENGINE=$(ENGINE) s2i/build $(BIN)/python

package-test: $(VENV)/.dev  ## Build sdist and wheel, install each in a clean environment, serve a model
	@$(BIN)/python -m pytest tests/packages $(ARGS)

test-interop: $(VENV)/.dev $(VENV_ORIGINAL)/.made  ## Test with the original: its client asks us, ours asks it
	@ORIGINAL=$(VENV_ORIGINAL) $(BIN)/python -m pytest tests/interop $(ARGS)

test-containers: $(VENV)/.dev  ## Build images on a Docker Engine of its own and test them; needs root
	@$(BIN)/python -m pytest tests/containers $(ARGS)

clean:  ## Remove the environment, caches and what was built
	@rm -rf $(VENV) $(VENV_ORIGINAL) $(BENCH_DIR) build dist wrapper/charter.egg-info .*_cache .hypothesis .benchmarks
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The extras are installed editable: what a target runs is always the source as it is now.
$(VENV)/.demo: pyproject.toml .ci/venv
	@echo "Installing Charter with Keras in $(VENV); once, a minute or two …"
	@.ci/venv $(PYTHON) $(VENV) keras,image
	@touch $@

$(VENV)/.dev: pyproject.toml .ci/venv
	@echo "Installing Charter for development in $(VENV); once, about a minute …"
	@.ci/venv $(PYTHON) $(VENV) dev
	@touch $@

$(VENV_ORIGINAL)/.made: .ci/original
	@echo "Installing the original Seldon Core in $(VENV_ORIGINAL); once, about a minute …"
	@.ci/original $(PYTHON_ORIGINAL) $(VENV_ORIGINAL)
	@touch $@

.PHONY: help builder demo test test-containers test-interop lint types layers format bench soak bench-peers fuzz package package-test clean

# Two commands: `make run` and `make test`. Both set up .venv by themselves.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready
export PATH := $(CURDIR)/$(BIN):$(PATH)

# Columns of "make experiments" that go: hashes, and of each size's scores all but these.
SHOWN := best_images|coverage|fd_[a-z0-9]+|new_places\.coverage
DROPPED := Created|(results|data|src|workflow)/|[0-9]+(x[0-9]+)?\.(?!($(SHOWN))$$)

.PHONY: help run test test-slow bench lint docs report experiments

help:
	@echo "make run           the whole pipeline on params.yaml, on the CPU"
	@echo "make test          the tests, in minutes"
	@echo "make test-slow     the tests that take longer"
	@echo "make bench         measurements, each against a named alternative"
	@echo "make lint          style, docstrings, types, layers, and the Snakefile by Snakemake's linter"
	@echo "make docs          write dvc.yaml, the diagram, the settings page and the pins anew"
	@echo "make report        Snakemake's own report, one file"
	@echo "make experiments   DVC experiments: the settings that differ and the scores to go by"

$(READY): requirements.lock workflow/dcgan
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python workflow/scripts/offline_plots.py
	ln -sf ../../workflow/dcgan $(BIN)/dcgan
	@touch $@

run: $(READY)
	snakemake --profile cpu

test: $(READY)
	python -m pytest

test-slow: $(READY)
	python -m pytest -m slow

bench: $(READY)
	python benchmarks/train_step.py
	python benchmarks/parzen.py
	python benchmarks/prepare.py

lint: $(READY)
	ruff check .
	ruff format --check .
	mypy
	PYTHONPATH=src lint-imports
	snakefmt --check Snakefile
	snakemake --profile cpu --lint

docs: $(READY)
	python docs/generate.py

report: $(READY)
	snakemake --profile cpu --report snakemake-report.html

experiments: $(READY)
	dvc exp show --no-pager --only-changed --precision 3 --drop '$(DROPPED)'

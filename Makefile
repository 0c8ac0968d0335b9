# Everything from a machine with git, make and Python 3.11: `make reproduce`, `make test`.

PYTHON ?= python3
VENV ?= .venv
# Where jobs run: a folder of profiles/, or one of your own. `make reproduce PROFILE=slurm`.
PROFILE ?=
# What to make: paper, search, studies, grids, explanations, scaling, or one study or grid.
EXPERIMENT ?= paper
# How many cores, if not all: `make reproduce CORES=1`.
CORES ?=
WITH := $(if $(CORES),-- --cores $(CORES))

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
export PATH := $(abspath $(VENV))/bin:$(PATH)
export PYTHONPATH := $(CURDIR)/src
ifneq ($(PROFILE),)
export SNAKEMAKE_PROFILE := $(if $(wildcard profiles/$(PROFILE)),$(PROFILE),$(abspath $(PROFILE)))
endif
ON_SLURM := $(shell grep -ls 'executor: slurm' \
  $(wildcard $(addsuffix /config.yaml,profiles/$(SNAKEMAKE_PROFILE) $(SNAKEMAKE_PROFILE))))
CHECKED := src workflow tests benchmarks

# What the environment was made of: the stamp says it by content, for dates change by themselves.
MADE_OF := $(shell { cat requirements.lock; sed -n '/^dependencies = \[/,/^\]/p' pyproject.toml; } | cksum | tr ' ' -)
WORKS := $(shell $(VENV)/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo yes)
READY := environment $(if $(ON_SLURM),$(VENV)/ready-slurm)

# A second run installs nothing; neither does one in a project that was moved or renamed.
.PHONY: environment
environment:
ifneq ($(WORKS) $(shell cat $(VENV)/ready 2>/dev/null),yes $(MADE_OF))
	@command -v $(PYTHON) >/dev/null || { echo 'error: there is no $(PYTHON); install Python 3.11 or newer, or say which: make PYTHON=python3.11' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; make PYTHON=python3.11")'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo 'error: $(PYTHON) has no venv; on Debian: apt install python3-venv' >&2; exit 1; }
	@if [ -L $(VENV) ] && [ ! -d $(VENV)/ ]; then echo 'error: $(VENV) is a link to no folder; delete it, or make the folder' >&2; exit 1; fi
	@if [ -z '$(WORKS)' ] && [ -f $(VENV)/pyvenv.cfg ]; then echo 'the environment in $(VENV) does not work and is made anew' >&2; rm -rf $(VENV)/*; fi
	@[ -n '$(WORKS)' ] || $(PYTHON) -m venv $(VENV)
	python -m pip install --quiet -r requirements.lock
	python -m pip install --quiet --no-deps --editable .
	@echo '$(MADE_OF)' > $(VENV)/ready
endif

# A profile of its own needs a plugin, which would slow every other run's start.
$(VENV)/ready-slurm: requirements-slurm.lock | environment
	python -m pip install --quiet --no-deps -r requirements-slurm.lock
	@touch $@

.PHONY: reproduce
reproduce: $(READY)  ## data, training, tables and figures of the paper (runs only what changed)
	@python workflow/run.py --dvc $(EXPERIMENT) $(WITH)

.PHONY: search
search: $(READY)  ## the hyperparameter search and its table
	@python workflow/run.py --dvc search $(WITH)

.PHONY: smoke
smoke: $(READY)  ## the whole workflow on tiny settings, in .smoke
	@python workflow/smoke.py params.yaml .smoke/params.yaml
	@SNAKEMAKE_PROFILE=$(or $(SNAKEMAKE_PROFILE),smoke) COUPLED_VAE_CHUNK=$(or $(COUPLED_VAE_CHUNK),4) \
	  python workflow/run.py --directory .smoke paper search studies grids explanations scaling

.PHONY: test
test: lint  ## lint, types, unit and workflow tests
	@python -m pytest --ignore tests/slurm --numprocesses 2 --dist worksteal

.PHONY: slurm-test
slurm-test: $(VENV)/ready-slurm  ## the workflow on a real SLURM, installed if missing (Debian, root or sudo)
	@tests/slurm/install.sh
	@python -m pytest -rs tests/slurm --numprocesses 3 --dist loadfile

.PHONY: lint
lint: $(READY)  ## ruff, mypy, snakefmt
	@python -m ruff check $(CHECKED)
	@python -m ruff format --check $(CHECKED)
	@python -m snakefmt --check Snakefile workflow
	@python -m mypy

.PHONY: format
format: $(READY)  ## bring the code into the project's form
	@python -m ruff check --fix $(CHECKED)
	@python -m ruff format $(CHECKED)
	@python -m snakefmt Snakefile workflow

.PHONY: prune
prune: $(READY)  ## delete results of cells that params.yaml no longer names
	@python workflow/prune.py

.PHONY: push
push: $(READY)  ## send data, runs and provenance to the DVC remote (dvc remote add -d NAME URL)
	@python -m dvc push

.PHONY: pull
pull: $(READY)  ## fetch them instead of training
	@python -m dvc pull

.PHONY: lock
lock: $(READY)  ## compile requirements.lock from pyproject.toml
	pip-compile --quiet --upgrade --extra dev --strip-extras --no-header --no-annotate \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	  --output-file requirements.lock pyproject.toml
	sed -i.bak 's/^\(torch==[0-9.]*\)+.*/\1/; /^#/d; /^$$/d' requirements.lock && rm requirements.lock.bak

.PHONY: timings
timings: $(READY)  ## what training took in the runs of this folder, as docs/timings.md
	@python workflow/timings.py

.PHONY: clean
clean:  ## delete the environment, caches, logs and the smoke run; results stay
	rm -rf $(VENV) .smoke logs .mypy_cache .ruff_cache .pytest_cache .hypothesis

.PHONY: help
help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*##/\1 #/p' $(MAKEFILE_LIST) | while IFS='#' read -r name text; do \
	  printf '  make %-10s %s\n' "$$name" "$$text"; done
	@printf '%s\n' '' 'Variables:' \
	  '  EXPERIMENT=priors   what reproduce makes: paper, search, studies, grids, one of them, ...' \
	  '  CORES=1             cores of this machine; all if not given' \
	  '  PROFILE=slurm       where jobs run: a folder of profiles/, or one of your own' \
	  '  PYTHON, VENV        the Python to install with; the folder of the environment' \
	  '  COUPLED_VAE_DATA_DIR=FOLDER           where the files of MNIST are' \
	  '  COUPLED_VAE_OFFLINE=1                 nothing is fetched' \
	  '  COUPLED_VAE_DEVICE=auto|cpu|cuda      where models are trained' \
	  '  COUPLED_VAE_CHUNK=4                   cells that one process trains in turn' \
	  '  COUPLED_VAE_CHECKPOINT_SECONDS=15     between two checkpoints' \
	  '  COUPLED_VAE_POLL_SECONDS=15           between two questions to SLURM'

# Everything from a machine with git, make and Python 3.11: `make reproduce`, `make test`.

PYTHON ?= python3
VENV ?= .venv
# Where jobs run: a folder of profiles/, or one of your own. `make reproduce PROFILE=slurm`.
PROFILE ?=
# What to make: paper, search, studies, grids, explanations, scaling, or one study, grid or round of the
# search (trials, finals, chosen).
EXPERIMENT ?= paper
# What `make verify` compares with: a folder of results or a commit, HEAD if not given.
# What `make restore` takes results from: a folder, an archive, its address, a DVC remote.
FROM ?=
# Where `make archive` writes; archive/coupled-vae-COMMIT.zip if not given.
OUT ?=
# How many cores, if not all: `make reproduce CORES=1`.
CORES ?=
# What `make bench` measures, if not all: `make bench BENCH="--only fixed_rounds distances"`.
BENCH ?=
# A parameter file beside the paper's: `make reproduce PARAMS=my.yaml`. It works in the folder `my`.
PARAMS ?=
OWN := $(if $(PARAMS),--params "$(PARAMS)" $(if $(filter file default,$(origin EXPERIMENT)),,$(EXPERIMENT)))
WITH := $(if $(CORES),-- --cores $(CORES))

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Not abspath, which splits a path at its spaces.
ENV := $(if $(filter /%,$(firstword $(VENV))),$(VENV),$(CURDIR)/$(VENV))
export PATH := $(ENV)/bin:$(PATH)
export PYTHONPATH := $(CURDIR)/src
unexport PYTHONHOME
ifneq ($(PROFILE),)
export SNAKEMAKE_PROFILE := $(if $(wildcard profiles/$(PROFILE)),$(PROFILE),$(abspath $(PROFILE)))
endif
# What only some need stands in requirements-NAME.lock; an executor's plugin in that of its name.
EXTRAS := $(patsubst requirements-%.lock,%,$(wildcard requirements-*.lock))
EXECUTOR := $(shell sed -n 's/^executor: *\([a-z-]*\).*/\1/p' /dev/null \
  $(wildcard $(addsuffix /config.yaml,profiles/$(SNAKEMAKE_PROFILE) $(SNAKEMAKE_PROFILE))))
READY := $(firstword $(addprefix environment-,$(filter $(EXTRAS),$(EXECUTOR))) environment)
CHECKED := src tests benchmarks docs

# What an environment needs stands in src/coupled_vae/run/environment.py. Its own Python asks, where it works:
# PYTHON is only needed to make one.
USABLE := import sys, pip; sys.exit(sys.version_info < (3, 11))
ENSURE = python="$(ENV)/bin/python"; "$$python" -c '$(USABLE)' 2>/dev/null || { \
  command -v $(PYTHON) >/dev/null || { echo 'error: there is no $(PYTHON); install Python 3.11 or newer (Debian: apt install python3 python3-venv), or say which: make PYTHON=python3.11' >&2; exit 1; }; \
  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; install one, or say which: make PYTHON=python3.11")'; \
  python=; }; \
  "$${python:-$(PYTHON)}" -m coupled_vae.run.environment "$(ENV)"

# A second run installs nothing; neither does one in a project that was moved or renamed.
.PHONY: environment
environment:
	@$(ENSURE) requirements.lock

# What only some need: the plugin of a profile, which would slow every other run's start, the packages
# of the site, and the library that writes an archive's metadata.
.PHONY: $(EXTRAS:%=environment-%)
$(EXTRAS:%=environment-%): environment-%:
	@$(ENSURE) requirements.lock requirements-$*.lock

.PHONY: environment-extras
environment-extras:
	@$(ENSURE) requirements.lock $(EXTRAS:%=requirements-%.lock)

.PHONY: reproduce
reproduce: $(READY)  ## data, training, tables and figures of the paper (runs only what changed)
	@python -m coupled_vae.run $(or $(OWN),--dvc $(EXPERIMENT)) $(WITH)

.PHONY: report
report: $(READY)  ## the paper's report in one file, results/report.html, and what it needs
	@python -m coupled_vae.run results/report.html $(WITH)

.PHONY: search
search: $(READY)  ## the hyperparameter search, its tables, and what is then to stand in params.yaml
	@python -m coupled_vae.run --dvc search $(WITH)
	@python -m coupled_vae.run.decided

.PHONY: smoke
smoke: $(READY)  ## the whole workflow on tiny settings, in .smoke
	@$(if $(PARAMS),,python -m coupled_vae.run.smoke params.yaml .smoke/params.yaml)
	@SNAKEMAKE_PROFILE=$(or $(SNAKEMAKE_PROFILE),smoke) COUPLED_VAE_CHUNK=$(or $(COUPLED_VAE_CHUNK),4) \
	  python -m coupled_vae.run \
	  $(if $(OWN),--small $(OWN),--directory .smoke paper search studies grids explanations scaling)

.PHONY: verify
verify: export FROM := $(or $(FROM),HEAD)
verify: $(READY)  ## compare the results with the committed ones, or with FROM=FOLDER or FROM=COMMIT
	@python -m coupled_vae.run.verify -- "$$FROM"

.PHONY: archive
archive: export OUT := $(OUT)
archive: environment-archive  ## code, data, weights and results in one zip (RO-Crate, for Zenodo); or OUT=FILE
	@python -m coupled_vae.run.archive --out "$$OUT" -- $(if $(filter file default,$(origin EXPERIMENT)),,$(EXPERIMENT))

.PHONY: restore
restore: export FROM := $(FROM)
restore: $(READY)  ## take results instead of training: FROM=FOLDER, ARCHIVE.zip, its address or a DVC remote
	@python -m coupled_vae.run.restore -- "$$FROM"

.PHONY: test
test: lint  ## lint, types, unit and workflow tests
	@python -m pytest --ignore tests/slurm --numprocesses 2 --dist worksteal

.PHONY: slurm-test
slurm-test: environment-extras  ## the workflow on a real SLURM, installed if missing (Debian, root or sudo)
	@tests/slurm/install.sh
	@python -m pytest -rs tests/slurm --numprocesses 3 --dist loadfile

.PHONY: lint
lint: $(READY)  ## ruff, mypy, import-linter, snakefmt
	@python -m ruff check $(CHECKED)
	@python -m ruff format --check $(CHECKED)
	@python -m snakefmt --check Snakefile workflow
	@python -m mypy
	@lint-imports --no-logo --cache-dir .mypy_cache/imports

.PHONY: format
format: $(READY)  ## bring the code into the project's form
	@python -m ruff check --fix $(CHECKED)
	@python -m ruff format $(CHECKED)
	@python -m snakefmt Snakefile workflow

.PHONY: prune
prune: $(READY)  ## delete results of cells that params.yaml no longer names (asks)
	@python -m coupled_vae.run.prune

.PHONY: unlock
unlock: $(READY)  ## release the locks that a killed snakemake left (asks)
	@python -m coupled_vae.run.unlock

.PHONY: docs
docs: environment-docs  ## the documentation site, in the folder site; it can be read from the disk
	@NO_MKDOCS_2_WARNING=1 python -m mkdocs --quiet build --strict
	@echo 'site/index.html' >&2

.PHONY: push
push: $(READY)  ## send data, runs and provenance to the DVC remote (dvc remote add -d NAME URL)
	@python -m coupled_vae.run.dvc_ready push

.PHONY: pull
pull: $(READY)  ## fetch them instead of training
	@python -m coupled_vae.run.dvc_ready pull

.PHONY: lock
lock: $(READY)  ## compile the lock files of pipeline and site from pyproject.toml
	python -m piptools compile --quiet --upgrade --extra pipeline --extra dev --strip-extras --no-header --no-annotate \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	  --output-file requirements.lock pyproject.toml
	sed -i.bak 's/^\(torch==[0-9.]*\)+.*/\1/; /^#/d; /^$$/d' requirements.lock && rm requirements.lock.bak
	@# What the site needs beside these, in versions that go with them.
	python -m piptools compile --quiet --upgrade --extra docs --constraint requirements.lock --strip-extras --no-header \
	  --no-annotate --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	  --output-file requirements-docs.lock pyproject.toml
	sed -i.bak 's/^\(torch==[0-9.]*\)+.*/\1/; /^#/d; /^$$/d' requirements-docs.lock && rm requirements-docs.lock.bak
	(echo '# Beside requirements.lock; make lock writes both.'; grep -vxFf requirements.lock requirements-docs.lock) \
	  > requirements-docs.lock.new && mv requirements-docs.lock.new requirements-docs.lock

.PHONY: torture
torture: $(READY)  ## kill, damage and starve small runs; writes docs/reliability.md (twenty minutes)
	@python benchmarks/torture

.PHONY: timings
timings: $(READY)  ## what training took in the runs of this folder, as docs/timings.md
	@python -m coupled_vae.run.timings

# In an environment of its own, for other packages must not change what the results are made with.
.PHONY: bench
bench: ENV := $(CURDIR)/.venv-bench
bench:  ## speed beside other packages, as docs/performance.md; takes ten minutes on a quiet machine
	@$(ENSURE) requirements.lock benchmarks/requirements.txt
	@PYTHONPATH="$(CURDIR)/benchmarks:$(CURDIR)/src" "$(ENV)/bin/python" -m speed $(BENCH)

.PHONY: clean
clean:  ## delete the environment, caches, logs, the site and the smoke run; results stay
	@if [ -L "$(ENV)" ]; then rm "$(ENV)"; elif [ -f "$(ENV)/pyvenv.cfg" ]; then rm -rf "$(ENV)"; \
	  elif [ -e "$(ENV)" ]; then echo '$(VENV) is no environment and stays' >&2; fi
	rm -rf .smoke logs site .mypy_cache .ruff_cache .pytest_cache .hypothesis

.PHONY: help
help:  ## this list
	@# In a shell below the recipe's: one that nobody reads, as with | head, is no failure.
	@(sed -n 's/^\([a-z-]*\):.*##/\1 #/p' $(MAKEFILE_LIST) | while IFS='#' read -r name text; do \
	  printf '  make %-10s %s\n' "$$name" "$$text"; done; \
	printf '%s\n' '' 'Variables:' \
	  '  EXPERIMENT=priors   what reproduce makes: paper, search, studies, grids, one of them, ...' \
	  '  PARAMS=my.yaml      parameters of your own, which extend params.yaml; see docs/own-data.md' \
	  '  FROM=FOLDER         what verify compares with: a folder of results, or a commit' \
	  '                      what restore takes: a folder, an archive, its address, a DVC remote' \
	  '  OUT=FILE            where the archive is written' \
	  '  FORCE=1             prune and unlock do not ask; archive takes incomplete results' \
	  '  CORES=1             cores of this machine; all if not given' \
	  '  BENCH="--only NAME" which contests bench measures; BENCH=--help lists them' \
	  '  PROFILE=slurm       where jobs run: a folder of profiles/, or one of your own' \
	  '  PYTHON, VENV        the Python to install with; the folder of the environment' \
	  '  COUPLED_VAE_DATA_DIR=FOLDER           where the files of MNIST are' \
	  '  COUPLED_VAE_OFFLINE=1                 nothing is fetched' \
	  '  COUPLED_VAE_DEVICE=auto|cpu|cuda      where models are trained' \
	  '  COUPLED_VAE_CHUNK=4                   cells that one process trains in turn' \
	  '  COUPLED_VAE_CHECKPOINT_SECONDS=15     between two checkpoints' \
	  '  COUPLED_VAE_POLL_SECONDS=15           between two questions to SLURM' \
	  '  COUPLED_VAE_SCHEDULER=pbs             of profiles/cluster: slurm, pbs, lsf, sge or htcondor') 2>/dev/null || [ $$? -eq 141 ]

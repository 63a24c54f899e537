# `make demo` and `make test` set up everything that they need, on a machine that has Python 3.11 or
# newer with venv and pip, and make. Extra arguments go into ARGS: make demo ARGS="--once --port 9000".

.PHONY: demo test simulation sensitivity gates sweep baseline check bench words eval clean
.DEFAULT_GOAL := demo

ARGS ?=
SCHEDULES ?= 10000
BENCH ?= build render send memory webhooks
POINTS ?= 2000
EVAL ?= ../shared/eval
SPECS ?= ../shared/specs
TOOLS ?= ../shared/tools
WEBHOOKS ?= ../shared/webhooks
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --no-input --disable-pip-version-check

# An environment whose Python is gone (an upgrade of the system) is made anew.
$(shell test -x $(BIN)/python || rm -f $(VENV)/.runtime $(VENV)/.dev)

demo: $(VENV)/.runtime
	@$(BIN)/python -m digest demo $(ARGS)

test: $(VENV)/.dev
	@$(BIN)/python tests/provide_browser.py
	@$(BIN)/python -m pytest --numprocesses auto -m "not installed and not matrix" $(ARGS)

# Sending under faults of every kind, by 10,000 seeds for each policy (docs/guarantees.md). A million:
# make simulation SCHEDULES=333334.
simulation: $(VENV)/.dev
	@$(BIN)/python -m tests.simulation --schedules $(SCHEDULES) $(ARGS)

# The same with each planted defect, until it is caught or 5,000 seeds are over.
sensitivity: $(VENV)/.dev
	@$(BIN)/python -m tests.simulation --sensitivity $(ARGS)

# What `make test` leaves out: every e-mail with every sample, in every language and variation (docs/gates.md).
gates: $(VENV)/.dev node_modules/.installed
	@$(BIN)/python tests/provide_browser.py
	@$(BIN)/python -m pytest --numprocesses auto -m matrix tests/templates $(ARGS)

# Kills sends at POINTS points on each engine, and lets every fifth system call fail (docs/durability.md).
sweep: $(VENV)/.dev
	@durability() { $(BIN)/python tests/durability/sweep.py --engine $$1 --points $(POINTS) && \
		$(BIN)/python tests/durability/faults.py --engine $$1 --every 5; }; \
	durability sqlite & file=$$!; durability postgres; served=$$?; wait $$file && exit $$served

# After a change of the look that somebody has looked at.
baseline: $(VENV)/.dev
	@$(BIN)/python tests/provide_browser.py
	@$(BIN)/python tests/baseline.py

check: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

# One of them: make bench BENCH=send ARGS="--readers 1000000".
bench: $(VENV)/.dev
	@for name in $(BENCH); do echo "== $$name" && $(BIN)/python "benchmarks/$$name.py" $(ARGS) || exit 1; done

# After a change to what an e-mail says: the catalogs of templates/locales get the new messages, to be translated.
words: $(VENV)/.dev
	@$(BIN)/python tools/words.py

# Judges the providers by their vendors' specifications, and the writing room by texts; neither is part of this
# repository, and each says so when it is not there.
eval: $(VENV)/.dev
	@$(BIN)/python benchmarks/vendor_specs.py --data "$(SPECS)"
	@$(BIN)/python benchmarks/vendor_servers.py --data "$(SPECS)" --tools "$(TOOLS)"
	@$(BIN)/python benchmarks/vendor_webhooks.py --data "$(WEBHOOKS)"
	@$(BIN)/python benchmarks/evaluate.py --data "$(EVAL)" $(ARGS)

clean:
	rm -rf $(VENV) build dist

$(VENV)/.runtime: pyproject.toml constraints.txt
	$(call install,.)
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	$(call install,.[dev])
	@touch $(VENV)/.runtime $@

node_modules/.installed: package.json .npmrc
	@command -v npm >/dev/null || { echo 'node and npm are needed; on Debian and Ubuntu: apt-get install nodejs npm' >&2; exit 1; }
	@npm install --silent
	@touch $@

# The build backend is installed first, at its pinned version, so that nothing unpinned is fetched to build with.
# Bytecode is written here because machines that set PYTHONDONTWRITEBYTECODE would compile at every start.
define install
@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo 'Python 3.11 or newer is needed and was not found; name one with PYTHON=/path/to/python3' >&2; exit 1; }
@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || \
	{ echo '$(PYTHON) lacks venv or ensurepip; on Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
@echo 'Installing into $(VENV); this takes a minute, once.' >&2
@$(BIN)/python -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear $(VENV)
@$(PIP) install --constraint constraints.txt hatchling editables
@$(PIP) install --constraint constraints.txt --no-build-isolation --editable '$(1)'
@$(BIN)/python -m compileall -q digest subscribers
endef

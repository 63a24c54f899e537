# `make demo` and `make test` set up everything that they need, on a machine that has Python 3.11 or
# newer with venv and pip, and make. Extra arguments go into ARGS: make demo ARGS="--once --port 9000".

.PHONY: demo test check bench eval clean
.DEFAULT_GOAL := demo

ARGS ?=
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
	@$(BIN)/python -m pytest --numprocesses auto -m "not installed" $(ARGS)

check: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: $(VENV)/.dev
	@for script in benchmarks/*.py; do $(BIN)/python "$$script" $(ARGS) || exit 1; done

# Reads every text of EVAL/quotes/dev.jsonl and EVAL/takes/dev.jsonl and has the score.py beside it judge the result.
eval: $(VENV)/.runtime
	@test -d "$(EVAL)" || { echo 'make eval needs EVAL=FOLDER with quotes/ and takes/, each with dev.jsonl and score.py' >&2; exit 2; }
	@mkdir -p var/eval
	@for task in quotes takes; do \
		$(BIN)/python -m digest story --jsonl < "$(EVAL)/$$task/dev.jsonl" > "var/eval/$$task.jsonl" && \
		$(BIN)/python "$(EVAL)/$$task/score.py" "$(EVAL)/$$task/dev.jsonl" "var/eval/$$task.jsonl" $(ARGS) || exit 1; done

clean:
	rm -rf $(VENV) build dist

$(VENV)/.runtime: pyproject.toml constraints.txt
	$(call install,.)
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	$(call install,.[dev])
	@touch $(VENV)/.runtime $@

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

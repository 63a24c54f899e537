# Two commands set everything up: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: demo test eval bench check clean

demo: $(VENV)/.installed
	@$(BIN)/digest demo $(ARGS)

clean:
	rm -rf $(VENV) var dist build

# `make` alone lists what one can do.
SHELL := /bin/bash
# Debian's own Python where there is one: it is what a store's till runs, and readable by every account.
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
VENV ?= .venv
export PYTHON VENV
BIN := $(VENV)/bin
CODE := vocabulary protocols broker privileged probes agent console headoffice simulators tests benchmarks tools

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

.PHONY: demo
demo: ## the whole product against a simulated shop counter, in about a minute
	@tools/prepare demo
	@$(BIN)/python -m console demo

.PHONY: demo-stay
demo-stay: ## the same, and keep head office's page open
	@tools/prepare demo
	@$(BIN)/python -m console demo --stay

# Most of the suite waits: more processes than processors. A file stays in one process, its browser is set up once.
# What talks with a printer as fast as a serial line, or with a database within its deadline, comes by itself, and so
# does the network lab: each of its four processes has a network of its own.
TIMED := tests/test_quiet_hour.py tests/test_soak.py tests/test_drill.py tests/console/test_demo.py \
	tests/console/test_stories.py tests/console/test_printer.py tests/console/test_slip.py tests/agent/slip \
	tests/agent/watching tests/broker tests/probes/receipt_printer tests/probes/settlement tests/protocols/pos_database
BY_FILE := --dist loadfile --no-loadscope-reorder

.PHONY: test
test: ## everything: installs what the tests need, then runs them all
	@tools/prepare test
	@$(BIN)/python -m pytest -n 4 $(BY_FILE) --ignore=tests/lab $(TIMED:%=--ignore=%) $(PYTEST)
	@$(BIN)/python -m pytest -n 2 $(BY_FILE) $(TIMED) $(PYTEST)
	@$(BIN)/python -m pytest -n 4 --dist worksteal tests/lab $(PYTEST)

# The pure middle and the rules of the house; what starts processes is for `make test`.
FAST_TESTS := tests/test_architecture.py tests/vocabulary tests/console/test_formats.py \
	$(addprefix tests/agent/test_,$(addsuffix .py,diagnosis tracker schedule)) tests/agent/sending/test_retry.py \
	tests/agent/settings/test_settings.py tests/agent/outbox/test_outbox.py \
	tests/agent/slip/test_slips.py tests/agent/slip/test_qr.py

.PHONY: check
check: lint ## format, lint, types and the fast tests, in under a minute
	@$(BIN)/python -m pytest -q -m "not slow" $(FAST_TESTS)

.PHONY: lint
lint: ## format, lint and types
	@tools/prepare test
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/mypy

.PHONY: format
format: ## rewrite the code in the house's format
	@$(BIN)/ruff format -q .
	@$(BIN)/ruff check -q --fix .

.PHONY: texts
texts: ## compile the Chinese texts, write the condition pages, the OpenAPI file and the schema of reports
	@$(BIN)/python tools/compile_texts.py
	@$(BIN)/python tools/write_condition_pages.py
	@$(BIN)/python -m headoffice.contract > docs/openapi.json
	@$(BIN)/python tools/write_report_schema.py

.PHONY: faults
faults: ## as root: make every fault in the lab, write docs/faults.md from what is seen
	@$(BIN)/python tools/write_fault_table.py

.PHONY: slips
slips: ## draw the slip pictures of docs/slips
	@$(BIN)/python tools/write_slip_pictures.py

.PHONY: install
install: ## on this device, as root: beside what runs, then switch; again to renew
	@tools/install

.PHONY: uninstall
uninstall: ## from this device, as root; settings and unsent reports stay
	@tools/install --remove

.PHONY: bench
bench: ## speed and memory beside node_exporter and blackbox_exporter, as ratios of one run
	@tools/prepare bench
	@$(BIN)/python benchmarks/all.py

.PHONY: soak
soak: ## ten hours of a till in 30 minutes: nothing may grow
	@tools/prepare test
	@$(BIN)/python -m benchmarks.soak $(MINUTES)

.PHONY: power-cuts
power-cuts: ## as root: twenty power cuts on a file system of its own, in about a minute
	@tools/prepare test
	@$(BIN)/python -m tests.faults.power_cuts 20

.PHONY: machine-cuts
machine-cuts: ## as root: power cuts of a virtual machine with the outbox at work in it, and jumps of its clock
	@tools/prepare machine
	@$(BIN)/python -m tests.faults.machine_cuts 5

.PHONY: kills
kills: ## a thousand random kills of a daemon at work, in about a quarter of an hour
	@tools/prepare test
	@$(BIN)/python -m tests.faults.random_kills 1000

.PHONY: lock
lock: ## renew the lock files from pyproject.toml
	@tools/lock

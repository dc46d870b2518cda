# The commands of this project. Each sets up what it needs: all that has to be there is Python 3.10+ and make.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.DEFAULT_GOAL := help
.PHONY: help demo test lint generate format typecheck types servers matrix corners sabotage versions reliability errors soak bench constraints clean

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(READY) ## send an image and a PDF to a server on this machine and watch the answers come back
	$(BIN)/python examples/quickstart.py

test: $(READY) ## run every test
	$(BIN)/pytest --numprocesses=auto

generate: $(READY) ## write what is generated: the blocking twins, the classes of with_raw_response, the stubs
	cd tools && ../$(BIN)/python -m generate

lint: $(READY) ## look for lint and formatting problems, and for generated files that are out of date
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	cd tools && ../$(BIN)/python -m generate --check

format: $(READY) ## tidy the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

typecheck: $(READY) ## check the types of the source, then those of its users as they see the installed package
	$(BIN)/mypy vlmrun tools benchmarks conftest.py noxfile.py
	cd tests && ../$(BIN)/mypy --config-file ../mypy.ini . ../examples
	$(BIN)/pyright
	$(BIN)/pyright --project tests

types: $(READY) ## run five type checkers on the wheel, for the oldest and the newest openai and one between
	$(BIN)/nox --session types

servers: $(READY) ## compare what five language servers show of the accessors and of plain openai
	$(BIN)/nox --session language_servers

matrix: $(READY) ## run the tests and the type checkers on the wheel, for every Python here and every kind of openai
	$(BIN)/nox --session matrix lowest matrix_types

corners: $(READY) ## run the tests on the wheel for the corners of that matrix
	$(BIN)/nox --session corners

sabotage: $(READY) ## break the package in small ways and see that some gate turns red each time
	$(BIN)/nox --session sabotage

versions: $(READY) ## write docs/openai-versions.md anew
	$(BIN)/python tools/openai_versions.py

reliability: $(READY) ## write docs/reliability.md anew
	$(BIN)/python tools/reliability.py

errors: $(READY) ## write docs/errors.md anew
	$(BIN)/python tools/errors.py

# One arena and no keeping of large blocks, so that what is measured is what is used and not how malloc shelves it.
soak: $(READY) ## make 100,000 calls under random faults, account for each, and see that nothing grows
	MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=65536 $(BIN)/python tools/soak.py

bench: $(READY) ## measure this package beside a bare OpenAI client and the official SDK: writes benchmarks/RESULTS.md anew
	$(BIN)/python -m benchmarks $(BENCH)

constraints: $(READY) ## bring the pinned development tools up to date
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.10 --all-extras --group dev \
		--no-header --no-annotate pyproject.toml --output-file constraints.txt

clean: ## remove everything that these commands made
	rm -rf .venv .nox build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[all]' --group dev
	@touch $@

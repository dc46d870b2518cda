# The commands of this project. They require Python 3.10+ and make; each installs what else it needs into .venv.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
DOCS := .venv/docs

# The tests start a thousand Pythons: none compiles again what another has compiled, whatever the environment says.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: pages help demo test lint generate format typecheck mypy pyright types servers openai ecosystem engines matrix corners sabotage versions reliability errors docs docs-serve docs-browser notebooks drawings soak bench corpora constraints clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(READY) ## send an image and a PDF to a local server and watch the answers stream back (UPSTREAM=URL MODEL=NAME: a real model)
	$(BIN)/python examples/quickstart.py

test: $(READY) ## run every test
	$(BIN)/pytest --numprocesses=auto --dist=worksteal

generate: $(READY) ## regenerate the blocking twins, the classes of with_raw_response, the stubs and docs/cli.md
	cd tools && ../$(BIN)/python -m generate

lint: $(READY) ## report lint and formatting problems, and generated files that are out of date
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	cd tools && ../$(BIN)/python -m generate --check

format: $(READY) ## fix lint and formatting problems
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

typecheck: mypy pyright ## run mypy --strict and pyright on the source, then on tests and examples against the installed package

mypy: $(READY)
	$(BIN)/mypy vlmrun tools benchmarks conftest.py noxfile.py
	cd tests && ../$(BIN)/mypy --config-file ../mypy.ini . ../examples

pyright: $(READY)
	$(BIN)/pyright
	$(BIN)/pyright --project tests
	$(BIN)/pyright --project examples/typed_app --pythonpath $(BIN)/python
	$(BIN)/pyright --project examples/testing --pythonpath $(BIN)/python

types: $(READY) ## run five type checkers on the wheel, with three versions of openai
	$(BIN)/nox --session types

servers: $(READY) ## compare what five language servers show for the accessors and for plain OpenAI
	$(BIN)/nox --session language_servers

openai: $(READY) ## run OpenAI's own chat tests with OpenAI's client and with ours, and compare
	$(BIN)/nox --session openai_tests

ecosystem: $(READY) ## run libraries built on OpenAI's clients (instructor, LangChain, ...) on ours
	$(BIN)/nox --session ecosystem

engines: $(READY) ## run the programs of examples/bulk on Ray Data and Daft, and kill their processes (five minutes)
	$(BIN)/nox --session engines

matrix: $(READY) ## test and type-check the wheel with every installed Python and every supported openai
	$(BIN)/nox --session matrix lowest matrix_types ecosystem_types engines

corners: $(READY) ## test the wheel with the oldest and newest combinations of Python and openai
	$(BIN)/nox --session corners

sabotage: $(READY) ## introduce small defects and show that at least one check fails for each
	$(BIN)/nox --session sabotage

versions: $(READY) ## regenerate docs/openai-versions.md
	$(BIN)/python tools/openai_versions.py

reliability: $(READY) ## regenerate docs/reliability.md
	$(BIN)/python tools/reliability.py

pictures: $(READY) ## redraw docs/images
	$(BIN)/python examples/grounding.py docs/images/grounding.png
	$(BIN)/python tools/batch_pictures.py
	$(BIN)/python tools/transcript.py docs/images

drawings: $(READY) ## redraw docs/images/how-*.svg
	$(BIN)/python tools/pages/drawings.py

errors: $(READY) ## regenerate docs/errors.md
	$(BIN)/python tools/errors.py

pages: versions reliability errors pictures drawings generate notebooks ## regenerate every generated page, drawing and notebook of the documentation

docs: $(DOCS) ## build the documentation site in build/site; a broken link or a public name without a reference fails
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	$(BIN)/python tools/pages/check.py
	cd tools && ../$(BIN)/python -m pages.notebooks --check

notebooks: $(DOCS) ## run examples/notebooks on a local server; regenerate their outputs and docs/notebooks
	cd tools && ../$(BIN)/python -m pages.notebooks

docs-browser: docs ## look at the site in headless Chromium (Debian: apt install chromium chromium-driver)
	$(BIN)/nox --session docs_browser

docs-serve: $(DOCS) ## show the documentation site while you write, at http://127.0.0.1:8000
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve --watch vlmrun

# One arena and no caching of large blocks, so that the measurement shows memory in use, not what malloc keeps.
soak: $(READY) ## make 100,000 calls under random faults, account for each, and check for leaks
	MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=65536 $(BIN)/python tools/soak.py

bench: $(READY) ## compare speed with a bare OpenAI client and the official SDK; regenerate benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks $(BENCH)

corpora: $(READY) ## pass each file of FOLDER to every function that takes files, and compare media types with libmagic
	$(BIN)/python tools/try_files.py $(FOLDER)

constraints: $(READY) ## update the pinned development tools
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.10 --extra all \
		--group dev --group docs --group browser \
		--no-header --no-annotate pyproject.toml --output-file constraints.txt
	for library in tools/ecosystem/*.in; do \
		$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.12 --extra openai --extra local \
			--no-header --no-annotate $$library tools/ecosystem/tools.in pyproject.toml \
			--output-file $${library%.in}.txt || exit 1; done
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --extra openai --extra local --group test \
		--no-header --no-annotate tools/engines.in pyproject.toml --output-file tools/engines.txt

clean: ## remove everything that these commands created
	rm -rf .venv .nox build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is required: make PYTHON=python3.12 ...")'
	@echo "Setting up .venv (once; it takes a minute): creating the environment ..."
	@$(PYTHON) -m venv .venv
	@echo "... installing uv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	@echo "... installing vlmrun, its extras and the development tools ..."
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[all]' --group dev
	@echo "... done."
	@touch $@

$(DOCS): $(READY)
	@echo "Installing what the documentation site needs (once) ..."
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable . --group docs
	@touch $@

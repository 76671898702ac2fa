# Everything a newcomer needs: `make demo` runs the main job, `make test` runs the tests. Both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup demo test lint format types clean lock docs bench soak fuzz audit sbom licences

setup: $(STAMP)

$(STAMP): requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	$(BIN)/python -m dragoman.coding.gazetteer
	@touch $(STAMP)

demo: setup
	$(BIN)/dragoman demo

test: lint types
	$(BIN)/python -m pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup
	$(BIN)/python -m dragoman.dictionary

# Twenty minutes of coding with kills at random moments; the bytes must be those of a run without.
soak: setup
	$(BIN)/python benchmarks/soak.py

# Mutated reports by the thousand: none may crash the coder or give a record whose spans, dates or codes are wrong.
fuzz: setup
	$(BIN)/python benchmarks/fuzz.py

# The race against the peers: make bench NEWS=news.jsonl GOLD=articles.jsonl
bench: setup
	$(BIN)/python benchmarks/race.py $(NEWS) $(if $(GOLD),--gold $(GOLD))

# Known holes in the pinned dependencies (asks a public database, so it needs the network).
audit: setup
	$(BIN)/pip-audit --disable-pip --require-hashes -r requirements.txt

# A list of all that is installed, with licences (CycloneDX).
sbom: setup
	$(BIN)/cyclonedx-py environment $(BIN)/python --of JSON -o sbom.json

# The licences of all that is installed, and of what ships with the package besides code.
licences: setup
	( cat docs/licences.head.md; \
	  $(BIN)/pip-licenses --format=markdown --order=license --ignore-packages dragoman pip setuptools ) > docs/licences.md

# Pins every dependency by version and hash; the file names no index, so any mirror will do.
lock:
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --quiet -o requirements.txt

clean:
	rm -rf $(VENV) demo-output .mypy_cache .pytest_cache .ruff_cache

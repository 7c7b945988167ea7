# Two targets are all a newcomer needs: `make demo` and `make test`. Each builds its own virtual environment.
PYTHON ?= python3
DEMO := .venv-demo
DEV := .venv
RUN := $(DEV)/bin

.PHONY: demo test conformance lint types docs fuzz bench contexts build clean

demo: $(DEMO)/.installed
	@$(DEMO)/bin/microcred demo

test: $(DEV)/.installed
	$(RUN)/python -m pytest

# Installs what it needs into conformance/; needs Node.js with npm.
conformance: $(DEV)/.installed
	$(RUN)/python -m pytest conformance

lint: $(DEV)/.installed
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .

types: $(DEV)/.installed
	$(RUN)/mypy

docs: $(DEV)/.docs
	$(RUN)/python -m sphinx -W -b html docs docs/_build/html

fuzz: $(DEV)/.installed
	HYPOTHESIS_PROFILE=fuzz $(RUN)/python -m pytest -q \
		tests/test_properties.py tests/jsonld tests/verify/json_schema tests/baking tests/share tests/fuzz \
		tests/verify/test_federation.py tests/verify/test_metadata_policy.py tests/server/test_description.py

bench: $(DEV)/.installed
	$(RUN)/python benchmarks/import_time.py
	$(RUN)/python benchmarks/proofs.py
	$(RUN)/python benchmarks/formats.py

contexts: $(DEV)/.installed
	$(RUN)/python scripts/refresh_contexts.py

build: $(DEV)/.installed
	rm -rf dist
	$(RUN)/python -m build

clean:
	rm -rf $(DEV) $(DEMO) dist docs/_build microcred-demo .mypy_cache .pytest_cache .ruff_cache .hypothesis conformance/node_modules conformance/.cache

$(DEMO)/.installed: pyproject.toml
	$(PYTHON) -m venv --clear $(DEMO)
	$(DEMO)/bin/python -m pip install --quiet --disable-pip-version-check '.[cli]'
	@touch $@

$(DEV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(DEV)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --editable '.[all]' --group dev
	@touch $@

$(DEV)/.docs: $(DEV)/.installed
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --group docs
	@touch $@

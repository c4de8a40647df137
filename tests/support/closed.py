"""A command in a network of its own that has nothing but loopback: what binds all interfaces is alone there."""

import shutil
import subprocess
from collections.abc import Sequence

from support.programs import environment

IN_A_CLOSED_NETWORK = ("unshare", "--user", "--map-root-user", "--net", "sh", "-c")
UP = 'ip link set lo up && exec "$@"'


def no_closed_network() -> str:
    """Return why there can be none here; nothing if there can."""
    missing = [tool for tool in ("unshare", "ip") if shutil.which(tool) is None]
    if missing:
        return f"{' and '.join(missing)} not found"
    tried = in_a_closed_network(["true"], 20)
    return "" if tried.returncode == 0 else f"no network of its own: {tried.stderr.strip()}"


def in_a_closed_network(
    command: Sequence[str], seconds: float, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(  # noqa: S603  what a test names
        [*IN_A_CLOSED_NETWORK, UP, "closed", *command],
        capture_output=True,
        text=True,
        timeout=seconds,
        env=environment(**variables),
        check=False,
    )

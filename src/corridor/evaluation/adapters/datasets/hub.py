"""The files of a data set on a Hugging Face hub, at one exact revision.

A revision's name (`main`) is looked up once; everything is then read at the commit it stood for, so one
load never mixes two. Files stay in the hub library's own cache: what was fetched of an exact commit is read
from there when the hub does not answer. Needs the extra `evaluation`; an account's token, for gated sets, is
found by the hub's library where it always looks.
"""

import importlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corridor.evaluation.errors import HubFailed, NoData, NoExtra

COMMIT = re.compile("[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Hub:
    """Where data sets are fetched from."""

    endpoint: str = ""
    """The hub's address; empty: what the hub's library takes by default."""
    cache: Path | None = None
    """Where files are kept; None: where the hub's library keeps them."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A data set on a hub, at one commit."""

    hub: Hub
    repo: str
    version: str
    """The commit."""
    paths: tuple[str, ...]

    def names(self) -> Sequence[str]:
        """Return the paths of all files, in order."""
        return self.paths

    def read(self, name: str) -> bytes:
        """Return a file, from the cache where it is there.

        Raises:
            NoData: if the revision has no such file.
            HubFailed: if the hub does not give it.
        """
        if name not in self.paths:
            raise NoData(f"{self.repo} has no file {name} at {self.version}, or none was kept.")
        library = _library()
        try:
            path = library.hf_hub_download(
                self.repo,
                name,
                repo_type="dataset",
                revision=self.version,
                endpoint=self.hub.endpoint or None,
                cache_dir=self.hub.cache,
            )
        except (library.errors.HTTPError, OSError, ValueError) as fault:
            raise HubFailed(f"{self.repo}, {name}: {_first_line(fault)}") from fault
        return Path(path).read_bytes()


def repository(hub: Hub, repo: str, revision: str) -> Repository:
    """Return a data set at the commit that a revision stands for now.

    Raises:
        NoExtra: without the hub's library.
        NoData: if the hub has no such data set or revision.
        HubFailed: if the hub does not say.
    """
    library = _library()
    api = library.HfApi(endpoint=hub.endpoint or None)
    try:
        info = api.dataset_info(repo, revision=revision, timeout=30)
    except library.errors.GatedRepoError as fault:
        raise HubFailed(
            f"The hub shows {repo} only to accounts that accepted its terms.",
            hint="Accept them on the set's page, and log in with the hub's own tool.",
        ) from fault
    except (
        library.errors.RepositoryNotFoundError,
        library.errors.RevisionNotFoundError,
    ) as fault:
        raise NoData(
            f"The hub has no data set {repo} at {revision}, or shows it to others."
        ) from fault
    except (library.errors.HTTPError, OSError, ValueError) as fault:
        kept = _kept(library, hub, repo, revision)
        if kept is None:
            raise HubFailed(f"{repo}: {_first_line(fault)}") from fault
        return kept
    paths = sorted(sibling.rfilename for sibling in info.siblings or ())
    return Repository(hub, repo, str(info.sha), tuple(paths))


def _kept(library: Any, hub: Hub, repo: str, revision: str) -> Repository | None:  # noqa: ANN401
    """Return what the cache has of an exact commit; a name such as `main` may mean another one by now."""
    if not COMMIT.fullmatch(revision):
        return None
    cache = hub.cache or Path(library.constants.HF_HUB_CACHE)
    snapshot = cache / f"datasets--{repo.replace('/', '--')}" / "snapshots" / revision
    paths = sorted(
        path.relative_to(snapshot).as_posix() for path in snapshot.rglob("*") if path.is_file()
    )
    return Repository(hub, repo, revision, tuple(paths)) if paths else None


def _library() -> Any:  # noqa: ANN401  of an extra, so its types are not always there
    try:
        importlib.import_module("huggingface_hub.errors")
        return importlib.import_module("huggingface_hub")
    except ImportError as missing:
        raise NoExtra("Reading from a hub needs its library.") from missing


def _first_line(fault: Exception) -> str:
    return str(fault).strip().partition("\n")[0][:200]

"""Read a data set: one that comes with Corridor, from a folder, or from its hub."""

import hashlib
import importlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Protocol, cast

from corridor.core.canonical import canonical
from corridor.core.errors import Invalid
from corridor.evaluation.adapters.datasets.folders import Folder, Noted, joint_digest
from corridor.evaluation.adapters.datasets.hub import Hub, repository
from corridor.evaluation.adapters.datasets.registry import listing_of, listings
from corridor.evaluation.errors import NoData
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Dataset, Listing
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.records.probes import Probe
from corridor.evaluation.rules.checks.usable import usable
from corridor.evaluation.rules.licences import Purpose, require_allowed

__all__ = ["Hub", "Purpose", "digest_of", "listing_of", "listings", "load"]

PACKAGED = Path(__file__).parents[1] / "data"
LAYOUTS = "corridor.evaluation.adapters.datasets.layouts"


class Layout(Protocol):
    """A module that reads the files of one published layout."""

    def read(self, files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
        """Read the items in some languages."""
        ...


def load(
    name: str,
    languages: Sequence[str] = (),
    *,
    folder: Path | None = None,
    revision: str | None = None,
    purpose: Purpose = "research",
    despite: Collection[str] = (),
    hub: Hub | None = None,
) -> Dataset:
    """Read a data set in some languages, or in all that its source has.

    It comes from the folder if one is given, in the layout in which the set is published; else from the
    hub, at a revision. What comes with Corridor needs neither. Items that cannot be asked or judged are
    left out, and the notes say how many, and why.

    Args:
        name: as `listings` has it.
        languages: BCP-47 tags with script; none for all.
        folder: a local copy.
        revision: of the hub, instead of the registry's.
        purpose: what the results are for; the licence must allow it.
        despite: names of sets that may be used whatever their licence says of the purpose.
        hub: another hub than the library's usual one.

    Raises:
        UnknownSuite: if there is no set of this name.
        Invalid: if the set has no such language.
        NotAllowed: if the licence does not allow the purpose.
        NoData, BadData: if files are missing, or not as the layout says.
        HubFailed, NoExtra: if the hub does not answer, or a library is missing.
    """
    listing = listing_of(name)
    require_allowed(listing, purpose, despite)
    wanted = _known(listing, languages)
    files = Noted(_files_of(listing, folder, revision, hub or Hub()))
    layout = cast("Layout", importlib.import_module(f"{LAYOUTS}.{listing.layout}"))
    contents = _read(layout, files, listing, wanted, strict=bool(languages))
    items, left_out = usable(contents.items, listing.kind)
    digests = {tag: digest_of(there) for tag, there in items.items()}
    return Dataset(
        name=listing.name,
        version=contents.version or files.version,
        kind=listing.kind,
        licence=listing.licence,
        commercial=listing.commercial,
        source=listing.source,
        sha256=joint_digest(digests if contents.computed else files.digests),
        items=items,
        shots=contents.shots,
        notes=(*listing.notes, *contents.notes, *left_out),
        digests=digests,
    )


def digest_of(items: Sequence[Item]) -> str:
    """Return the SHA-256 of the canonical JSON of items, without what an item leaves unsaid.

    So a field that later versions of Corridor add changes no digest of data that do not use it.
    """
    bare = asdict(Item("", "", "", probe=Probe("refuse", "harm")))
    of_probe = {name: value for name, value in bare["probe"].items() if name not in MUST}
    said = [_said(asdict(item), {**bare, "probe": None}, of_probe) for item in items]
    return hashlib.sha256(canonical(said)).hexdigest()


MUST = ("aim", "category")
"""What every probe says."""


def _said(
    item: dict[str, Any], unsaid: Mapping[str, object], of_probe: Mapping[str, object]
) -> dict[str, object]:
    found = {name: value for name, value in item.items() if value != unsaid[name]}
    if (probe := item["probe"]) is not None:
        found["probe"] = {
            name: value
            for name, value in probe.items()
            if name not in of_probe or value != of_probe[name]
        }
    return found


def _known(listing: Listing, languages: Sequence[str]) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(languages)) or tuple(listing.languages)
    unknown = [tag for tag in wanted if tag not in listing.languages]
    if unknown:
        raise Invalid(
            f"{listing.name} has no items in {unknown[0]}.",
            hint=f"It has {', '.join(listing.languages)}.",
        )
    return wanted


def _files_of(listing: Listing, folder: Path | None, revision: str | None, hub: Hub) -> Files:
    if listing.packaged:
        return Folder(PACKAGED, version="")
    if folder is not None:
        return Folder(folder)
    if not listing.hub:
        raise NoData(f"{listing.name} is on no hub; name a folder.")
    return repository(hub, listing.hub, revision or listing.revision)


def _read(
    layout: Layout, files: Files, listing: Listing, wanted: Sequence[str], *, strict: bool
) -> Contents:
    """Read all that is wanted; unless `strict`, leave out languages without a file, and say so."""
    try:
        return layout.read(files, listing, wanted)
    except NoData:
        if strict:
            raise
    found, missing = list[str](), list[str]()
    for tag in wanted:
        try:
            layout.read(files, listing, [tag])
            found.append(tag)
        except NoData:
            missing.append(tag)
    if not found:
        raise NoData(f"{listing.name}: no file of any of its languages.")
    note = f"No file, so no items, in {', '.join(missing)}."
    contents = layout.read(files, listing, found)
    return replace(contents, notes=(*contents.notes, note))

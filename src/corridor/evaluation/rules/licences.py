"""Whether a data set's licence allows what it is wanted for."""

from collections.abc import Collection
from typing import Literal

from corridor.evaluation.errors import NotAllowed
from corridor.evaluation.records import Listing

Purpose = Literal["research", "commercial"]


def require_allowed(listing: Listing, purpose: Purpose, despite: Collection[str] = ()) -> None:
    """Let a purpose pass that the licence allows, or whose override names this very set.

    Raises:
        NotAllowed: for a commercial purpose and a licence that excludes it.
    """
    if purpose == "commercial" and not listing.commercial and listing.name not in despite:
        raise NotAllowed(f"{listing.name} is under {listing.licence}: not for commercial purposes.")

"""What the gateway's account knows of requests, for those who report what went wrong in one."""

from dataclasses import dataclass
from datetime import UTC, datetime

from corridor.access import Used
from corridor.catalogue import Catalogue
from corridor.core.store import View
from corridor.gateway.store import handled_by_key, tag_of


@dataclass(frozen=True, slots=True)
class AccountedRequests:
    """Looks requests up in the account."""

    catalogue: Catalogue

    def of_key(self, view: View, key_id: str, request_id: str) -> Used | None:
        """Return a request that was made with a key; None if none was, or it would have gone nowhere."""
        found = handled_by_key(view, key_id, request_id)
        if found is None:
            return None
        asked = self.catalogue.providers(view).get(found.provider or found.first_choice or "")
        model = found.model or (asked.model if asked else None)
        digest = found.model_sha256 or (asked.model_sha256 if asked else None)
        if model is None or digest is None:
            return None
        tag = tag_of(found.language)
        return Used(
            datetime.fromtimestamp(found.at, UTC),
            model,
            digest,
            found.target,
            "" if tag == "und" else tag,
        )

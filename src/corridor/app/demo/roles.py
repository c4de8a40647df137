"""Who plays what in the demonstration."""

from dataclasses import dataclass
from pathlib import Path

SERVICE = "helpline"
SERVICE_TITLE = "Helpline"
PURPOSE = "public-service"
LANGUAGES = ("en-Latn", "hi-Deva", "ja-Jpan")
VENDOR = "overseas-vendor"
VENDOR_MODEL = "gemma-3-270m"
VENDOR_PROVIDER = "vendor-gemma"
PARTNER_MODEL = "smollm2-135m-instruct"
PARTNER_LOCAL = "smollm2-local"
"""The partner's own name of its provider."""
PARTNER_PROVIDER = "jp-smollm2"
"""Our name of the partner's provider."""

CAST = (
    ("node in", "a partner that runs a public service, the helpline, and its gateway"),
    ("node jp", "another partner, which lends its own model: SmolLM2 135M Instruct, in process"),
    (
        VENDOR,
        "an overseas vendor's API, played by a server process of its own that runs Gemma 3 270M",
    ),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything of the demonstration is."""

    folder: Path
    port: int
    """Of node in; node jp and the vendor have the next two."""

    @property
    def home_in(self) -> Path:
        """The folder of node in."""
        return self.folder / "in"

    @property
    def home_jp(self) -> Path:
        """The folder of node jp."""
        return self.folder / "jp"

    @property
    def vendor(self) -> Path:
        """The vendor's folder, which no node reads."""
        return self.folder / "vendor"

    @property
    def vendor_key(self) -> Path:
        """The key that the vendor gave its customer, as the vendor keeps it."""
        return self.vendor / "api.key"

    @property
    def vendor_port(self) -> int:
        """Where the vendor listens."""
        return self.port + 2

    @property
    def caller_key(self) -> Path:
        """The key of the application that calls the helpline."""
        return self.folder / "caller.key"

"""Why a model or a provider cannot be used."""

from corridor.core.errors import Forbidden, Invalid, NotFound, Unavailable


class UnknownModel(NotFound):
    """The catalogue has no model of this name."""

    advice = "`corridor catalogue list` shows what there is."


class UnknownProvider(NotFound):
    """The catalogue has no provider of this name."""

    advice = "`corridor catalogue list` shows what there is."


class DigestMismatch(Invalid):
    """A model's file is not the file that was registered."""

    advice = "The file is damaged or was replaced. Install it again, or register it as a new model."


class NoCredential(Unavailable):
    """The key that a provider wants is not where its record says."""

    advice = "Set the environment variable or write the file (mode 0600) that the record names."


class CircularLineage(Invalid):
    """A file is said to be made, over some others, from itself."""

    advice = "`corridor catalogue provenance` shows what was stated; correct the wrong one first."


class AddressNotOpen(Forbidden):
    """A provider is at an address of this machine or its network, and that was not let in."""

    advice = (
        "If it is meant, let its network in: private_addresses under [catalogue] in corridor.toml, "
        'for example ["127.0.0.0/8"].'
    )


class EngineFailed(Unavailable):
    """The inference engine could not load or run the model."""

    advice = "Check that the file is a GGUF model and that there is memory for it."


class ProviderFailed(Unavailable):
    """A provider refused the connection, broke it, or did not answer in time."""

    advice = "Try again, or use another provider."

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message, reason=reason)
        self.reason = reason
        """`refused`, `timeout`, `broken`, `not open` or `oversized`."""

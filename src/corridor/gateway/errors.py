"""How the gateway refuses: the control side in the house's way, the data side in OpenAI's."""

from collections.abc import Mapping

from corridor.core.errors import Conflict, CorridorError, NotFound

FAILED_CLOSED = "guard_failed_closed"
"""The code of a refusal because a guard could not do its work."""


class UnknownService(NotFound):
    """The gateway has no service of this name."""

    advice = "`corridor gateway services` shows what there is."


class NoSuchProposal(NotFound):
    """Nothing of this id waits for a decision."""

    advice = "`corridor gateway objections` shows what waits."


class NobodyMeets(Conflict):
    """No provider meets a route's requirement in one of the service's languages."""

    advice = (
        "Ask less, evaluate a provider in that language, say --without-evidence last, or offer the "
        "service without that language."
    )


class AllSuspended(Conflict):
    """Every provider that a route reaches is suspended now."""

    advice = "Add a provider of another supplier, or lift a suspension first."


class Refusal(CorridorError):
    """A request that the gateway answers with an error in OpenAI's shape."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str,
        hint: str | None = None,
        provider: str = "none",
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
        guard: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code
        self.provider = provider
        self.retry_after = retry_after
        """Seconds, for a 429."""
        self.headers = dict(headers or {})
        """What else goes along: how much of which limit is left."""
        self.guard = guard
        """Whose doing it is; empty where it is no guard's."""

    def body(self) -> dict[str, object]:
        """Return the error as OpenAI's clients expect it."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        kind = {401: "authentication_error", 403: "permission_error"}.get(self.status, kind)
        text = f"{self.message} {self.hint}" if self.hint else self.message
        return {"error": {"message": text, "type": kind, "param": None, "code": self.code}}

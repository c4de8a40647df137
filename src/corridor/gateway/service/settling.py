"""What a request came to: its line of the account, and what it did use of limits; once, at its end."""

import time
from datetime import datetime

from corridor.gateway.rules.prices import PriceBook
from corridor.gateway.rules.usage import Usage
from corridor.gateway.service.handling import Handling
from corridor.gateway.store import Handled


def settled(one: Handling, usage: Usage, status: int, now: datetime, prices: PriceBook) -> Handled:
    """Return the line of the account, with the cost by the price in force; settle the limits."""
    provider = one.provider
    one.entered.leave(usage, provider, kept=_may_have_used(one))
    answered = one.outcome in ("served", "moved", "failed", "left") or _kept_back(one)
    price = prices.of(provider, now) if provider is not None and answered else None
    cost = price.cost(usage.tokens_in, usage.tokens_out) if price is not None else None
    is_priced = price is not None and cost is not None
    # The fields are ours: nothing to validate, and this is on the way of every request.
    return Handled.made_of(
        {
            "request_id": one.request_id,
            "at": now.timestamp(),
            "caller": one.caller,
            "target": one.target,
            "language": one.language,
            "provider": provider.name if provider else None,
            "outcome": one.outcome,
            "status": status,
            "seconds": time.monotonic() - one.started,
            "project": one.project or None,
            "key_id": one.key_id or None,
            "model": provider.model if provider else None,
            "model_sha256": provider.model_sha256 if provider else None,
            "tokens_in": usage.tokens_in,
            "tokens_out": usage.tokens_out,
            "cost": cost,
            "currency": price.price.currency if price is not None and is_priced else None,
            "price_id": price.table_id if price is not None and is_priced else None,
            "first_byte_seconds": one.first_byte,
            "attempts": one.attempts,
            "stream": one.streams,
            "guard": one.guard,
            "guard_act": one.guard_act,
            "first_choice": one.first_choice.name if one.first_choice else None,
        }
    )


def _may_have_used(one: Handling) -> bool:
    """Tell whether a provider may have used tokens, though it may not say how many."""
    if one.outcome == "left":  # a request that is given up may be billed
        return one.attempts > 0
    return one.provider is not None and (one.outcome != "refused" or _kept_back(one))


def _kept_back(one: Handling) -> bool:
    """Tell whether a guard refused an answer that the provider made, and counts."""
    return one.outcome == "refused" and one.usage is not None

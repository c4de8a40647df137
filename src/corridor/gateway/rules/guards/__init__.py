"""Guards: what a request or an answer must not carry, found by pure functions."""

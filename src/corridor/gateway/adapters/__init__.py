"""The outside world: metrics and traces that others read, and what is behind the gateway's ports."""

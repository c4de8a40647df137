"""The outside world: HTTP to partners, and the signatures on its requests."""

"""The outside world of access: policy engines, OpenID providers, other nodes, the secret."""

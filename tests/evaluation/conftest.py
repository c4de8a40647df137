"""The node that most tests of evaluation ask, and the server that answers it."""

from support.evaluating import node, server

__all__ = ["node", "server"]

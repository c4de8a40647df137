"""Several processes that answer a node's callers at one address, kept going by a supervisor.

`corridor gateway serve` is the supervisor. It takes the port, starts the workers as programs of
their own, and hands each the listening socket and one end of a line: over it a worker says how it
is, and by its end a worker learns that the supervisor is gone.
"""

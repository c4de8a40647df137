"""The steps by which the store's tables came to be what they are, of every capability that has some."""

from corridor.access.store import MIGRATIONS as ACCESS
from corridor.drills.store import MIGRATIONS as DRILLS
from corridor.federation.store import MIGRATIONS as FEDERATION
from corridor.gateway.store import MIGRATIONS as GATEWAY

TABLES = (*FEDERATION, *ACCESS, *GATEWAY, *DRILLS)

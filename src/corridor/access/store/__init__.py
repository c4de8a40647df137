"""Questions that access puts to the store, beside its records."""

from corridor.access.store import schema, tool_calls

MIGRATIONS = (*schema.MIGRATIONS, tool_calls.MIGRATION, schema.TOKENS, schema.ORDER)

__all__ = ["MIGRATIONS"]

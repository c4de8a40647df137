"""What policies can decide by, as a Cedar schema made from the fields of `Facts`.

The format is https://docs.cedarpolicy.com/schema/human-readable-schema.html. Every attribute is
required, so a policy that was checked against it finds all that it names.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import get_args, get_type_hints

import cedarpy

from corridor.access.records import Act, ActFacts, Facts

CEDAR_TYPES: Mapping[object, str] = {
    str: "String",
    int: "Long",
    bool: "Bool",
    tuple[str, ...]: "Set<String>",
}
PRINCIPAL, MODEL, USE = "Principal", "Model", "use"
SERVICE, ACTS = "Service", frozenset(get_args(Act))
HINTS = get_type_hints(Facts)
ATTRIBUTES: Mapping[str, type] = {field.name: HINTS[field.name] for field in fields(Facts)}
"""The attributes of the context, with the types of their values."""
ACT_HINTS = get_type_hints(ActFacts)
ACT_ATTRIBUTES: Mapping[str, type] = {
    field.name: ACT_HINTS[field.name] for field in fields(ActFacts)
}
"""The same where a person does something with a service."""


def schema_text() -> str:
    """Return the schema: who may be named, what, and every attribute of the context."""
    context = "".join(f"    {name}: {CEDAR_TYPES[kind]},\n" for name, kind in ATTRIBUTES.items())
    return (
        f"entity {PRINCIPAL};\n"
        f"entity {MODEL};\n\n"
        f'action "{USE}" appliesTo {{\n'
        f"  principal: [{PRINCIPAL}],\n"
        f"  resource: [{MODEL}],\n"
        f"  context: {{\n{context}  }}\n"
        f"}};\n"
    )


def acts_text() -> str:
    """Return what policies can decide by where a person does something with a service."""
    context = "".join(
        f"    {name}: {CEDAR_TYPES[kind]},\n" for name, kind in ACT_ATTRIBUTES.items()
    )
    names = ", ".join(f'"{name}"' for name in sorted(ACTS))
    return (
        f"entity {SERVICE};\n\n"
        f"action {names} appliesTo {{\n"
        f"  principal: [{PRINCIPAL}],\n"
        f"  resource: [{SERVICE}],\n"
        f"  context: {{\n{context}  }}\n"
        f"}};\n"
    )


SCHEMA_TEXT = schema_text()
SCHEMA = cedarpy.Schema.from_str(SCHEMA_TEXT)
ACTS_TEXT = acts_text()
ACTS_SCHEMA = cedarpy.Schema.from_str(f"entity {PRINCIPAL};\n{ACTS_TEXT}")
"""Apart, so that a policy which names no action is about the use of models, as ever."""

"""Compiling the inner loops to machine code, once a machine: the compiled form is kept on disk."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

Given = ParamSpec("Given")
Gives = TypeVar("Gives")


def compiled(function: Callable[Given, Gives]) -> Callable[Given, Gives]:
    """Return the same function in machine code, which lets go of the interpreter's lock."""
    make = cast("Callable[..., Callable[..., object]]", njit)
    return cast("Callable[Given, Gives]", make(cache=True, nogil=True)(function))


def compiled_in_any_order(function: Callable[Given, Gives]) -> Callable[Given, Gives]:
    """As `compiled`; sums may be added up in another order, several terms at a time."""
    make = cast("Callable[..., Callable[..., object]]", njit)
    options = {"cache": True, "nogil": True, "fastmath": {"reassoc", "contract"}}
    return cast("Callable[Given, Gives]", make(**options)(function))

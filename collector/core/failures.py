"""What an error may say of itself in a log: its kind, and its own words only where no data is in them."""

from __future__ import annotations

TELLABLE = frozenset({"OperationalError", "InterfaceError", "MaxConnectionsExceeded", "OSError", "Problem"})
"""Names of errors, and of what they are kinds of, that speak of the system and not of what somebody sent."""


def words_of(error: BaseException) -> str:
    """`ValueError`, or `OperationalError: database is locked`; one line.

    A `ValueError` or a database's complaint about a row repeats the value, so neither has its own words here.
    """
    name = type(error).__name__
    kinds = {kind.__name__ for kind in type(error).__mro__}
    said = str(error).strip().partition("\n")[0] if kinds & TELLABLE else ""
    return f"{name}: {said}" if said else name

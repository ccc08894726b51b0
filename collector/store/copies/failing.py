"""What goes wrong with a copy, in a sentence that an operator can act upon."""

from __future__ import annotations


class CopyFailed(Exception):
    """No copy was made, or nothing was brought back; what was there before is as it was."""

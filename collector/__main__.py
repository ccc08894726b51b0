"""`python -m collector` is the command `fieldpost`."""

from __future__ import annotations

from collector.cli import main

if __name__ == "__main__":
    main(prog_name="python -m collector")

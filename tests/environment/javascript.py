"""Lint the JavaScript: `python -m tests.environment.javascript`.

The runtime's files are parts of scripts, so what is looked at is the scripts that are made of them, before
they are minified: for each plan of the tests, as a browser would get it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from snippet import overlay
from snippet.build import assemble, assemble_all
from snippet.tools import tools
from tests.snippet.plans import every_plan, plan

REPOSITORY = Path(__file__).resolve().parents[2]
LINTER = Path(sys.executable).with_name("oxlint")
RULES = {
    "env": {"browser": True, "es2024": True},
    "globals": dict.fromkeys(
        ("fieldpost", "navigation", "localTimes", "places", "SwaggerUIBundle"), "readonly"
    ),
    "categories": {"correctness": "error", "suspicious": "error"},
    "rules": {
        "no-undef": "error",
        "no-var": "error",
        "no-unused-vars": ["error", {"args": "none"}],
        # Done on purpose, for weight: conditions as statements, functions where they are used.
        "no-unused-expressions": "off",
        "no-shadow": "off",
        "unicorn/consistent-function-scoping": "off",
    },
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        for number, each in enumerate(every_plan()):
            # What is tried sends nothing, so it has no use for ids and addresses.
            leave_out = "/* oxlint-disable no-unused-vars */\n" if each.debug == "tried" else ""
            (here / f"snippet{number}.js").write_text(leave_out + assemble(each), "utf-8")
        (here / "bundle.js").write_text(assemble_all((plan(), plan(queue=True))), "utf-8")
        (here / "tools.mjs").write_text(tools(plan(), 1, "shop"), "utf-8")
        (here / "editor.mjs").write_text(f"const about = {{}};\n{overlay.assemble()}", "utf-8")
        for page in (REPOSITORY / "templates").rglob("*.js"):
            shutil.copy(page, here / f"page-{page.name}")
        rules = here / "rules.json"
        rules.write_text(json.dumps(RULES), "utf-8")
        sys.exit(subprocess.run([LINTER, "--quiet", "--config", rules, here], check=False).returncode)


if __name__ == "__main__":
    main()

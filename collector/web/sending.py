"""Lines that send a payload to this collector from elsewhere, to be copied: curl, Python, JavaScript, PHP.

Each needs nothing that is not there already, and reads the key from the environment, so that no key ends up
in a file.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

PATH = "/api/v1/events"
LABELS: Mapping[str, str] = {"curl": "curl", "python": "Python", "javascript": "JavaScript", "php": "PHP"}


def sending_lines(public_url: str, payload: str) -> dict[str, str]:
    """Language → its lines. `payload` is JSON text; it is sent as it stands."""
    address = public_url + PATH
    return {
        "curl": _curl(address, payload),
        "python": _python(address, payload),
        "javascript": _javascript(address, payload),
        "php": _php(address, payload),
    }


def _curl(address: str, payload: str) -> str:
    return (
        f"curl --fail-with-body {shlex.quote(address)} \\\n"
        '  --header "Authorization: Bearer $FIELDPOST_KEY" \\\n'
        "  --header 'Content-Type: application/json' \\\n"
        f"  --data-binary {shlex.quote(payload)}"
    )


def _python(address: str, payload: str) -> str:
    return (
        "import os\n"
        "import urllib.request\n\n"
        f"payload = {payload!r}\n"
        "request = urllib.request.Request(\n"
        f"    {address!r},\n"
        "    data=payload.encode(),\n"
        "    headers={\n"
        '        "Authorization": "Bearer " + os.environ["FIELDPOST_KEY"],\n'
        '        "Content-Type": "application/json",\n'
        "    },\n"
        ")\n"
        "print(urllib.request.urlopen(request, timeout=10).read().decode())"
    )


def _javascript(address: str, payload: str) -> str:
    # A text and not an object: so digits that a number of JavaScript cannot hold arrive as they are.
    return (
        f"const payload = {json.dumps(payload)}\n"
        f"const response = await fetch({json.dumps(address)}, {{\n"
        "  method: 'POST',\n"
        "  headers: {\n"
        "    'Authorization': `Bearer ${process.env.FIELDPOST_KEY}`,\n"
        "    'Content-Type': 'application/json',\n"
        "  },\n"
        "  body: payload,\n"
        "})\n"
        "console.log(await response.json())"
    )


def _php(address: str, payload: str) -> str:
    return (
        "<?php\n"
        f"$payload = {_php_text(payload)};\n"
        f"$request = curl_init({_php_text(address)});\n"
        "curl_setopt_array($request, [\n"
        "    CURLOPT_RETURNTRANSFER => true,\n"
        "    CURLOPT_TIMEOUT => 10,\n"
        "    CURLOPT_HTTPHEADER => [\n"
        "        'Authorization: Bearer ' . getenv('FIELDPOST_KEY'),\n"
        "        'Content-Type: application/json',\n"
        "    ],\n"
        "    CURLOPT_POSTFIELDS => $payload,\n"
        "]);\n"
        "echo curl_exec($request);"
    )


def _php_text(text: str) -> str:
    """A text in single quotes, where only a backslash and a quote mean something (PHP manual, Strings)."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

"""The dashboard and the alerts: every query can be read, and asks for what is told."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

DOCS = Path(__file__).resolve().parents[2] / "docs"
DASHBOARD = DOCS / "monitoring" / "grafana.json"
ALERTS = DOCS / "monitoring" / "alerts.yml"
OF_PROMETHEUS = {"job", "instance"}
PARTS = {"gauge": ("",), "counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
ROW = re.compile(r"^\| `(fieldpost_\w+)` \| (\w+) \|([^|]*)\|", re.M)


def told() -> dict[str, set[str]]:
    """Series that can be asked for, with their labels; `test_metrics.py` proves the table."""
    found = {"up": OF_PROMETHEUS}
    for name, kind, labels in ROW.findall((DOCS / "monitoring.md").read_text()):
        names = {label.strip() for label in labels.split(",") if label.strip()} | OF_PROMETHEUS
        for part in PARTS[kind]:
            found[name.removesuffix("_total") + part] = names | ({"le"} if part == "_bucket" else set())
    return found


def panels() -> Iterator[dict[str, Any]]:
    yield from json.loads(DASHBOARD.read_text())["panels"]


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def queries() -> list[str]:
    asked = [target["expr"] for panel in panels() for target in panel.get("targets", ())]
    return [*asked, *(rule["expr"] for rule in rules())]


def filled(query: str) -> str:
    """As Grafana sends it."""
    return query.replace("$__rate_interval", "5m").replace("$job", "fieldpost").replace("$instance", ".*")


@pytest.mark.parametrize("query", queries())
def test_a_query_asks_for_what_there_is(query: str) -> None:
    known = told()
    promql_parser.parse(filled(query))
    names = set(re.findall(r"\bfieldpost_\w+|\bup\b", query))
    assert names
    assert names <= known.keys()
    labels = set().union(*(known[name] for name in names))
    used = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=(?!=))\s*\"", query))
    for grouped in re.findall(r"\b(?:by|without) \(([^)]*)\)", query):
        used |= {label.strip() for label in grouped.split(",")}
    assert used <= labels


def test_a_query_about_what_is_not_there_would_be_seen() -> None:
    assert "fieldpost_events" not in told()
    with pytest.raises(ValueError, match="unclosed"):
        promql_parser.parse("sum(rate(fieldpost_events_total[5m])")


def test_every_panel_says_what_it_shows() -> None:
    shown = [panel for panel in panels() if panel["type"] != "row"]
    assert all(panel["description"].endswith(".") for panel in shown)
    assert len({panel["id"] for panel in panels()}) == len(list(panels()))
    for panel in shown:
        for target in panel["targets"]:
            assert 'job="$job"' in target["expr"]
            legend = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert legend <= set().union(*told().values())


def test_no_panel_lies_over_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not taken & cells
        taken |= cells


def test_most_metrics_are_on_the_dashboard() -> None:
    asked = set(re.findall(r"fieldpost_\w+", " ".join(queries())))
    bases = {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in asked}
    every = {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in told()} - {"up"}
    assert every - bases == {"fieldpost_build_info", "fieldpost_webhooks"}


def test_every_alert_says_what_to_do() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"].keys() == {"summary", "description"}
        assert rule["annotations"]["description"].endswith(".")


def test_the_alerts_are_rules_to_prometheus_itself() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not here (Debian: prometheus)")
    done = subprocess.run([promtool, "check", "rules", str(ALERTS)], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

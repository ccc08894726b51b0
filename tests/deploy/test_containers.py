"""The Containerfile, compose.yaml and the Kubernetes manifest: valid, closed, and what they run works."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from collector.settings import BadSettings, Settings
from collector.store.database import POOL_SIZE
from tests.cast import EVERY_TYPE, order
from tests.deploy.files import (
    DEPLOY,
    STOPPING_SECONDS,
    compose,
    manifests,
    pods,
    run,
    serving,
    settings_file,
    words_of,
)
from tests.servers.client import Client
from tests.servers.copies import programs_of
from tests.servers.fieldpost import COMMAND, REPOSITORY
from tests.servers.nats import installed
from tests.servers.ports import free_port
from tests.servers.postgres import PostgresServer
from tests.servers.waiting import eventually

SCHEMA = Path(__file__).with_name("compose-spec.json")
KUBERNETES = "1.37"
OURS = ["fieldpost", "worker", "backup"]


def docker_compose() -> list[str]:
    """The command: that of the machine, else the program in the package that make test-full installs."""
    docker = shutil.which("docker")
    if docker and subprocess.run([docker, "compose", "version"], capture_output=True).returncode == 0:
        return [docker, "compose"]
    found = importlib.util.find_spec("compose")
    if found is None or found.origin is None:
        pytest.skip("docker compose is not here, and has no package for this machine: only its schema is.")
    return [str(Path(found.origin).with_name("docker-compose"))]


def instructions(name: str) -> list[str]:
    """What follows an instruction of the Containerfile, wherever it is."""
    text = (DEPLOY / "Containerfile").read_text().replace("\\\n", " ")
    return [
        line.removeprefix(f"{name} ").strip() for line in text.splitlines() if line.startswith(f"{name} ")
    ]


# The image


def test_everything_that_is_copied_is_there_and_it_runs_as_nobody_special() -> None:
    for copied in instructions("COPY"):
        words = copied.split()
        if not words[0].startswith("--from"):
            assert [word for word in words[:-1] if not (REPOSITORY / word).exists()] == []
    assert instructions("USER") == ["10001:10001"]


def test_what_pip_needs_to_build_is_copied() -> None:
    copied = " ".join(instructions("COPY")).split()
    project = (REPOSITORY / "pyproject.toml").read_text()
    needed = set(re.findall(r'^(?:packages = \[(.*)\]|(templates) = |readme = (".*"))', project, flags=re.M))
    words = {word.strip('" ') for group in needed for one in group for word in one.split(",") if word.strip()}
    assert {"collector", "snippet", "templates", "README.md"} <= words
    assert words <= set(copied)


def test_the_image_runs_what_it_says(tmp_path: Path) -> None:
    (entry,), (command,) = instructions("ENTRYPOINT"), instructions("CMD")
    environ = settings_file(tmp_path, f"sqlite:///{tmp_path / 'fieldpost.db'}")
    words = words_of([*json.loads(entry), *json.loads(command)])
    with serving(words, tmp_path, environ, 20) as server:
        check = instructions("HEALTHCHECK")[0].split("CMD")[1]
        program, *rest = json.loads(check)
        here = [word.replace("http://127.0.0.1:8000", server.url) for word in rest]
        assert server.url in " ".join(here)
        assert program == "python"
        assert subprocess.run([sys.executable, *here], timeout=20, check=False).returncode == 0


# compose.yaml


def test_compose_follows_the_specification() -> None:
    validator = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text()))
    assert [error.message for error in validator.iter_errors(compose())] == []


@pytest.mark.full
def test_docker_compose_has_nothing_to_say(tmp_path: Path) -> None:
    copied = tmp_path / "docs" / "deploy"
    shutil.copytree(DEPLOY, copied)
    (copied / "secrets").mkdir()
    for secret in compose()["secrets"].values():
        (copied / secret["file"]).write_text("x")

    def told(*words: str) -> str:
        done = subprocess.run([*docker_compose(), *words], cwd=copied, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    assert told("--profile", "*", "config", "--quiet") == ""
    assert set(told("config", "--services").split()) == {"db", "fieldpost"}
    (copied / ".env").write_text(
        "COMPOSE_PROFILES=stream\nFIELDPOST_STREAM=nats://nats:4222\n"
        "FIELDPOST_STREAM_MONITOR=http://nats:8222\n"
    )
    with_stream = json.loads(told("config", "--format", "json"))["services"]
    assert with_stream.keys() == {"db", "fieldpost", "nats", "worker"}
    assert with_stream["worker"]["environment"]["FIELDPOST_STREAM"] == "nats://nats:4222"


@pytest.mark.parametrize("name", OURS)
def test_a_container_is_closed(name: str) -> None:
    service = compose()["services"][name]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "FIELDPOST_DATABASE" not in service["environment"]


def test_only_this_machine_reaches_the_port_and_nobody_the_database() -> None:
    services = compose()["services"]
    assert services["fieldpost"]["ports"] == ["127.0.0.1:8000:8000"]
    assert not any("ports" in services[name] for name in ("db", "nats", "worker"))


def test_the_database_takes_the_connections_that_the_services_may_open() -> None:
    """As docs/operations.md reckons it."""
    services = compose()["services"]
    words = services["fieldpost"]["command"]
    most = POOL_SIZE * int(words[words.index("--workers") + 1]) + 20
    most += 5 * services["worker"]["deploy"]["replicas"] + 10
    assert most <= int(services["db"]["command"][-1].removeprefix("max_connections="))


def test_without_its_profile_there_is_no_stream() -> None:
    services = compose()["services"]
    assert services["nats"]["profiles"] == services["worker"]["profiles"] == ["stream"]
    assert services["fieldpost"]["environment"]["FIELDPOST_STREAM"] == "${FIELDPOST_STREAM:-}"
    assert services["fieldpost"]["depends_on"]["nats"]["required"] is False


def test_what_services_name_is_declared() -> None:
    document = compose()
    for service in document["services"].values():
        assert {one["source"] for one in service.get("configs", ())} <= document["configs"].keys()
        assert set(service.get("secrets", ())) <= document["secrets"].keys()
        named = {one.split(":")[0] for one in service.get("volumes", ())}
        assert named <= document["volumes"].keys()


def test_the_container_has_the_time_that_it_needs_to_stop() -> None:
    service = compose()["services"]["fieldpost"]
    seconds = int(service["stop_grace_period"].removesuffix("s"))
    assert seconds > service["environment"]["FIELDPOST_DRAIN"] + STOPPING_SECONDS


@pytest.mark.full
def test_compose_runs_what_it_says(
    postgres: PostgresServer, postgresql_database_url: str, tmp_path: Path
) -> None:
    services = compose()["services"]
    environ = settings_file(tmp_path, postgresql_database_url)
    (tmp_path / "backups").mkdir()
    with programs_of(postgres), serving(services["fieldpost"]["command"], tmp_path, environ, 25):
        environ = settings_file(tmp_path, postgresql_database_url)
        words = [
            one.replace("/var/lib/fieldpost-backups", "backups") for one in services["backup"]["command"]
        ]
        assert "Verified" in run(words, tmp_path, environ)
    assert [one.suffix for one in (tmp_path / "backups").iterdir()] == [".dump"]


@pytest.mark.full
def test_compose_with_a_stream_runs_what_it_says(postgresql_database_url: str, tmp_path: Path) -> None:
    """Its NATS, a server that passes events on, and a worker that stores them."""
    services = compose()["services"]
    with nats_of_compose(tmp_path) as (stream, monitor):
        environ = settings_file(
            tmp_path, postgresql_database_url, FIELDPOST_STREAM=stream, FIELDPOST_STREAM_MONITOR=monitor
        )
        run(["section", "create", "Shop"], tmp_path, environ)
        (tmp_path / "events.json").write_text(json.dumps(EVERY_TYPE))
        run(["definition", "apply", "events.json"], tmp_path, environ)
        key = json.loads(run(["key", "create", "--name", "till", "--json"], tmp_path, environ))["key"]
        words, log = [*COMMAND, *services["worker"]["command"]], (tmp_path / "worker.log").open("wb")
        with log, serving(services["fieldpost"]["command"], tmp_path, environ, 25) as server:
            worker = subprocess.Popen(words, cwd=tmp_path, env=environ, stdout=log, stderr=log)
            try:
                client = Client(server.url, key)
                assert client.post("/api/v1/events", order("1")).status == 202
                assert eventually(lambda: client.get("/api/v1/events/order.completed/1").status == 200)
                # The tests' own PostgreSQL is not durable, which the doctor tells too.
                doctor = [*COMMAND, "doctor"]
                told = subprocess.run(doctor, cwd=tmp_path, env=environ, capture_output=True, text=True)
                assert "Every server of the stream writes at once." in told.stdout
            finally:
                worker.terminate()
                assert worker.wait(25) == 0


@contextmanager
def nats_of_compose(folder: Path) -> Iterator[tuple[str, str]]:
    """The server of NATS that compose.yaml configures, here: where it listens, and its monitoring."""
    port, monitor = free_port(), free_port()
    text = (DEPLOY / compose()["configs"]["nats.conf"]["file"]).read_text()
    for there, here in (
        ("0.0.0.0:4222", f"127.0.0.1:{port}"),
        ("0.0.0.0:8222", f"127.0.0.1:{monitor}"),
        ('"/data"', f'"{folder / "data"}"'),
    ):
        assert there in text
        text = text.replace(there, here)
    (folder / "nats.conf").write_text(text)
    probe = compose()["services"]["nats"]["healthcheck"]["test"][-1].replace(":8222", f":{monitor}")
    with (folder / "nats.log").open("wb") as log:
        words = [str(installed()), "--config", str(folder / "nats.conf")]
        process = subprocess.Popen(words, stdout=log, stderr=log)
    try:
        assert eventually(lambda: _answers(probe)), (folder / "nats.log").read_text()
        yield f"nats://127.0.0.1:{port}", f"http://127.0.0.1:{monitor}"
    finally:
        process.terminate()
        process.wait(20)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


# kubernetes.yaml


@pytest.mark.full
def test_kubernetes_knows_every_word() -> None:
    from kubernetes_validate import validate

    for one in manifests():
        assert str(validate(one, KUBERNETES, strict=True)).startswith(KUBERNETES)


@pytest.mark.parametrize("name", pods())
def test_a_pod_is_closed(name: str) -> None:
    pod = pods()[name]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]
        assert "FIELDPOST_DATABASE" not in variables(container)
        mounted = {one["name"] for one in container["volumeMounts"]}
        assert mounted == {one["name"] for one in pod["volumes"]}


@pytest.mark.parametrize("name", pods())
def test_the_variables_of_services_do_not_become_settings(name: str) -> None:
    """A service that is called fieldpost gives each pod beside it a FIELDPOST_PORT, which is no setting."""
    with pytest.raises(BadSettings):
        Settings.from_environment({"FIELDPOST_PORT": "tcp://10.0.0.1:80"})
    assert pods()[name]["enableServiceLinks"] is False


def test_what_is_selected_is_there() -> None:
    labels = [
        one["spec"]["template"]["metadata"]["labels"] for one in manifests() if one["kind"] == "Deployment"
    ]
    for one in manifests():
        selector = one.get("spec", {}).get("selector")
        if selector is not None:
            wanted = selector.get("matchLabels", selector)
            assert any(wanted.items() <= given.items() for given in labels), one["metadata"]["name"]


def test_only_the_job_migrates_and_servers_have_the_time_that_they_need_to_stop() -> None:
    deployments = [one for one in manifests() if one["kind"] == "Deployment"]
    assert [one["metadata"]["name"] for one in deployments] == ["fieldpost", "fieldpost-worker"]
    for deployment in deployments:
        assert deployment["spec"]["strategy"] == {"type": "Recreate"}
        pod = deployment["spec"]["template"]["spec"]
        given = variables(pod["containers"][0])
        assert given["FIELDPOST_MIGRATE"] == "refuse"
        assert pod["terminationGracePeriodSeconds"] > int(given["FIELDPOST_DRAIN"]) + STOPPING_SECONDS
    assert pods()["Deployment fieldpost-worker"]["containers"][0]["args"] == ["worker"]
    assert pods()["Job fieldpost-migrate"]["containers"][0]["args"] == ["migrate"]


@pytest.mark.full
def test_kubernetes_runs_what_it_says(
    postgres: PostgresServer, postgresql_database_url: str, tmp_path: Path
) -> None:
    """The job first, then a server that would refuse without it, with its probes, and a backup."""
    containers = {name: pod["containers"][0] for name, pod in pods().items()}
    environ = settings_file(tmp_path, postgresql_database_url, FIELDPOST_MIGRATE="refuse")
    run(containers["Job fieldpost-migrate"]["args"], tmp_path, environ)
    server = containers["Deployment fieldpost"]
    with programs_of(postgres), serving(server["args"], tmp_path, environ, 30) as started:
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert Client(started.url).get(server[probe]["httpGet"]["path"]).status == 200
        backup = containers["CronJob fieldpost-backup"]["args"]
        (tmp_path / "backups").mkdir()
        here = [one.replace("/var/lib/fieldpost-backups", "backups") for one in backup]
        environ = settings_file(tmp_path, postgresql_database_url, FIELDPOST_MIGRATE="refuse")
        assert "Verified" in run(here, tmp_path, environ)


def variables(container: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["value"] for one in container["env"]}

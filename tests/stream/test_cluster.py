"""Three servers of NATS, killed and cut off under load: acknowledged is stored, once; the books balance."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from collector.intake.stream import places
from tests.faults.load import Load, loaded
from tests.faults.shop import Shop
from tests.faults.test_kill import require_nothing_lost
from tests.servers.fieldpost import Server
from tests.servers.nats import NatsCluster, running_cluster
from tests.servers.waiting import eventually
from tests.servers.worker import running_worker
from tests.stream.looking import is_empty, on
from tests.stream.test_worker import offer_again_after

pytestmark = pytest.mark.full

SOME = 60


@pytest.fixture
def cluster() -> Iterator[NatsCluster]:
    with running_cluster() as started:
        yield started


def leader_of(cluster: NatsCluster) -> str:
    """The node that leads the stream."""

    async def ask(client: object) -> str | None:
        info = await client.jetstream(timeout=2).stream_info(places.EVENTS)  # type: ignore[attr-defined]
        return info.cluster.leader if info.cluster else None

    def found() -> str | None:
        try:
            return on(cluster.url, ask)  # type: ignore[arg-type]
        except Exception:
            return None

    leader = eventually(found)
    assert leader is not None
    return leader


def wait_for_more(load: Load, count: int = SOME) -> None:
    wanted = load.told.acknowledged.total() + count
    assert eventually(lambda: load.told.acknowledged.total() >= wanted), load.told.statuses


def finish(shop: Shop, server: Server, cluster: NatsCluster, load: Load) -> None:
    load.stop()
    assert eventually(lambda: is_empty(cluster.url))
    server.stop()
    require_nothing_lost(shop, load)


def test_the_stream_has_three_replicas(shop: Shop, cluster: NatsCluster) -> None:
    server = shop.serve(stream=cluster.url)
    server.stop()

    async def replicas(client: object) -> int | None:
        info = await client.jetstream().stream_info(places.EVENTS)  # type: ignore[attr-defined]
        return info.config.num_replicas  # type: ignore[no-any-return]

    assert on(cluster.url, replicas) == 3  # type: ignore[arg-type]


def test_each_node_is_killed_once_under_load(shop: Shop, cluster: NatsCluster) -> None:
    server = shop.serve(stream=cluster.url)
    with running_worker(shop.database, cluster.url, shop.folder), loaded(shop) as load:
        wait_for_more(load)
        for node in cluster.nodes.values():
            node.kill()
            wait_for_more(load)
            node.start(waits=False)
            assert eventually(cluster.is_healthy)
            wait_for_more(load)
        finish(shop, server, cluster, load)


def test_the_leader_is_killed_again_and_again(shop: Shop, cluster: NatsCluster) -> None:
    server = shop.serve(stream=cluster.url)
    with running_worker(shop.database, cluster.url, shop.folder), loaded(shop) as load:
        for _ in range(3):
            wait_for_more(load)
            node = cluster.nodes[leader_of(cluster)]
            node.kill()
            wait_for_more(load)
            node.start(waits=False)
            assert eventually(cluster.is_healthy)
        finish(shop, server, cluster, load)


@pytest.mark.parametrize("is_leader", [True, False])
def test_a_node_is_cut_off_from_the_others_and_comes_back(
    shop: Shop, cluster: NatsCluster, is_leader: bool
) -> None:
    """Clients reach all three, also the one that leads and hears of nobody: what it takes must not count."""
    offer_again_after(cluster.url, 2)  # what was with a worker when the leader was lost
    server = shop.serve(stream=cluster.url)
    with running_worker(shop.database, cluster.url, shop.folder), loaded(shop) as load:
        wait_for_more(load)
        leader = leader_of(cluster)
        name = leader if is_leader else next(one for one in cluster.nodes if one != leader)
        cluster.part(name)
        wait_for_more(load)
        cluster.join(name)
        assert eventually(cluster.is_healthy)
        wait_for_more(load)
        finish(shop, server, cluster, load)


def test_all_nodes_are_killed_at_once(shop: Shop, cluster: NatsCluster) -> None:
    """What the stream has safely is on its disks."""
    server = shop.serve(stream=cluster.url)
    with loaded(shop) as load:
        wait_for_more(load)
        for node in cluster.nodes.values():
            node.kill()
        cluster.start()
        wait_for_more(load)
        with running_worker(shop.database, cluster.url, shop.folder):
            finish(shop, server, cluster, load)

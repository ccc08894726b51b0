"""What following segments costs a commit, and how fast it is: with and without segments in the same run.

    python -m benchmarks.following [--rounds 7] [--segments 10]

On SQLite, through the real commit and the real follower. Medians; members are checked afterwards.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from itertools import count
from pathlib import Path

from collector.core.goals import Goal
from collector.core.segments.drafts import read_draft
from collector.core.segments.templates import TEMPLATES
from collector.core.strict_json import read
from collector.store.segments.following import Follower
from tests.cast import ADMIN, EVERY_TYPE, Shop, open_shop
from tests.store.writes import commit, write

PEOPLE = 20_000
GROUP = 200
GROUPS = 20
NUMBERS = count()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=7)
    asked.add_argument("--segments", type=int, default=10)
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        plain, followed = (Followed(Path(folder) / f"{name}.db") for name in ("plain", "followed"))
        followed.make_segments(wanted.segments)
        for shop in (plain, followed):
            shop.commit_groups(GROUPS * 5)
        followed.catch_up()
        without, within, speeds = [], [], []
        for _ in range(wanted.rounds):
            without.append(plain.commit_groups(GROUPS))
            within.append(followed.commit_groups(GROUPS))
            begun = time.perf_counter()
            profiles = followed.catch_up()
            speeds.append(profiles / (time.perf_counter() - begun))
        followed.require_exact()
        ratio = statistics.median(one / other for one, other in zip(within, without, strict=True))
        tell("events/s of a commit without a segment", GROUP * GROUPS / statistics.median(without))
        tell(f"the time of a commit with {wanted.segments} segments, of that without", ratio)
        tell(f"profiles/s followed into {wanted.segments} segments", statistics.median(speeds))


class Followed:
    """A shop with many people; those who buy are followed when they are asked for."""

    def __init__(self, path: Path) -> None:
        self.shop: Shop = open_shop(f"sqlite:///{path}")
        self.plain = self.shop.define(EVERY_TYPE)
        self.follower: Follower = self.shop.store.new_follower()

    def make_segments(self, count: int) -> None:
        for number in range(count):
            tree = read(json.dumps(TEMPLATES[number % len(TEMPLATES)].tree).encode())
            draft = read_draft({"name": f"S{number}", "tree": tree})
            assert not isinstance(draft, list)
            self.shop.store.segments.create("shop", draft, ADMIN, self.shop.clock.now())

    def commit_groups(self, groups: int) -> float:
        """Commits so many groups of events of different people; the seconds that it took."""
        begun = time.perf_counter()
        for _ in range(groups):
            numbers = [next(NUMBERS) for _ in range(GROUP)]
            commit(
                self.shop,
                *[
                    write(
                        self.plain,
                        f"e{number}",
                        identifiers={"email": f"p{number * 7919 % PEOPLE}@example.com"},
                        given_goal=Goal("purchase", 150_000_000),
                    )
                    for number in numbers
                ],
            )
        return time.perf_counter() - begun

    def catch_up(self) -> int:
        while self.follower.turn(self.shop.clock.now):
            pass
        return GROUP * GROUPS

    def require_exact(self) -> None:
        segments, now = self.shop.store.segments, self.shop.clock.now()
        for one in segments.page("shop", 500, None)[0]:
            found = segments.standings.members(segments.standings.of(one.number), PEOPLE)
            if found != segments.finder.members(one.draft.node, one.scope(now), PEOPLE):
                raise SystemExit(f"{one.draft.id}: members are not those whom the tree finds")


def tell(what: str, figure: float) -> None:
    print(f"{what}: {figure:.4g}")


if __name__ == "__main__":
    main()

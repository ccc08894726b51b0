"""Who may come in: everybody may hold as much as is left free, whatever the others do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from collector.intake.admission import Room

NAMES = ("shop", "club", "blog", "cafe")
PLACES = 60


class Visitors(RuleBasedStateMachine):
    """Everybody comes and goes as they like; the room is compared with a plain list of who is in."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Room(PLACES)
        self.inside: list[tuple[str, int]] = []

    def held(self, name: str) -> int:
        return sum(places for who, places in self.inside if who == name)

    @property
    def free(self) -> int:
        return PLACES - sum(places for _, places in self.inside)

    @rule(name=st.sampled_from(NAMES), places=st.integers(1, PLACES // 4))
    def comes(self, name: str, places: int) -> None:
        may_enter = self.held(name) < self.free
        assert self.room.enter(name, places) is may_enter
        if may_enter:
            self.inside.append((name, places))

    @precondition(lambda self: self.inside)
    @rule(data=st.data())
    def goes(self, data: st.DataObject) -> None:
        name, places = self.inside.pop(data.draw(st.integers(0, len(self.inside) - 1)))
        self.room.leave(name, places)

    @invariant()
    def the_room_knows_who_is_in(self) -> None:
        assert self.room.taken == PLACES - self.free
        assert [self.room.held_by(name) for name in NAMES] == [self.held(name) for name in NAMES]

    @invariant()
    def the_room_is_bounded_by_what_the_last_one_took(self) -> None:
        assert self.room.taken < PLACES + PLACES // 4


TestVisitors = Visitors.TestCase


def fill(room: Room, name: str, places: int = 1) -> int:
    """Lets one name take all that it gets; how many places that were."""
    while room.enter(name, places):
        pass
    return room.held_by(name)


def test_whoever_is_alone_gets_half() -> None:
    assert fill(Room(PLACES), "shop") == PLACES // 2


@given(greedy=st.integers(1, 9), places=st.integers(1, PLACES // 4))
def test_those_who_want_everything_end_with_equal_shares_and_leave_as_much_free(
    greedy: int, places: int
) -> None:
    room = Room(PLACES)
    names = [f"greedy {number}" for number in range(greedy)]
    for name in names:
        fill(room, name)
    # Each in turn gives a place back and takes what it gets, as requests come and go.
    for name in names * PLACES:
        if room.held_by(name):
            room.leave(name)
        fill(room, name)
    shares = [room.held_by(name) for name in names]
    assert max(shares) - min(shares) <= 1
    assert PLACES - room.taken >= min(shares) > 0
    assert room.enter("new", places)


def test_whoever_left_takes_no_room() -> None:
    room = Room(PLACES)
    for number in range(10_000):
        assert room.enter(f"visitor {number}")
        room.leave(f"visitor {number}")
    assert (room.taken, len(room._held)) == (0, 0)

"""A segment's tree as one condition on profiles: every leaf is a set of profiles, the rest is and, or, not.

Goals without a timeframe are read from the totals, which are exact in every commit; what a total does not
tell (a timeframe, one event of several, a version, trust, consent, data) is read from the events.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import peewee
from peewee import fn

from collector.core.goals import GOAL_TYPES
from collector.core.segments.tree import (
    Branch,
    Filter,
    GoalLeaf,
    Identifier,
    Interval,
    IsSet,
    Leaf,
    Member,
    Moment,
    Node,
    TimeIn,
    TimelineLeaf,
)
from collector.store.consent import consent_fits
from collector.store.models import Change, Definition, Event, Profile, Total, Version
from collector.store.models import Identifier as Name
from collector.store.segments.dialect import Dialect
from collector.store.segments.sums import compare, of_events, of_totals, whole_numbers, within
from collector.store.segments.values import Values

EVERYBODY = Profile.id.is_null(False)
NOBODY = Profile.id.is_null()


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose profiles, and when: `zone` is where the days of the segment begin.

    `among`: nobody but these is asked about. They are found by their numbers, which is quicker for a few
    hundred of them than to find everybody.
    """

    section_id: str
    now: int
    zone: datetime.tzinfo = datetime.UTC
    among: tuple[int, ...] | None = None


def matching(node: Node, scope: Scope, dialect: Dialect) -> Any:
    """The ids of the section's profiles that match a tree, as a query. Merged profiles are none."""
    of_section = (Profile.section == scope.section_id) & Profile.merged_into.is_null()
    compiler = _Compiler(scope, dialect, Values(dialect, scope.now, scope.zone))
    query = Profile.select(Profile.id).where(of_section & compiler.condition(node))
    return compiler.among(query, Profile.id)


@dataclass(frozen=True, slots=True)
class _Compiler:
    scope: Scope
    dialect: Dialect
    values: Values

    def among(self, query: Any, profile: Any) -> Any:
        """A query over the profiles in the column `profile`, kept to those that are asked about."""
        wanted = self.scope.among
        return query if wanted is None else query.where(self.dialect.is_one_of(profile, wanted))

    def condition(self, node: Node) -> Any:
        """That a profile matches; true or false, never NULL under a negation."""
        if isinstance(node, Branch):
            return _joined(node.operator, self._parts(node))
        if isinstance(node, GoalLeaf):
            return self._goal(node)
        if isinstance(node, TimelineLeaf):
            return self._timeline(node)
        return _joined("and", [self._contact(one) for one in node.filters])

    def _parts(self, branch: Branch) -> Iterable[Any]:
        """The conditions of a branch. Those that read the same totals read them once."""
        together: dict[Any, list[GoalLeaf]] = {}
        for leaf in branch.leaves:
            if branch.operator == "and" and isinstance(leaf, GoalLeaf) and _may_share(leaf):
                together.setdefault(_scope_of(leaf), []).append(leaf)
            else:
                yield self.condition(leaf)
        for leaves in together.values():
            yield _one_of(self._with_goals(leaves))

    def _goal(self, leaf: GoalLeaf) -> Any:
        if not _is_enough_once(leaf) or not _told_by_totals(leaf) or leaf.timeframe.is_anytime:
            return _one_of(self._with_goals([leaf]), negate=leaf.negate)
        sets = self._at_least_once(leaf)
        return _joined("and" if leaf.negate else "or", [_one_of(one, negate=leaf.negate) for one in sets])

    def _at_least_once(self, leaf: GoalLeaf) -> Iterator[Any]:
        """Who has an event in the timeframe: by the first or the last one alone, and by those in between.

        The events are read only if there is anybody whose first one is before and whose last one after it;
        of what is recent, that is who has an event that lies in the future.
        """
        wanted, totals = leaf.timeframe.at(self.scope.now), totals_of(leaf, self.scope)
        ends = within(Total.first_at, wanted) | within(Total.last_at, wanted)
        yield self.among(Total.select(Total.profile).where(totals & ends), Total.profile)
        if wanted.low is None or wanted.high is None:
            return
        is_around = (Total.first_at < wanted.low) & (Total.last_at > wanted.high)
        around = self.among(Total.select(Total.profile).where(totals & is_around), Total.profile)
        between = self._events_of(leaf) & within(Event.occurred_at, wanted)
        yield Event.select(Event.profile).where(fn.EXISTS(around) & Event.profile.in_(around) & between)

    def _with_goals(self, leaves: list[GoalLeaf]) -> Any:
        """The profiles for whose events with a goal all comparisons hold; the leaves read the same ones."""
        leaf = leaves[0]
        if _in_totals(leaf):
            totals = Total.select(Total.profile).where(totals_of(leaf, self.scope))
            totals = self.among(totals, Total.profile).group_by(Total.profile)
            sums = of_totals(self.dialect.summed)
            return totals.having(*[compare(one.aggregate, sums, one.compared) for one in leaves])
        if leaf.pick != "all":
            return self._with_one_goal(leaf)
        counted = self._events_of(leaf) & within(Event.occurred_at, leaf.timeframe.at(self.scope.now))
        query = Event.select(Event.profile).where(counted)
        if _is_enough_once(leaf):
            return query
        sums = of_events(self.dialect.summed)
        return query.group_by(Event.profile).having(compare(leaf.aggregate, sums, leaf.compared))

    def _events_of(self, leaf: GoalLeaf) -> Any:
        wanted = Event.goal_type.is_null(False) & Event.deleted_at.is_null() & Event.profile.is_null(False)
        if leaf.goal_type is not None:
            wanted &= Event.goal_type == leaf.goal_type
        for column, value in (
            (Event.goal_name, leaf.goal_name),
            (Event.goal_currency, leaf.currency),
            (Event.trust, leaf.trust),
        ):
            if value is not None:
                wanted &= column == value
        if leaf.consent is not None:
            wanted &= consent_fits(leaf.consent)
        definitions = definitions_of(self.scope, leaf.event_name)
        wanted &= Event.definition.in_(definitions)
        if leaf.version is not None:
            named = (Version.number == leaf.version) & Version.definition.in_(definitions)
            wanted &= Event.version.in_(Version.select(Version.id).where(named))
        if self.scope.among is not None:
            # Events have no index by profile; the log has, and a change has the profile of its event.
            logged = self.among(Change.select(Change.event), Change.profile)
            wanted &= Event.id.in_(logged) & self.dialect.is_one_of(Event.profile, self.scope.among)
        return _all([wanted, *self.values.all_fit(Event.data, leaf.filters)])

    def _with_one_goal(self, leaf: GoalLeaf) -> Any:
        """The first or the last event of each profile, of all time; then timeframe and comparison."""
        order: list[Any] = [Event.occurred_at, Event.id]
        if leaf.pick == "last":
            order = [column.desc() for column in order]
        place = fn.ROW_NUMBER().over(partition_by=[Event.profile], order_by=order)
        columns = (Event.profile, Event.occurred_at, Event.goal_value, place.alias("place"))
        ranked = self._near(leaf, Event.select(*columns).where(self._events_of(leaf))).alias("ranked")
        chosen = (ranked.c.place == 1) & within(ranked.c.occurred_at, leaf.timeframe.at(self.scope.now))
        value = {
            "sum": fn.COALESCE(ranked.c.goal_value, 0),
            "avg": fn.COALESCE(ranked.c.goal_value, 0),
            "count": ranked.c.place,
        }.get(leaf.aggregate, ranked.c.goal_value)
        wanted = whole_numbers(leaf.compared) if leaf.aggregate == "count" else leaf.compared
        # A select of a select: the alias of the inner one is its only name.
        return peewee.Select([ranked], [ranked.c.profile]).where(chosen & within(value, wanted))

    def _near(self, leaf: GoalLeaf, events: Any) -> Any:
        """Where totals tell when the first or last event was: only those of that very moment."""
        if not _told_by_totals(leaf):
            return events
        edge = fn.MIN(Total.first_at) if leaf.pick == "first" else fn.MAX(Total.last_at)
        edges = Total.select(Total.profile, edge.alias("at")).where(totals_of(leaf, self.scope))
        edges = (
            self.among(edges, Total.profile)
            .group_by(Total.profile)
            .having(within(edge, leaf.timeframe.at(self.scope.now)))
        )
        near = edges.alias("near")
        same = (near.c.profile == Event.profile) & (near.c.at == Event.occurred_at)
        return events.join(near, on=same)

    def _timeline(self, leaf: TimelineLeaf) -> Any:
        if leaf.event_name is None:
            return EVERYBODY if leaf.count.holds(0) else NOBODY
        shown = (
            Change.profile.is_null(False)
            & Change.definition.in_(definitions_of(self.scope, leaf.event_name))
            & Event.deleted_at.is_null()
            & within(Change.occurred_at, leaf.timeframe.at(self.scope.now))
        )
        shown = _all([shown, *self.values.all_fit(Event.data, leaf.filters)])
        entries = Change.select(Change.profile).join(Event, on=(Event.id == Change.event)).where(shown)
        entries = self.among(entries, Change.profile)
        has_zero = leaf.count.holds(0)
        outside = Interval(1) if leaf.count == Interval(0, 0) else None
        if Interval(1) in (leaf.count, outside):
            return _one_of(entries, negate=has_zero)
        count = within(fn.COUNT(Change.id), leaf.count)
        counted = entries.group_by(Change.profile).having(~(count) if has_zero else count)
        return _one_of(counted, negate=has_zero)

    def _contact(self, one: Filter) -> Any:
        if isinstance(one.place, Member):
            return self.values.fits(Profile.attributes, one)
        find: Callable[[Any], Any] = self._named if isinstance(one.place, Identifier) else self._seen
        if isinstance(one.test, IsSet):
            return _one_of(find(one), negate=one.negate)
        if not one.negate:
            return _one_of(find(one))
        any_value = Filter(one.place, IsSet())
        return _one_of(find(any_value)) & _one_of(find(Filter(one.place, one.test)), negate=True)

    def _named(self, one: Filter) -> Any:
        """The profiles that have an identifier which passes the test."""
        assert isinstance(one.place, Identifier)
        wanted = (Name.section == self.scope.section_id) & (Name.kind == one.place.kind)
        if not isinstance(one.test, IsSet):
            wanted &= self.values.text_fits(Name.value, one.test)
        return self.among(Name.select(Name.profile).where(wanted), Name.profile)

    def _seen(self, one: Filter) -> Any:
        """The profiles for which a moment is known that passes the test."""
        assert isinstance(one.place, Moment)
        wanted = one.test.timeframe.at(self.scope.now) if isinstance(one.test, TimeIn) else Interval()
        if one.place.which == "created_at":
            own = Profile.alias()
            made = (own.section == self.scope.section_id) & within(own.created_at, wanted)
            return self.among(own.select(own.id).where(made), own.id)
        moment = fn.MIN(Total.first_at) if one.place.which == "first_seen" else fn.MAX(Total.last_at)
        query = Total.select(Total.profile).where(Total.definition.in_(definitions_of(self.scope, None)))
        if self.scope.among is not None:
            query = query.where(Total.goal_type.in_(["", *GOAL_TYPES]))  # with which their key begins
        return self.among(query, Total.profile).group_by(Total.profile).having(within(moment, wanted))


def totals_of(leaf: GoalLeaf, scope: Scope) -> Any:
    """The totals of the events that a leaf is about, as far as totals can tell them apart."""
    wanted = Total.definition.in_(definitions_of(scope, leaf.event_name))
    if leaf.event_name is None:
        # Mostly there are no others: then none of a hundred thousand totals is asked whose it is.
        is_visible = (Definition.section == scope.section_id) & Definition.hidden_at.is_null()
        wanted = ~(fn.EXISTS(Definition.select(Definition.id).where(~(is_visible)))) | wanted
    # Named one by one, as the key of totals begins with them.
    wanted &= Total.goal_type.in_(GOAL_TYPES) if leaf.goal_type is None else Total.goal_type == leaf.goal_type
    if leaf.goal_name is not None:
        wanted &= Total.goal_name == leaf.goal_name
    if leaf.currency is not None:
        wanted &= Total.goal_currency == leaf.currency
    return wanted


def definitions_of(scope: Scope, event_name: str | None) -> Any:
    """Those of the section that are not hidden; all, or the one of this name."""
    wanted = (Definition.section == scope.section_id) & Definition.hidden_at.is_null()
    if event_name is not None:
        wanted &= Definition.event_name == event_name
    return Definition.select(Definition.id).where(wanted)


def reads_events(leaf: Leaf) -> bool:
    """Whether a leaf has to read events, as totals do not tell what it asks."""
    if isinstance(leaf, GoalLeaf):
        return not _in_totals(leaf)
    return isinstance(leaf, TimelineLeaf) and leaf.event_name is not None


def _is_enough_once(leaf: GoalLeaf) -> bool:
    """Whether one event is enough, so that nothing has to be counted."""
    return leaf.pick == "all" and leaf.aggregate == "count" and whole_numbers(leaf.compared) == Interval(1)


def _told_by_totals(leaf: GoalLeaf) -> bool:
    """Whether totals tell the events of a leaf from all others."""
    return (leaf.version, leaf.trust, leaf.consent) == (None, None, None) and not leaf.filters


def _in_totals(leaf: GoalLeaf) -> bool:
    return _told_by_totals(leaf) and leaf.timeframe.is_anytime and leaf.pick == "all"


def _may_share(leaf: GoalLeaf) -> bool:
    return _in_totals(leaf) and not leaf.negate


def _scope_of(leaf: GoalLeaf) -> tuple[str | None, ...]:
    return (leaf.goal_type, leaf.goal_name, leaf.event_name, leaf.currency)


def _one_of(query: Any, *, negate: bool = False) -> Any:
    return Profile.id.not_in(query) if negate else Profile.id.in_(query)


def _joined(operator: str, conditions: Iterable[Any]) -> Any:
    """In one pair of brackets, however many there are: SQLite's parser goes only so deep."""
    return peewee.NodeList([*conditions], glue=f" {operator.upper()} ", parens=True)


def _all(conditions: list[Any]) -> Any:
    return _joined("and", conditions)

"""What became of profiles that were merged: each points to the one that it is part of now."""

from __future__ import annotations

from collections.abc import Iterable

from collector.store.database import Database
from collector.store.models import Profile


def successors(database: Database, profiles: Iterable[int]) -> dict[int, int]:
    """The profile that each of these is part of now: itself, unless it was merged."""
    ends = {profile: profile for profile in profiles}
    open_ends = set(ends)
    while open_ends:
        query = Profile.select(Profile.id, Profile.merged_into).where(
            Profile.id.in_(sorted(open_ends)) & Profile.merged_into.is_null(False)
        )
        steps = {row["id"]: row["merged_into"] for row in database.rows(query)}
        ends = {profile: steps.get(end, end) for profile, end in ends.items()}
        open_ends = set(steps.values())
    return ends


def family(database: Database, profile: int) -> set[int]:
    """A profile and all that are part of it now."""
    members = {profile}
    latest = members
    while latest:
        query = Profile.select(Profile.id).where(Profile.merged_into.in_(sorted(latest)))
        latest = {row["id"] for row in database.rows(query)} - members
        members = members | latest
    return members

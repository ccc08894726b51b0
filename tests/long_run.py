"""Which tests are for the long run alone: the second turns of what a usual run has seen once."""

from __future__ import annotations

LONG = (
    # Servers and a browser, or kills and waiting: on PostgreSQL too only where there is time for it.
    ("journeys/", "postgresql"),
    ("faults/test_backup_under_load.py", "postgresql"),
    ("faults/test_segments_followed.py", "postgresql"),
    ("faults/test_webhooks_killed.py", "postgresql"),
    ("faults/test_kill.py", "postgresql"),
    ("store/test_erasure_killed.py", "postgresql"),
    ("cli/test_serve.py", "postgresql"),
    ("cli/test_serve.py::test_it_ends_cleanly", "interrupt_all"),
    ("cli/test_migrating.py::test_a_server_that_may_not_migrate", "postgresql"),
    # The files are the same, whichever database they are written from.
    ("lake/test_evaluating.py", "postgresql"),
    # Two servers for each test; a virtual environment of its own.
    ("journeys/test_two_servers.py", ""),
    ("test_install.py", ""),
    # Pages and doors of other APIs say in their own words what `web/test_*_api.py` and `store/` see on
    # PostgreSQL in every run; `ON_BOTH` are the tests of theirs that ask most of a database.
    ("web/pages/", "postgresql"),
    ("web/site_editor/", "postgresql"),
    ("web/notifuse/", "postgresql"),
    ("web/segment_io/", "postgresql"),
    ("web/apsis/", "postgresql"),
    ("web/cloudevents/", "postgresql"),
    # What is refused for what it says never comes to a database.
    ("web/test_consent.py::test_what_is_no_consent", "postgresql"),
    ("hostile/test_identity_corpus.py::test_nobody_is_nobody", "postgresql"),
    ("hostile/test_identity_corpus.py::test_a_token_vouches", "postgresql"),
    ("hostile/test_going_out_corpus.py::test_a_snippet_holds", "postgresql"),
    ("hostile/test_twice_corpus.py::test_money_is_exact_or_refused[postgresql", "-None]"),
    ("web/test_beacons.py::test_a_beacon_that_cannot_be_read", "postgresql"),
    ("web/test_beacons.py::test_only_listed_origins", "postgresql"),
    ("web/test_events_api.py::test_a_body_that_cannot_be_read", "postgresql"),
    ("web/test_events_api.py::test_a_query_that_cannot_be_understood", "postgresql"),
    ("web/test_events_api.py::test_an_unknown_address", "postgresql"),
    ("web/test_keys_and_rights.py::test_without_a_key_of_ours", "postgresql"),
    ("web/test_keys_api.py::test_what_describes_no_key", "postgresql"),
    ("web/test_people.py::test_a_merge_that_cannot_be_understood", "postgresql"),
    ("web/test_proposals_api.py::test_what_is_wrong", "postgresql"),
    ("web/test_rejections_api.py::test_a_replay_that_is_asked_for_strangely", "postgresql"),
    ("web/test_retention_shown.py::test_what_is_no_number_of_days", "postgresql"),
    ("web/test_segments_api.py::test_what_is_no_segment", "postgresql"),
    ("web/test_webhooks_api.py::test_what_is_wrong_with_one", "postgresql"),
    ("web/test_webhooks_api.py::test_what_is_no_object", "postgresql"),
    ("web/test_snippet_weights.py", "postgresql"),
    # One by one is what every other test sends; a batch meets itself in the database.
    ("hostile/test_twice_corpus.py::test_a_history_ends_as_it_must[postgresql", "one by one"),
    # The doors of the editor are behind the layer in front and know nothing of it.
    ("web/site_editor/test_tokens.py", "sqlite-flask"),
    ("web/site_editor/test_tokens.py", "sqlite-loop"),
    ("web/site_editor/test_health.py", "sqlite-flask"),
)
"""File, or file and the beginning of a test, and what else is in the name of a test for the long run."""

ON_BOTH = {
    "web/pages/": {
        "test_the_list_shows_how_lively_each_definition_is",
        "test_who_saved_in_the_meantime_is_not_overwritten_unseen",
        "test_versions_are_shown_with_their_difference_and_can_be_retired",
        "test_the_first_link_makes_the_first_owner_and_nobody_else",
        "test_guesses_at_the_same_moment_are_counted_too",
        "test_live_mixes_what_was_accepted_and_what_was_refused_newest_first",
        "test_live_is_paged_and_shows_everything_once",
        "test_a_rare_door_is_found_however_much_came_by_others",
        "test_an_event_is_shown_with_types_judgement_and_changes",
        "test_what_came_is_counted_for_every_definition_page_by_page",
        "test_a_profile_shows_its_timeline_page_by_page",
        "test_goals_are_summed_exactly_and_no_currency_is_mixed",
        "test_a_conflict_is_merged_and_that_is_undone",
        "test_the_download_has_what_is_held_hidden_events_too",
        "test_a_person_is_erased",
        "test_a_database_that_does_not_answer_is_a_page_too",
        "test_causes_are_shown_with_what_is_wrong_and_what_to_do",
        "test_a_preview_stores_nothing_and_the_release_does_what_it_said",
        "test_a_key_is_made_shown_once_used_and_revoked",
        "test_a_long_audit_log_is_paged",
        "test_members_are_paged_exported_and_compared",
        "test_growth_and_membership_are_shown_once_they_are_followed",
        "test_every_cell_of_the_grid_leads_to_its_people_and_becomes_a_segment_of_them",
        "test_the_overview_adds_up_the_goals_of_its_period",
        "test_a_person_s_goals_are_exact_and_say_when",
        "test_who_sent_something_last_is_told_by_origin_and_version",
        "test_a_draft_is_shown_with_what_it_would_change_and_is_published",
        "test_a_change_is_undone_on_the_page",
        "test_a_test_its_log_and_sending_it_again",
    },
    "web/site_editor/": {
        "test_a_new_event_goes_from_nothing_to_a_stored_event",
        "test_whoever_has_seen_an_older_state_overwrites_nothing",
        "test_a_trigger_is_noted_once_a_minute_and_exactly_to_that",
        "test_undoing_an_older_change_takes_the_later_ones_along",
        "test_with_a_new_seal_no_token_of_before_is_good",
        "test_nothing_is_stored_or_counted",
    },
    "web/notifuse/": {
        "test_the_examples_of_the_guide_work_with_the_definition_of_the_guide",
        "test_whole_batches_of_many_clients_at_once_are_stored_or_refused_each_on_its_own",
        "test_an_import_of_anything_is_stored_whole_or_not_at_all",
        "test_events_of_pages_are_read_by_their_shown_id",
        "test_a_replay_stores_all_of_a_refused_import_and_the_client_may_send_it_again",
        "test_people_with_an_email_are_counted_and_listed_by_it",
        "test_joining_and_leaving_are_entries_of_the_timeline",
        "test_what_is_stored_in_the_end",
        "test_an_import_goes_by_the_order_of_its_events",
        "test_an_event_that_moved_takes_its_past_along",
        "test_pages_follow_each_other_without_gaps_whatever_arrives_meanwhile",
    },
    "web/segment_io/": {
        "test_a_track_is_an_event_of_the_name_in_lower_case",
        "test_an_identify_makes_the_person_and_tells_of_them",
        "test_many_identifies_are_one_transaction_and_a_bad_one_holds_up_none",
        "test_an_alias_links_a_browser_or_merges_two_people",
        "test_somebody_erased_does_not_come_back_by_a_late_identify",
    },
    "web/apsis/": {
        "test_posted_items_are_events_of_the_profile_which_is_made",
        "test_a_merge_makes_profiles_one_and_links_browsers",
        "test_a_profile_is_erased",
    },
    "web/cloudevents/": {"test_a_batch_has_a_verdict_for_each"},
}
"""Room and those of its tests whose turn on PostgreSQL is in every run."""


def is_long(nodeid: str) -> bool:
    """Whether a test, by its whole name, is for the long run alone."""
    return any(where in nodeid and which in nodeid for where, which in LONG) and not _is_on_both(nodeid)


def _is_on_both(nodeid: str) -> bool:
    name, _, turn = nodeid.partition("[")
    file, _, test = name.rpartition("::")
    return "postgresql" in turn and any(room in file and test in kept for room, kept in ON_BOTH.items())

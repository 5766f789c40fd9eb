"""Watched is what the server's own clock allows: research V22, and the public reports beside it."""

from datetime import timedelta
from itertools import pairwise

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from apps.courses import actions, watching
from apps.courses.completion_rules import WATCHED
from apps.courses.models import LessonProgress
from tests import factories

LENGTH = 100.0
stretches = st.lists(
    st.tuples(st.integers(0, 100), st.integers(0, 100)).map(lambda pair: (float(min(pair)), float(max(pair)))),
    max_size=12,
)


def slow_seconds(pairs):
    """Second by second: what lies in one of them."""
    return sum(any(start <= second and second + 1 <= end for start, end in pairs) for second in range(100))


class TestStretches:
    @pytest.mark.parametrize(
        ("watched", "seconds", "enough"),
        [
            ([(0, 20), (50, 100)], 70, False),
            ([(0, 10)] * 10, 10, False),
            ([(99, 100)], 1, False),
            ([(0, 90)], 90, True),
            ([(0, 60), (40, 95)], 95, True),
            ([], 0, False),
        ],
    )
    def test_the_same_minute_counts_once_and_seeking_to_the_end_is_not_watching(self, watched, seconds, enough):
        assert watching.seconds(watched) == seconds
        assert watching.is_enough(watched, LENGTH) is enough

    def test_a_video_whose_length_nobody_knows_is_never_watched(self):
        assert not watching.is_enough([(0, 1_000)], None)

    @given(stretches)
    def test_what_is_merged_covers_the_same_seconds_in_order(self, pairs):
        whole = watching.merged(pairs)
        assert sum(end - start for start, end in whole) == slow_seconds(pairs)
        assert whole == sorted(whole)
        assert all(before[1] < after[0] for before, after in pairwise(whole))

    @given(stretches, stretches, st.integers(0, 120))
    def test_a_report_adds_what_is_new_and_no_more_than_allowed(self, known, new, allowed):
        before, after = slow_seconds(known), watching.seconds(watching.added(known, new, allowed))
        assert after == min(slow_seconds([*known, *new]), before + allowed)

    def test_what_is_kept_has_an_end(self):
        pieces = [(float(start), start + 0.5) for start in range(watching.MOST + 100)]
        assert len(watching.added([], pieces, 10**9)) == watching.MOST

    @pytest.mark.parametrize(
        "sent",
        [None, {}, "[]", [[1]], [["a", 2]], [[None, None]], [[5, 1]], [[True, 2]], [[float("nan"), 5]], [[1, 2, 3]]],
    )
    def test_what_makes_no_sense_counts_as_absent(self, sent):
        assert watching.read(sent, LENGTH) == []

    def test_nothing_beyond_the_video_counts(self):
        assert watching.read([[-50, 10], [90, 5_000]], LENGTH) == [(0, 10), (90, 100)]


@pytest.fixture
def film(cast):
    """A video of 100 s in Amina's course, done by watching."""
    stored = factories.stored_file(kind="video/mp4", width=640, height=360, seconds=LENGTH)
    module = factories.module(course=cast.course)
    return factories.lesson(module=module, kind="video", file=stored, completion_rule=WATCHED.name)


def watch(cast, film, clock, *reports):
    """Reports of (seconds of the clock since the last one, stretches); returns what is known then."""
    actions.watch_lesson(cast.amina_user, film, [], 0)
    for seconds, pairs in reports:
        clock.shift(timedelta(seconds=seconds))
        actions.watch_lesson(cast.amina_user, film, pairs, pairs[-1][1])
    return LessonProgress.objects.get(student=cast.amina, lesson=film)


@pytest.fixture
def clock():
    with time_machine.travel("2026-12-01 10:00+00:00", tick=False) as traveller:
        yield traveller


class TestDone:
    def test_at_90_percent_it_is_done_wherever_it_began(self, cast, film, clock):
        row = watch(cast, film, clock, (60, [(30.0, 90.0)]), (31, [(0.0, 30.0)]))
        assert row.completed_at
        assert row.watched == [[0, 90]]

    def test_a_film_of_minutes_claimed_within_seconds_is_not(self, cast, film, clock):
        row = watch(cast, film, clock, (1, [(0.0, 100.0)]))
        assert not row.completed_at
        assert watching.seconds(row.watched) <= (1 + watching.SLACK.total_seconds()) * watching.FASTEST

    def test_many_quick_reports_add_no_more_than_one(self, cast, film, clock):
        pieces = [(0.02, [(second, second + 1.0)]) for second in range(100)]
        row = watch(cast, film, clock, *pieces)
        assert watching.seconds(row.watched) == pytest.approx(2 * (2 + watching.SLACK.total_seconds()))

    def test_an_empty_report_that_overtakes_takes_nothing_away(self, cast, film, clock):
        actions.watch_lesson(cast.amina_user, film, [], 0)
        clock.shift(timedelta(seconds=50))
        actions.watch_lesson(cast.amina_user, film, [], 100)
        assert actions.watch_lesson(cast.amina_user, film, [(0.0, 100.0)], 100).completed_at

    def test_at_twice_the_speed_each_report_counts_whole(self, cast, film, clock):
        row = watch(cast, film, clock, *[(5, [(start, start + 10.0)]) for start in range(0, 100, 10)])
        assert row.watched == [[0, 100]]

    def test_twenty_and_fifty_of_a_hundred_seconds_are_70_percent(self, cast, film, clock):
        row = watch(cast, film, clock, (20, [(0.0, 20.0)]), (50, [(50.0, 100.0)]))
        assert watching.seconds(row.watched) == 70
        assert not row.completed_at

    def test_the_first_report_adds_nothing(self, cast, film, clock):
        row = actions.watch_lesson(cast.amina_user, film, [(0.0, 100.0)], 100)
        assert row.watched == []

    def test_it_goes_on_where_it_stopped(self, cast, film, clock):
        assert watch(cast, film, clock, (20, [(0.0, 20.0)])).stopped_at == 20

    def test_no_button_marks_it_as_done(self, cast, film, client_for):
        url = f"/courses/{cast.course.pk}/lessons/{film.pk}/completion/"
        assert client_for(cast.amina_user).post(url).status_code == 403
        assert not LessonProgress.objects.filter(completed_at__isnull=False).exists()

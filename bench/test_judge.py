import contextlib
import io
import unittest
from unittest import mock

import judge


def judged(values, limit, at_least=False):
    with contextlib.redirect_stdout(io.StringIO()):
        return judge.judge_ratio("title", "ours", values, "theirs", [1] * len(values), limit, at_least=at_least)


class VerdictTest(unittest.TestCase):
    def test_passes_within_the_limit_by_more_than_the_spread(self):
        self.assertEqual(judged([1, 1, 1, 1.1, 1.1, 1.2, 1.2], 1.5), 0)

    def test_fails_beyond_the_limit_by_more_than_the_spread(self):
        self.assertEqual(judged([1, 1, 1, 1.1, 1.1, 1.2, 1.2], 0.5), 1)

    def test_judges_nothing_where_the_spread_exceeds_the_margin(self):
        self.assertEqual(judged([1, 1, 1, 1.1, 1.4, 1.5, 1.5], 1.2), 2)

    def test_the_least_is_not_to_be_missed(self):
        self.assertEqual(judged([1, 1, 1, 1.1, 1.1, 1.2, 1.2], 0.5, at_least=True), 0)
        self.assertEqual(judged([1, 1, 1, 1.1, 1.1, 1.2, 1.2], 1.5, at_least=True), 1)

    def test_too_few_rounds_are_refused(self):
        with self.assertRaises(ValueError):
            judge.verdict([1] * 6, 2)

    def test_what_failed_is_not_hidden_by_what_is_not_judged(self):
        self.assertEqual(judge.worst(0, 2, 1, 0), 1)
        self.assertEqual(judge.worst(0, 2, 0), 2)
        self.assertEqual(judge.worst(0), 0)


class InterleavedTest(unittest.TestCase):
    def measured(self, stolen, rounds=2, turns=1):
        """What is measured, and printed, when so many seconds are stolen in one measure after another."""
        calls, clock, taken = [], [0.0], [0.0]
        steals = iter(stolen)

        def measure(name):
            calls.append(name)
            clock[0] += 1
            taken[0] += next(steals, 0)
            return len(calls)

        out = io.StringIO()
        with mock.patch.object(judge, "stolen_seconds", lambda: taken[0]), \
                mock.patch.object(judge.time, "monotonic", lambda: clock[0]), \
                mock.patch.object(judge.os, "cpu_count", lambda: 1), contextlib.redirect_stdout(out):
            series = judge.interleaved(rounds, lambda: measure("a"), lambda: measure("b"), turns=turns)
        return "".join(calls), series, out.getvalue()

    def test_each_turn_begins_with_another_one_after_one_that_does_not_count(self):
        calls, series, printed = self.measured([], rounds=3)
        self.assertEqual(calls, "ab" + "ab" + "ba" + "ab")
        self.assertEqual(series, [[3, 6, 7], [4, 5, 8]])
        self.assertEqual(printed, "")

    def test_a_round_of_several_turns_counts_with_their_middle(self):
        self.assertEqual(self.measured([], rounds=1, turns=3)[1], [[6], [5]])

    def test_what_was_disturbed_is_measured_again(self):
        calls, series, printed = self.measured([0, 0, 0.5, 0.5], rounds=1)
        self.assertEqual(calls, "ab" + "aaab")
        self.assertEqual(series, [[5], [6]])
        self.assertTrue(printed.startswith("2 times"))
        self.assertIn("0 measures count", printed)

    def test_what_is_disturbed_each_time_counts_in_the_end_and_is_told(self):
        calls, series, printed = self.measured([0, 0] + [0.5] * judge.TRIES, rounds=1)
        self.assertEqual(calls, "ab" + "a" * judge.TRIES + "b")
        self.assertIn("1 measures count", printed)


if __name__ == "__main__":
    unittest.main()

"""Judges measurements as docs/architecture.md says: by the median of at least seven rounds, with the spread printed.

The spread is the distance between the quartiles, the margin the one between median and limit. Where the spread
exceeds the margin, nothing is judged: another run could say the opposite.
"""
import os
import statistics
import time

LEAST_ROUNDS = 7
MOST_STOLEN = 0.03  # of the processors' time in a turn
TRIES = 5
EXIT_STATUS = {"passed": 0, "failed": 1, "unjudged": 2}


def worst(*statuses):
    """The exit status of several figures: what failed is not hidden by what is not judged."""
    return next(status for word in ("failed", "unjudged", "passed") if (status := EXIT_STATUS[word]) in statuses)


def spread(values):
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return third - first


def verdict(values, limit, at_least=False):
    """``passed``, ``failed`` or ``unjudged``; the limit is the most, or the least, that passes."""
    if len(values) < LEAST_ROUNDS:
        raise ValueError("%d rounds are too few to judge, %d are the least" % (len(values), LEAST_ROUNDS))
    median = statistics.median(values)
    if spread(values) > abs(limit - median):
        return "unjudged"
    return "passed" if (median >= limit if at_least else median <= limit) else "failed"


def line(name, values, digits):
    return "  %-22s median %8.*f   spread %7.*f   of %d" % (
        name, digits, statistics.median(values), digits, spread(values), len(values))


def judge_value(title, name, values, limit, digits=1):
    """Prints one series against a limit and returns the exit status."""
    word = verdict(values, limit)
    print(title)
    print("%s   limit %.*f: %s" % (line(name, values, digits), digits, limit, word))
    return EXIT_STATUS[word]


def judge_ratio(title, name, values, reference_name, reference, limit, digits=1, at_least=False):
    """Prints two series and the ratio of each round's pair against a limit, and returns the exit status."""
    ratios = [ours / other for ours, other in zip(values, reference)]
    word = verdict(ratios, limit, at_least)
    print(title)
    print(line(name, values, digits))
    print(line(reference_name, reference, digits))
    print("%s   %s %.2f: %s" % (line("ratio", ratios, 3), "at least" if at_least else "limit", limit, word))
    return EXIT_STATUS[word]


def stolen_seconds():
    """How much processor time the host has given to others since the start; 0 on a machine that is nobody's guest."""
    try:
        with open("/proc/stat") as stat:
            return int(stat.readline().split()[8]) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0


def interleaved(rounds, *measures, turns=1, middle=statistics.median, rest=lambda: None):
    """A series for each of the things measured in turn, an unmeasured turn goes ahead.

    A turn measures each once and begins with another one than the turn before. A round of several turns counts with
    the middle of each: what the machine does for a moment, or one slow start of many, is not what is asked for. `rest`
    returns when nothing goes on any more that a measure has set off, so that the next one has the machine for itself.
    What was measured while the host gave the processors to others is measured again, a few times at most; how often
    that was, and how often it did not help, is printed.
    """
    again, disturbed = 0, 0

    def measured(measure):
        nonlocal again, disturbed
        for tries in range(TRIES):
            again += tries > 0
            rest()
            begin, stolen = time.monotonic(), stolen_seconds()
            value = measure()
            if stolen_seconds() - stolen <= MOST_STOLEN * (os.cpu_count() or 1) * (time.monotonic() - begin):
                return value
        disturbed += 1
        return value

    for measure in measures:
        measured(measure)
    series = [[] for _ in measures]
    for number in range(rounds):
        taken = [[] for _ in measures]
        for turn in range(number, number + turns):
            for which in ((turn + step) % len(measures) for step in range(len(measures))):
                taken[which].append(measured(measures[which]))
        for values, those in zip(series, taken):
            values.append(middle(those))
    if again:
        print("%d times the host gave the processors to others in a measure, which was done again; %d measures count "
              "although it did so each time" % (again, disturbed))
    return series

"""Judges measurements as docs/architecture.md says: by the median of at least seven rounds, with the spread printed.

The spread is the distance between the quartiles, the margin the one between median and limit. Where the spread
exceeds the margin, nothing is judged: another run could say the opposite.
"""
import statistics

LEAST_ROUNDS = 7
EXIT_STATUS = {"passed": 0, "failed": 1, "unjudged": 2}


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


def interleaved(rounds, *measures, turns=1, middle=statistics.median, rest=lambda: None):
    """A series for each of the things measured in turn, an unmeasured turn goes ahead.

    A turn measures each once and begins with another one than the turn before. A round of several turns counts with
    the middle of each: what the machine does for a moment, or one slow start of many, is not what is asked for. `rest`
    returns when nothing goes on any more that a measure has set off, so that the next one has the machine for itself.
    """
    def measured(measure):
        rest()
        return measure()

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
    return series

"""The median out of sums by length is the median of the stays."""

import random
from collections import Counter
from statistics import median

import pytest

from reports.stays import Stays, bucket_of, span_of

EDGES = [0, 299, 300, 3_599, 3_600, 86_399, 86_400, 863_999, 864_000, 1_295_999, 1_296_000, 40_000_000]


@pytest.mark.parametrize("seconds", EDGES)
def test_a_stay_lies_within_its_bucket(seconds):
    low, high = span_of(bucket_of(seconds))
    assert low <= seconds <= high
    assert bucket_of(low) == bucket_of(high) == bucket_of(seconds)
    assert bucket_of(high + 1) == bucket_of(high) + 1


@pytest.mark.parametrize("many", [1, 2, 3, 10, 101])
def test_the_median_is_that_of_all_one_by_one(many):
    dice = random.Random(many)
    kept = [int(dice.expovariate(1 / 40_000)) for _ in range(many)]
    gone, alone = kept[: many // 3], [int(dice.expovariate(1 / 400_000)) for _ in range(many // 2)]
    stays = Stays(alone, Counter(map(bucket_of, kept)), gone)
    low, high = stays.middle()
    left = kept[many // 3 :]
    assert stays.median([one for one in left if low <= one <= high]) == median(left + alone)


def test_who_finds_fewer_than_were_counted_knows_no_median():
    stays = Stays([], Counter({bucket_of(7_000): 3}))
    assert stays.median([7_000, 7_100]) is None

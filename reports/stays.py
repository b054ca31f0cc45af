"""How long leads stood in a row: counted by length, so that a median needs only those about the middle.

A length's bucket is of 5 minutes up to an hour, of an hour up to a day, of three hours up to ten days, of
five days from there.
"""

from collections import Counter
from dataclasses import dataclass, field

HOUR, DAY = 3_600, 86_400
# Up to which length (seconds), how wide a bucket is, and how much its number is set off.
WIDTHS = [(HOUR, HOUR // 12, 0), (DAY, HOUR, 11), (10 * DAY, 3 * HOUR, 27)]
LAST = (5 * DAY, 105)
BUCKET = (
    "CASE "
    + " ".join(f"WHEN seconds < {end} THEN {offset} + seconds / {width}" for end, width, offset in WIDTHS)
    + f" ELSE {LAST[1]} + seconds / {LAST[0]} END"
)


def bucket_of(seconds: int) -> int:
    """What BUCKET answers in SQL."""
    for end, width, offset in WIDTHS:
        if seconds < end:
            return offset + seconds // width
    return LAST[1] + seconds // LAST[0]


def span_of(bucket: int) -> tuple[int, int]:
    """The shortest and the longest stay of a bucket, in seconds."""
    for end, width, offset in WIDTHS:
        if bucket < bucket_of(end):
            return (bucket - offset) * width, (bucket - offset + 1) * width - 1
    return (bucket - LAST[1]) * LAST[0], (bucket - LAST[1] + 1) * LAST[0] - 1


@dataclass
class Stays:
    """The stays in a row: `seconds` one by one, `lasted` by bucket, and of these `gone` one by one."""

    seconds: list[int] = field(default_factory=list)
    lasted: Counter = field(default_factory=Counter)
    gone: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.seconds) + self.lasted.total() - len(self.gone)

    def middle(self) -> tuple[int, int]:
        """The shortest and the longest a stay may be that stands in the middle, or beside it."""
        counts = self._counts()
        ends = [self._bucket_at(counts, place) for place in ((len(self) - 1) // 2, len(self) // 2)]
        return span_of(ends[0])[0], span_of(ends[1])[1]

    def median(self, found: list[int]) -> float | None:
        """The middle one, or the middle of the middle two; `found` are those of `lasted` about the middle.

        None if these are not as many as were counted: somebody gathered meanwhile.
        """
        low, high = self.middle()
        counts, first = self._counts(), bucket_of(low)
        near = sorted(found + [one for one in self.seconds if low <= one <= high])
        if len(near) != sum(
            number for bucket, number in counts.items() if first <= bucket <= bucket_of(high)
        ):
            return None
        before = sum(number for bucket, number in counts.items() if bucket < first)
        return (near[(len(self) - 1) // 2 - before] + near[len(self) // 2 - before]) / 2

    def _counts(self) -> Counter:
        counts = self.lasted + Counter(map(bucket_of, self.seconds))
        counts.subtract(map(bucket_of, self.gone))
        return counts

    @staticmethod
    def _bucket_at(counts: Counter, place: int) -> int:
        for bucket in sorted(counts):
            place -= counts[bucket]
            if place < 0:
                return bucket
        raise IndexError(place)

"""What all families that write strings share."""

from polydesign.generators.base import rewrite_unreadable

GOOD, BAD = "*c1ccc(*)cc1", "*c1ccc(*)c1"  # five aromatic carbons have no Kekulé form


def test_only_rows_that_cannot_be_read_are_written_again_and_at_most_twice():
    asked = []

    def write(rows):
        asked.append(rows)
        return [GOOD if row == 1 else BAD for row in rows]

    strings = [GOOD, BAD, "*CC*", BAD]
    rewrite_unreadable(strings, write)
    assert asked == [[1, 3], [3]]
    assert strings == [GOOD, GOOD, "*CC*", BAD]


def test_many_unreadable_rows_are_written_in_batches():
    sizes = []

    def write(rows):
        sizes.append(len(rows))
        return [GOOD] * len(rows)

    strings = [BAD] * 1_300
    rewrite_unreadable(strings, write)
    assert set(strings) == {GOOD} and sum(sizes) == 1_300 and max(sizes) < 1_300

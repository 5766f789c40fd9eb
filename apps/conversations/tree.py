"""Places in a tree of replies, as text that sorts like the tree.

A place is its parent's place and a number of its own: 00003a00001 is the first reply to the third reply to the first
message, which stands at 00000. Numbers have one width, and a letter stands between them, so that the order is the same
for SQLite, for PostgreSQL in whatever collation, and for htmx, which compares digits as numbers.
"""

WIDTH = 5
FIRST = "0" * WIDTH
SEPARATOR = "a"
# What comes after all places that begin with a parent's.
AFTER = "b"
# Replies below this stand beside what they answer: no reply is refused for its depth.
DEEPEST = 60
MOST = 10**WIDTH - 1


def depth(place: str) -> int:
    """How many replies lead to a place; 0 for the first message, and for no place."""
    return 0 if place in ("", FIRST) else place.count(SEPARATOR) + 1


def parent(place: str) -> str:
    """The place that it answers; the first message's for a reply to that, and for itself."""
    return place.rpartition(SEPARATOR)[0] or FIRST


def ancestors(place: str) -> list[str]:
    """The places of the replies that lead to a place, without the first message's and its own."""
    parts = place.split(SEPARATOR)
    return [SEPARATOR.join(parts[:length]) for length in range(1, len(parts))]


def stem(answered: str) -> str:
    """What the place of a reply to `answered` begins with."""
    if depth(answered) >= DEEPEST:
        answered = parent(answered)
    return "" if answered == FIRST else answered + SEPARATOR


def bounds(answered: str) -> tuple[str, str]:
    """Between which two texts, both left out, all replies to `answered` stand, and the replies to those."""
    start = stem(answered)
    return (start, start[:-1] + AFTER) if start else (FIRST, AFTER)


def following(answered: str, last: str) -> str:
    """The place of the next reply to `answered`, where `last` is the last place below it so far (empty: none).

    Raises ValueError where there is no number left.
    """
    start = stem(answered)
    number = int(last[len(start) : len(start) + WIDTH]) + 1 if last else 1
    if number > MOST:
        raise ValueError("No number is left.")
    return f"{start}{number:0{WIDTH}}"

"""How large something is shown."""


def fit(width: int, height: int, side: int) -> tuple[int, int]:
    """The largest size with these proportions that is no larger, and has no side longer than `side`."""
    scale = min(1, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))

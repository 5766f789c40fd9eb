"""What a file says about itself before its text begins, between two lines of `---` (Jekyll's front matter)."""

import re

BLOCK = re.compile(r"\ufeff?---[ \t]*\n((?:(?!---|\.\.\.)[^\n]{0,500}\n){0,100})(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
LINE = re.compile(r"([A-Za-z][\w-]*)[ \t]*:(?:[ \t]+(.*))?")
MINUTES = {"teaching", "exercises"}


def front_matter(source: str) -> tuple[dict[str, str | int], str]:
    """The simple values by name (`teaching` and `exercises` in minutes, as numbers), and the text without them.

    Lists and other deeper values of YAML are left out. What only looks like front matter stays in the text.
    """
    text = source.replace("\r\n", "\n")
    block = BLOCK.match(text)
    if not block:
        return {}, source
    values: dict[str, str | int] = {}
    for line in block[1].splitlines():
        found = LINE.fullmatch(line.rstrip())
        if not found and line.strip() and line[0] not in " \t-#":
            return {}, source
        if found and found[2]:
            values[found[1].lower()] = _value(found[1].lower(), found[2].strip())
    return (values, text[block.end() :]) if values else ({}, source)


def _value(name: str, written: str) -> str | int:
    if len(written) > 1 and written[0] == written[-1] and written[0] in "'\"":
        return written[1:-1].replace("''", "'") if written[0] == "'" else re.sub(r"\\(.)", r"\1", written[1:-1])
    written = re.sub(r"(^|\s)#.*$", "", written).strip()
    return int(written) if name in MINUTES and re.fullmatch(r"[0-9]{1,4}", written) else written

"""A practice sheet as a PDF of one page, written here: loading a library would keep the demo's start waiting."""

LINES = (
    "Solving equations: a sheet to practise with",
    "",
    "1)   x + 7 = 12            2)   3x = 21             3)   x - 4 = 9",
    "",
    "4)   2x + 3 = 11           5)   5x - 4 = 2x + 11    6)   4(x - 1) = 12",
    "",
    "7)   (x + 1) / 3 = 4       8)   2(3x - 5) = 4x + 2",
    "",
    "9)   Mira is twice as old as Jon. In six years they are 48 together.",
    "      How old is each of them today?",
    "",
    "Check each answer: put it into the first line, and see whether it is level.",
)


def sheet() -> bytes:
    """The file (ISO 32000: objects, a table of where each begins, and what to start with)."""
    text = "".join(f"({line.replace('(', r'\(').replace(')', r'\)')}) Tj T*\n" for line in LINES)
    content = f"BT /F1 13 Tf 20 TL 60 770 Td\n{text}ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    file, starts = "%PDF-1.4\n", []
    for number, thing in enumerate(objects, 1):
        starts.append(len(file))
        file += f"{number} 0 obj\n{thing}\nendobj\n"
    table = "".join(f"{start:010} 00000 n \n" for start in starts)
    count, where = len(objects) + 1, len(file)
    file += f"xref\n0 {count}\n0000000000 65535 f \n{table}trailer\n<< /Size {count} /Root 1 0 R >>\n"
    return f"{file}startxref\n{where}\n%%EOF\n".encode("latin-1")

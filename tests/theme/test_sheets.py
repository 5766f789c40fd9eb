"""Each page loads the style sheets that say how what is in it looks."""

import re
from pathlib import Path

from django.urls import reverse

DIST = Path(__file__).resolve().parents[2] / "theme/static/css/dist"
SHEETS = {path.stem: set(re.findall(r"\.([a-zA-Z][\w-]*)", path.read_text())) for path in DIST.glob("*.css")}
OWN = (
    *("dashboard:home", "messages:talk_list", "messages:people_list", "conversations:search_list"),
    *("notifications:notification_list", "notifications:preferences", "accounts:settings", "accounts:session_list"),
    *("accounts:data_export", "accounts:account_close", "mfa_index"),
)
STAFF = (
    *(
        "students:student_list",
        "students:student_create",
        "students:student_import",
        "courses:batch_list",
        "courses:course_create",
    ),
    *("billing:pending_list", "people:person_list", "accounts:invitation_list"),
)
ENTRANCE = ("account_login", "account_reset_password")


def unstyled(page: str) -> set[str]:
    """The classes in a page that only a style sheet styles which the page doesn't load."""
    loaded = re.findall(r'<link rel="stylesheet" href="[^"]*/css/dist/(\w+)\.', page)
    assert loaded
    classes = {name for text in re.findall(r'class="([^"]*)"', page) for name in text.split()}
    return (classes & set().union(*SHEETS.values())) - set().union(*(SHEETS[name] for name in loaded))


def test_a_page_loads_what_styles_its_parts(cast, client_for):
    thread = f"/conversations/{cast.amina.conversation.pk}/"
    visits = [
        *((cast.amina_user, path) for path in (*map(reverse, OWN), thread)),
        *((cast.staff, path) for path in (*map(reverse, (*OWN, *STAFF)), thread, cast.amina.get_absolute_url())),
        *((None, path) for path in map(reverse, ENTRANCE)),
    ]
    found = {}
    for user, path in visits:
        answer = client_for(user).get(path, follow=True)
        assert answer.status_code == 200, path
        found[str(user), path] = unstyled(answer.content.decode())
    assert {visit: names for visit, names in found.items() if names} == {}

"""How views find what they show: through what the person who asks may see. What does otherwise stands here, by name.

The tables say what comes of it; this says why it stays so: a new view that fetches first and compares later fails.
"""

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from types import FunctionType, ModuleType
from typing import Any

import pytest

import apps
from tests.doors.house import STALE
from tests.doors.table import Row
from tests.doors.test_urls import ROWS, WHO, asked, path_of
from tests.doors.urls import Address, addresses

# As all tests of this folder: what they share is made in the database.
pytestmark = pytest.mark.django_db
ADDRESSES = {address.name: address for address in addresses()}
OURS = {
    name: address
    for name, address in ADDRESSES.items()
    if address.view.__module__.startswith("apps.") and not address.is_admins
}
# Asked of what is found: whose it is, or whether there is any of it for this person.
DECIDING = {"visible_to", "moderated_by", "written_by", "read_by", "readable", "contacts", "reachable"}
# Views that ask neither, since what they are about is whoever asks, or nobody.
ONESELF = {
    "accounts:data_export": "all that is kept of whoever asks",
    "accounts:email_change_cancel": "one's own address",
    "accounts:email_change_stop": "what a signed link names",
    "accounts:email_edit": "one's own address",
    "accounts:join": "the invitation whose token is in the session",
    "accounts:join_leave": "one's own session",
    "accounts:join_token": "what a secret link names",
    "accounts:password_reset": "who has the address is found out later, by a job",
    "accounts:photo_edit": "one's own photo",
    "accounts:reauthenticate": "oneself",
    "accounts:session_end": "found among one's own",
    "accounts:session_end_others": "one's own",
    "accounts:session_list": "one's own",
    "accounts:settings": "one's own",
    "accounts:sign_in_code": "whoever is signing in",
    "core:healthz": "nobody",
    "core:metrics": "nobody; by address",
    "core:readyz": "nobody",
    "courses:achievement_list": "one's own",
    "courses:code_use": "a code that somebody was given",
    "courses:own_list": "the courses that one takes oneself",
    "dashboard:more": "places, by role",
    "dashboard:you": "one's own",
    "mfa_activate_totp": "one's own",
    "mfa_add_webauthn": "one's own",
    "mfa_authenticate": "whoever is signing in",
    "mfa_deactivate_totp": "one's own",
    "mfa_edit_webauthn": "allauth finds it among one's own",
    "mfa_generate_recovery_codes": "one's own",
    "mfa_index": "one's own",
    "mfa_login_webauthn": "whoever is signing in",
    "mfa_reauthenticate": "oneself",
    "mfa_reauthenticate_webauthn": "oneself",
    "mfa_remove_webauthn": "allauth finds it among one's own",
    "mfa_trust": "whoever is signing in",
    "mfa_view_recovery_codes": "one's own",
    "notifications:preferences": "one's own",
    "notifications:unread": "one's own",
    "notifications:unsubscribe": "what a signed link names",
    "scheduling:event_create": "one's own calendar",
}
# Who isn't signed in gets an answer here, and nowhere else (allauth's own are those of signing in and of its mails).
OPEN = {
    *(
        f"courses:{name}"
        for name in ("course_list", "course_detail", "course_cover", "lesson_detail", "lesson_outline")
    ),
    *(f"courses:{name}" for name in ("lesson_file", "lesson_main", "lesson_captions")),
    "courses:certificate_verify",
    "/admin/logout/",
    "account_confirm_email",
    "account_confirm_login_code",
    "account_email_verification_sent",
    "account_inactive",
    "account_login",
    "account_logout",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_signup",
    "accounts:email_change_stop",
    "scheduling:feed_detail",
    "accounts:join",
    "accounts:join_leave",
    "accounts:join_token",
    "accounts:password_reset",
    "accounts:sign_in_code",
    "core:healthz",
    "core:metrics",
    "core:readyz",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "mfa_trust",
    "notifications:unsubscribe",
}
# Of the admin: its login, which leads strangers to ours.
ADMINS_OPEN = {"admin:login"}
# What asks again for the password or a passkey, unless that was a moment ago. What one may look at but not change by
# just sitting down at somebody's desk has a POST alone. (Closing an account asks once the address is typed rightly.)
AGAIN = {
    ("account_set_password", "GET"),
    ("account_set_password", "POST"),
    ("accounts:data_export", "GET"),
    ("accounts:data_export", "POST"),
    ("accounts:password_set", "GET"),
    ("accounts:password_set", "POST"),
    ("mfa_activate_totp", "GET"),
    ("mfa_activate_totp", "POST"),
    ("mfa_add_webauthn", "GET"),
    ("mfa_add_webauthn", "POST"),
    ("mfa_edit_webauthn", "GET"),
    ("mfa_edit_webauthn", "POST"),
    ("mfa_generate_recovery_codes", "GET"),
    ("mfa_generate_recovery_codes", "POST"),
    ("mfa_reauthenticate", "GET"),
    ("mfa_reauthenticate", "POST"),
    ("mfa_reauthenticate_webauthn", "GET"),
    ("mfa_reauthenticate_webauthn", "POST"),
    ("mfa_remove_webauthn", "GET"),
    ("mfa_remove_webauthn", "POST"),
    ("account_email", "POST"),
    ("accounts:email_edit", "POST"),
    # What a stolen session of the office could do.
    ("accounts:invitation_create", "POST"),
    ("accounts:invitation_resend", "POST"),
    ("billing:payment_export", "GET"),
    ("conversations:export_detail", "POST"),
    ("scheduling:rate_export", "GET"),
    ("people:deactivation", "DELETE"),
    ("people:deactivation", "POST"),
    ("people:factors_removal", "POST"),
    ("people:look_create", "POST"),
    ("people:role_edit", "POST"),
}


def parts(thing: Any) -> Iterator[FunctionType]:
    """The functions behind a view: itself without decorators, or what its class and those of ours below it define."""
    thing = getattr(thing, "view_class", thing)
    if inspect.isclass(thing):
        for each in thing.__mro__:
            if each.__module__.startswith("apps."):
                written = (inspect.unwrap(f) for f in vars(each).values() if inspect.isfunction(f))
                # Not what a dataclass makes for itself.
                yield from (function for function in written if function.__code__.co_filename != "<string>")
    elif inspect.isfunction(inner := inspect.unwrap(thing)):
        yield inner


@cache
def used(function: FunctionType) -> list[tuple[str, Any]]:
    """The names that a function uses, each with what it stands for, as far as that is known."""
    found: list[tuple[str, Any]] = []
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Name):
            found.append((node.id, function.__globals__.get(node.id)))
        elif isinstance(node, ast.Attribute):
            base = function.__globals__.get(node.value.id) if isinstance(node.value, ast.Name) else None
            found.append((node.attr, getattr(base, node.attr, None) if isinstance(base, ModuleType) else None))
    return found


def decides(view: Callable[..., Any]) -> bool:
    """Does it ask, in whatever it calls of ours, what this person may see or do?"""
    seen: set[FunctionType] = set()
    waiting = list(parts(view))
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        for name, thing in used(function):
            if name in DECIDING or getattr(thing, "__module__", "").endswith(".policies"):
                return True
            if inspect.isfunction(thing) and thing.__module__.startswith("apps."):
                waiting.append(inspect.unwrap(thing))
            elif inspect.isclass(thing) and thing.__module__.startswith("apps.") and not hasattr(thing, "_meta"):
                waiting += parts(thing)
    return False


def test_a_view_asks_what_its_reader_may_see_or_is_about_the_reader():
    """Else it asks no policy and looks through no visible_to; none is excused that is gone, or asks after all."""
    assert {name for name in OURS if not decides(OURS[name].view)} == set(ONESELF)


def fetches(module: ModuleType) -> Iterator[str]:
    """The functions that hand a bare model to get_object_or_404, or get a row of all rows."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.FunctionDef):
            calls = [call for call in ast.walk(node) if isinstance(call, ast.Call)]
            if any(_takes_any(call) for call in calls):
                yield f"{module.__name__.removeprefix('apps.')}.{node.name}"


def _takes_any(call: ast.Call) -> bool:
    """`get_object_or_404(Model, …)`, also of `Model.objects`, or `Model.objects.get(…)`."""
    if isinstance(call.func, ast.Name) and call.func.id == "get_object_or_404":
        first = ast.unparse(call.args[0])
        return first[:1].isupper() and (first.isidentifier() or first.endswith((".objects", ".objects.all()")))
    return ast.unparse(call.func).endswith(".objects.get")


def test_no_view_fetches_a_thing_before_it_knows_whose_it_is():
    modules = [module.name for module in pkgutil.walk_packages(apps.__path__, "apps.") if "views" in module.name]
    assert len(modules) > 10
    assert {name for module in modules for name in fetches(importlib.import_module(module))} == set()


def test_without_an_account_these_pages_answer_and_no_others():
    def is_open(address: Address) -> bool:
        return not getattr(address.view, "login_required", True)

    admins = {address.name for address in addresses() if address.is_admins and is_open(address)}
    assert {address.name for address in addresses() if not address.is_admins and is_open(address)} == OPEN
    assert admins == ADMINS_OPEN


# Who stands in the table as those of STALE would be answered if they had just confirmed that it's them.
FRESH = {"stale": "student", "stale admin": "admin"}
REFUSED = {"403", "404", "405"}


@pytest.mark.django_db
def test_what_cannot_be_undone_or_shows_much_asks_again_who_it_is(house):
    """A method is tried until it asks again; of the rows where somebody gets nowhere, the first is."""
    found, nowhere = set(), set()
    for name, row, method, who in asked_of_stale():
        cell = row.cells[WHO.index(FRESH[who])]
        if (name, method) in found or (name, method, who, cell) in nowhere:
            continue
        if cell in REFUSED:
            nowhere.add((name, method, who, cell))
        path, fields = path_of(house, ADDRESSES[name], row.about[0]), house.fields(asked(row)[1])
        if house.ask(who, method, path, fields).cell == "again":
            found.add((name, method))
    assert found == AGAIN


def asked_of_stale() -> Iterator[tuple[str, Row, str, str]]:
    for name, rows in ROWS.items():
        for row in rows:
            for method, who in product(sorted(set(asked(row)[0]) & {"GET", "POST", "DELETE"}), STALE):
                yield name, row, method, who

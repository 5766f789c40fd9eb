"""Each account's address has one row, which says that it is proven, however the account came to be."""

from allauth.account.models import EmailAddress

from apps.accounts.models import Role, User


def rows(user: User) -> list[tuple[str, bool, bool]]:
    return [*EmailAddress.objects.filter(user=user).order_by("pk").values_list("email", "verified", "primary")]


def test_people_from_before_have_rows_after_the_migration(unmigrated):
    assert unmigrated("tests.accounts.older") == [
        f"p{number}@homeroom.test p{number}@homeroom.test True True" for number in range(3)
    ]


def test_the_row_follows_the_account_and_other_changes_leave_it_alone(db, django_assert_num_queries):
    user = User.objects.create_user("New@homeroom.test", given_name="N", role=Role.STAFF)
    assert rows(user) == [("new@homeroom.test", True, True)]
    user.email = "Newer@homeroom.test"
    user.save(update_fields=["email"])
    assert rows(user) == [("newer@homeroom.test", True, True)]
    user.phone = "1"
    with django_assert_num_queries(1):
        user.save(update_fields=["phone"])


def test_an_address_that_one_is_about_to_change_to_survives_a_change_of_something_else(db):
    user = User.objects.create_user("new@homeroom.test", given_name="N", role=Role.STAFF)
    EmailAddress.objects.create(user=user, email="next@homeroom.test")
    user.given_name = "M"
    user.save()
    assert rows(user) == [("new@homeroom.test", True, True), ("next@homeroom.test", False, False)]


def test_an_address_made_by_hand_and_saved_is_proven_only_where_somebody_answers_for_it(db):
    user = User(email="self@homeroom.test", given_name="S", role=Role.STUDENT)
    user.address_is_proven = False
    user.save()
    assert rows(user) == []

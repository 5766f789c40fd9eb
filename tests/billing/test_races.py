"""Several people at the same moment, on a database in a file and on PostgreSQL: the database decides."""

import uuid

RACE = "tests.billing.race"


def test_those_who_record_the_same_money_record_it_once(elsewhere):
    *heard, count = elsewhere(RACE, "pay", "300", "4")
    assert sorted(line.split()[0] for line in heard) == ["recorded", "refused", "refused", "refused"]
    assert heard.count("refused Amina owes nothing in EUR any more.") == 3
    assert count == "1"


def test_what_is_left_is_checked_under_the_lock(elsewhere):
    *heard, count = elsewhere(RACE, "pay", "200", "3")
    assert heard.count("refused Amina owes 100.00 EUR; 200.00 is more than that.") == 2
    assert count == "1"


def test_a_double_click_records_one_payment_and_each_click_hears_so(elsewhere):
    *heard, count = elsewhere(RACE, "pay", "100", "4", str(uuid.uuid4()))
    assert len(heard) == 4
    assert len(set(heard)) == 1
    assert heard[0].startswith("recorded")
    assert count == "1"


def test_a_payment_is_taken_back_once_however_many_ask(elsewhere):
    *heard, counted = elsewhere(RACE, "take_back", "4")
    assert sorted(heard) == ["done Slip", *["refused already_taken_back"] * 3]
    assert counted == "1 1 300.00"


def test_invoice_numbers_have_no_holes_and_no_doubles(elsewhere):
    assert sorted(int(number.split("-")[1]) for number in elsewhere(RACE, "issue", "5")) == [1, 2, 3, 4, 5]


def test_both_databases_work_out_the_same_dues(elsewhere):
    assert elsewhere(RACE, "dues") == [
        "1 350.00 EUR, 1 99.99 USD",
        "True EUR 40 100.00 250.00 0.00 0.00 350.00 1",
        "False USD 91 0.00 0.00 0.00 99.99 99.99 0",
    ]

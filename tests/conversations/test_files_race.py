"""Files under many hands, and under none."""


def test_files_are_taken_once_and_jobs_that_die_are_made_up_for(elsewhere):
    assert elsewhere("tests.conversations.files_race")[-1] == "settled"

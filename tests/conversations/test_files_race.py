"""Files under many hands, and under none."""


def test_files_are_taken_once_and_jobs_that_die_are_made_up_for(elsewhere):
    assert elsewhere("tests.conversations.files_race")[-1] == "settled"


def test_files_from_before_are_all_readable_after_the_migration_and_after_the_way_back(unmigrated):
    assert unmigrated("tests.conversations.older_files")[-1] == "all there"

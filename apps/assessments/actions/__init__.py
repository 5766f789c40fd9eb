"""Actions of assessments: the only writers of its tables."""

from apps.assessments.actions.answering import Sent, flag_question, save_answers
from apps.assessments.actions.attempts import end_left, end_overdue, hand_in, settle_if_over, start_attempt
from apps.assessments.actions.importing import import_questions
from apps.assessments.actions.keys import Change, mend_key, preview_mending, undo_mending
from apps.assessments.actions.lessons import fulfil_closed
from apps.assessments.actions.questions import NewQuestion, move_question, remove_question, save_question
from apps.assessments.actions.quizzes import obstacles, publish_quiz, release_results, save_quiz, unpublish_quiz
from apps.assessments.actions.times import extend_all, extend_attempt, set_accommodation

__all__ = [
    "Change",
    "NewQuestion",
    "Sent",
    "end_left",
    "end_overdue",
    "extend_all",
    "extend_attempt",
    "flag_question",
    "fulfil_closed",
    "hand_in",
    "import_questions",
    "mend_key",
    "move_question",
    "obstacles",
    "preview_mending",
    "publish_quiz",
    "release_results",
    "remove_question",
    "save_answers",
    "save_question",
    "save_quiz",
    "set_accommodation",
    "settle_if_over",
    "start_attempt",
    "undo_mending",
    "unpublish_quiz",
]

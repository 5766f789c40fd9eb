"""Audit sentences for the actions of assessments."""

LABELS = {
    "accommodation.set": "set a student's extra time",
    "attempt.extended": "gave a student more time in a quiz",
    "attempt.handed_in": "handed in a quiz",
    "attempt.started": "started a quiz",
    "question.key_mended": "corrected the key of a question",
    "question.key_restored": "undid the correction of a question's key",
    "question.moved": "moved a question of a quiz",
    "question.removed": "removed a question of a quiz",
    "question.restored": "restored a question of a quiz",
    "question.saved": "wrote a question of a quiz",
    "quiz.changed": "changed a quiz",
    "quiz.created": "created a quiz",
    "quiz.extended": "gave everyone more time in a quiz",
    "quiz.published": "published a quiz",
    "quiz.questions_imported": "imported questions into a quiz",
    "quiz.released": "released the results of a quiz",
    "quiz.unpublished": "made a quiz a draft again",
}

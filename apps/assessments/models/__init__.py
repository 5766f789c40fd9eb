"""Quizzes, their questions, and the attempts of students."""

from apps.assessments.models.attempts import Answer, Attempt, AttemptQuerySet, AttemptQuestion, Ending
from apps.assessments.models.questions import Choice, KeyMending, Question, QuestionVersion
from apps.assessments.models.quizzes import Quiz, When
from apps.assessments.models.times import Accommodation, Extension

__all__ = [
    "Accommodation",
    "Answer",
    "Attempt",
    "AttemptQuerySet",
    "AttemptQuestion",
    "Choice",
    "Ending",
    "Extension",
    "KeyMending",
    "Question",
    "QuestionVersion",
    "Quiz",
    "When",
]

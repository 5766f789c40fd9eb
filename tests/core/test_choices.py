"""What a form offers it takes, and what it takes it offers; one that went away meanwhile is answered in plain words."""

import importlib
import inspect
import pkgutil

import pytest
from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import QueryDict

import apps
from apps.accounts.admin import UserCreationForm, UserForm
from apps.accounts.forms_invitations import InviteForm
from apps.accounts.forms_settings import AppearanceForm, RegionForm
from apps.accounts.models import Role, User
from apps.assessments.forms import QuestionForm, QuizForm
from apps.assessments.forms_admin import AdminQuestionForm
from apps.assessments.forms_keys import MendingForm
from apps.assessments.models import QuestionVersion, Quiz
from apps.billing.forms import PaymentForm
from apps.billing.statement import accounts
from apps.community.forms import LevelsForm
from apps.community.forms_settings import CommunityForm
from apps.conversations.forms import MessageForm
from apps.conversations.views_presence import TypingForm
from apps.core.listing import Listing
from apps.courses.admin import EnrollmentForm
from apps.courses.forms import AddForm, BatchForm, MoveForm
from apps.courses.forms_announcing import AnnouncementForm
from apps.courses.forms_building import CourseForm, LessonForm, NewLessonForm
from apps.courses.models import Batch, Lesson
from apps.notifications.forms import ScheduleForm
from apps.notifications.models import Schedule
from apps.scheduling.forms import BookingForm, RescheduleForm, TimeFields
from apps.scheduling.forms_events import EventForm
from apps.scheduling.forms_proposals import ProposalForm
from apps.scheduling.forms_requests import AnswerRoom, OfferForm, RequestForm, TimesForm
from apps.scheduling.forms_series import RepeatFields, SeriesChangeForm, SeriesForm
from apps.students.forms import StudentForm
from apps.students.forms_work import StudentNoteForm, TaskForm
from apps.support.chat import AskForm
from apps.support.forms_settings import LabelForm
from tests import factories
from tests.factories import ROWS

for module in pkgutil.walk_packages(apps.__path__, "apps."):
    if "management" not in module.name and "migrations" not in module.name:
        importlib.import_module(module.name)

CHOOSES = (forms.ChoiceField, forms.ModelChoiceField)
DJANGOS = ("is not a valid choice", "Select a valid choice", "available choices")


def everything_below(kind):
    return {each for child in kind.__subclasses__() for each in {child, *everything_below(child)}}


def in_a_room():
    """A request for a lesson in a room of its own."""
    return factories.lesson_request(room=factories.room())


# How each form that offers choices is made, with these data or with none.
ZONES = {"UTC": "UTC"}
MADE = {
    AdminQuestionForm: lambda cast, data: AdminQuestionForm(data, initial={"kind": "true_false"}),
    QuizForm: lambda cast, data: QuizForm(data, instance=Quiz(course=cast.course)),
    MendingForm: lambda cast, data: MendingForm(
        data, version=QuestionVersion.objects.first() or factories.question().current
    ),
    QuestionForm: lambda cast, data: QuestionForm(data, kind="true_false"),
    AddForm: lambda cast, data: AddForm(data, user=cast.staff),
    AnnouncementForm: lambda cast, data: AnnouncementForm(data, user=cast.staff, course=cast.course),
    AskForm: lambda cast, data: AskForm(data),
    AppearanceForm: lambda cast, data: AppearanceForm(cast.amina_user, data),
    BookingForm: lambda cast, data: BookingForm(data, user=cast.staff, zones=ZONES),
    BatchForm: lambda cast, data: BatchForm(data, instance=Batch.objects.get(pk=cast.batch.pk)),
    CommunityForm: lambda cast, data: CommunityForm(data, instance=cast.course.community),
    LevelsForm: lambda cast, data: LevelsForm(data),
    CourseForm: lambda cast, data: CourseForm(data, instance=cast.course, user=cast.staff),
    LabelForm: lambda cast, data: LabelForm(data, user=cast.staff),
    EnrollmentForm: lambda cast, data: EnrollmentForm(data),
    InviteForm: lambda cast, data: InviteForm(cast.staff, data),
    LessonForm: lambda cast, data: LessonForm(data, instance=Lesson.objects.get()),
    MessageForm: lambda cast, data: MessageForm(data, audiences=("everyone",)),
    MoveForm: lambda cast, data: MoveForm(data, user=cast.staff, source=cast.batch),
    NewLessonForm: lambda cast, data: NewLessonForm(data),
    PaymentForm: lambda cast, data: PaymentForm(data, account=accounts(cast.amina)[0], student_id=cast.amina.pk),
    RegionForm: lambda cast, data: RegionForm(cast.amina_user, data),
    EventForm: lambda cast, data: EventForm(data, zones=ZONES),
    ProposalForm: lambda cast, data: ProposalForm(data, user=cast.staff, zones=ZONES),
    StudentNoteForm: lambda cast, data: StudentNoteForm(data),
    TaskForm: lambda cast, data: TaskForm(data, user=cast.staff),
    RequestForm: lambda cast, data: RequestForm(data, user=cast.staff, zones=ZONES),
    TimesForm: lambda cast, data: TimesForm(data, zones=ZONES),
    AnswerRoom: lambda cast, data: AnswerRoom(data, user=cast.staff, asked=in_a_room()),
    OfferForm: lambda cast, data: OfferForm(data, user=cast.staff, asked=in_a_room(), zones=ZONES),
    RescheduleForm: lambda cast, data: RescheduleForm(data, user=cast.staff, booking=factories.booking(), zones=ZONES),
    RepeatFields: lambda cast, data: RepeatFields(data),
    SeriesForm: lambda cast, data: SeriesForm(data, user=cast.staff, zones=ZONES),
    SeriesChangeForm: lambda cast, data: SeriesChangeForm(
        data, user=cast.staff, zones=ZONES, series=(row := factories.series()), start=row.first
    ),
    TimeFields: lambda cast, data: TimeFields(data, zones=ZONES),
    ScheduleForm: lambda cast, data: ScheduleForm(Schedule(user=cast.amina_user), data),
    StudentForm: lambda cast, data: StudentForm(data, instance=cast.amina),
    TypingForm: lambda cast, data: TypingForm(data),
    UserCreationForm: lambda cast, data: UserCreationForm(data),
    UserForm: lambda cast, data: UserForm(data, instance=cast.teacher),
}


def offered(field):
    """The values that the field's options have, groups of them too; the empty one is none."""
    values = set()
    for value, label in field.choices:
        inner = label if isinstance(label, (list, tuple)) else [(value, label)]
        values |= {str(value) for value, _ in inner}
    return values - {""}


def candidates(field):
    """What might be sent: every row of a model, every choice that a form might know, and nothing of the kind."""
    if isinstance(field, forms.ModelChoiceField):
        return {str(pk) for pk in field.queryset.model._base_manager.values_list("pk", flat=True)} | {"987654321", "x"}
    return offered(field) | {"x", "987654321", *Role.values}


def refused(form, name):
    form.is_valid()
    return form.errors.get(name, [])


@pytest.fixture
def academy(cast):
    """Somebody of each kind: who teaches and can't sign in, a batch that is full, one that has ended."""
    gone = factories.user(Role.TEACHER)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    factories.batch(course=cast.course, capacity=1)
    factories.batch(course=cast.course, end=factories.START)
    factories.invoice(cast.amina)
    factories.student_with_account()
    factories.lesson(module=factories.module(course=cast.course))
    return cast


def test_every_form_that_offers_choices_is_looked_at(academy):
    ours = {each for each in everything_below(forms.BaseForm) if each.__module__.startswith("apps.")}
    choosing = {each for each in ours if any(isinstance(field, CHOOSES) for field in each.base_fields.values())}
    assert {each.__name__ for each in choosing - set(MADE)} == set(), "say in MADE how they are made"


@pytest.mark.parametrize("kind", MADE, ids=lambda kind: kind.__name__)
def test_a_form_takes_what_it_offers_and_offers_what_it_takes(academy, kind):
    form = MADE[kind](academy, None)
    wrong = {}
    for name, field in form.fields.items():
        if not isinstance(field, CHOOSES):
            continue
        for value in candidates(field):
            data = QueryDict(mutable=True)
            data.update({key: initial for key, initial in initial_of(form).items() if initial not in (None, [])})
            data[name] = value
            said = refused(MADE[kind](academy, data), name)
            if bool(said) == (value in offered(field)):
                wrong[name, value] = said
            assert not any(words in sentence for sentence in said for words in DJANGOS), said
    assert wrong == {}


def initial_of(form):
    values = {name: form[name].value() for name in form.fields}
    return {name: value() if callable(value) else value for name, value in values.items()}


EDITED = [
    model
    for model, of_model in admin.site._registry.items()
    if type(of_model).has_change_permission.__qualname__ != "ReadOnlyAdmin.has_change_permission"
]


@pytest.mark.parametrize("model", EDITED, ids=lambda model: model._meta.label)
@pytest.mark.parametrize("made", ["new", "there"])
def test_the_admin_takes_what_it_offers_and_offers_what_it_takes(academy, client_for, model, made):
    client = client_for(academy.admin)
    row = ROWS[model]()
    path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    answer = client.get(f"{path}add/" if made == "new" else f"{path}{row.pk}/change/")
    if answer.status_code == 403:
        pytest.skip("nobody makes or changes them here")
    form = answer.context["adminform"].form
    request = answer.wsgi_request
    for name, field in form.fields.items():
        if not isinstance(field, forms.ModelChoiceField) or isinstance(field, forms.ModelMultipleChoiceField):
            continue
        taken = {str(pk) for pk in field.queryset.values_list("pk", flat=True)}
        for value in candidates(field):
            data = {key: initial for key, initial in initial_of(form).items() if initial not in (None, [])} | {
                name: value
            }
            sent = type(form)(data, instance=model._base_manager.get(pk=row.pk) if made == "there" else None)
            sent.fields[name].queryset = field.queryset
            said = refused(sent, name)
            assert bool(said) != (value in taken), (name, value, said)
            assert not any(words in sentence for sentence in said for words in DJANGOS), said
        if name in admin.site._registry[model].get_autocomplete_fields(request):
            asked = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": name}
            found = client.get("/admin/autocomplete/", asked | {"term": ""}).json()
            assert not found["pagination"]["more"]
            own = {str(getattr(row, f"{name}_id"))} if made == "there" else set()
            assert {each["id"] for each in found["results"]} | own == taken | own


@pytest.mark.parametrize(
    "kind", sorted(everything_below(Listing), key=lambda kind: kind.__name__), ids=lambda kind: kind.__name__
)
def test_a_list_is_filtered_by_each_choice_that_it_offers(academy, kind):
    if not kind.__module__.startswith("apps."):
        pytest.skip("a test's own")
    about = [academy.course] if "course" in inspect.signature(kind).parameters else []
    for filter_ in kind.filters:
        control = {each.declared.name: each for each in kind(academy.staff, *about, QueryDict()).controls}[filter_.name]
        for value, _ in control.choices:
            query = QueryDict(mutable=True)
            query[filter_.name] = value
            listing = kind(academy.staff, *about, query)
            assert {each.declared.name: each for each in listing.controls}[filter_.name].value == value


class TestTeachers:
    def options(self, client, cast):
        page = client.get(f"/batches/{cast.batch.pk}/edit/").context["form"]
        return {str(value): label for value, label in page.fields["teacher"].choices if value}

    def test_teachers_alone_are_offered_each_with_their_batches(self, academy, client_for):
        options = self.options(client_for(academy.staff), academy)
        teachers = User.objects.filter(role=Role.TEACHER, is_active=True)
        assert set(options) == {str(pk) for pk in teachers.values_list("pk", flat=True)}
        assert options[str(academy.teacher.pk)] == "Tariq Teacher · 1 batch"
        ended = Batch.objects.get(end=factories.START)
        assert options[str(ended.teacher_id)].endswith(" · 0 batches")
        factories.batch(course=academy.course, teacher=academy.teacher)
        assert self.options(client_for(academy.staff), academy)[str(academy.teacher.pk)] == "Tariq Teacher · 2 batches"

    def test_a_deactivated_teacher_of_a_batch_stays_until_another_is_chosen(self, academy, client_for):
        User.objects.filter(pk=academy.teacher.pk).update(is_active=False)
        client = client_for(academy.staff)
        assert str(academy.teacher.pk) in self.options(client, academy)
        form = client.get(f"/batches/{academy.batch.pk}/edit/").context["form"]
        sent = {name: value for name, value in initial_of(form).items() if value is not None} | {"name": "Renamed"}
        assert client.post(f"/batches/{academy.batch.pk}/edit/", sent).status_code == 302
        academy.batch.refresh_from_db()
        assert (academy.batch.name, academy.batch.teacher) == ("Renamed", academy.teacher)

    @pytest.mark.parametrize("who", ["amina_user", "staff", "admin"])
    def test_nobody_else_is_given_one_by_any_road(self, academy, who):
        from apps.courses import actions

        with pytest.raises(ValidationError, match="Only a teacher"):
            actions.update_batch(academy.staff, academy.batch, {"teacher": getattr(academy, who)})

    def test_one_who_went_meanwhile_is_named_plainly_and_the_rest_is_kept(self, academy, client_for):
        client = client_for(academy.staff)
        form = client.get(f"/batches/{academy.batch.pk}/edit/").context["form"]
        sent = {name: value for name, value in initial_of(form).items() if value is not None}
        User.objects.filter(pk=academy.teacher2.pk).update(is_active=False)
        answer = client.post(
            f"/batches/{academy.batch.pk}/edit/", sent | {"name": "Typed", "teacher": academy.teacher2.pk}
        )
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "be chosen any more. Choose another." in page
        assert 'value="Typed"' in page

"""The people who can sign in, for admins and staff."""

from django.urls import path

from apps.accounts import views_data, views_look, views_people

app_name = "people"
urlpatterns = [
    path("", views_people.person_list, name="person_list"),
    path("<int:pk>/", views_people.person_detail, name="person_detail"),
    path("<int:pk>/deactivation/", views_people.deactivation, name="deactivation"),
    path("<int:pk>/closing/", views_data.person_close, name="person_close"),
    path("<int:pk>/role/", views_people.role_edit, name="role_edit"),
    path("<int:pk>/factors/removal/", views_people.factors_removal, name="factors_removal"),
    path("<int:pk>/look/", views_look.look_create, name="look_create"),
    path("look/end/", views_look.look_end, name="look_end"),
]

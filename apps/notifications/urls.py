"""The bell, its page, and what one wants to be told of."""

from django.urls import path

from apps.notifications import views, views_preferences

app_name = "notifications"
urlpatterns = [
    path("", views.notification_list, name="notification_list"),
    path("unread/", views.unread, name="unread"),
    path("reading/", views.read_all, name="read_all"),
    path("gone/", views.drop_gone, name="drop_gone"),
    path("<int:pk>/", views.notification_detail, name="notification_detail"),
    path("<int:pk>/reading/", views.read_one, name="read_one"),
    path("preferences/", views_preferences.preferences, name="preferences"),
    path("unsubscribe/<str:token>/", views_preferences.unsubscribe, name="unsubscribe"),
]

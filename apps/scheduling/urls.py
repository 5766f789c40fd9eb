"""Routes of scheduling."""

from django.urls import path

from apps.scheduling import views, views_attendance, views_bookings, views_rooms

app_name = "scheduling"
urlpatterns = [
    path("calendar/", views.calendar_detail, name="calendar_detail"),
    path("bookings/", views_bookings.booking_create, name="booking_create"),
    path("bookings/<int:pk>/", views_bookings.booking_detail, name="booking_detail"),
    path("bookings/<int:pk>/move/", views_bookings.booking_move, name="booking_move"),
    path("bookings/<int:pk>/cancellation/", views_bookings.cancellation, name="cancellation"),
    path("bookings/<int:pk>/attendance/", views_attendance.attendance_all, name="attendance_all"),
    path("bookings/<int:pk>/attendance/<int:student_pk>/", views_attendance.attendance_one, name="attendance_one"),
    path("attendance/", views_attendance.attendance_list, name="attendance_list"),
    path("rooms/", views_rooms.room_list, name="room_list"),
    path("rooms/new/", views_rooms.room_create, name="room_create"),
    path("rooms/<int:pk>/", views_rooms.room_edit, name="room_edit"),
]

"""Routes of scheduling."""

from django.urls import path

from apps.scheduling import (
    views,
    views_attendance,
    views_bookings,
    views_events,
    views_feeds,
    views_proposals,
    views_requests,
    views_rooms,
)

app_name = "scheduling"
urlpatterns = [
    path("calendar/", views.calendar_detail, name="calendar_detail"),
    path("calendar/hour/", views_events.hour_detail, name="hour_detail"),
    path("calendar/events/", views_events.event_create, name="event_create"),
    path("calendar/events/<int:pk>/", views_events.event_edit, name="event_edit"),
    path("calendar/events/<int:pk>/deletion/", views_events.event_deletion, name="event_deletion"),
    path("calendar/feeds/", views_feeds.feed_list, name="feed_list"),
    path("calendar/feeds/<int:pk>/replacement/", views_feeds.feed_replacement, name="feed_replacement"),
    path("calendar/feeds/<int:pk>/end/", views_feeds.feed_end, name="feed_end"),
    path("feeds/<str:secret>.ics", views_feeds.feed_detail, name="feed_detail"),
    path("bookings/", views_bookings.booking_create, name="booking_create"),
    path("bookings/<int:pk>/", views_bookings.booking_detail, name="booking_detail"),
    path("bookings/<int:pk>/move/", views_bookings.booking_move, name="booking_move"),
    path("bookings/<int:pk>/cancellation/", views_bookings.cancellation, name="cancellation"),
    path("bookings/<int:pk>/attendance/", views_attendance.attendance_all, name="attendance_all"),
    path("bookings/<int:pk>/attendance/<int:student_pk>/", views_attendance.attendance_one, name="attendance_one"),
    path("bookings/<int:pk>/proposals/", views_proposals.proposal_create, name="proposal_create"),
    path("proposals/<int:pk>/approval/", views_proposals.proposal_approval, name="proposal_approval"),
    path("proposals/<int:pk>/refusal/", views_proposals.proposal_refusal, name="proposal_refusal"),
    path("proposals/<int:pk>/withdrawal/", views_proposals.proposal_withdrawal, name="proposal_withdrawal"),
    path("attendance/", views_attendance.attendance_list, name="attendance_list"),
    path("requests/", views_requests.request_list, name="request_list"),
    path("requests/new/", views_requests.request_create, name="request_create"),
    path("requests/<int:pk>/", views_requests.request_detail, name="request_detail"),
    path("requests/<int:pk>/approval/", views_requests.request_approval, name="request_approval"),
    path("requests/<int:pk>/refusal/", views_requests.request_refusal, name="request_refusal"),
    path("requests/<int:pk>/times/", views_requests.request_times, name="request_times"),
    path("requests/<int:pk>/withdrawal/", views_requests.request_withdrawal, name="request_withdrawal"),
    path("rooms/", views_rooms.room_list, name="room_list"),
    path("rooms/new/", views_rooms.room_create, name="room_create"),
    path("rooms/<int:pk>/", views_rooms.room_edit, name="room_edit"),
]

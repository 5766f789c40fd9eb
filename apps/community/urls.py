"""Routes of communities."""

from django.urls import path

from apps.community import views, views_topics

app_name = "community"
urlpatterns = [
    path("communities/", views.community_list, name="community_list"),
    path("courses/<int:pk>/community/", views_topics.topic_list, name="topic_list"),
    path("courses/<int:pk>/community/topics/", views_topics.topic_create, name="topic_create"),
    path("courses/<int:pk>/community/chat/", views.chat_detail, name="chat_detail"),
    path("courses/<int:pk>/community/members/", views.member_list, name="member_list"),
    path("topics/<int:pk>/", views_topics.topic_detail, name="topic_detail"),
]

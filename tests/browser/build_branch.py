"""Run beside a demo academy: a topic with a branch seven replies deep, and more replies than fit on a screen.

python -m tests.browser.build_branch COURSE TEACHER    (its number, and what stands before the @)
Prints the topic's number. Each of the seven is called Step, and answers the one before it.
"""

import sys
import uuid

import django

django.setup()

from apps.accounts.models import User  # noqa: E402
from apps.community import actions  # noqa: E402
from apps.community.models import Community  # noqa: E402
from apps.conversations.actions import send_message  # noqa: E402
from apps.conversations.models import Message  # noqa: E402

if __name__ == "__main__":
    course, who = sys.argv[1:]
    teacher = User.objects.get(email=f"{who}@homeroom.test")
    community = Community.objects.select_related("course").get(course=course)
    topic = actions.start_topic(teacher, community, actions.NewTopic("A long branch", "How deep?", uuid.uuid4()))
    above: Message | None = None
    for number in range(1, 8):
        above = send_message(teacher, topic.conversation, f"Step {number}", reply_to=above)
    for number in range(1, 13):
        send_message(teacher, topic.conversation, f"Beside {number}\n\nIt has a second line.\n\nAnd a third.")
    print(topic.pk)

"""What a worker does as it starts."""

from huey.contrib.djhuey import on_startup

from apps.realtime.publish import started

# A job may have been cut off between its commit and its event.
on_startup("resync")(started)

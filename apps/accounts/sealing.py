"""What accounts seal: second factors, and emails that wait, whose codes and links are as good as a password."""

from apps.core.sealing import Seal

factors = Seal("homeroom second factors")
emails = Seal("homeroom emails")

"""What the races of billing import from here: invoices and payments are made in tests/factories.py."""

from tests.factories import invoice, payment

__all__ = ["invoice", "payment"]

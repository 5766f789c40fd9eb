"""What the audit says of the verbs of billing."""

LABELS = {
    "invoice.corrected": "corrected an invoice",
    "invoice.issued": "issued an invoice",
    "invoice.removed": "removed an invoice",
    "payment.recorded": "recorded a payment",
    "payment.taken_back": "took back a payment",
}

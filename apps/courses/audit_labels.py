"""What the audit says of the verbs of courses."""

LABELS = {
    "announcement.changed": "changed an announcement",
    "announcement.made": "announced something to a course or batch",
    "announcement.removed": "took an announcement away",
    "batch.changed": "changed a batch",
    "batch.created": "made a batch",
    "certificate.issued": "issued a certificate",
    "certificate.reissued": "issued a certificate again, with a corrected name",
    "certificate.restored": "let a revoked certificate hold again",
    "certificate.revoked": "revoked a certificate",
    "letterhead.changed": "changed what stands on certificates",
    "student.added": "added a student to a batch",
    "student.enrolled": "enrolled a student in a course",
    "student.moved": "moved a student to another batch",
    "student.removed": "took a student out of a batch or course",
}

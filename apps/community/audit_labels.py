"""What the audit says of the verbs of communities."""

LABELS = {
    "community.appointed": "gave a member of a community another role",
    "community.changed": "changed the settings of a community",
    "community.reports_allowed": "let a member of a community report posts again",
    "community.reports_stopped": "stopped a member of a community from reporting posts",
    "flag.kept": "let a reported post stay",
    "flag.raised": "reported a post",
    "held.approved": "approved a post",
    "held.corrected": "corrected a post and approved it",
    "held.rejected": "rejected a post",
    "held.withdrawn": "withdrew a post that waited",
    "note.written": "wrote a note for moderators",
    "topic.answered": "accepted an answer",
    "topic.pinned": "pinned a topic",
    "topic.removed": "deleted a topic",
    "topic.renamed": "renamed a topic",
    "topic.restored": "restored a topic",
    "topic.started": "started a topic",
    "topic.unanswered": "no longer accepted an answer",
    "topic.unpinned": "unpinned a topic",
}

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.students import actions
from apps.students.imports import COLUMNS, REQUIRED, Plan, parse
from apps.students.sheets import Unreadable

SHOWN = 100


class Command(BaseCommand):
    help = (
        "Import students from a CSV file: shows what it would do, then does all of it or nothing. "
        f"Columns: {', '.join(COLUMNS)}; required: {' and '.join(REQUIRED)}. An empty cell leaves a field as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only show what it would do")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        try:
            content = parse(file.read_bytes())
        except (OSError, Unreadable) as error:
            raise CommandError(f"{file}: {getattr(error, 'strerror', None) or error}") from None
        plan = actions.plan_import(content)
        self.show(file, plan)
        if plan.rejected:
            raise CommandError(f"Nothing was imported: put the {len(plan.rejected):,} rejected rows right first.")
        if dry_run or not plan.changes_anything:
            self.stdout.write("A dry run: nothing was imported." if plan.changes_anything else "Nothing to do.")
            return
        try:
            actions.import_students(None, content, plan.fingerprint)
        except actions.PlanChanged:
            raise CommandError("The students changed while this ran, and nothing was imported. Run it again.") from None
        self.stdout.write(self.style.SUCCESS(f"Done: {self.summary(plan)}."))

    def summary(self, plan: Plan) -> str:
        """`599 created, 0 changed, 0 left, 0 rejected`."""
        return ", ".join(f"{count:,} {kind}" for kind, count in plan.counts.items())

    def show(self, file: Path, plan: Plan) -> None:
        """The report: how the file was read, then what would be created, changed, left and rejected."""
        read = plan.file
        self.stdout.write(f"{file.name}: {read.encoding}, columns {', '.join(read.columns)}")
        if read.ignored:
            self.stdout.write(f"Ignored: {', '.join(read.ignored)}")
        self.stdout.write(f"Would be: {self.summary(plan)}")
        self.rows("created", (f"row {row.number}: {row.code} {row.name}" for row in plan.created), len(plan.created))
        changes = (
            f"row {change.row.number}: {change.row.code} "
            + ", ".join(f"{d.column} {d.old[:60]!r} → {d.new[:60]!r}" for d in change.differences)
            for change in plan.changed
        )
        self.rows("changed", changes, len(plan.changed))
        rejected = (f"row {row.number}: {row.code or '(no code)'}: {row.reason}" for row in plan.rejected)
        self.rows("rejected", rejected, len(plan.rejected))

    def rows(self, kind: str, texts: Iterable[str], count: int) -> None:
        """The first hundred rows of a kind, and how many more there are."""
        if not count:
            return
        self.stdout.write(f"\n{kind}:")
        for _, text in zip(range(SHOWN), texts, strict=False):
            self.stdout.write(f"  {text}")
        if count > SHOWN:
            self.stdout.write(f"  … and {count - SHOWN:,} more")

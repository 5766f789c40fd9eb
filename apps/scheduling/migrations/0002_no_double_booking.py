from django.db import migrations

TABLE, TAKEN = "scheduling_claim", "claim_is_exclusive"
BOUND = "datetime(new.start, '-1 day')"
SQLITE = (
    # A row a day before at most can reach into this one: with the bound the index answers, however many rows there are.
    f"""CREATE TRIGGER scheduling_claim_exclusive BEFORE INSERT ON {TABLE} WHEN EXISTS (
        SELECT 1 FROM {TABLE} c WHERE c.resource = new.resource AND c.start < new."end" AND c."end" > new.start
        AND c.start > {BOUND}
    ) BEGIN SELECT RAISE(ABORT, '{TAKEN}'); END""",
    f"""CREATE TRIGGER scheduling_claim_short BEFORE INSERT ON {TABLE}
        WHEN new."end" > datetime(new.start, '+1 day') BEGIN SELECT RAISE(ABORT, 'claim_is_short'); END""",
    f"""CREATE TRIGGER scheduling_claim_stays BEFORE UPDATE OF resource, start, "end" ON {TABLE}
        BEGIN SELECT RAISE(ABORT, 'claim_stays'); END""",
)
POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    f"""ALTER TABLE {TABLE} ADD CONSTRAINT {TAKEN}
        EXCLUDE USING gist (resource WITH =, tstzrange("start", "end") WITH &&)""",
    f"""ALTER TABLE {TABLE} ADD CONSTRAINT claim_is_short CHECK ("end" <= "start" + interval '1 day')""",
    """CREATE FUNCTION scheduling_claim_stays() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'claim_stays' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"""CREATE TRIGGER scheduling_claim_stays BEFORE UPDATE OF resource, "start", "end" ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION scheduling_claim_stays()""",
)


def create(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION scheduling_claim_stays CASCADE")
        for name in (TAKEN, "claim_is_short"):
            schema_editor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {name}")
    else:
        for name in ("exclusive", "short", "stays"):
            schema_editor.execute(f"DROP TRIGGER scheduling_claim_{name}")


class Migration(migrations.Migration):
    """The database refuses that a teacher or a room is taken twice at one time.

    SQLite loses a table's triggers when Django remakes the table: a change of `Claim` runs this again.
    """

    dependencies = [("scheduling", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]

from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of Django's database cache, as createcachetable makes it: every process counts in it, none forgets."""

    dependencies = [("accounts", "0006_what_was_open_can_be_ended")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.CreateModel(
                    name="CacheEntry",
                    fields=[
                        ("cache_key", models.CharField(max_length=255, primary_key=True)),
                        ("value", models.TextField()),
                        ("expires", models.DateTimeField(db_index=True)),
                    ],
                    options={"db_table": "accounts_cache"},
                ),
            ],
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_sign_in")]

    operations = [
        migrations.AddField(
            model_name="user", name="era", field=models.PositiveIntegerField(default=0, editable=False)
        ),
    ]

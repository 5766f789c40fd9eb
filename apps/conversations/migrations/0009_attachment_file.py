import django.db.models.deletion
from django.db import migrations, models

# What a file is and where it is kept, as attachments said it themselves; from here on they needn't.
FIELDS = {
    "name": models.CharField(max_length=200, null=True),
    "content_type": models.CharField(max_length=100, null=True),
    "size": models.PositiveBigIntegerField(null=True),
    "file": models.FileField(max_length=200, upload_to="attachments", null=True),
}


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0008_picture_tries'),
        ('files', '0001_initial'),
    ]

    operations = [
        *(migrations.AlterField('attachment', name, field) for name, field in FIELDS.items()),
        migrations.AddField(
            model_name='attachment',
            name='stored',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile'),
        ),
    ]

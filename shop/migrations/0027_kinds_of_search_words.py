from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0026_campaigns_are_on_the_pages'),
    ]

    operations = [
        migrations.AddField(
            model_name='searchword',
            name='kind',
            field=models.SmallIntegerField(choices=[(0, 'of this language'), (1, 'of the other language'), (2, 'of a brand')], default=0),
        ),
    ]

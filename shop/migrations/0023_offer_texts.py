import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('offer', '0013_range_excluded_categories'),
        ('shop', '0021_stock_alerts'),
    ]

    operations = [
        migrations.CreateModel(
            name='OfferText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(choices=[('tr', 'Türkçe'), ('en', 'English')], max_length=8, verbose_name='language')),
                ('name', models.CharField(max_length=128, verbose_name='name')),
                ('offer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='offer.conditionaloffer', verbose_name='offer')),
            ],
            options={
                'verbose_name': 'name of an offer',
                'verbose_name_plural': 'names of offers',
                'constraints': [models.UniqueConstraint(fields=('offer', 'language'), name='an_offer_text_per_language')],
            },
        ),
    ]

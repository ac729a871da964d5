"""The simulated network learns to wait, to give back and to lead back; a refund notes who asks the provider."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0009_return_settlement'),
    ]

    operations = [
        migrations.AddField(
            model_name='refund',
            name='asked_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='provider asked at'),
        ),
        migrations.AddField(
            model_name='simulatedcharge',
            name='return_url',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AlterField(
            model_name='attention',
            name='kind',
            field=models.CharField(choices=[('late_payment', 'paid after the order was cancelled'), ('surplus', 'paid twice'), ('mismatch', 'another amount was paid'), ('refund_failed', 'a refund failed'), ('refund_by_hand', 'a refund is to be paid out by hand'), ('delivery_late', 'delivery is late'), ('undeliverable', 'could not be delivered'), ('return_waiting', 'a return waits for an answer')], max_length=20, verbose_name='what it is'),
        ),
        migrations.AlterField(
            model_name='simulatedcharge',
            name='is_captured',
            field=models.BooleanField(null=True),
        ),
        migrations.CreateModel(
            name='SimulatedRefund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64, unique=True)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=12)),
                ('charge', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refunds', to='shop.simulatedcharge')),
            ],
            options={
                'verbose_name': 'simulated refund',
                'verbose_name_plural': 'simulated refunds',
            },
        ),
    ]

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.db import migrations, models

import config.kernel.database.ids
import config.kernel.vault.sealed
from config.kernel.schema.sql_files import InstallSQL


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('blacklist', '0001_initial'),
        ('kernel', '0001_first_version'),
    ]

    operations = [
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ('part', models.CharField(max_length=8)),
                ('host', models.CharField(blank=True, max_length=100)),
                ('seen_at', models.DateTimeField()),
                ('progressed_at', models.DateTimeField(null=True)),
                ('clock_ahead_ms', models.BigIntegerField(default=0)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('part', 'host'), name='heartbeat_once'),
                    models.CheckConstraint(condition=models.Q(('part__in', ['celery', 'watcher', 'dispatch', 'tasks'])), name='heartbeat_part_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='LatenessCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('released_by', models.CharField(max_length=8)),
                ('le_100ms', models.BigIntegerField()),
                ('le_1s', models.BigIntegerField()),
                ('le_10s', models.BigIntegerField()),
                ('le_1min', models.BigIntegerField()),
                ('le_10min', models.BigIntegerField()),
                ('over', models.BigIntegerField()),
                ('total_ms', models.BigIntegerField()),
                ('lateness_ms', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField())),
                ('releases', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField())),
                ('folded', models.BooleanField(default=False)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('released_by__in', ['celery', 'watcher'])), name='latenesscount_releaser_known'),
                    models.CheckConstraint(condition=models.Q(('le_100ms__gte', 0), ('le_10min__gte', 0), ('le_10s__gte', 0), ('le_1min__gte', 0), ('le_1s__gte', 0), ('over__gte', 0)), name='latenesscount_not_below_zero'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(max_length=12)),
                ('channel', models.CharField(max_length=16)),
                ('arrival', models.CharField(blank=True, max_length=12)),
                ('amount_fen', models.BigIntegerField()),
                ('payer_account', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.account')),
                ('payer_card', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.card')),
                ('payee_account', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.account')),
                ('payee_internal', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.internalaccount')),
                ('payee_account_number', models.CharField(blank=True, default='', max_length=34)),
                ('payee_bank_code', models.CharField(blank=True, max_length=14)),
                ('payee_sealed', config.kernel.vault.sealed.SealedField(null=True)),
                ('payee_key', models.BinaryField(max_length=32, null=True)),
                ('payee_name', config.kernel.vault.sealed.SealedField(null=True)),
                ('memo', config.kernel.vault.sealed.SealedField(null=True)),
                ('screen_evidence', config.kernel.vault.sealed.SealedField(null=True)),
                ('cancel_reason', config.kernel.vault.sealed.SealedField(null=True)),
                ('accepted_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(null=True)),
                ('hold_seconds', models.IntegerField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('same_holder', models.BooleanField(default=False)),
                ('rule_code', models.CharField(blank=True, max_length=20)),
                ('rule_clause', models.CharField(blank=True, max_length=120)),
                ('rule_profile', models.CharField(blank=True, max_length=16)),
                ('outcome_code', models.CharField(blank=True, max_length=40)),
                ('made_by', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('import_batch', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.importbatch')),
                ('attempts', models.SmallIntegerField(default=0)),
                ('parked_until', models.DateTimeField(null=True)),
                ('parked_reason', models.CharField(blank=True, db_default='', max_length=120)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('status', 'held')), fields=['due_at', 'id'], include=('amount_fen', 'channel'), name='transfer_due_next'),
                    models.Index(django.db.models.functions.comparison.Coalesce('parked_until', 'due_at'), models.F('id'), condition=models.Q(('status', 'held')), name='transfer_queue'),
                    models.Index(condition=models.Q(('parked_until__isnull', False), ('status', 'held')), fields=['parked_until', 'id'], name='transfer_parked'),
                    models.Index(condition=models.Q(('payee_key__isnull', False), ('status', 'held')), fields=['payee_key'], name='transfer_held_outside'),
                    models.Index(models.Func(models.Func(models.F('id'), function='uuid_send', output_field=models.BinaryField()), models.Value(11), function='substr', output_field=models.BinaryField()), name='transfer_by_reference'),
                    models.Index(condition=models.Q(('status__in', ['cancelled', 'returned'])), fields=['ended_at'], include=('status', 'amount_fen'), name='transfer_ended_unposted'),
                    models.Index(fields=['payer_account', '-id'], name='transfer_by_payer'),
                    models.Index(condition=models.Q(('payee_account__isnull', False)), fields=['payee_account', '-id'], name='transfer_by_payee'),
                    models.Index(condition=models.Q(('import_batch__isnull', False)), fields=['import_batch'], name='transfer_of_stock'),
                    models.Index(condition=models.Q(('status', 'posted'), _negated=True), fields=['status', '-id'], name='transfer_by_status'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('status__in', ['held', 'posted', 'cancelled', 'returned', 'refused'])), name='transfer_status_known'),
                    models.CheckConstraint(condition=models.Q(('channel__in', ['counter', 'atm', 'online', 'mobile', 'phone'])), name='transfer_channel_known'),
                    models.CheckConstraint(condition=models.Q(('status', 'refused'), models.Q(('channel', 'atm'), ('rule_code__in', ['ATM_24_HOURS', 'ATM_OWN_ACCOUNT', 'ATM_ORGANIZATION', 'ATM_BEFORE_RULE'])), models.Q(models.Q(('channel', 'atm'), _negated=True), ('rule_code__in', ['REAL_TIME', 'ORDINARY', 'NEXT_DAY'])), _connector='OR'), name='transfer_rule_fits_channel'),
                    models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='transfer_amount_above_zero'),
                    models.CheckConstraint(condition=models.Q(('payee_account', None), models.Q(('payer_account', models.F('payee_account')), _negated=True), ('status', 'refused'), _connector='OR'), name='transfer_payer_is_not_payee'),
                    models.CheckConstraint(condition=models.Q(('status', 'refused'), models.Q(('payee_account__isnull', False), ('payee_bank_code', ''), ('payee_internal', None), ('payer_account__isnull', False)), models.Q(('payee_account', None), ('payee_internal__isnull', False), ('payer_account__isnull', False), models.Q(('payee_bank_code', ''), _negated=True)), _connector='OR'), name='transfer_accepted_has_sides'),
                    models.CheckConstraint(condition=models.Q(models.Q(('payee_bank_code', ''), ('payee_key', None), ('payee_sealed', None)), models.Q(('payee_account_number', ''), ('payee_key__isnull', False), ('payee_sealed__isnull', False)), _connector='OR'), name='transfer_payee_sealed_elsewhere'),
                    models.CheckConstraint(condition=models.Q(models.Q(('due_at', None), ('status', 'refused')), models.Q(models.Q(('status', 'refused'), _negated=True), ('due_at__isnull', False)), _connector='OR'), name='transfer_refused_has_no_due'),
                    models.CheckConstraint(condition=models.Q(('due_at', None), ('due_at__gte', models.F('accepted_at')), _connector='OR'), name='transfer_due_not_before_acceptance'),
                    models.CheckConstraint(condition=models.Q(models.Q(('due_at', django.db.models.expressions.CombinedExpression(models.F('accepted_at'), '+', models.Func(models.F('hold_seconds'), function='make_interval', output_field=models.DurationField(), template='%(function)s(secs => %(expressions)s)'))), ('hold_seconds__gt', 0), ('hold_seconds__isnull', False), ('rule_code', 'ATM_24_HOURS')), models.Q(models.Q(('rule_code', 'ATM_24_HOURS'), _negated=True), ('hold_seconds', None)), _connector='OR'), name='transfer_delayed_waits_its_hold'),
                    models.CheckConstraint(condition=models.Q(models.Q(('status', 'held'), _negated=True), ('due_at__gt', models.F('accepted_at')), _connector='OR'), name='transfer_held_is_delayed'),
                    models.CheckConstraint(condition=models.Q(models.Q(('ended_at', models.F('settled_at')), ('settled_at__gte', models.F('due_at')), ('settled_at__isnull', False), ('status', 'posted')), models.Q(models.Q(('status', 'posted'), _negated=True), ('settled_at', None)), _connector='OR'), name='transfer_posted_not_early'),
                    models.CheckConstraint(condition=models.Q(models.Q(('status', 'cancelled'), _negated=True), models.Q(('ended_at__gte', models.F('accepted_at')), ('ended_at__lt', models.F('due_at'))), _connector='OR'), name='transfer_cancelled_in_time'),
                    models.CheckConstraint(condition=models.Q(('cancel_reason', None), ('status', 'cancelled'), _connector='OR'), name='transfer_cancel_reason_of_cancelled'),
                    models.CheckConstraint(condition=models.Q(models.Q(('status', 'returned'), _negated=True), models.Q(('ended_at__gte', models.F('due_at')), models.Q(('outcome_code', ''), _negated=True)), _connector='OR'), name='transfer_returned_not_early'),
                    models.CheckConstraint(condition=models.Q(('parked_until', None), ('parked_until__gte', models.F('due_at')), _connector='OR'), name='transfer_parked_after_due'),
                    models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('status', 'held')), models.Q(models.Q(('status', 'held'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='transfer_ended_has_instant'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('transfer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='transfers.transfer')),
                ('at', models.DateTimeField()),
                ('actor', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('old_status', models.CharField(blank=True, max_length=12)),
                ('new_status', models.CharField(max_length=12)),
                ('code', models.CharField(blank=True, max_length=40)),
                ('released_by', models.CharField(blank=True, max_length=8)),
                ('lateness_ms', models.BigIntegerField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('code', ''), _negated=True), fields=['code', '-id'], name='event_by_code'),
                ],
                'constraints': [
                    models.UniqueConstraint(models.F('transfer'), models.ExpressionWrapper(models.Q(('new_status', 'held')), output_field=models.BooleanField()), name='event_one_outcome_per_transfer'),
                    models.CheckConstraint(condition=models.Q(models.Q(('lateness_ms', None), ('released_by', '')), models.Q(models.Q(('released_by', ''), _negated=True), ('lateness_ms__gte', 0), ('lateness_ms__isnull', False)), _connector='OR'), name='event_release_not_early'),
                ],
            },
        ),
        InstallSQL('regimes'),
        InstallSQL('transfers'),
        InstallSQL('money'),
        InstallSQL('events'),
        InstallSQL('stock'),
    ]

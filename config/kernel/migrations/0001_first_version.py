"""What the first version begins with. No database from before it has a migration of this name (`config/first_version.py`)."""

import datetime

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.db.models.lookups
import django_otp.plugins.otp_totp.models
from django.conf import settings
from django.db import migrations, models

import config.kernel.database.ids
import config.kernel.models.sign_ins
import config.kernel.vault.sealed
from config.kernel.schema.online_ddl import CreateByMonth
from config.kernel.schema.sql_files import InstallSQL


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ('admin', '0003_logentry_add_action_flag_choices'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('axes', '0010_accessattemptexpiration'),
    ]

    operations = [
        InstallSQL('database'),
        InstallSQL('ids'),
        InstallSQL('clock'),
        InstallSQL('records'),
        migrations.CreateModel(
            name='BudgetUse',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('what', models.CharField(max_length=32)),
                ('who', models.CharField(max_length=64)),
                ('begins_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('count', models.BigIntegerField()),
            ],
            options={
                'indexes': [
                    models.Index(fields=['ends_at'], name='budget_age'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('what', 'who', 'begins_at'), name='budget_once_per_window'),
                    models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('begins_at'))), name='budget_window'),
                ],
            },
        ),
        migrations.CreateModel(
            name='FormDraft',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('address', models.CharField(max_length=300)),
                ('content', config.kernel.vault.sealed.SealedField()),
                ('saved_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [
                    models.Index(fields=['saved_at'], name='draft_age'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('user', 'address'), name='draft_once_per_form'),
                    models.CheckConstraint(condition=django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('content'), 65536), name='draft_is_small'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Founding',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('what', models.CharField(max_length=32)),
                ('object', models.CharField(max_length=36)),
                ('why', models.CharField(max_length=16)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('xid', models.BigIntegerField(editable=False, null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['object', 'what'], name='founding_by_object'),
                ],
            },
        ),
        migrations.CreateModel(
            name='KeyMark',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=8)),
                ('key_id', models.CharField(blank=True, max_length=255)),
                ('mark', models.BinaryField()),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('kind', 'key_id'), name='key_mark_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('kind', 'field'), models.Q(('key_id', ''), _negated=True)), models.Q(('key_id', ''), ('kind', 'index')), _connector='OR'), name='key_mark_names_key'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Passkey',
            fields=[
                ('user', models.ForeignKey(help_text='The user that this device belongs to.', on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ('name', models.CharField(help_text='The human-readable name of this device.', max_length=64)),
                ('confirmed', models.BooleanField(default=True, help_text='Is this device ready for use?')),
                ('created_at', models.DateTimeField(auto_now_add=True, help_text='The date and time when this device was initially created in the system.', null=True)),
                ('last_used_at', models.DateTimeField(blank=True, help_text='The most recent date and time this device was used.', null=True)),
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('belongs', config.kernel.vault.sealed.SealedField(null=True)),
                ('credential_id', models.BinaryField(max_length=1023)),
                ('public_key', models.BinaryField(max_length=4096)),
                ('sign_count', models.BigIntegerField(default=0)),
                ('answered_asked', models.BigIntegerField(default=0)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('credential_id',), name='passkey_once'),
                    models.UniqueConstraint(fields=('user', 'name'), name='passkey_names_differ'),
                    models.CheckConstraint(condition=models.Q(('answered_asked__gte', 0), ('sign_count__gte', 0)), name='passkey_counts'),
                ],
            },
            bases=(config.kernel.models.sign_ins.Remembered, models.Model),
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('staff_number', models.CharField(max_length=20, unique=True)),
                ('user', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='person', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('staff_number__regex', '^[A-Z0-9](?:[A-Z0-9-]{0,18}[A-Z0-9])?$')), name='person_staff_number_written_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='RecoverySheet',
            fields=[
                ('user', models.ForeignKey(help_text='The user that this device belongs to.', on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ('name', models.CharField(help_text='The human-readable name of this device.', max_length=64)),
                ('confirmed', models.BooleanField(default=True, help_text='Is this device ready for use?')),
                ('throttling_failure_timestamp', models.DateTimeField(blank=True, default=None, help_text='A timestamp of the last failed verification attempt. Null if last attempt succeeded.', null=True)),
                ('throttling_failure_count', models.PositiveIntegerField(default=0, help_text='Number of successive failed attempts.')),
                ('created_at', models.DateTimeField(auto_now_add=True, help_text='The date and time when this device was initially created in the system.', null=True)),
                ('last_used_at', models.DateTimeField(blank=True, help_text='The most recent date and time this device was used.', null=True)),
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('belongs', config.kernel.vault.sealed.SealedField(null=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('user',), name='recovery_sheet_one_per_person'),
                ],
            },
            bases=(config.kernel.models.sign_ins.Remembered, models.Model),
        ),
        migrations.CreateModel(
            name='SandboxClock',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('shift', models.DurationField(default=datetime.timedelta(0))),
                ('frozen_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('id', 1)), name='sandbox_clock_is_one'),
                ],
            },
        ),
        migrations.CreateModel(
            name='SecondFactor',
            fields=[
                ('user', models.ForeignKey(help_text='The user that this device belongs to.', on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ('name', models.CharField(help_text='The human-readable name of this device.', max_length=64)),
                ('confirmed', models.BooleanField(default=True, help_text='Is this device ready for use?')),
                ('throttling_failure_timestamp', models.DateTimeField(blank=True, default=None, help_text='A timestamp of the last failed verification attempt. Null if last attempt succeeded.', null=True)),
                ('throttling_failure_count', models.PositiveIntegerField(default=0, help_text='Number of successive failed attempts.')),
                ('created_at', models.DateTimeField(auto_now_add=True, help_text='The date and time when this device was initially created in the system.', null=True)),
                ('last_used_at', models.DateTimeField(blank=True, help_text='The most recent date and time this device was used.', null=True)),
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('belongs', config.kernel.vault.sealed.SealedField(null=True)),
                ('key', config.kernel.vault.sealed.SealedField(default=django_otp.plugins.otp_totp.models.default_key)),
                ('step', models.PositiveSmallIntegerField(default=30)),
                ('t0', models.BigIntegerField(default=0)),
                ('digits', models.PositiveSmallIntegerField(default=6)),
                ('tolerance', models.PositiveSmallIntegerField(default=1)),
                ('drift', models.SmallIntegerField(default=0)),
                ('last_t', models.BigIntegerField(default=-1)),
                ('api_failure_timestamp', models.DateTimeField(null=True)),
                ('api_failure_count', models.IntegerField(db_default=0, default=0)),
            ],
            bases=(config.kernel.models.sign_ins.Remembered, models.Model),
        ),
        migrations.CreateModel(
            name='SignIn',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('address', models.GenericIPAddressField(null=True)),
                ('browser', models.CharField(blank=True, max_length=200)),
                ('ended_at', models.DateTimeField(null=True)),
                ('end', models.CharField(blank=True, max_length=16)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('ended_at', None)), fields=['user'], name='sign_in_open'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('end', ''), ('ended_at', None)), models.Q(('end__in', ['signed_out', 'replaced', 'elsewhere', 'idle', 'hours']), ('ended_at__isnull', False)), _connector='OR'), name='sign_in_end_is_whole'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Principal',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=64, unique=True)),
                ('role', models.CharField(max_length=16)),
                ('active', models.BooleanField(default=True)),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='principals', to='kernel.person')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('role__in', ['atm', 'gateway', 'teller', 'supervisor', 'compliance', 'auditor', 'administrator'])), name='principal_role_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('person', None), ('role__in', ['atm', 'gateway'])), models.Q(('person__isnull', False), models.Q(('role__in', ['atm', 'gateway']), _negated=True)), _connector='OR'), name='principal_is_a_person_or_a_machine'),
                    models.UniqueConstraint(condition=models.Q(('active', True)), fields=('person',), name='principal_one_per_person'),
                ],
            },
        ),
        migrations.CreateModel(
            name='RecoveryCode',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('sheet', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='codes', to='kernel.recoverysheet')),
                ('number', models.PositiveSmallIntegerField()),
                ('digest', models.BinaryField(max_length=32)),
                ('used_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('sheet', 'number'), name='recovery_code_place'),
                    models.UniqueConstraint(fields=('digest',), name='recovery_code_once'),
                    models.CheckConstraint(condition=models.Q(('number__gte', 1), ('number__lte', 10)), name='recovery_code_ten_at_most'),
                    models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('digest'), 32), name='recovery_code_digest_is_whole'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Administration',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(default='pending', max_length=16)),
                ('kind', models.CharField(max_length=16)),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.person')),
                ('principal', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('content', models.JSONField()),
                ('in_force_at', models.DateTimeField(null=True)),
                ('usable_until', models.DateTimeField(null=True)),
                ('xid', models.BigIntegerField(editable=False, null=True)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('kind__in', ['user', 'group', 'principal', 'administrator', 'api_key', 'enrolment'])), name='administration_kind_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('in_force_at__isnull', False), ('status', 'active')), models.Q(('in_force_at', None), ('status__in', ('pending', 'rejected', 'withdrawn', 'expired'))), _connector='OR'), name='administration_in_force_since'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=32)),
                ('status', models.CharField(default='pending', max_length=16)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('decided_at', models.DateTimeField(null=True)),
                ('made_by_name', models.CharField(editable=False, max_length=64, null=True)),
                ('made_by_staff_number', models.CharField(editable=False, max_length=20, null=True)),
                ('made_by_person', models.UUIDField(editable=False, null=True)),
                ('decided_by_name', models.CharField(editable=False, max_length=64, null=True)),
                ('decided_by_staff_number', models.CharField(editable=False, max_length=20, null=True)),
                ('decided_by_person', models.UUIDField(editable=False, null=True)),
                ('remark', config.kernel.vault.sealed.SealedField(null=True)),
                ('object_type', models.CharField(max_length=32)),
                ('object_id', models.UUIDField(db_index=True)),
                ('about', models.CharField(max_length=200, null=True)),
                ('before', models.JSONField(default=dict)),
                ('after', models.JSONField(default=dict)),
                ('follows', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='followed_by', to='kernel.approval')),
                ('form_address', models.CharField(max_length=300, null=True)),
                ('form', config.kernel.vault.sealed.SealedField(null=True)),
                ('subject_keys', django.contrib.postgres.fields.ArrayField(base_field=models.BinaryField(max_length=32), default=list)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['status', 'kind', '-made_at'], name='approval_by_status'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(('decided_by', models.F('made_by')), _negated=True), _connector='OR'), name='approval_checker_is_another'),
                    models.CheckConstraint(condition=models.Q(('decided_by_person', None), ('made_by_person', None), models.Q(('decided_by_person', models.F('made_by_person')), _negated=True), _connector='OR'), name='approval_checker_is_another_person'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('status__in', ['approved', 'rejected', 'returned'])), models.Q(('decided_at__isnull', False), ('decided_by', None), ('status', 'withdrawn')), models.Q(('decided_at', None), ('decided_by', None), ('status__in', ['pending', 'expired'])), _connector='OR'), name='approval_decision_is_whole'),
                    models.CheckConstraint(condition=models.Q(('decided_at', None), ('decided_at__lt', models.F('expires_at')), _connector='OR'), name='approval_decided_in_time'),
                    models.CheckConstraint(condition=models.Q(models.Q(('status', 'returned'), _negated=True), ('remark__isnull', False), _connector='OR'), name='approval_return_says_why'),
                    models.UniqueConstraint(fields=('follows',), name='approval_followed_once'),
                    models.CheckConstraint(condition=models.Q(('form', None), models.Q(django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('form'), 65536), ('form_address__isnull', False)), _connector='OR'), name='approval_form_has_a_page'),
                    models.UniqueConstraint(condition=models.Q(('status', 'pending')), fields=('kind', 'about'), name='approval_one_pending_per_object'),
                ],
            },
        ),
        CreateByMonth(
            name='Decision',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_index=True)),
                ('kind', models.CharField(max_length=40)),
                ('outcome', models.CharField(max_length=16)),
                ('code', models.CharField(blank=True, max_length=40)),
                ('rule', models.CharField(blank=True, max_length=60)),
                ('clause', models.CharField(blank=True, max_length=120)),
                ('policy_version', models.CharField(max_length=32)),
                ('facts', models.JSONField(default=dict)),
                ('customer_id', models.UUIDField(null=True)),
                ('account_id', models.UUIDField(null=True)),
                ('object_id', models.UUIDField(null=True)),
                ('principal', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['customer_id', '-at'], name='decision_by_customer'),
                    models.Index(fields=['object_id'], name='decision_by_object'),
                    models.Index(condition=models.Q(('kind', 'withdrawal')), fields=['account_id', 'at'], name='decision_paid_out_of'),
                    models.Index(condition=models.Q(('kind', 'withdrawal')), fields=['principal', 'at'], name='decision_paid_out_by'),
                    models.Index(condition=models.Q(('outcome', 'refused')), fields=['at', 'id', 'code'], name='decision_refused'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('code', ''), ('outcome__in', ['allowed', 'rejected', 'returned', 'withdrawn', 'expired'])), models.Q(('outcome', 'refused'), models.Q(('code', ''), _negated=True)), _connector='OR'), name='decision_refusal_has_code'),
                ],
            },
        ),
        migrations.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('principal', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('key', models.CharField(max_length=255)),
                ('fingerprint', models.BinaryField(max_length=32)),
                ('status', models.SmallIntegerField(null=True)),
                ('body', config.kernel.vault.sealed.SealedField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [
                    models.Index(fields=['created_at'], name='idempotency_key_age'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('principal', 'key'), name='idempotency_key_once_per_principal'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ProofRun',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('asked_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('whole', models.BooleanField(default=False)),
                ('began_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('asked', models.PositiveIntegerField(null=True)),
                ('broken', models.PositiveIntegerField(null=True)),
                ('findings', models.JSONField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['ended_at'], name='proof_run_by_time'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('asked', None), ('broken', None), ('ended_at', None), ('findings__isnull', True)), models.Q(('asked__gt', 0), ('began_at__isnull', False), ('broken__gte', 0), ('broken__lte', models.F('asked')), ('ended_at__gte', models.F('began_at')), ('findings__isnull', False)), _connector='OR'), name='proof_run_is_whole'),
                    models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('ended_at',), name='proof_run_one_waits', nulls_distinct=False),
                ],
            },
        ),
        migrations.CreateModel(
            name='Restore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ('restored_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('source', models.CharField(max_length=200)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('confirmed_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('note', models.CharField(blank=True, db_default='', max_length=500)),
                ('proof', models.JSONField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('confirmed_at', None)), fields=['restored_at'], name='restore_unconfirmed'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at', None), ('confirmed_by', None), ('proof__isnull', True)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False), ('proof__isnull', False)), _connector='OR'), name='restore_confirmation_is_whole'),
                ],
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('principal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('page', models.CharField(max_length=20)),
                ('slot', models.SmallIntegerField()),
                ('content', config.kernel.vault.sealed.SealedField()),
                ('saved_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('principal', 'page', 'slot'), name='saved_view_once_per_slot'),
                    models.CheckConstraint(condition=models.Q(('slot__gte', 1), ('slot__lte', 10)), name='saved_views_are_few'),
                    models.CheckConstraint(condition=django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('content'), 2048), name='saved_view_is_small'),
                ],
            },
        ),
        migrations.CreateModel(
            name='SlipPrint',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('object_id', models.UUIDField()),
                ('kind', models.CharField(max_length=16)),
                ('nth', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('principal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('object_id', 'kind', 'nth'), name='slip_print_once'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ['accepted', 'posted', 'cancelled', 'cash', 'cash_reversed', 'loss'])), name='slip_print_kind_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='TrailRecord',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('bank_at', models.DateTimeField(null=True)),
                ('kind', models.CharField(max_length=32)),
                ('outcome', models.CharField(max_length=16)),
                ('code', models.CharField(blank=True, max_length=40)),
                ('principal', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('user_id', models.BigIntegerField(null=True)),
                ('address', models.GenericIPAddressField(null=True)),
                ('whom', models.BinaryField(max_length=32, null=True)),
                ('customer_id', models.UUIDField(null=True)),
                ('account_id', models.UUIDField(null=True)),
                ('object_id', models.UUIDField(null=True)),
                ('reason', models.CharField(blank=True, max_length=32)),
                ('way', models.CharField(max_length=16)),
                ('place', models.CharField(blank=True, max_length=120)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('count', models.BigIntegerField(default=1)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['at', 'id'], name='trail_by_time'),
                    models.Index(fields=['principal', 'at'], name='trail_by_principal'),
                    models.Index(condition=models.Q(('user_id__isnull', False)), fields=['user_id', 'at'], name='trail_by_user'),
                    models.Index(condition=models.Q(('customer_id__isnull', False)), fields=['customer_id', 'at'], name='trail_by_customer'),
                    models.Index(condition=models.Q(('whom__isnull', False)), fields=['whom', 'at'], name='trail_by_whom'),
                    models.Index(condition=models.Q(('kind', 'unmask')), fields=['at', 'principal', 'count'], name='trail_unmasked'),
                    models.Index(condition=models.Q(('outcome', 'refused')), fields=['at', 'kind', 'count'], name='trail_refused'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'refused'), models.Q(('code', ''), _negated=True)), models.Q(models.Q(('outcome', 'refused'), _negated=True), ('code', '')), _connector='OR'), name='trail_refused_by_code'),
                    models.CheckConstraint(condition=models.Q(('count__gte', 1)), name='trail_counts'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('principal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='kernel.principal')),
                ('digest', models.BinaryField(max_length=32)),
                ('hint', models.CharField(max_length=8)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('administration', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='key', to='kernel.administration')),
                ('collected_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('digest',), name='api_key_digest_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ApprovalAttachment',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', config.kernel.vault.sealed.SealedField()),
                ('media_type', models.CharField(max_length=40)),
                ('content', config.kernel.vault.sealed.SealedField()),
                ('digest', models.CharField(max_length=64)),
                ('size', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('principal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('approval', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='kernel.approval')),
                ('number', models.PositiveSmallIntegerField()),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('approval', 'number'), name='approval_attachment_has_a_place'),
                    models.CheckConstraint(condition=models.Q(('number__gte', 1), ('number__lte', 20)), name='approval_attachment_twenty_at_most'),
                    models.CheckConstraint(condition=models.Q(('size__gt', 0), ('size__lte', 5242880)), name='approval_attachment_size_fits'),
                    models.CheckConstraint(condition=models.Q(('media_type__in', ['application/pdf', 'image/png', 'image/jpeg'])), name='approval_attachment_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ApprovalClaim',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('approval', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='kernel.approval')),
                ('principal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['principal', 'until'], name='approval_claim_by_person'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('approval',), name='approval_claim_is_one_persons'),
                    models.CheckConstraint(condition=models.Q(('until__gt', models.F('at')), models.Q(('ended_at', None), models.Q(('ended_at__gte', models.F('at')), ('ended_at__lte', models.F('until'))), _connector='OR')), name='approval_claim_has_an_end'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ApprovalComment',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('approval', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='kernel.approval')),
                ('number', models.PositiveSmallIntegerField()),
                ('principal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('at', models.DateTimeField()),
                ('text', config.kernel.vault.sealed.SealedField()),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('approval', 'number'), name='approval_comment_has_a_place'),
                    models.CheckConstraint(condition=models.Q(('number__gte', 1), ('number__lte', 100)), name='approval_comment_hundred_at_most'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Enrolment',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to='kernel.person')),
                ('administration', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='enrolment', to='kernel.administration')),
                ('digest', models.BinaryField(max_length=32)),
                ('waiting_half', config.kernel.vault.sealed.SealedField(null=True)),
                ('issued_at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('digest',), name='enrolment_digest_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ExportReceipt',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('decision', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.decision')),
                ('file_name', models.CharField(max_length=100)),
                ('rows', models.PositiveIntegerField()),
                ('size', models.PositiveBigIntegerField()),
                ('sha256', models.BinaryField(max_length=32)),
                ('written_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [
                    models.Index(fields=['written_at', 'id'], name='export_receipt_by_time'),
                    models.Index(fields=['sha256'], name='export_receipt_by_digest'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('sha256'), 32), name='export_receipt_digest_is_whole'),
                    models.CheckConstraint(condition=models.Q(('size__gt', 0)), name='export_receipt_of_a_file'),
                ],
            },
        ),
        InstallSQL('people'),
        InstallSQL('sign_ins'),
        InstallSQL('approvals'),
        InstallSQL('decisions'),
        InstallSQL('trail'),
        InstallSQL('operation'),
    ]

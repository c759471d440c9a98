import datetime

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models

import config.kernel.database.ids
import config.kernel.vault.sealed
from config.kernel.schema.sql_files import InstallSQL


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ('blacklist', '0001_initial'),
        ('kernel', '0001_first_version'),
    ]

    operations = [
        migrations.CreateModel(
            name='CashBox',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('teller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('day', models.DateField()),
                ('opening_fen', models.BigIntegerField()),
                ('alone_fen', models.BigIntegerField()),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['day', 'id'], name='cash_box_by_day'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('teller',), name='cash_box_one_open'),
                    models.CheckConstraint(condition=models.Q(('opening_fen__gte', 0)), name='cash_box_opening_not_negative'),
                    models.CheckConstraint(condition=models.Q(('alone_fen__gte', 0), ('alone_fen__lte', 5000000)), name='cash_box_alone_at_most'),
                    models.CheckConstraint(condition=models.Q(('closed_at', None), ('closed_at__gte', models.F('opened_at')), _connector='OR'), name='cash_box_closed_after_opened'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CleanupCampaign',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('as_of', models.DateTimeField()),
                ('deadline', models.DateField()),
                ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('sealed_at', models.DateTimeField(null=True)),
                ('sealed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(models.Value(1, output_field=models.SmallIntegerField()), condition=models.Q(('sealed_at', None)), name='cleanup_campaign_one_open'),
                    models.CheckConstraint(condition=models.Q(models.Q(('sealed_at', None), ('sealed_by', None)), models.Q(('sealed_at__gte', models.F('as_of')), ('sealed_by__isnull', False)), _connector='OR'), name='cleanup_campaign_sealed_by_somebody'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ImportBatch',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('source', models.CharField(max_length=120)),
                ('started_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('finished_at', models.DateTimeField(null=True)),
                ('row_count', models.PositiveIntegerField(default=0)),
                ('error_count', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='InternalAccount',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=8)),
                ('bank_code', models.CharField(blank=True, max_length=14)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('kind', 'bank_code'), name='internal_account_unique'),
                    models.CheckConstraint(condition=models.Q(models.Q(('kind', 'clearing'), models.Q(('bank_code', ''), _negated=True)), models.Q(models.Q(('kind', 'clearing'), _negated=True), ('bank_code', '')), _connector='OR'), name='internal_account_clearing_names_bank'),
                    models.CheckConstraint(condition=models.Q(('bank_code', ''), ('bank_code__regex', '^[0-9A-Z]{2,14}$'), _connector='OR'), name='internal_account_bank_shape'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ListedBank',
            fields=[
                ('code', models.CharField(max_length=12, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('listed', models.BooleanField(default=True)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('code__regex', '^[0-9]{12}$')), name='listed_bank_code_twelve_digits'),
                    models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='listed_bank_named'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CashCount',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('box', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='counts', to='accounts.cashbox')),
                ('book_fen', models.BigIntegerField()),
                ('counted_fen', models.BigIntegerField()),
                ('reason', config.kernel.vault.sealed.SealedField(null=True)),
                ('status', models.CharField(default='pending', max_length=16)),
                ('asked_at', models.DateTimeField()),
                ('in_force_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('status', 'active')), fields=('box',), name='cash_count_once'),
                    models.CheckConstraint(condition=models.Q(('book_fen__gte', 0), ('counted_fen__gte', 0)), name='cash_count_not_negative'),
                    models.CheckConstraint(condition=models.Q(('book_fen', models.F('counted_fen')), ('reason__isnull', False), _connector='OR'), name='cash_count_difference_told'),
                    models.CheckConstraint(condition=models.Q(models.Q(('in_force_at__isnull', False), ('status', 'active')), models.Q(('in_force_at', None), ('status__in', ('pending', 'rejected', 'withdrawn', 'expired'))), _connector='OR'), name='cash_count_in_force_since'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=16)),
                ('status', models.CharField(default='active', max_length=16)),
                ('name', config.kernel.vault.sealed.SealedField()),
                ('name_index', models.BinaryField(max_length=32)),
                ('phone', config.kernel.vault.sealed.SealedField(null=True)),
                ('phone_index', models.BinaryField(max_length=32, null=True)),
                ('sealed_birth_date', config.kernel.vault.sealed.SealedField(null=True)),
                ('match_key', models.BinaryField(max_length=32, null=True)),
                ('created_at', models.DateTimeField()),
                ('reverified_at', models.DateTimeField(null=True)),
                ('reverified_knowing', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), null=True)),
                ('import_batch', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.importbatch')),
                ('merged_into', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='accounts.customer')),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('phone_index__isnull', False)), fields=['phone_index'], name='customer_by_phone'),
                    models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='customer_merged_into'),
                    models.Index(condition=models.Q(('import_batch', None)), fields=['created_at'], name='customer_created'),
                    models.Index(condition=models.Q(('match_key__isnull', False)), fields=['match_key'], name='customer_by_match'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('kind__in', ['individual', 'organization'])), name='customer_kind_known'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['active', 'in_review'])), name='customer_status_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('phone', None), ('phone_index', None)), models.Q(('phone__isnull', False), ('phone_index__isnull', False)), _connector='OR'), name='customer_phone_is_indexed'),
                    models.CheckConstraint(condition=models.Q(('merged_into', None), models.Q(('merged_into', models.F('id')), _negated=True), _connector='OR'), name='customer_not_merged_into_itself'),
                ],
            },
        ),
        migrations.CreateModel(
            name='InternalSum',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ('internal', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='sums', to='accounts.internalaccount')),
                ('amount_fen', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='StockBreach',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('import_batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='breaches', to='accounts.importbatch')),
                ('limit', models.CharField(max_length=12)),
                ('opened_on', models.DateField()),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('limit__in', ['bank_i', 'bank_ii', 'bank_iii', 'payment_iii', 'cards'])), name='stock_breach_limit_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('limit', 'cards'), ('opened_on__gte', datetime.date(2016, 1, 1))), models.Q(models.Q(('limit', 'cards'), _negated=True), ('opened_on__gte', datetime.date(2016, 12, 1))), _connector='OR'), name='stock_breach_is_young'),
                ],
            },
        ),
        migrations.CreateModel(
            name='StockImport',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('source', models.CharField(max_length=120)),
                ('status', models.CharField(default='staging', max_length=12)),
                ('digest', models.CharField(max_length=64)),
                ('field_key', models.CharField(max_length=40)),
                ('index_keys', models.PositiveSmallIntegerField()),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('started_at', models.DateTimeField()),
                ('staged_at', models.DateTimeField(null=True)),
                ('in_force_at', models.DateTimeField(null=True)),
                ('summary', models.JSONField(default=dict)),
                ('applied', models.PositiveSmallIntegerField(default=0)),
                ('trouble', models.CharField(blank=True, default='', max_length=120)),
                ('batch', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.importbatch')),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('status__in', ['staging', 'staged', 'applying', 'applied', 'discarded'])), name='stock_import_status_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('in_force_at__isnull', False), ('status__in', ['applying', 'applied'])), models.Q(models.Q(('status__in', ['applying', 'applied']), _negated=True), ('in_force_at', None)), _connector='OR'), name='stock_import_in_force_since'),
                    models.CheckConstraint(condition=models.Q(models.Q(('batch', models.F('id')), ('batch__isnull', False), ('status', 'applied')), models.Q(models.Q(('status', 'applied'), _negated=True), ('batch', None)), _connector='OR'), name='stock_import_applied_as_batch'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['staging', 'discarded']), ('staged_at__isnull', False), _connector='OR'), name='stock_import_checked_first'),
                    models.UniqueConstraint(condition=models.Q(('status', 'discarded'), _negated=True), fields=('digest',), name='stock_import_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CleanupCase',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='accounts.cleanupcampaign')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cleanup_cases', to='accounts.customer')),
                ('branch', models.CharField(blank=True, max_length=20)),
                ('excess_accounts', models.PositiveIntegerField()),
                ('excess_cards', models.PositiveIntegerField()),
                ('assignee', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('deadline', models.DateField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('assignee__isnull', True)), fields=['campaign', 'deadline', 'id'], name='cleanup_case_next'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('campaign', 'customer'), name='cleanup_case_once'),
                    models.CheckConstraint(condition=models.Q(('excess_accounts__gt', 0), ('excess_cards__gt', 0), _connector='OR'), name='cleanup_case_has_excess'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CustomerParticulars',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='particulars', to='accounts.customer')),
                ('at', models.DateTimeField()),
                ('principal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('address', config.kernel.vault.sealed.SealedField()),
                ('occupation', models.CharField(max_length=12, null=True)),
                ('nationality', models.CharField(max_length=3, null=True)),
                ('tax_residency', models.CharField(max_length=10, null=True)),
                ('tax_entity', models.CharField(max_length=10, null=True)),
                ('proof_kind', models.CharField(max_length=20, null=True)),
                ('business', models.CharField(max_length=500, null=True)),
                ('owner_count', models.SmallIntegerField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['customer', '-at'], name='particulars_of_customer'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('business', None), ('nationality__isnull', False), ('occupation__isnull', False), ('owner_count', None), ('proof_kind', None), ('tax_entity', None), ('tax_residency__isnull', False)), models.Q(('business__isnull', False), ('nationality', None), ('occupation', None), ('owner_count__gte', 0), ('owner_count__isnull', False), ('owner_count__lte', 8), ('proof_kind__isnull', False), models.Q(models.Q(('tax_entity', None), ('tax_residency', None)), models.Q(('tax_entity__isnull', False), ('tax_residency__isnull', False)), _connector='OR')), _connector='OR'), name='particulars_of_one_kind'),
                    models.CheckConstraint(condition=models.Q(models.Q(('occupation', None), ('occupation__in', ['head', 'professional', 'clerk', 'service', 'farmer', 'production', 'military', 'student', 'retired', 'none', 'other']), _connector='OR'), models.Q(('tax_residency', None), ('tax_residency__in', ['china', 'elsewhere', 'both']), _connector='OR'), models.Q(('tax_entity', None), ('tax_entity__in', ['passive', 'other']), _connector='OR'), models.Q(('proof_kind', None), ('proof_kind__in', ['business_licence', 'institution', 'social_group', 'private_unit', 'foundation', 'authority', 'village', 'other']), _connector='OR'), models.Q(('nationality', None), ('nationality__regex', '^[A-Z]{3}$'), _connector='OR')), name='particulars_codes_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ExternalAccount',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='external_accounts', to='accounts.customer')),
                ('bank_code', models.CharField(max_length=14)),
                ('sealed_number', config.kernel.vault.sealed.SealedField(null=True)),
                ('number_key', models.BinaryField(max_length=32, null=True)),
                ('evidence', config.kernel.vault.sealed.SealedField()),
                ('status', models.CharField(default='pending', max_length=16)),
                ('asked_at', models.DateTimeField()),
                ('in_force_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('status', 'active')), fields=('number_key',), name='external_account_has_one_holder'),
                    models.CheckConstraint(condition=models.Q(('bank_code__regex', '^[0-9A-Z]{2,14}$')), name='external_account_bank_shape'),
                    models.CheckConstraint(condition=models.Q(('number_key__isnull', False), ('sealed_number__isnull', False)), name='external_account_number_sealed'),
                    models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('in_force_at__isnull', False), ('status', 'active')), models.Q(('ended_at__isnull', False), ('in_force_at__isnull', False), ('status', 'ended')), models.Q(('ended_at', None), ('in_force_at', None), ('status__in', ('pending', 'rejected', 'withdrawn', 'expired'))), _connector='OR'), name='external_account_in_force_since'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Identity',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='identities', to='accounts.customer')),
                ('key', models.BinaryField(max_length=32)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('key',), name='identity_is_one_customer'),
                    models.UniqueConstraint(fields=('customer', 'id'), name='identity_and_customer'),
                ],
            },
        ),
        migrations.CreateModel(
            name='IdentityCheck',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='identity_checks', to='accounts.customer')),
                ('method', models.CharField(max_length=40)),
                ('result', models.CharField(max_length=20)),
                ('at', models.DateTimeField()),
                ('principal', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
            ],
        ),
        migrations.CreateModel(
            name='IdentityConflict',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conflicts', to='accounts.customer')),
                ('name', config.kernel.vault.sealed.SealedField()),
                ('at', models.DateTimeField()),
                ('principal', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
            ],
        ),
        migrations.CreateModel(
            name='LegalRepresentative',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='representatives', to='accounts.customer')),
                ('identity_key', models.BinaryField(max_length=32)),
                ('name', config.kernel.vault.sealed.SealedField()),
                ('type', models.CharField(max_length=32)),
                ('country', models.CharField(blank=True, max_length=3)),
                ('number', config.kernel.vault.sealed.SealedField()),
                ('valid_until', models.DateField(null=True)),
                ('at', models.DateTimeField()),
                ('principal', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('type', 'uscc'), _negated=True), name='legal_representative_is_a_person'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=16)),
                ('year', models.PositiveSmallIntegerField()),
                ('serial', models.PositiveIntegerField()),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='letters', to='accounts.customer')),
                ('about_id', models.UUIDField()),
                ('certificate_id', models.UUIDField(null=True)),
                ('last_day', models.DateField(null=True)),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='accounts.letter')),
                ('content', config.kernel.vault.sealed.SealedField()),
                ('digest', models.CharField(max_length=64)),
                ('issued_at', models.DateTimeField()),
                ('issued_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['certificate_id', 'kind'], name='letter_by_certificate'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('kind', 'year', 'serial'), name='letter_number_once'),
                    models.UniqueConstraint(condition=models.Q(('replaces', None)), fields=('customer', 'kind', 'about_id'), name='letter_once'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ['penalty', 'suspension', 'case_account', 'refusal', 'lift', 'end'])), name='letter_kind_known'),
                    models.CheckConstraint(condition=models.Q(('serial__gte', 1)), name='letter_serial_counts_from_one'),
                    models.CheckConstraint(condition=models.Q(('digest__regex', '^[0-9a-f]{64}$')), name='letter_digest_shape'),
                    models.CheckConstraint(condition=models.Q(models.Q(('certificate_id', None), ('kind', 'refusal')), models.Q(models.Q(('kind', 'refusal'), _negated=True), ('certificate_id__isnull', False)), _connector='OR'), name='letter_rests_on_a_certificate'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Reverification',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reverifications', to='accounts.customer')),
                ('method', models.CharField(max_length=40)),
                ('result', models.CharField(max_length=20)),
                ('status', models.CharField(default='pending', max_length=16)),
                ('asked_at', models.DateTimeField()),
                ('in_force_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('in_force_at__isnull', False), ('status', 'active')), models.Q(('in_force_at', None), ('status__in', ('pending', 'rejected', 'withdrawn', 'expired'))), _connector='OR'), name='reverification_in_force_since'),
                ],
            },
        ),
        migrations.CreateModel(
            name='SamePerson',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='same_persons', to='accounts.customer')),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='same_persons_as_other', to='accounts.customer')),
                ('decision', models.CharField(max_length=12)),
                ('evidence', config.kernel.vault.sealed.SealedField()),
                ('status', models.CharField(default='pending', max_length=16)),
                ('asked_at', models.DateTimeField()),
                ('in_force_at', models.DateTimeField(null=True)),
                ('reverified_at', models.DateTimeField(null=True)),
                ('reasons', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=24), null=True)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('in_force_at__isnull', False), ('status', 'active')), models.Q(('in_force_at', None), ('status__in', ('pending', 'rejected', 'withdrawn', 'expired'))), _connector='OR'), name='same_person_in_force_since'),
                    models.CheckConstraint(condition=models.Q(('customer', models.F('other')), _negated=True), name='same_person_of_two'),
                    models.CheckConstraint(condition=models.Q(('decision__in', ['same', 'different'])), name='same_person_decision_known'),
                    models.CheckConstraint(condition=models.Q(('reverified_at', None), models.Q(('decision', 'same'), ('status', 'active')), _connector='OR'), name='same_person_reverified_of_one'),
                    models.UniqueConstraint(condition=models.Q(('decision', 'same'), ('status', 'active')), fields=('other',), name='same_person_merged_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='StockFile',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('stock_import', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='accounts.stockimport')),
                ('sheet', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=200)),
                ('digest', models.CharField(max_length=64)),
                ('line_count', models.PositiveIntegerField()),
                ('done', models.PositiveIntegerField(default=0)),
                ('finished', models.BooleanField(default=False)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('stock_import', 'sheet'), name='stock_file_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='StockUpload',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('stock_import', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uploads', to='accounts.stockimport')),
                ('sheet', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=200)),
                ('number', models.PositiveIntegerField()),
                ('content', config.kernel.vault.sealed.SealedField()),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('stock_import', 'sheet', 'number'), name='stock_upload_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='BeneficialOwner',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('particulars', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='owners', to='accounts.customerparticulars')),
                ('identity_key', models.BinaryField(max_length=32)),
                ('name', config.kernel.vault.sealed.SealedField()),
                ('type', models.CharField(max_length=32)),
                ('country', models.CharField(blank=True, max_length=3)),
                ('number', config.kernel.vault.sealed.SealedField()),
                ('valid_until', models.DateField(null=True)),
                ('control', models.CharField(max_length=8)),
                ('share', models.SmallIntegerField(null=True)),
                ('tax_residency', models.CharField(max_length=10, null=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('particulars', 'identity_key'), name='beneficial_owner_once'),
                    models.CheckConstraint(condition=models.Q(('type', 'uscc'), _negated=True), name='beneficial_owner_is_a_person'),
                    models.CheckConstraint(condition=models.Q(models.Q(('control__in', ['equity', 'rights']), ('share__gte', 2500), ('share__isnull', False), ('share__lte', 10000)), models.Q(('control__in', ['control', 'manager']), ('share', None)), _connector='OR'), name='beneficial_owner_share'),
                    models.CheckConstraint(condition=models.Q(('tax_residency', None), ('tax_residency__in', ['china', 'elsewhere', 'both']), _connector='OR'), name='beneficial_owner_residency_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CleanupAttachment',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', config.kernel.vault.sealed.SealedField()),
                ('media_type', models.CharField(max_length=40)),
                ('content', config.kernel.vault.sealed.SealedField()),
                ('digest', models.CharField(max_length=64)),
                ('size', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('principal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='accounts.cleanupcase')),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('size__gt', 0)), name='cleanup_attachment_not_empty'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CleanupContact',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='accounts.cleanupcase')),
                ('kind', models.CharField(max_length=12)),
                ('result', models.CharField(max_length=12)),
                ('text', config.kernel.vault.sealed.SealedField()),
                ('at', models.DateTimeField()),
                ('principal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('kind__in', ['note', 'phone', 'letter', 'message', 'visit']), ('result__in', ['none', 'reached', 'not_reached', 'will_come', 'refused'])), name='cleanup_contact_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='accounts.customer')),
                ('identity', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='accounts.identity')),
                ('identity_key', models.BinaryField(max_length=32)),
                ('status', models.CharField(default='pending', max_length=16)),
                ('type', models.CharField(max_length=32)),
                ('country', models.CharField(blank=True, max_length=3)),
                ('number', config.kernel.vault.sealed.SealedField()),
                ('inner_key', models.BinaryField(max_length=32, null=True)),
                ('valid_until', models.DateField(null=True)),
                ('renewal_count', models.PositiveSmallIntegerField(db_default=0)),
                ('is_primary', models.BooleanField(default=False)),
                ('ended_at', models.DateTimeField(null=True)),
                ('merge', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.sameperson')),
                ('import_batch', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.importbatch')),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('inner_key__isnull', False)), fields=['inner_key'], name='document_by_inner'),
                    models.Index(condition=models.Q(('import_batch__isnull', False)), fields=['import_batch'], name='document_of_stock'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('identity__isnull', False), ('status', 'active')), models.Q(models.Q(('status', 'active'), _negated=True), ('identity', None)), _connector='OR'), name='document_in_force_has_identity'),
                    models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('status', 'ended')), models.Q(models.Q(('status', 'ended'), _negated=True), ('ended_at', None)), _connector='OR'), name='document_ended_since'),
                    models.UniqueConstraint(condition=models.Q(('status__in', ('pending', 'active'))), fields=('customer', 'type', 'identity_key'), name='document_once_per_customer'),
                    models.UniqueConstraint(condition=models.Q(('is_primary', True), ('status', 'active')), fields=('customer',), name='document_one_primary'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ExternalAccountWithdrawal',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reason', config.kernel.vault.sealed.SealedField()),
                ('status', models.CharField(default='pending', max_length=16)),
                ('asked_at', models.DateTimeField()),
                ('in_force_at', models.DateTimeField(null=True)),
                ('external_account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='withdrawals', to='accounts.externalaccount')),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('in_force_at__isnull', False), ('status', 'active')), models.Q(('in_force_at', None), ('status__in', ('pending', 'rejected', 'withdrawn', 'expired'))), _connector='OR'), name='external_account_withdrawal_in_force_since'),
                ],
            },
        ),
        migrations.CreateModel(
            name='LetterDelivery',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('letter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='accounts.letter')),
                ('way', models.CharField(max_length=12)),
                ('day', models.DateField()),
                ('tracking_number', models.CharField(blank=True, max_length=40)),
                ('at', models.DateTimeField()),
                ('principal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('tracking_number__regex', '^[0-9A-Z]{5,40}$'), ('way__in', ['post', 'returned'])), models.Q(('tracking_number', ''), ('way__in', ['counter', 'refused'])), _connector='OR'), name='letter_delivery_tracked'),
                ],
            },
        ),
        migrations.CreateModel(
            name='LetterPrint',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('letter', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='prints', to='accounts.letter')),
                ('nth', models.PositiveIntegerField()),
                ('form', models.CharField(max_length=8)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('at', models.DateTimeField()),
                ('principal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('letter', 'nth'), name='letter_print_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('digest', ''), ('form', 'html')), models.Q(('digest__regex', '^[0-9a-f]{64}$'), ('form', 'pdf')), _connector='OR'), name='letter_print_form_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='MovedRow',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('merge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moved', to='accounts.sameperson')),
                ('kind', models.CharField(max_length=20)),
                ('row_id', models.UUIDField()),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('row_id', 'merge'), name='moved_row_once'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ['identities', 'documents', 'accounts', 'cards', 'external_accounts', 'reverifications'])), name='moved_row_kind_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='DocumentRenewal',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='renewals', to='accounts.document')),
                ('nth', models.PositiveSmallIntegerField()),
                ('number', config.kernel.vault.sealed.SealedField()),
                ('old_valid_until', models.DateField(null=True)),
                ('valid_until', models.DateField(null=True)),
                ('at', models.DateTimeField()),
                ('principal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('document', 'nth'), name='document_renewal_once'),
                    models.CheckConstraint(condition=models.Q(('valid_until', None), ('old_valid_until', None), ('valid_until__gte', models.F('old_valid_until')), _connector='OR'), name='document_renewal_not_shorter'),
                ],
            },
        ),
        migrations.CreateModel(
            name='DocumentWithdrawal',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reason', config.kernel.vault.sealed.SealedField()),
                ('status', models.CharField(default='pending', max_length=16)),
                ('asked_at', models.DateTimeField()),
                ('in_force_at', models.DateTimeField(null=True)),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='withdrawals', to='accounts.document')),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('in_force_at__isnull', False), ('status', 'active')), models.Q(('in_force_at', None), ('status__in', ('pending', 'rejected', 'withdrawn', 'expired'))), _connector='OR'), name='document_withdrawal_in_force_since'),
                ],
            },
        ),
        migrations.CreateModel(
            name='NameChange',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='name_changes', to='accounts.customer')),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.document')),
                ('old_name', config.kernel.vault.sealed.SealedField()),
                ('old_name_index', models.BinaryField(max_length=32)),
                ('name', config.kernel.vault.sealed.SealedField()),
                ('name_index', models.BinaryField(max_length=32)),
                ('evidence', config.kernel.vault.sealed.SealedField()),
                ('status', models.CharField(default='pending', max_length=16)),
                ('asked_at', models.DateTimeField()),
                ('in_force_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('in_force_at__isnull', False), ('status', 'active')), models.Q(('in_force_at', None), ('status__in', ('pending', 'rejected', 'withdrawn', 'expired'))), _connector='OR'), name='name_change_in_force_since'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ConflictReview',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('conflict', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='accounts.identityconflict')),
                ('end', models.CharField(max_length=24)),
                ('reason', config.kernel.vault.sealed.SealedField()),
                ('at', models.DateTimeField()),
                ('principal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('name_change', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.namechange')),
                ('same_person', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.sameperson')),
                ('document_withdrawal', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.documentwithdrawal')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('conflict',), name='conflict_review_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('document_withdrawal', None), ('end__in', ['entry_error', 'other_person', 'misuse']), ('name_change', None), ('same_person', None)), models.Q(('document_withdrawal', None), ('end', 'renamed'), ('name_change__isnull', False), ('same_person', None)), models.Q(('document_withdrawal', None), ('end', 'same_person'), ('name_change', None), ('same_person__isnull', False)), models.Q(('document_withdrawal__isnull', False), ('end', 'document_withdrawn'), ('name_change', None), ('same_person', None)), _connector='OR'), name='conflict_review_rests_on_its_act'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='accounts.customer')),
                ('account_number', models.CharField(max_length=34)),
                ('kind', models.CharField(max_length=8)),
                ('account_class', models.CharField(max_length=4)),
                ('class_slot', models.SmallIntegerField(null=True)),
                ('import_batch', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.importbatch')),
                ('merge', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.sameperson')),
                ('breach', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='accounts.stockbreach')),
                ('status', models.CharField(default='open', max_length=8)),
                ('branch', models.CharField(blank=True, db_default='', default='', max_length=20)),
                ('last_used_on', models.DateField(null=True)),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('balance_fen', models.BigIntegerField(default=0)),
                ('held_fen', models.BigIntegerField(default=0)),
                ('agent_key', models.BinaryField(max_length=32, null=True)),
                ('agent_name', config.kernel.vault.sealed.SealedField(null=True)),
                ('agent_relation', models.CharField(max_length=12, null=True)),
                ('unit_kind', models.CharField(max_length=10, null=True)),
                ('purpose', models.CharField(max_length=12, null=True)),
            ],
            options={
                'indexes': [
                    models.Index(django.db.models.functions.text.Upper('account_number'), condition=models.Q(('account_number__regex', '[a-z]')), name='account_number_mixed'),
                    models.Index(condition=models.Q(('import_batch', None)), fields=['opened_at'], name='account_opened'),
                    models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['closed_at'], name='account_closed'),
                    models.Index(condition=models.Q(('merge__isnull', False)), fields=['merge'], name='account_excess'),
                    models.Index(condition=models.Q(('class_slot', None), ('status', 'open'), models.Q(models.Q(('account_class__in', ['I', 'II', 'III']), ('kind', 'bank')), models.Q(('account_class', 'III'), ('kind', 'payment')), _connector='OR')), fields=['customer', 'kind', 'account_class'], name='account_placeless'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('account_number',), name='account_number_unique'),
                    models.UniqueConstraint(fields=('customer', 'id'), name='account_and_customer'),
                    models.UniqueConstraint(condition=models.Q(('class_slot__isnull', False), ('status', 'open')), fields=('customer', 'kind', 'account_class', 'class_slot'), name='account_class_slot_once'),
                    models.UniqueConstraint(condition=models.Q(('breach__isnull', False)), fields=('breach',), name='account_breach_once'),
                    models.UniqueConstraint(condition=models.Q(('status', 'open'), ('unit_kind', 'basic')), fields=('customer',), name='account_basic_once'),
                    models.CheckConstraint(condition=models.Q(('unit_kind', None), models.Q(('account_class', 'none'), ('kind', 'bank'), ('unit_kind__in', ['basic', 'general', 'special', 'temporary'])), _connector='OR'), name='account_unit_kind_fits'),
                    models.CheckConstraint(condition=models.Q(('purpose', None), models.Q(models.Q(('account_class', 'none'), _negated=True), ('purpose__in', ['salary', 'savings', 'daily', 'investment', 'loan', 'benefits', 'business', 'other'])), _connector='OR'), name='account_purpose_fits'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ['bank', 'payment'])), name='account_kind_known'),
                    models.CheckConstraint(condition=models.Q(('account_class__in', ['I', 'II', 'III', 'none'])), name='account_class_known'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['open', 'closed'])), name='account_status_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('agent_key', None), ('agent_relation', None)), models.Q(('agent_key__isnull', False), ('agent_relation__in', ['agent', 'guardian']), ('agent_relation__isnull', False)), _connector='OR'), name='account_agent_relation_known'),
                    models.CheckConstraint(condition=models.Q(('held_fen__gte', 0)), name='account_held_not_negative'),
                    models.CheckConstraint(condition=models.Q(('balance_fen__gte', models.F('held_fen'))), name='account_available_not_negative'),
                    models.CheckConstraint(condition=models.Q(('balance_fen__lte', 100000000000000000)), name='account_balance_below_limit'),
                    models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('status', 'open')), models.Q(('balance_fen', 0), ('closed_at__isnull', False), ('held_fen', 0), ('status', 'closed')), _connector='OR'), name='account_closed_is_empty'),
                ],
            },
        ),
        migrations.CreateModel(
            name='AccountTelling',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tellings', to='accounts.account')),
                ('at', models.DateTimeField()),
                ('principal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('unit_kind', models.CharField(max_length=10, null=True)),
                ('purpose', models.CharField(max_length=12, null=True)),
                ('was_unit_kind', models.CharField(max_length=10, null=True)),
                ('was_purpose', models.CharField(max_length=12, null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['account', '-at'], name='account_telling_of_account'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('purpose', None), ('unit_kind__isnull', False), ('was_purpose', None)), models.Q(('purpose__isnull', False), ('unit_kind', None), ('was_unit_kind', None)), _connector='OR'), name='account_telling_of_one'),
                    models.CheckConstraint(condition=models.Q(models.Q(('unit_kind__isnull', False), ('was_unit_kind', None)), models.Q(('purpose__isnull', False), ('was_purpose', None)), models.Q(('unit_kind__isnull', False), ('was_unit_kind__isnull', False), models.Q(('unit_kind', models.F('was_unit_kind')), _negated=True)), models.Q(('purpose__isnull', False), ('was_purpose__isnull', False), models.Q(('purpose', models.F('was_purpose')), _negated=True)), _connector='OR'), name='account_telling_changes'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CardException',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='card_exceptions', to='accounts.account')),
                ('product', models.CharField(max_length=24)),
                ('reason', config.kernel.vault.sealed.SealedField()),
                ('proof', config.kernel.vault.sealed.SealedField(null=True)),
                ('status', models.CharField(default='pending', max_length=16)),
                ('asked_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(null=True)),
                ('handed_out_at', models.DateTimeField(null=True)),
                ('handed_out_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('approved_at__isnull', False), ('status', 'active')), models.Q(('approved_at', None), ('status__in', ('pending', 'rejected', 'withdrawn', 'expired'))), _connector='OR'), name='card_exception_approved_since'),
                    models.CheckConstraint(condition=models.Q(models.Q(('handed_out_at', None), ('handed_out_by', None)), models.Q(('handed_out_at__gte', models.F('approved_at')), ('status', 'active')), _connector='OR'), name='card_exception_handed_out_in_force'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CashMovement',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('box', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='accounts.cashbox')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.account')),
                ('kind', models.CharField(max_length=12)),
                ('amount_fen', models.BigIntegerField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('kind__in', ['deposit', 'withdrawal', 'reversal'])), name='cash_movement_kind_known'),
                    models.CheckConstraint(condition=models.Q(('amount_fen', 0), _negated=True), name='cash_movement_moves'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CloseOut',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='close_outs', to='accounts.account')),
                ('to_account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.account')),
                ('amount_fen', models.BigIntegerField()),
                ('status', models.CharField(default='pending', max_length=16)),
                ('asked_at', models.DateTimeField()),
                ('in_force_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='close_out_moves_money'),
                    models.CheckConstraint(condition=models.Q(('account', models.F('to_account')), _negated=True), name='close_out_between_two'),
                    models.CheckConstraint(condition=models.Q(models.Q(('in_force_at__isnull', False), ('status', 'active')), models.Q(('in_force_at', None), ('status__in', ('pending', 'rejected', 'withdrawn', 'expired'))), _connector='OR'), name='close_out_in_force_since'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CounterCash',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.account')),
                ('box', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.cashbox')),
                ('kind', models.CharField(max_length=12)),
                ('amount_fen', models.BigIntegerField()),
                ('status', models.CharField(default='pending', max_length=16)),
                ('asked_at', models.DateTimeField()),
                ('in_force_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('kind__in', ['deposit', 'withdrawal'])), name='counter_cash_kind_known'),
                    models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='counter_cash_moves_money'),
                    models.CheckConstraint(condition=models.Q(models.Q(('in_force_at__isnull', False), ('status', 'active')), models.Q(('in_force_at', None), ('status__in', ('pending', 'rejected', 'withdrawn', 'expired'))), _connector='OR'), name='counter_cash_in_force_since'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('posting_id', models.UUIDField()),
                ('leg', models.SmallIntegerField()),
                ('kind', models.CharField(max_length=12)),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='accounts.account')),
                ('internal', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='accounts.internalaccount')),
                ('amount_fen', models.BigIntegerField()),
                ('posted_at', models.DateTimeField()),
                ('from_held', models.BooleanField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('account__isnull', False)), fields=['account', '-id'], name='entry_by_account'),
                    models.Index(condition=models.Q(('internal__isnull', False)), fields=['internal'], include=('amount_fen',), name='entry_by_internal'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('posting_id', 'leg'), name='entry_posting_leg_once'),
                    models.CheckConstraint(condition=models.Q(('leg__in', [1, 2])), name='entry_leg_is_one_or_two'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ['opening', 'deposit', 'withdrawal', 'reversal', 'transfer', 'close_out', 'merge'])), name='entry_kind_known'),
                    models.CheckConstraint(condition=models.Q(('amount_fen', 0), _negated=True), name='entry_moves_money'),
                    models.CheckConstraint(condition=models.Q(models.Q(('account', None), ('internal__isnull', False)), models.Q(('account__isnull', False), ('internal', None)), _connector='OR'), name='entry_has_one_side'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Freeze',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='freezes', to='accounts.account')),
                ('authority', models.CharField(max_length=120)),
                ('order_no', models.CharField(max_length=80)),
                ('placed_at', models.DateTimeField()),
                ('until', models.DateTimeField(null=True)),
                ('lifted_at', models.DateTimeField(null=True)),
                ('import_batch', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.importbatch')),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('lifted_at', None)), fields=['account'], name='freeze_standing'),
                    models.Index(condition=models.Q(('lifted_at', None), ('until__isnull', False)), fields=['until'], name='freeze_ending'),
                    models.Index(condition=models.Q(('import_batch__isnull', False)), fields=['import_batch'], name='freeze_of_stock'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('until', None), ('until__gt', models.F('placed_at')), _connector='OR'), name='freeze_ends_after_start'),
                    models.CheckConstraint(condition=models.Q(('lifted_at', None), ('lifted_at__gte', models.F('placed_at')), _connector='OR'), name='freeze_lifted_after_start'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Card',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('account', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='cards', to='accounts.account')),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='cards', to='accounts.customer')),
                ('product', models.CharField(max_length=24)),
                ('status', models.CharField(max_length=12)),
                ('number', config.kernel.vault.sealed.SealedField()),
                ('number_index', models.BinaryField(max_length=32)),
                ('slot', models.SmallIntegerField(null=True)),
                ('exception', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cards', to='accounts.cardexception')),
                ('import_batch', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.importbatch')),
                ('merge', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.sameperson')),
                ('breach', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cards', to='accounts.stockbreach')),
                ('agent_key', models.BinaryField(max_length=32, null=True)),
                ('agent_name', config.kernel.vault.sealed.SealedField(null=True)),
                ('agent_slot', models.SmallIntegerField(null=True)),
                ('agent_relation', models.CharField(max_length=12, null=True)),
                ('proof', config.kernel.vault.sealed.SealedField(null=True)),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='accounts.card')),
                ('issued_at', models.DateTimeField()),
                ('activated_at', models.DateTimeField(null=True)),
                ('lost_until', models.DateTimeField(null=True)),
                ('cancelled_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('exception__isnull', False)), fields=['exception'], name='card_of_exception'),
                    models.Index(condition=models.Q(('import_batch', None)), fields=['issued_at'], name='card_issued'),
                    models.Index(condition=models.Q(('merge__isnull', False)), fields=['merge'], name='card_excess'),
                    models.Index(condition=models.Q(('product', 'debit'), ('slot', None), models.Q(('status', 'cancelled'), _negated=True)), fields=['customer'], name='card_placeless'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('number_index',), name='card_number_unique'),
                    models.UniqueConstraint(condition=models.Q(('slot__isnull', False), models.Q(('status', 'cancelled'), _negated=True)), fields=('customer', 'slot'), name='card_slot_once'),
                    models.CheckConstraint(condition=models.Q(('status', 'cancelled'), models.Q(('product', 'debit'), _negated=True), models.Q(('slot__gte', 1), ('slot__isnull', False), ('slot__lte', 4)), models.Q(('exception__isnull', False), ('slot', None)), models.Q(('import_batch__isnull', False), ('issued_at__lt', datetime.datetime(2015, 12, 31, 16, 0, tzinfo=datetime.UTC)), ('slot', None)), models.Q(('import_batch__isnull', False), ('replaces__isnull', False), ('slot', None)), models.Q(('breach__isnull', False), ('slot', None)), models.Q(('merge__isnull', False), ('slot', None)), _connector='OR'), name='card_slot_or_reason'),
                    models.CheckConstraint(condition=models.Q(('slot', None), models.Q(('product', 'debit'), ('slot__gte', 1), ('slot__lte', 4)), _connector='OR'), name='card_slot_for_debit_only'),
                    models.UniqueConstraint(condition=models.Q(('exception__isnull', False), models.Q(('status', 'cancelled'), _negated=True)), fields=('exception',), name='card_exception_used_once'),
                    models.UniqueConstraint(condition=models.Q(('breach__isnull', False), models.Q(('status', 'cancelled'), _negated=True)), fields=('breach',), name='card_breach_once'),
                    models.UniqueConstraint(condition=models.Q(('agent_key__isnull', False), models.Q(('status', 'cancelled'), _negated=True)), fields=('agent_key', 'agent_slot'), name='card_agent_slot_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('agent_key', None), ('agent_relation', None), ('agent_slot', None)), models.Q(('agent_key__isnull', False), ('agent_relation', 'agent'), ('agent_relation__isnull', False), ('agent_slot__gte', 1), ('agent_slot__isnull', False), ('agent_slot__lte', 3)), models.Q(('agent_key__isnull', False), ('agent_relation', 'guardian'), ('agent_relation__isnull', False), ('agent_slot', None)), _connector='OR'), name='card_agent_has_slot'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['issued', 'active', 'lost', 'stopped', 'cancelled'])), name='card_status_known'),
                    models.CheckConstraint(condition=models.Q(('product__in', ['debit', 'social_security', 'medical', 'military_security'])), name='card_product_known'),
                    models.CheckConstraint(condition=models.Q(('lost_until', None), ('status__in', ['lost', 'stopped']), _connector='OR'), name='card_lost_until_fits'),
                    models.CheckConstraint(condition=models.Q(models.Q(('cancelled_at__isnull', False), ('status', 'cancelled')), models.Q(models.Q(('status', 'cancelled'), _negated=True), ('cancelled_at', None)), _connector='OR'), name='card_cancelled_since'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CashReversal',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('movement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reversals', to='accounts.cashmovement')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.account')),
                ('reason', config.kernel.vault.sealed.SealedField()),
                ('status', models.CharField(default='pending', max_length=16)),
                ('asked_at', models.DateTimeField()),
                ('in_force_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('status', 'active')), fields=('movement',), name='cash_reversal_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('in_force_at__isnull', False), ('status', 'active')), models.Q(('in_force_at', None), ('status__in', ('pending', 'rejected', 'withdrawn', 'expired'))), _connector='OR'), name='cash_reversal_in_force_since'),
                ],
            },
        ),
        migrations.CreateModel(
            name='FreezeLift',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('freeze', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lifts', to='accounts.freeze')),
                ('order_no', models.CharField(max_length=80)),
                ('reason', config.kernel.vault.sealed.SealedField()),
                ('asked_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='CleanupItem',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('case', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='accounts.cleanupcase')),
                ('limit', models.CharField(max_length=12)),
                ('account', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cleanup_items', to='accounts.account')),
                ('card', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cleanup_items', to='accounts.card')),
                ('rank', models.PositiveIntegerField()),
                ('beyond', models.BooleanField()),
                ('opened_at', models.DateTimeField()),
                ('last_used_at', models.DateTimeField(null=True)),
                ('balance_fen', models.BigIntegerField()),
                ('by_agent', models.BooleanField()),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('account__isnull', False)), fields=['account'], name='cleanup_item_of_account'),
                    models.Index(condition=models.Q(('card__isnull', False)), fields=['card'], name='cleanup_item_of_card'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('account', None), ('card__isnull', False), ('limit', 'cards')), models.Q(models.Q(('limit', 'cards'), _negated=True), ('account__isnull', False), ('card', None)), _connector='OR'), name='cleanup_item_one_thing'),
                    models.CheckConstraint(condition=models.Q(('limit__in', ['bank_i', 'bank_ii', 'bank_iii', 'payment_iii', 'cards'])), name='cleanup_item_limit_known'),
                    models.UniqueConstraint(fields=('case', 'limit', 'rank'), name='cleanup_item_rank_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='LossReport',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('card', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='loss_reports', to='accounts.card')),
                ('kind', models.CharField(max_length=8)),
                ('at', models.DateTimeField()),
                ('lapses_at', models.DateTimeField(null=True)),
                ('identified', models.CharField(max_length=20, null=True)),
                ('agent_key', models.BinaryField(max_length=32, null=True)),
                ('agent_name', config.kernel.vault.sealed.SealedField(null=True)),
                ('agent_relation', models.CharField(max_length=12, null=True)),
                ('principal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['card', '-at'], name='loss_report_of_card'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('kind', 'by_word'), ('lapses_at__gt', models.F('at')), ('lapses_at__isnull', False)), models.Q(('kind', 'formal'), ('lapses_at', None)), _connector='OR'), name='loss_report_lapses_by_word'),
                    models.CheckConstraint(condition=models.Q(models.Q(('identified__in', ['without_document', 'by_phone']), ('identified__isnull', False), ('kind', 'by_word')), models.Q(('kind', 'formal'), models.Q(('identified', None), ('identified__in', ['in_person', 'by_agent']), _connector='OR')), _connector='OR'), name='loss_report_identified'),
                    models.CheckConstraint(condition=models.Q(models.Q(('agent_key__isnull', False), ('agent_name__isnull', False), ('agent_relation__in', ['agent', 'guardian']), ('agent_relation__isnull', False), ('identified', 'by_agent'), ('identified__isnull', False)), models.Q(models.Q(('identified', None), models.Q(('identified', 'by_agent'), _negated=True), _connector='OR'), ('agent_key', None), ('agent_name', None), ('agent_relation', None)), _connector='OR'), name='loss_report_agent'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CleanupAction',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='actions', to='accounts.cleanupitem')),
                ('way', models.CharField(max_length=12)),
                ('to_account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.account')),
                ('cards', models.CharField(blank=True, max_length=8)),
                ('to_class', models.CharField(blank=True, max_length=4)),
                ('amount_fen', models.BigIntegerField(null=True)),
                ('stopped_from', models.CharField(blank=True, db_default='', default='', max_length=12)),
                ('undoes', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='accounts.cleanupaction')),
                ('undone_at', models.DateTimeField(null=True)),
                ('reason', config.kernel.vault.sealed.SealedField()),
                ('status', models.CharField(default='pending', max_length=16)),
                ('asked_at', models.DateTimeField()),
                ('in_force_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('in_force_at__isnull', False), ('status', 'active')), models.Q(('in_force_at', None), ('status__in', ('pending', 'rejected', 'withdrawn', 'expired'))), _connector='OR'), name='cleanup_action_in_force_since'),
                    models.CheckConstraint(condition=models.Q(('way__in', ['explain', 'merge', 'downgrade', 'cancel', 'stop', 'keep', 'undo'])), name='cleanup_action_way_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('cards__in', ['move', 'cancel']), ('to_account__isnull', False), ('to_class', ''), ('way', 'merge')), models.Q(('cards', ''), ('to_account', None), ('to_class__in', ['I', 'II', 'III']), ('way', 'downgrade')), models.Q(('cards', ''), ('to_account', None), ('to_class', ''), ('way__in', ['explain', 'cancel', 'stop', 'keep', 'undo'])), _connector='OR'), name='cleanup_action_says_whereto'),
                    models.CheckConstraint(condition=models.Q(models.Q(('undoes__isnull', False), ('way', 'undo')), models.Q(models.Q(('way', 'undo'), _negated=True), ('undoes', None)), _connector='OR'), name='cleanup_action_undo_names_what'),
                    models.CheckConstraint(condition=models.Q(models.Q(('amount_fen__gte', 0), ('amount_fen__isnull', False), ('status', 'active'), ('way', 'merge')), models.Q(models.Q(models.Q(('way', 'merge'), _negated=True), models.Q(('status', 'active'), _negated=True), _connector='OR'), ('amount_fen', None)), _connector='OR'), name='cleanup_action_merge_says_amount'),
                    models.CheckConstraint(condition=models.Q(('undone_at', None), models.Q(('status', 'active'), ('undone_at__gte', models.F('in_force_at'))), _connector='OR'), name='cleanup_action_undone_was_in_force'),
                    models.CheckConstraint(condition=models.Q(('undone_at', None), ('way__in', ['explain', 'stop', 'downgrade', 'keep']), _connector='OR'), name='cleanup_action_undone_can_be'),
                    models.CheckConstraint(condition=models.Q(models.Q(('status', 'active'), ('stopped_from__in', ['issued', 'active', 'lost']), ('way', 'stop')), models.Q(models.Q(models.Q(('way', 'stop'), _negated=True), models.Q(('status', 'active'), _negated=True), _connector='OR'), ('stopped_from', '')), _connector='OR'), name='cleanup_action_stop_says_from'),
                    models.UniqueConstraint(condition=models.Q(('status', 'pending')), fields=('item',), name='cleanup_action_one_open'),
                    models.UniqueConstraint(condition=models.Q(('status', 'active'), ('undone_at', None), models.Q(('way', 'undo'), _negated=True)), fields=('item',), name='cleanup_action_one_in_force'),
                    models.UniqueConstraint(condition=models.Q(('status', 'active'), ('way', 'undo')), fields=('undoes',), name='cleanup_action_undone_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CleanupOutcome',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='outcome', to='accounts.cleanupitem')),
                ('at', models.DateTimeField()),
                ('way', models.CharField(max_length=12)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('way__in', ['explain', 'merge', 'downgrade', 'cancel', 'stop', 'keep', 'elsewhere'])), name='cleanup_outcome_way_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CardMove',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('action', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moved_cards', to='accounts.cleanupaction')),
                ('card', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='accounts.card')),
                ('from_account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.account')),
                ('to_account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.account')),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('card', 'action'), name='card_move_once'),
                    models.CheckConstraint(condition=models.Q(('from_account', models.F('to_account')), _negated=True), name='card_move_between_two'),
                ],
            },
        ),
        migrations.AddField(model_name='account', name='downgrade', field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='downgraded', to='accounts.cleanupaction')),
        migrations.AddIndex(model_name='account', index=models.Index(condition=models.Q(('downgrade__isnull', False)), fields=['downgrade'], name='account_downgraded')),
        migrations.AddConstraint(model_name='account', constraint=models.CheckConstraint(condition=models.Q(('status', 'closed'), models.Q(('account_class', 'none'), ('class_slot', None)), models.Q(('account_class__in', ['I', 'II']), ('class_slot', None), ('kind', 'payment')), models.Q(('account_class', 'I'), ('class_slot', 1), ('class_slot__isnull', False), ('kind', 'bank')), models.Q(('account_class__in', ['II', 'III']), ('class_slot__gte', 1), ('class_slot__isnull', False), ('class_slot__lte', 5), ('kind', 'bank')), models.Q(('account_class', 'III'), ('class_slot', 1), ('class_slot__isnull', False), ('kind', 'payment')), models.Q(('class_slot', None), ('import_batch__isnull', False), ('opened_at__lt', datetime.datetime(2016, 11, 30, 16, 0, tzinfo=datetime.UTC))), models.Q(('breach__isnull', False), ('class_slot', None)), models.Q(('class_slot', None), ('merge__isnull', False)), models.Q(('class_slot', None), ('downgrade__isnull', False)), _connector='OR'), name='account_class_slot_or_stock')),
        InstallSQL('customers'),
        InstallSQL('documents'),
        InstallSQL('external_accounts'),
        InstallSQL('same_person'),
        InstallSQL('merges'),
        InstallSQL('accounts'),
        InstallSQL('cards'),
        InstallSQL('losses'),
        InstallSQL('money'),
        InstallSQL('freezes'),
        InstallSQL('cash'),
        InstallSQL('close_outs'),
        InstallSQL('cleanup'),
        InstallSQL('stock'),
        InstallSQL('staging'),
        InstallSQL('letters'),
    ]

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import config.kernel.database.ids
import config.kernel.vault.sealed
from config.kernel.schema.sql_files import InstallSQL


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ('kernel', '0001_first_version'),
    ]

    operations = [
        migrations.CreateModel(
            name='ListImport',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('source', models.CharField(max_length=200)),
                ('dry_run', models.BooleanField(default=False)),
                ('status', models.CharField(default='staging', max_length=12)),
                ('digest', models.CharField(max_length=64)),
                ('field_key', models.CharField(max_length=40)),
                ('index_keys', models.PositiveSmallIntegerField()),
                ('started_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('started_at', models.DateTimeField()),
                ('line_count', models.PositiveIntegerField()),
                ('read', models.PositiveIntegerField(default=0)),
                ('staged_at', models.DateTimeField(null=True)),
                ('summary', models.JSONField(default=dict)),
                ('in_force_at', models.DateTimeField(null=True)),
                ('begun_at', models.DateTimeField(null=True)),
                ('rows_due', models.PositiveIntegerField(default=0)),
                ('rows_done', models.PositiveIntegerField(default=0)),
                ('reached', models.PositiveIntegerField(default=0)),
                ('applied_at', models.DateTimeField(null=True)),
                ('sealed_from', models.DateTimeField(null=True)),
                ('undo_at', models.DateTimeField(null=True)),
                ('undone_at', models.DateTimeField(null=True)),
                ('forgotten_at', models.DateTimeField(null=True)),
                ('trouble', models.CharField(blank=True, default='', max_length=120)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('status__in', ['staging', 'staged', 'applying', 'applied', 'undoing', 'undone', 'refused'])), name='list_import_status_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('dry_run', False), ('in_force_at__isnull', False), ('status__in', ['applying', 'applied', 'undoing', 'undone'])), models.Q(models.Q(('status__in', ['applying', 'applied', 'undoing', 'undone']), _negated=True), ('in_force_at', None)), _connector='OR'), name='list_import_in_force_since'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['staging', 'refused']), ('staged_at__isnull', False), _connector='OR'), name='list_import_checked_first'),
                    models.CheckConstraint(condition=models.Q(models.Q(('applied_at__isnull', False), ('sealed_from__gt', models.F('applied_at')), ('sealed_from__isnull', False), ('status__in', ['applied', 'undoing', 'undone'])), models.Q(models.Q(('status__in', ['applied', 'undoing', 'undone']), _negated=True), ('applied_at', None), ('sealed_from', None)), _connector='OR'), name='list_import_applied_whole'),
                    models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['undoing', 'undone']), ('undo_at__gte', models.F('applied_at')), ('undo_at__isnull', False), ('undo_at__lt', models.F('sealed_from'))), models.Q(models.Q(('status__in', ['undoing', 'undone']), _negated=True), ('undo_at', None)), _connector='OR'), name='list_import_undone_before_sealed'),
                    models.CheckConstraint(condition=models.Q(models.Q(('status', 'undone'), ('undone_at__isnull', False)), models.Q(models.Q(('status', 'undone'), _negated=True), ('undone_at', None)), _connector='OR'), name='list_import_undone_since'),
                    models.CheckConstraint(condition=models.Q(('rows_done__lte', models.F('rows_due'))), name='list_import_rows_done'),
                    models.UniqueConstraint(condition=models.Q(('status', 'refused'), _negated=True), fields=('digest', 'dry_run'), name='list_import_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ListUndo',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('approval', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.approval')),
                ('doc_no', models.CharField(max_length=100)),
                ('revoked_on', models.DateField()),
                ('ground', models.CharField(max_length=16)),
                ('reason', config.kernel.vault.sealed.SealedField()),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('ground__in', ['revoked', 'appeal', 'wrong_person', 'entry'])), name='list_undo_ground_known'),
                    models.CheckConstraint(condition=models.Q(('doc_no', ''), _negated=True), name='list_undo_names_its_paper'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Subject',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('identity_key', models.BinaryField(max_length=32)),
                ('kind', models.CharField(max_length=12)),
                ('document_type', models.CharField(max_length=20)),
                ('country', models.CharField(blank=True, max_length=3)),
                ('document_number', config.kernel.vault.sealed.SealedField()),
                ('name', config.kernel.vault.sealed.SealedField()),
                ('name_index', models.BinaryField(db_index=True, max_length=32)),
                ('match_key', models.BinaryField(max_length=32, null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('match_key__isnull', False)), fields=['match_key'], name='subject_by_match'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('identity_key',), name='subject_identity_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('document_type', 'uscc'), ('kind', 'organization')), models.Q(('kind', 'individual'), models.Q(('document_type', 'uscc'), _negated=True)), _connector='OR'), name='subject_kind_fits_document'),
                    models.CheckConstraint(condition=models.Q(models.Q(('document_type', 'passport'), models.Q(('country', ''), _negated=True)), models.Q(models.Q(('document_type', 'passport'), _negated=True), ('country', '')), _connector='OR'), name='subject_country_with_passport'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('doc_no', models.CharField(max_length=100)),
                ('authority_name', models.CharField(max_length=120)),
                ('authority_compared', models.CharField(max_length=120)),
                ('region_code', models.CharField(max_length=6)),
                ('level', models.CharField(max_length=16)),
                ('certified_on', models.DateField()),
                ('received_on', models.DateField(null=True)),
                ('category', models.CharField(max_length=20)),
                ('legal_basis', models.CharField(max_length=12)),
                ('term_from', models.DateField(null=True)),
                ('term_to', models.DateField(null=True)),
                ('extent_accounts', models.IntegerField(null=True)),
                ('extent_times', models.IntegerField(null=True)),
                ('extent_counterparties', models.IntegerField(null=True)),
                ('status', models.CharField(max_length=16)),
                ('review_reasons', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), default=list)),
                ('content', models.BinaryField(max_length=32)),
                ('renews', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='renewals', to='blacklist.certificate')),
                ('corrects', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='blacklist.certificate')),
                ('correction_no', models.CharField(blank=True, db_default='', default='', max_length=100)),
                ('correction_reason', config.kernel.vault.sealed.SealedField(null=True)),
                ('made_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('made_at', models.DateTimeField()),
                ('stopped_from', models.DateTimeField(null=True)),
                ('brought_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='blacklist.listimport')),
                ('in_force_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('status__in', ['pending', 'manual_review'])), fields=['made_at'], name='certificate_undecided'),
                    models.Index(condition=models.Q(('brought_by', None)), fields=['made_at'], include=('in_force_at',), name='certificate_received'),
                    models.Index(condition=models.Q(('status', 'revoked')), fields=['region_code', 'authority_compared', 'doc_no'], name='certificate_revoked_number'),
                    models.Index(condition=models.Q(('status', 'in_force')), fields=['certified_on'], name='certificate_certified'),
                    models.Index(condition=models.Q(('status', 'in_force'), ('term_to__isnull', False)), fields=['term_to'], name='certificate_term_ends'),
                    models.Index(condition=models.Q(('status', 'in_force'), ('term_from__isnull', False)), fields=['term_from'], name='certificate_term_begins'),
                    models.Index(condition=models.Q(('brought_by__isnull', False)), fields=['brought_by'], name='certificate_of_list'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(models.Q(('status__in', ['rejected', 'revoked']), _negated=True), models.Q(('corrects', None), ('status', 'in_force'), _connector='OR')), fields=('region_code', 'authority_compared', 'doc_no'), name='certificate_once_per_authority'),
                    models.UniqueConstraint(condition=models.Q(('corrects__isnull', False), models.Q(('status', 'rejected'), _negated=True)), fields=('corrects',), name='certificate_corrected_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('correction_no', ''), ('correction_reason', None), ('corrects', None)), models.Q(('brought_by', None), ('correction_reason__isnull', False), ('corrects__isnull', False), ('renews', None)), _connector='OR'), name='certificate_correction_is_whole'),
                    models.UniqueConstraint(condition=models.Q(('status', 'rejected'), _negated=True), fields=('renews',), name='certificate_renewed_once'),
                    models.CheckConstraint(condition=models.Q(('category__in', ['RENT', 'LEND', 'SELL', 'BUY', 'ORGANISE', 'FALSE_IDENTITY', 'FICTITIOUS_AGENCY', 'CRIMINAL_PUNISHED', 'CASE_ACCOUNT'])), name='certificate_category_known'),
                    models.CheckConstraint(condition=models.Q(('legal_basis__regex', '^[A-Z][A-Z0-9_]{1,11}$')), name='certificate_legal_basis_shape'),
                    models.CheckConstraint(condition=models.Q(models.Q(('extent_accounts', None), ('extent_accounts__gte', 0), _connector='OR'), models.Q(('extent_times', None), ('extent_times__gte', 0), _connector='OR'), models.Q(('extent_counterparties', None), ('extent_counterparties__gte', 0), _connector='OR')), name='certificate_extent_counts'),
                    models.CheckConstraint(condition=models.Q(('level__in', ['ministry', 'province', 'prefecture', 'district_branch'])), name='certificate_authority_high_enough'),
                    models.CheckConstraint(condition=models.Q(('region_code__regex', '^[0-9]{6}$')), name='certificate_region_code'),
                    models.CheckConstraint(condition=models.Q(('received_on', None), ('received_on__gte', models.F('certified_on')), _connector='OR'), name='certificate_received_after_certified'),
                    models.CheckConstraint(condition=models.Q(models.Q(('term_from', None), ('term_to', None)), models.Q(('term_from__isnull', False), ('term_from__lte', models.F('term_to')), ('term_to__isnull', False)), _connector='OR'), name='certificate_term_is_whole'),
                    models.CheckConstraint(condition=models.Q(models.Q(('in_force_at', None), ('revoked_at', None), ('status__in', ['pending', 'manual_review', 'rejected'])), models.Q(('in_force_at__isnull', False), ('revoked_at', None), ('status', 'in_force')), models.Q(('in_force_at__isnull', False), ('revoked_at__gte', models.F('in_force_at')), ('revoked_at__isnull', False), ('status', 'revoked')), _connector='OR'), name='certificate_instants_fit_status'),
                    models.CheckConstraint(condition=models.Q(('stopped_from', None), models.Q(('category', 'CASE_ACCOUNT'), ('stopped_from', models.F('made_at'))), _connector='OR'), name='certificate_stopped_from_registration'),
                    models.CheckConstraint(condition=models.Q(models.Q(('review_reasons', []), ('status', 'pending')), models.Q(('status', 'manual_review'), models.Q(('review_reasons', []), _negated=True)), ('status__in', ['in_force', 'rejected', 'revoked']), _connector='OR'), name='certificate_review_has_reason'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ListUpload',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('list_import', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='uploads', to='blacklist.listimport')),
                ('number', models.PositiveIntegerField()),
                ('content', config.kernel.vault.sealed.SealedField()),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('list_import', 'number'), name='list_upload_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CaseAccount',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('certificate', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='case_accounts', to='blacklist.certificate')),
                ('account_number', models.CharField(blank=True, max_length=34)),
                ('card_number', config.kernel.vault.sealed.SealedField(null=True)),
                ('card_key', models.BinaryField(max_length=32, null=True)),
                ('bank_code', models.CharField(blank=True, max_length=14)),
                ('outside_number', config.kernel.vault.sealed.SealedField(null=True)),
                ('outside_key', models.BinaryField(max_length=32, null=True)),
                ('since', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['account_number', 'bank_code'], name='case_account_by_number'),
                    models.Index(condition=models.Q(('card_key__isnull', False)), fields=['card_key'], name='case_account_by_card'),
                    models.Index(condition=models.Q(('outside_key__isnull', False)), fields=['outside_key'], name='case_account_by_outside'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('account_number', ''), _negated=True), fields=('certificate', 'account_number', 'bank_code'), name='case_account_once'),
                    models.UniqueConstraint(fields=('certificate', 'card_key'), name='case_account_card_once'),
                    models.UniqueConstraint(fields=('certificate', 'outside_key'), name='case_account_outside_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('account_number__regex', '^[0-9A-Z]{1,34}$'), ('card_number', None)), models.Q(('account_number', ''), ('card_key__isnull', False), ('card_number__isnull', False)), models.Q(('account_number', ''), ('card_number', None), ('outside_number__isnull', False)), _connector='OR'), name='case_account_number_shape'),
                    models.CheckConstraint(condition=models.Q(models.Q(('bank_code', ''), ('outside_key', None), ('outside_number', None)), models.Q(('outside_key__isnull', False), ('outside_number__isnull', False), models.Q(('bank_code', ''), _negated=True)), _connector='OR'), name='case_account_outside_sealed'),
                    models.CheckConstraint(condition=models.Q(('bank_code', ''), ('card_key', None), _connector='OR'), name='case_account_card_here'),
                    models.CheckConstraint(condition=models.Q(('bank_code', ''), ('bank_code__regex', '^[0-9A-Z]{2,14}$'), _connector='OR'), name='case_account_bank_shape'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CertificateSubject',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('certificate', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='subjects', to='blacklist.certificate')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='blacklist.subject')),
                ('document_type', models.CharField(max_length=20)),
                ('country', models.CharField(blank=True, max_length=3)),
                ('document_number', config.kernel.vault.sealed.SealedField()),
                ('name', config.kernel.vault.sealed.SealedField()),
                ('since', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('certificate', 'subject'), name='certificate_subject_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Appeal',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('certificate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appeals', to='blacklist.certificate')),
                ('named_subject', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='blacklist.certificatesubject')),
                ('appellant', config.kernel.vault.sealed.SealedField()),
                ('grounds', config.kernel.vault.sealed.SealedField()),
                ('doc_no', models.CharField(blank=True, max_length=100)),
                ('received_on', models.DateField()),
                ('status', models.CharField(default='received', max_length=16)),
                ('forwarded_on', models.DateField(null=True)),
                ('answered_on', models.DateField(null=True)),
                ('answer_no', models.CharField(blank=True, max_length=100)),
                ('answer', config.kernel.vault.sealed.SealedField(null=True)),
                ('made_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('made_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('status__in', ['received', 'forwarded'])), fields=['received_on'], name='appeal_open'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(models.Q(('answered_on', None), ('forwarded_on', None), ('status', 'received')), models.Q(('answered_on', None), ('forwarded_on__isnull', False), ('status', 'forwarded')), models.Q(('answered_on__isnull', False), ('status__in', ['upheld', 'dismissed', 'withdrawn'])), _connector='OR'), models.Q(('forwarded_on', None), ('forwarded_on__gte', models.F('received_on')), _connector='OR'), models.Q(('answered_on', None), ('answered_on__gte', models.F('received_on')), _connector='OR')), name='appeal_days_fit_status'),
                ],
            },
        ),
        migrations.CreateModel(
            name='AppealAttachment',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', config.kernel.vault.sealed.SealedField()),
                ('media_type', models.CharField(max_length=40)),
                ('content', config.kernel.vault.sealed.SealedField()),
                ('digest', models.CharField(max_length=64)),
                ('size', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('principal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('appeal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='blacklist.appeal')),
                ('paper', models.CharField(max_length=12)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('size__gt', 0), ('size__lte', 5242880)), name='appeal_attachment_size_fits'),
                    models.CheckConstraint(condition=models.Q(('media_type__in', ['application/pdf', 'image/png', 'image/jpeg']), ('paper__in', ['submitted', 'answer'])), name='appeal_attachment_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Revocation',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('certificate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revocations', to='blacklist.certificate')),
                ('doc_no', models.CharField(max_length=100)),
                ('revoked_on', models.DateField()),
                ('ground', models.CharField(db_default='revoked', default='revoked', max_length=16)),
                ('reason', config.kernel.vault.sealed.SealedField()),
                ('appeal', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='revocations', to='blacklist.appeal')),
                ('whole', models.BooleanField(db_default=True, default=True)),
                ('status', models.CharField(default='pending', max_length=16)),
                ('made_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.principal')),
                ('made_at', models.DateTimeField()),
                ('undoes', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='blacklist.listimport')),
                ('in_force_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('in_force_at__isnull', False), ('status', 'in_force')), models.Q(('in_force_at', None), ('status__in', ('pending', 'rejected', 'withdrawn', 'expired'))), _connector='OR'), name='revocation_instant_fits_status'),
                    models.UniqueConstraint(condition=models.Q(('status', 'pending')), fields=('certificate',), name='revocation_one_pending'),
                    models.UniqueConstraint(condition=models.Q(('status', 'in_force'), ('whole', True)), fields=('certificate',), name='revocation_in_force_once'),
                    models.CheckConstraint(condition=models.Q(('ground__in', ['revoked', 'appeal', 'wrong_person', 'entry'])), name='revocation_ground_known'),
                    models.CheckConstraint(condition=models.Q(('appeal', None), ('ground', 'appeal'), _connector='OR'), name='revocation_appeal_is_its_ground'),
                ],
            },
        ),
        migrations.CreateModel(
            name='RevokedPart',
            fields=[
                ('id', models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('revocation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='blacklist.revocation')),
                ('named_subject', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='revoked_parts', to='blacklist.certificatesubject')),
                ('case_account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='revoked_parts', to='blacklist.caseaccount')),
                ('in_force_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('case_account', None), ('named_subject__isnull', False)), models.Q(('case_account__isnull', False), ('named_subject', None)), _connector='OR'), name='revoked_part_is_one'),
                    models.UniqueConstraint(fields=('revocation', 'named_subject'), name='revoked_part_subject_once'),
                    models.UniqueConstraint(fields=('revocation', 'case_account'), name='revoked_part_account_once'),
                    models.UniqueConstraint(condition=models.Q(('in_force_at__isnull', False)), fields=('named_subject',), name='revoked_subject_once'),
                    models.UniqueConstraint(condition=models.Q(('in_force_at__isnull', False)), fields=('case_account',), name='revoked_account_once'),
                ],
            },
        ),
        InstallSQL('certificates'),
        InstallSQL('revocations'),
        InstallSQL('appeals'),
        InstallSQL('lists'),
        InstallSQL('staging'),
    ]

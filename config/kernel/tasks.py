"""Housekeeping of the kernel."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from config.kernel.models import IdempotencyKey


@shared_task
def forget_old_keys() -> int:
    """Delete idempotency keys past their retention by the real clock; return how many."""
    limit = timezone.now() - timedelta(days=settings.IDEMPOTENCY_RETENTION_DAYS)
    count, _ = IdempotencyKey.objects.filter(created_at__lt=limit).delete()
    return count

"""Made-up migrations of accounts and transfers, for the drill of upgrades; no bank ever has them."""

from config.kernel.schema.releases import LAST_MIGRATIONS

#: Where Django looks for the migrations of the made-up version.
MIGRATION_MODULES = {app: f"{__name__}.migrations.{app}" for app in ("accounts", "transfers")}
#: The last migrations of the product.
LAST = list(LAST_MIGRATIONS.values())[-1]

"""Write docs/openapi.yaml from what the views declare: ``python -m config.stack.openapi``."""

import os
import subprocess
import sys

from config.stack.lint import PRODUCTION, PYTHON, ROOT

WORDS = ["manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", "docs/openapi.yaml"]
# The document holds the sandbox's calls too; nothing is connected to.
SETTINGS = {**PRODUCTION, "DJANGO_SETTINGS_MODULE": "config.settings.local", "SANDBOX": "1"}


def main() -> int:
    """Write the document; warnings and an invalid one are failures."""
    return subprocess.run([PYTHON, *WORDS], cwd=ROOT, env={**os.environ, **SETTINGS}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

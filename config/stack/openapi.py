"""Write docs/openapi.yaml from the declarations of the views: ``python -m config.stack.openapi``."""

import os
import subprocess
import sys

from config.stack.lint import PRODUCTION, PYTHON, ROOT

WORDS = ["manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", "docs/openapi.yaml"]
# The document includes the sandbox's calls; no server is contacted.
SETTINGS = {**PRODUCTION, "DJANGO_SETTINGS_MODULE": "config.settings.local", "SANDBOX": "1"}


def main() -> int:
    """Write the document; fail on warnings or an invalid document."""
    return subprocess.run([PYTHON, *WORDS], cwd=ROOT, env={**os.environ, **SETTINGS}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

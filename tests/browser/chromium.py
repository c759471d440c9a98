"""Find and start the system's Chromium, for tests and screenshots."""

import shutil

from playwright.sync_api import Browser, Playwright

#: The one without a window first: it starts sooner, and draws with less.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
MISSING = "There is no Chromium on the PATH. On Debian: apt-get install chromium-headless-shell fonts-noto-cjk"
ARGUMENTS = (
    "--no-sandbox",  # root has none
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


def executable() -> str | None:
    """Return the path of the browser, None when it is not installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright) -> Browser:
    """Start the browser."""
    return playwright.chromium.launch(executable_path=executable(), args=list(ARGUMENTS))

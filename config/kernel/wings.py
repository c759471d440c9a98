"""Wings of an app: optional packages next to its core. The core reads what they add, and never imports them.

`WINGS` in the app's `apps.py` lists them, and `INSTALLED_APPS` has each as an app of its own, so that Django
finds its models, templates, static files, commands and tasks. Its models keep the app's label.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import accumulate
from typing import Any


def wings_of(app: str) -> list[str]:
    """Return the packages of an app's wings, in the listed order."""
    return [f"{app}.{wing}" for wing in import_module(f"{app}.apps").WINGS]


@cache
def of_wings(app: str, module: str, name: str) -> tuple[Any, ...]:
    """Return what each wing of an app defines under a name; a wing without the module is skipped.

    :param module: inside the wing, as `desk.urls`.
    :raises AttributeError: when a wing has the module and not the name.
    """
    found = []
    for wing in wings_of(app):
        # Only a missing folder is skipped; an error inside an existing module is raised.
        folders = accumulate(module.split("."), "{}.{}".format, initial=wing)
        if all(map(find_spec, folders)):
            found.append(getattr(import_module(f"{wing}.{module}"), name))
    return tuple(found)

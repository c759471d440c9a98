"""``python -m config.stack demo`` runs a demo bank on this machine, ``reset`` deletes it."""

import sys

from config.stack import demo, state
from config.stack.process import StackError, say


def main(words: list[str]) -> int:
    """Run the command and return the exit code; a failure is printed in one line."""
    try:
        match words:
            case ["demo"]:
                demo.from_environment().run()
            case ["reset"]:
                state.reset(demo.state_directory())
                say("Forgotten. make demo starts a new bank.")
            case _:
                say("Usage: python -m config.stack demo | reset")
                return 2
    except (StackError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What every scenario begins with: its setting from standard input, and steps that are named when they fail."""

import contextlib
import json
import sys
import traceback

setting = json.load(sys.stdin)


def differs(what):
    """Whether what is asked is one of the differences that the oracle is known to have."""
    return what in setting.get("differences", [])


@contextlib.contextmanager
def step(name):
    """One step: said when it is done; the first that fails ends everything with exit code 1."""
    try:
        yield
    except Exception:
        print(f"not ok {name}\n{traceback.format_exc()}", file=sys.stderr)
        sys.exit(1)
    print(f"ok {name}", flush=True)

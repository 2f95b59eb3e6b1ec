"""tap.py - test results as TAP, one line per check.

    with tap.test("what must hold"):
        assert ...

A check that raises is "not ok", with what it raised as diagnostics; the next one goes on.
"""
import contextlib
import os
import shutil
import sys
import traceback

_state = {"n": 0, "failed": 0}
_on_failure = []


def diag(text):
    for line in str(text).splitlines():
        print("# " + line)
    sys.stdout.flush()


def ok(good, name):
    _state["n"] += 1
    if not good:
        _state["failed"] += 1
    print("%s %d - %s" % ("ok" if good else "not ok", _state["n"], name.replace("#", "no. ")))
    sys.stdout.flush()
    return good


def on_failure(func):
    """func() gives text that is shown after each check that fails."""
    _on_failure.append(func)


def skip(name, reason):
    _state["n"] += 1
    print("ok %d - %s # SKIP %s" % (_state["n"], name.replace("#", "no. "), reason))
    sys.stdout.flush()


@contextlib.contextmanager
def test(name):
    try:
        yield
    except Exception:
        ok(False, name)
        diag(traceback.format_exc())
        for func in _on_failure:
            diag(func())
    else:
        ok(True, name)


def check(name, func):
    """The same for a function: whether it passed."""
    failed = _state["failed"]
    with test(name):
        func()
    return _state["failed"] == failed


def done():
    """The plan; the exit status stays 0, for the TAP driver counts."""
    print("1..%d" % _state["n"])
    sys.stdout.flush()


def require(*programs):
    """The whole file is skipped without these programs; in CI nothing is: it fails."""
    lacking = [p for p in programs if shutil.which(p) is None]
    if lacking:
        missing(" ".join(lacking))


def missing(what):
    if os.environ.get("CI"):
        print("Bail out! missing: " + what)
    else:
        print("1..0 # SKIP missing: " + what)
    sys.exit(0)

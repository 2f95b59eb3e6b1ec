"""security.py - every class of faults that concerns the core (security.txt), and every bound on what a peer may make
us do (tls/limits.h), has a test that ran and passed. Prints the table of rows and tests: make check-security."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rows  # noqa: E402
from rows import tap  # noqa: E402


def limits():
    """A row for each bound: limit_<name> is a test of TLS_LIMIT_<NAME>, in any version and role."""
    with open(os.path.join(os.environ["top_srcdir"], "tls", "limits.h")) as header:
        found = re.findall(r"^#define TLS_LIMIT_(\w+) \d+ /\* (.*) \*/", header.read(), re.MULTILINE)
    tap.ok(len(found) > 5, "tls/limits.h names the bounds")
    return [[name.lower(), rows.ANY, rows.ANY, what] for name, what in found]


rows.compare("security", strict=False)
rows.compare("limit", table=limits())
tap.done()

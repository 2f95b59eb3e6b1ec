"""rows.py - tests that keep a promise carry its name; these functions compare the promises with the tests that
really ran. The logs of the tests tell: the TAP driver has written a line there for each single test."""
import collections
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402

RESULT = re.compile(r"^(PASS|FAIL|SKIP|XFAIL|XPASS|ERROR): \S+ \d+ - (\S+)")


def ran(builddir, folders=("tests/unit", "tests/vectors", "tests/wire")):
    """{name: (result, program)} of all tests in the logs of these folders. A name may come only once."""
    found = {}
    for folder in folders:
        path = os.path.join(builddir, folder)
        for log in sorted(os.listdir(path) if os.path.isdir(path) else []):
            if not log.endswith(".log"):
                continue
            with open(os.path.join(path, log), errors="replace") as lines:
                for match in filter(None, map(RESULT.match, lines)):
                    program = os.path.join(folder, log[:-4])
                    name = match.group(2)
                    if found.get(name, (None, program))[1] != program:
                        program += ", " + found[name][1]
                    found[name] = (match.group(1), program)
    return found


def lines(path):
    """The words of each line that is no comment."""
    with open(path) as text:
        return [line.split(None, 3) for line in text if line.strip() and not line.startswith("#")]


# ---- Tables: cells of row, version and role

Cell = collections.namedtuple("Cell", "row version role")
NAME = re.compile(r"([A-Za-z0-9_]*?)(?:_(12_13|12|13))?(?:_(server_client|server|client))?$")
ANY = "-"
NO_ROW = "names no row"


def cells_of(table):
    """The cells of the table, in its order; None for a row that is excepted."""
    cells = {}
    for row, versions, roles, what in table:
        cells[row] = None if what.startswith("excepted") else [
            Cell(row, v, r) for v in versions.split(",") for r in roles.split(",")]
    return cells


def words_kept(has, said):
    """Which of the versions (or roles) that a row has a name is about; None when it doesn't say."""
    if said is None:
        return has if len(has) == 1 else None
    return {ANY} if has == {ANY} else set(said.split("_"))


def cells_kept(cells, name):
    """The cells that a test of this name keeps, or a complaint. name: what follows the kind of the table."""
    words, version, role = NAME.match(name).groups()
    rows = [row for row in cells if (words + "_").startswith(row + "_")]
    if not rows:
        return NO_ROW
    row = max(rows, key=len)
    rest = name[len(row) + 1:]
    if rest.split("_")[0] in cells:
        return cells_of_both(cells, row, rest)
    kept = cells[row]
    if kept is None:
        return "names a row that is excepted"
    for what, said in (("version", version), ("role", role)):
        has = {getattr(cell, what) for cell in kept}
        about = words_kept(has, said)
        if about is None:
            return "doesn't say which " + what
        if not about <= has:
            return "is in no %s of its row" % what
        kept = [cell for cell in kept if getattr(cell, what) in about]
    return kept


def cells_of_both(cells, row, rest):
    """A name with the numbers of several rows in front is about each of them."""
    words = rest.split("_", 1)
    first = cells_kept(cells, row + "_" + words[1]) if len(words) > 1 else NO_ROW
    others = cells_kept(cells, rest)
    for kept in (first, others):
        if isinstance(kept, str):
            return kept
    return first + others


def judge(kind, cells, results, strict=True):
    """({cell: [tests]}, complaints) for the tests whose names begin with kind. strict: each of them names a row."""
    tests = {cell: [] for row in cells.values() if row for cell in row}
    complaints = []
    for name, (result, program) in sorted(results.items()):
        if not name.startswith(kind + "_"):
            continue
        kept = cells_kept(cells, name[len(kind) + 1:])
        if kept == NO_ROW and not strict:
            continue
        if isinstance(kept, str):
            complaints.append("%s (%s) %s" % (name, program, kept))
        elif result != "PASS":
            complaints.append("%s (%s): %s" % (name, program, result))
        else:
            for cell in kept:
                tests[cell].append(name)
    complaints += ["%s %s %s has no test" % cell for cell, names in tests.items() if not names]
    return tests, complaints


def show(table, tests):
    for row, _, _, what in table:
        tap.diag("%-3s %s" % (row, what.strip()))
        for cell in [cell for cell in tests if cell.row == row]:
            tap.diag("      %-2s %-6s  %s" % (cell.version, cell.role, ", ".join(tests[cell]) or "-"))


def compare(kind, table=None, strict=True):
    """The table, or that of kind.txt, against what ran: a check for each cell."""
    here = os.path.dirname(os.path.abspath(__file__))
    table = table or lines(os.path.join(here, kind + ".txt"))
    tests, complaints = judge(kind, cells_of(table), ran(os.environ["top_builddir"]), strict)
    show(table, tests)
    for complaint in complaints:
        tap.diag("complaint: " + complaint)
    for cell, names in tests.items():
        tap.ok(names != [], "%s %s %s" % cell)
    tap.ok(complaints == [], "rows and tests match")

"""rows.py - tests that keep a promise carry its name; these functions compare the promises with the tests that
really ran. The logs of the unit tests tell: the TAP driver has written a line there for each single test."""
import collections
import os
import re

RESULT = re.compile(r"^(PASS|FAIL|SKIP|XFAIL|XPASS|ERROR): \S+ \d+ - (\S+)")


def ran(builddir, folders=("tests/unit", "tests/vectors")):
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


# ---- The contract: cells of row, version and role

Cell = collections.namedtuple("Cell", "row version role")
NAME = re.compile(r"contract_([A-Z][0-9]+)_[a-z0-9_]*?(?:_(12_13|12|13))?(?:_(server_client|server|client))?$")


def cells_of(table):
    """The cells of the table, in its order; None for a row that is excepted."""
    cells = {}
    for row, versions, roles, what in table:
        cells[row] = None if what.startswith("excepted") else [
            Cell(row, v, r) for v in versions.split(",") for r in roles.split(",")]
    return cells


def cells_kept(cells, name):
    """The cells that a test of this name keeps, or a complaint."""
    match = NAME.match(name)
    if match is None or match.group(1) not in cells:
        return "names no row"
    row = cells[match.group(1)]
    if row is None:
        return "names a row that is excepted"
    said = {"version": match.group(2), "role": match.group(3)}
    kept = row
    for what in ("version", "role"):
        has = {getattr(cell, what) for cell in row}
        words = has if said[what] is None and len(has) == 1 else set((said[what] or "").split("_"))
        if not words <= has:
            return "doesn't say which " + what if said[what] is None else "is in no %s of its row" % what
        kept = [cell for cell in kept if getattr(cell, what) in words]
    return kept


def judge_contract(cells, results, missing=()):
    """({cell: [tests]}, complaints)"""
    tests = {cell: [] for row in cells.values() if row for cell in row}
    complaints = []
    for name, (result, program) in sorted(results.items()):
        if not name.startswith("contract_"):
            continue
        kept = cells_kept(cells, name)
        if isinstance(kept, str):
            complaints.append("%s (%s) %s" % (name, program, kept))
        elif result != "PASS":
            complaints.append("%s (%s): %s" % (name, program, result))
        else:
            for cell in kept:
                tests[cell].append(name)
    for cell, names in tests.items():
        if not names and cell not in missing:
            complaints.append("%s %s %s has no test" % cell)
        if names and cell in missing:
            complaints.append("%s %s %s is on the list of missing ones, and has a test" % cell)
    complaints += ["%s %s %s is on the list of missing ones, and no cell" % cell
                   for cell in missing if cell not in tests]
    return tests, complaints

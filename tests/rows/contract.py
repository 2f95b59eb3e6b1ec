"""contract.py - every row of the contract (contract.txt), in each version and role where it applies, has a test
that ran and passed. Prints the table of rows and tests: make check-contract."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rows  # noqa: E402
from rows import tap  # noqa: E402


def planted():
    """What must be refused is refused."""
    cells = rows.cells_of([["X1", "12,13", "server,client", "a"], ["X2", "12", "server", "b"],
                           ["X3", "-", "-", "excepted: c"]])
    good = {"contract_X1_a_12_13_server_client": ("PASS", "p"), "contract_X2_b": ("PASS", "p")}

    def complaints(change):
        return rows.judge("contract", cells, dict(good, **change))[1]

    with tap.test("a table whose cells all have a test is content"):
        assert complaints({}) == []
    for what, change in (
            ("a row without a test", {"contract_X2_b": ("FAIL", "p")}),
            ("a test that was skipped", {"contract_X2_b_12": ("SKIP", "p")}),
            ("a name without its version", {"contract_X1_a_server": ("PASS", "p")}),
            ("a name without its role", {"contract_X1_a_13": ("PASS", "p")}),
            ("a version that the row hasn't", {"contract_X2_b_13": ("PASS", "p")}),
            ("a role that the row hasn't", {"contract_X2_b_12_client": ("PASS", "p")}),
            ("a row that isn't there", {"contract_X9_b_12_client": ("PASS", "p")}),
            ("a test of an excepted row", {"contract_X3_c": ("PASS", "p")})):
        with tap.test("refuses " + what):
            assert complaints(change) != []
    with tap.test("refuses a cell without a test"):
        del good["contract_X1_a_12_13_server_client"]
        assert len(complaints({"contract_X1_a_12_server_client": ("PASS", "p")})) == 2


planted()
rows.compare("contract")
tap.done()

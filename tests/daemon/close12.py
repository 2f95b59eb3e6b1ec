"""close.py over TLS 1.2: the same ends, whatever the version."""
import os
import runpy

os.environ["QUENCH_TEST_TLS"] = "1.2"
runpy.run_path(os.path.join(os.environ.get("top_srcdir", "."), "tests", "daemon", "close.py"), run_name="__main__")

"""prober.py - runs quenchctl probe, and reads what it tells.

    told = prober.probe(work, port, "--resume")         to HOST:port, for NAME, with the test's root trusted
    told.status, told.ok, told.reason, told.step("server_hello")["ciphersuite"]
"""
import json
import os
import subprocess

import quench

QUENCHCTL = os.path.join(quench.TOP, "quenchctl")
NAME = "www.example.com"


def clean(done):
    for text in (done.stdout, done.stderr):
        text = text if isinstance(text, str) else text.decode(errors="replace")
        assert "Sanitizer" not in text and "runtime error" not in text, text
    return done


def run(*args, input=None, text=True):
    """The program alone; without input it has /dev/null."""
    more = {"stdin": subprocess.DEVNULL} if input is None else {"input": input}
    return clean(subprocess.run([QUENCHCTL, "probe", *args], capture_output=True, text=text,
                                timeout=quench.PATIENCE, **more))


class Told:
    def __init__(self, done):
        self.status, self.stderr = done.returncode, done.stderr
        self.json = json.loads(done.stdout)
        self.ok, self.steps = self.json["ok"], self.json["steps"]
        self.failed = self.json.get("failed", {})
        self.reason = self.failed.get("reason")

    def names(self, connection=None):
        return [s["step"] for s in self.steps if connection in (None, s["connection"])]

    def all(self, name):
        return [s for s in self.steps if s["step"] == name]

    def step(self, name, connection=None):
        found = [s for s in self.all(name) if connection in (None, s["connection"])]
        assert found, "no step %s in %s" % (name, self.names())
        return found[0]

    def check(self):
        """What holds of every story."""
        times = [s["ms"] for s in self.steps]
        assert times == sorted(times) and all(round(t, 1) == t for t in times), times
        assert self.status == (0 if self.ok else 1), (self.status, self.json)
        assert self.ok == all(s["ok"] for s in self.steps), self.steps
        bad = [s for s in self.steps if not s["ok"]]
        if bad:
            assert self.failed == {k: bad[0][k] for k in ("step", "connection", "reason")}, self.failed
        return self


def probe_to(*args, input=None):
    return Told(run("--json", *args, input=input)).check()


def probe(work, port, *args, input=None):
    return probe_to("--trust", work.pki.ca, "--name", NAME, *args, "%s:%d" % (quench.HOST, port), input=input)

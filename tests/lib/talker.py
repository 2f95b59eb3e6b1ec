"""talker.py - tlsclient and tlsserver for one connection at a time, with options as they stand on a command line."""
import os
import subprocess

import ours
import quench
from ours import FOLDER


def fields(options):
    """As ours.py takes them."""
    found = {}
    for option in options:
        name, _, value = option.partition("=")
        if name:
            found.setdefault(name, []).append(value or "1")
    return found


def told(line):
    """The fields of the line that tells of a connection."""
    return dict(field.split("=", 1) for field in line.split())


def call(port, *options, rounds=0):
    """One connection of tlsclient: what it tells."""
    line = "port=%d rounds=%d %s\n" % (port, rounds, " ".join(options))
    done = subprocess.run([os.path.join(FOLDER, "tlsclient")], input=line, capture_output=True, text=True,
                          timeout=quench.PATIENCE)
    assert done.returncode == 0, done.stderr
    return told(done.stdout.splitlines()[-1])


class Server(ours.Server):
    """tlsserver; serve() is for one connection, and tells of it when it is over."""

    def __init__(self, work, *options):
        super().__init__(work, **fields(options))

    def serve(self, client, *options):
        """Whatever client() gives, and what the server tells of the connection that it makes."""
        self.begin(**dict(fields(options), connections=1))
        got = client()
        return got, self.told()

"""talker.py - tlsclient and tlsserver: the core over sockets, without the daemon."""
import os
import subprocess

import quench

FOLDER = os.path.join(quench.TOP, "tests", "lib")


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


class Server:
    """tlsserver; serve() is for one connection, and tells of it when it is over."""

    def __init__(self, work, *options):
        self.popen = subprocess.Popen([os.path.join(FOLDER, "tlsserver"), *options], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.alive = lambda: self.popen.poll() is None
        work.processes.append(self)
        self.name = "tlsserver"
        self.port = int(self.popen.stdout.readline().split("=")[1])

    def serve(self, client, *options):
        """Whatever client() gives, and what the server tells of the connection that it makes."""
        self.popen.stdin.write(" ".join(("connections=1",) + options) + "\n")
        self.popen.stdin.flush()
        got = client()
        return got, told(self.popen.stdout.readline())

    def log(self):
        return ""

    def kill(self):
        self.popen.stdin.close()
        self.popen.kill()
        self.popen.wait()
        self.popen.stdout.close()

"""ours.py - tlsserver and tlsclient, the core as programs, run for a test.

Both take a line of options and tell of each connection in a line; here options are a dict (a list repeats the
option) and what they tell is a dict of texts.
"""
import os
import select
import subprocess

import quench

FOLDER = os.path.join(quench.TOP, "tests", "lib")


class Program:
    def __init__(self, work, program, **options):
        self.name = program
        self.logfile = work.path("%s-%d.log" % (program, len(work.processes)))
        with open(self.logfile, "wb") as log:
            self.popen = subprocess.Popen([os.path.join(FOLDER, program)] + self.words(options), stderr=log,
                                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines = []
        self.rest = ""
        work.processes.append(self)

    @staticmethod
    def words(options):
        words = []
        for name, value in options.items():
            for one in value if isinstance(value, (list, tuple)) else [value]:
                if one is not None and one is not False:
                    words.append("%s=%s" % (name, int(one) if one is True else one))
        return words

    def begin(self, **options):
        self.popen.stdin.write(" ".join(self.words(options)) + "\n")
        self.popen.stdin.flush()

    def line(self):
        fd = self.popen.stdout.fileno()
        while "\n" not in self.rest:
            if not select.select([fd], [], [], 2 * quench.PATIENCE)[0]:
                raise AssertionError("%s says nothing: %s" % (self.name, self.log()))
            more = os.read(fd, 65536).decode()
            if not more:
                raise AssertionError("%s ended: %s" % (self.name, self.log()))
            self.rest += more
        line, _, self.rest = self.rest.partition("\n")
        return line

    def told(self):
        """The line of one connection; "said": the answers that a client got."""
        said = []
        while True:
            line = self.line()
            if line.startswith("said="):
                said.append(line[5:])
            elif line.startswith("result="):
                return dict((field.split("=", 1) for field in line.split() if "=" in field), said=said)

    def log(self):
        with open(self.logfile, errors="backslashreplace") as f:
            return f.read()

    def end(self):
        """It ends with its input, well, and no sanitizer had anything to say."""
        self.popen.stdin.close()
        status = self.popen.wait(quench.PATIENCE)
        self.popen.stdout.close()
        assert status == 0 and self.log() == "", "%d: %s" % (status, self.log()[-6000:])

    def kill(self):
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()


class Server(Program):
    def __init__(self, work, **options):
        super().__init__(work, "tlsserver", **options)
        self.port = int(self.line().removeprefix("port="))


class Client(Program):
    def __init__(self, work, **options):
        super().__init__(work, "tlsclient", **options)

    def call(self, **options):
        """What it tells of each of its connections."""
        self.begin(**options)
        return [self.told() for _ in range(options.get("connections", 1))]


def expect(told, **fields):
    """The fields have these values: a difference is told with the whole line."""
    for name, value in fields.items():
        assert value is None or told[name] == str(value), "%s is not %s: %s" % (name, value, told)

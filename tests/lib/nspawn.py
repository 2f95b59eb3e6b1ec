"""nspawn.py - a Debian that boots with systemd as its process 1, to try units and the package in. Needs root.

The tree is made once by debootstrap and kept; what a test changes in it is in memory and goes with the test. Network is
the machine's own: what listens inside on loopback can be reached from outside.
"""
import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import time

PACKAGES = "systemd,systemd-sysv,dbus"
MIRROR = "http://deb.debian.org/debian"
SUITE = "bookworm"


def run(argv, **more):
    """The output; an exception with it if that fails."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode != 0:
        raise AssertionError("%s: status %d: %s" % (argv, done.returncode, done.stdout[-3000:]))
    return done.stdout


def make_tree(path):
    """Whole or not there."""
    if os.path.exists(path):
        return
    part = path + ".part"
    shutil.rmtree(part, ignore_errors=True)
    run(["debootstrap", "--variant=minbase", "--include=" + PACKAGES, SUITE, part, MIRROR])
    os.rename(part, path)


class Machine:
    """Boots the tree. inside: a program with its arguments, run in it as root."""

    # A /run of its own, since nspawn looks for the machine's manager there; changes go to memory. Its list of system calls
    # is older than Landlock.
    BOOT = """
        mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs "$2" && mkdir "$2/upper" "$2/work" "$2/root" &&
        mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" overlay "$2/root" &&
        exec systemd-nspawn -q --register=no --keep-unit -D "$2/root" --boot \\
            --system-call-filter="landlock_create_ruleset landlock_add_rule landlock_restrict_self"
    """

    def __init__(self, tree):
        self.scratch = tempfile.mkdtemp(prefix="quench-nspawn-")
        self.console = os.path.join(self.scratch, "console")
        self.where = os.path.join(self.scratch, "fs")
        os.mkdir(self.where)
        with open(self.console, "wb") as out:
            self.popen = subprocess.Popen(["unshare", "-m", "--propagation", "private", "sh", "-c", self.BOOT, "sh", tree,
                                           self.where], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        atexit.register(self.close)
        self.leader = 0
        self.leader = self._wait(self._init)
        self._wait(lambda: self.inside("systemctl", "is-system-running", check=False).strip() in ("running", "degraded"))

    def _wait(self, func, patience=180):
        end = time.monotonic() + patience
        while time.monotonic() < end:
            value = func()
            if value:
                return value
            assert self.popen.poll() is None, "it didn't boot: " + self.log()
            time.sleep(0.1)
        raise AssertionError("it didn't boot in time: " + self.log())

    def log(self):
        with open(self.console, errors="backslashreplace") as f:
            return f.read()[-3000:]

    def _init(self):
        """The machine's first process. nspawn has another child before, which prepares the place and is gone soon."""
        try:
            with open("/proc/%d/task/%d/children" % (self.popen.pid, self.popen.pid)) as f:
                children = f.read().split()
            for pid in children:
                with open("/proc/%s/comm" % pid) as f:
                    if f.read().strip() == "systemd":
                        return int(pid)
        except OSError:
            pass  # one has just gone
        return 0

    def inside(self, *argv, check=True, **more):
        whole = ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-p", *argv]
        if check:
            return run(whole, **more)
        return subprocess.run(whole, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more).stdout

    def path(self, name):
        """Of a file inside, for us: through the machine's first process."""
        return "/proc/%d/root/%s" % (self.leader, name.lstrip("/"))

    def write(self, name, content, mode=0o644):
        with open(self.path(name), "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(self.path(name), mode)

    def close(self):
        if self.popen.poll() is None:
            if self.leader:
                self.inside("systemctl", "--no-block", "poweroff", check=False)
            try:
                self.popen.wait(30)
            except subprocess.TimeoutExpired:
                # without nspawn its machine would live on
                if self.leader:
                    os.kill(self.leader, signal.SIGKILL)
                self.popen.kill()
                self.popen.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)

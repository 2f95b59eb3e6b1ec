"""What the kernel says that workers and keeper may do, and what becomes of those that are made to try more
(tests/lib/force.c)."""
import errno
import os
import pwd
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import proc
import quench
import tap

NAME = "sandbox.example"
FORCE = os.path.join(quench.TOP, "tests", "lib", "force")


def status(pid):
    with open("/proc/%d/status" % pid) as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def children(q):
    """(role, pid) of each child."""
    return proc.titles(q.pid)


def sanitized(q):
    return "a build with sanitizers" in q.log()


def check_status(title, pid, user, free):
    s = status(pid)
    with tap.test(title + ": no capabilities, and no way to new ones"):
        assert s["NoNewPrivs"] == "1"
        for caps in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            assert int(s[caps], 16) == 0, (caps, s[caps])
        if os.getuid() == 0:
            assert int(s["CapBnd"], 16) == 0, s["CapBnd"]
    with tap.test(title + ": system calls are filtered"):
        assert free or s["Seccomp"] == "2", s["Seccomp"]
    with tap.test(title + ": no core dumps"):
        with open("/proc/%d/limits" % pid) as f:
            assert re.search(r"Max core file size +0 +0 ", f.read())
    if user:
        with tap.test(title + ": another user, and yet its files in /proc are root's: it isn't dumpable"):
            assert s["Uid"].split() == [str(user.pw_uid)] * 4, s["Uid"]
            assert s["Gid"].split() == [str(user.pw_gid)] * 4, s["Gid"]
            assert free or os.stat("/proc/%d/mem" % pid).st_uid == 0


def open_files(pid):
    """What its descriptors are, standard ones left out."""
    names = []
    for fd in os.listdir("/proc/%d/fd" % pid):
        if int(fd) > 2:
            names.append(os.readlink("/proc/%d/fd/%s" % (pid, fd)))
    return names


def check_files(title, pid, free):
    with tap.test(title + ": has none of the master's standard descriptors"):
        assert free or all(os.readlink("/proc/%d/fd/%d" % (pid, fd)) == "/dev/null" for fd in range(3))
    with tap.test(title + ": holds no file and no folder"):
        odd = [n for n in open_files(pid) if not re.match(r"socket:|anon_inode:|pipe:|/memfd:", n)]
        assert not odd, odd


# Name, number (x86-64), arguments.
CALLS = (
    ("execve", 59, "/bin/true", 0, 0),
    ("open", 2, "/etc/passwd", 0),
    ("openat", 257, -100, "/etc/passwd", 0),
    ("stat", 4, "/etc", 0),
    ("ptrace", 101, 0, 0, 0, 0),
    ("a raw socket", 41, 2, 3, 1),
    ("a socket for datagrams", 41, 2, 2, 0),
    ("a netlink socket", 41, 16, 3, 0),
    ("a packet socket", 41, 17, 3, 0),
    ("fork", 57),
    ("a signal to another process", 62, os.getpid(), 0),
    ("reading another process", 310, os.getpid(), 0, 0, 0, 0, 0),
    ("a message that may carry descriptors", 46, 3, 0, 0),
    ("memory to be executed", 9, 0, 4096, 5, 34, -1, 0),
)


def force(pid, call):
    """What a system call that the process is made to make gives: a result, or minus the errno."""
    done = subprocess.run([FORCE, str(pid)] + [str(a) for a in call], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def check_forced(title, pid):
    with tap.test(title + ", forced: a call that it needs is let through"):
        assert force(pid, (228, 1, 0)) == -errno.EFAULT  # clock_gettime
    for name, *call in CALLS:
        with tap.test("%s, forced: %s is denied" % (title, name)):
            assert force(pid, call) == -errno.EPERM, force(pid, call)


def works(work, q):
    with tap.test("it serves, behind all that"):
        subprocess.run(["openssl", "s_client", "-connect", "%s:%d" % (quench.HOST, q.ports["echo"]), "-CAfile",
                        work.pki.ca, "-verify_return_error", "-servername", NAME], stdin=subprocess.DEVNULL,
                       check=True, capture_output=True)


LANDLOCK = "Landlock (Function not implemented)"
SECCOMP = "seccomp (Function not implemented)"


def on_a_kernel_without(work, leaf, backend, calls, told):
    """One that lacks these calls: it is told once, and everything else is as it was."""
    program = quench.QUENCHD
    quench.QUENCHD = work.write("quenchd-without", "#!/bin/sh\nexec '%s' %s '%s' \"$@\"\n" % (
        os.path.join(quench.TOP, "tests", "lib", "without"), calls, program))
    os.chmod(quench.QUENCHD, 0o755)
    q = quench.Quenchd(work, quench.service("echo", [leaf], backend.port), name="lacks", more={"workers": 3})
    quench.QUENCHD = program
    works(work, q)
    with tap.test("a kernel without %s: one line in the log says so" % calls):
        lines = re.findall(r"the sandbox is without (.*)", q.log())
        assert lines == [told], lines
    with tap.test("a kernel without %s: the rest is in force" % calls):
        for _, pid in children(q):
            s = status(pid)
            assert s["NoNewPrivs"] == "1" and int(s["CapEff"], 16) == 0
            # the filter of the test, and ours
            assert int(s["Seccomp_filters"]) == (1 if "seccomp" in calls else 2), s["Seccomp_filters"]
    q.check_end()


def can_force():
    return os.getuid() == 0 and os.uname().machine == "x86_64"


def main():
    work = quench.Work()
    backend = quench.Backend(quench.echo)
    leaf = work.pki.leaf("p256", NAME)
    user = pwd.getpwnam("nobody") if os.getuid() == 0 else None
    more = {"user": "nobody", "group": ""} if user else {}
    if user:
        os.chmod(work.folder, 0o755)
    q = quench.Quenchd(work, quench.service("echo", [leaf], backend.port), more=more)
    works(work, q)
    free = sanitized(q)
    for title, pid in children(q):
        check_status(title, pid, user, free)
        check_files(title, pid, free)
    with tap.test("workers and a keeper were looked at"):
        assert [t for t, _ in children(q) if t.startswith("quenchd: worker")]
        assert [t for t, _ in children(q) if t == "quenchd: keeper"]
    for title, pid in children(q):
        if free:
            tap.skip(title + ", forced", "a build with sanitizers has no list of calls")
        elif can_force():
            check_forced(title, pid)
        else:
            tap.skip(title + ", forced", "needs root and x86-64; tests/unit/seccomp_test does it by itself")
    works(work, q)
    with tap.test("it ends well"):
        q.check_end()
    if not free:
        on_a_kernel_without(work, leaf, backend, "landlock_create_ruleset", LANDLOCK)
        on_a_kernel_without(work, leaf, backend, "seccomp", SECCOMP)
        on_a_kernel_without(work, leaf, backend, "landlock_create_ruleset,seccomp", LANDLOCK + ", " + SECCOMP)
    tap.done()


main()

"""proc.py - what /proc says of processes, any of which may be gone at the next look."""
import os
import re


def tree(pid):
    """The pids of a process and its descendants."""
    pids = [pid]
    for p in pids:
        try:
            with open("/proc/%d/task/%d/children" % (p, p)) as f:
                pids += [int(c) for c in f.read().split()]
        except OSError:
            continue
    return pids


def titles(pid):
    """(name, pid) of each descendant that has one: "quenchd: worker 0", "quenchd: keeper"."""
    found = []
    for p in tree(pid)[1:]:
        try:
            with open("/proc/%d/cmdline" % p) as f:
                name = f.read().split("\0")[0]
        except OSError:
            continue
        if name:
            found.append((name, p))
    return found


def is_there(pid):
    """Not gone, nor dead and waiting for its parent."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def cpu_ns(pid):
    """Time on a CPU, of all its threads."""
    return _schedstat(pid)[0]


def wanted_ns(pid):
    """Time on a CPU, or waiting for one."""
    return sum(_schedstat(pid))


def _schedstat(pid):
    ran = waited = 0
    for task in os.listdir("/proc/%d/task" % pid):
        try:
            with open("/proc/%d/task/%s/schedstat" % (pid, task)) as f:
                fields = f.read().split()
        except OSError:
            continue
        ran += int(fields[0])
        waited += int(fields[1])
    return ran, waited


def n_fds(pid):
    """Descriptors of a process; none when it is gone."""
    try:
        return len(os.listdir("/proc/%d/fd" % pid))
    except OSError:
        return 0


def private_kib(pid):
    """What is only this process's, in KiB."""
    with open("/proc/%d/smaps_rollup" % pid) as f:
        text = f.read()
    return sum(int(n) for n in re.findall(r"^Private_(?:Clean|Dirty|Hugetlb):\s+(\d+) kB", text, re.M))

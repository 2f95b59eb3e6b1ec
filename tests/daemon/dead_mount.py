"""A file system that doesn't answer: under a certificate, under the configuration, under the log. The daemon goes on,
answers whoever asks, and says by name what it waits for. The file system is a FUSE mount that nobody serves."""
import atexit
import ctypes
import os
import signal
import socket
import ssl
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import quench
import tap

NAME = "dead.example"
MS_NOSUID, MS_NODEV, MNT_DETACH = 2, 4, 2
libc = ctypes.CDLL(None, use_errno=True)


class DeadMount:
    """Whoever asks for a file in it waits, until it is ended: then there is an error."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder)
        self.fd = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = "fd=%d,rootmode=40000,user_id=0,group_id=0" % self.fd
        if libc.mount(b"dead", folder.encode(), b"fuse", MS_NOSUID | MS_NODEV, options.encode()) != 0:
            error = ctypes.get_errno()
            os.close(self.fd)
            raise OSError(error, os.strerror(error))
        atexit.register(self.end)

    def end(self):
        if self.fd >= 0:
            os.close(self.fd)
            libc.umount2(self.folder.encode(), MNT_DETACH)
        self.fd = -1


def can_mount(work):
    try:
        DeadMount(work.path("try")).end()
        return True
    except OSError as e:
        tap.skip("dead file systems", "none can be mounted here: %s" % e.strerror)
        return False


def point(link, target):
    """The link leads there from now on."""
    os.symlink(target, link + ".new")
    os.rename(link + ".new", link)


def connect(work, q):
    c = ssl.create_default_context(cafile=work.pki.ca)
    with socket.create_connection((quench.HOST, q.ports["web"]), quench.PATIENCE) as tcp:
        with c.wrap_socket(tcp, server_hostname=NAME) as tls:
            tls.sendall(b"hello")
            assert tls.recv(100) == b"hello"
            return tls.getpeercert()["serialNumber"]


def goes_on(work, q):
    """It serves, and answers."""
    status = q.ask_json("status")[-1]
    assert status["ok"], status
    connect(work, q)


class Site:
    """A daemon whose certificate stands behind a link to a folder."""

    def __init__(self, work, backend, name):
        self.work, self.link = work, work.path(name + "-live")
        leaf = work.pki.leaf("p256", NAME)
        good = work.path(name + "-good")
        os.makedirs(good)
        for source, target in ((leaf.chain, "c.pem"), (leaf.key, "c.key")):
            with open(source) as f:
                text = f.read()
            with open(os.path.join(good, target), "w", opener=lambda p, flags: os.open(p, flags, 0o600)) as f:
                f.write(text)
        self.good = good
        point(self.link, good)
        self.service = quench.service("web", [], backend.port)
        self.service["certificates"] = ({"chain": self.link + "/c.pem", "key": self.link + "/c.key"},)
        self.q = quench.Quenchd(work, self.service, name=name)


def certificate(work, backend):
    site = Site(work, backend, "certificate")
    q = site.q
    dead = DeadMount(work.path("dead-certificate"))
    with tap.test("a dead file system under a certificate: the log says which file"):
        point(site.link, dead.folder)
        q.wait_log(r"looking at \S*(certificate-live|dead-certificate)\S* takes long")
    with tap.test("a dead file system under a certificate: the daemon goes on"):
        goes_on(work, q)
    with tap.test("what is asked for is done when the file system answers"):
        before = q.log_size()
        q.popen.send_signal(signal.SIGHUP)
        q.wait_log(r"loading takes long: it has waited for \S*certificate-live/c.pem", before)
        goes_on(work, q)
        point(site.link, site.good)
        dead.end()
        q.wait_log("reloaded: ", before)
        q.wait_log("looking at the files of the configuration is through")
    with tap.test("and files are looked at as before"):
        before = q.log_size()
        os.utime(os.path.join(site.good, "c.pem"))
        q.wait_log("reloaded: the changed certificates", before)
        q.check_end()


def the_end(work, backend):
    if quench.sanitized():
        tap.skip("TERM ends a daemon that waits for a file system", "the search for leaks waits for its threads")
        return
    site = Site(work, backend, "end")
    dead = DeadMount(work.path("dead-end"))
    with tap.test("TERM ends a daemon that waits for a file system, with status 0"):
        point(site.link, dead.folder)
        site.q.popen.send_signal(signal.SIGHUP)
        site.q.wait_log("loading takes long")
        site.q.check_end()
    dead.end()


def the_log(work, backend):
    folder, good = work.path("logs"), work.path("logs-good")
    os.makedirs(good)
    point(folder, good)
    leaf = work.pki.leaf("p256", NAME)
    service = quench.service("web", [leaf], backend.port)
    path = os.path.join(folder, "q.log")

    def log_text():
        with open(os.path.join(good, "q.log")) as f:
            return f.read()

    q = quench.Quenchd(work, service, name="log")
    q.write_conf(service, log={"target": "file:" + path, "format": "text", "level": "info"})
    q.popen.send_signal(signal.SIGHUP)
    quench.wait_until("the log to be there", lambda: os.path.exists(path) and "reloaded" in log_text())
    dead = DeadMount(work.path("dead-log"))
    point(folder, dead.folder)
    with tap.test("the log can't be opened again: the daemon goes on with the old one, and says so"):
        q.popen.send_signal(signal.SIGUSR1)
        quench.wait_until("a word about it", lambda: "opening the log %s takes long" % path in log_text())
        goes_on(work, q)
    with tap.test("a reload that can't open the log waits, and nothing else does"):
        q.popen.send_signal(signal.SIGHUP)
        quench.wait_until("a word about it", lambda: "it has waited for %s for" % path in log_text())
        goes_on(work, q)
    with tap.test("when the file system has ended both have failed, by name"):
        dead.end()
        quench.wait_until("the first outcome", lambda: "the log %s can't be opened again" % path in log_text())
        quench.wait_until("the second outcome", lambda: "cannot open the log %s" % path in log_text())
        goes_on(work, q)
    with tap.test("and both work again"):
        point(folder, good)
        os.rename(os.path.join(good, "q.log"), os.path.join(good, "old.log"))
        q.ask("reopen")
        quench.wait_until("the line", lambda: "the log is open again" in log_text())
        q.check_end()


def pipe_without_reader(work, backend):
    """open(2) of a pipe for writing waits for its reader, if it may."""
    leaf = work.pki.leaf("p256", NAME)
    service = quench.service("web", [leaf], backend.port)
    q = quench.Quenchd(work, service, name="pipe")
    path = work.path("fifo")
    os.mkfifo(path)
    with tap.test("a pipe that nobody reads is no log: the reload fails by name"):
        q.write_conf(service, log={"target": "file:" + path, "format": "text", "level": "info"})
        assert "cannot open the log " + path in q.reload(good=False)
        goes_on(work, q)
        q.check_end()


def main():
    work = quench.Work()
    backend = quench.Backend(quench.echo)
    pipe_without_reader(work, backend)
    if can_mount(work):
        certificate(work, backend)
        the_end(work, backend)
        the_log(work, backend)
    tap.done()


main()

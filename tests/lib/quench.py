"""quench.py - runs quenchd and what stands around it for tests; Python's own library only.

Whatever a test starts belongs to a Work, which stops it by pid when the test ends, however it ends.
All listeners are on loopback, on ports the kernel chooses.
"""
import atexit
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import proc
import tap
from pki import Pki

HOST = "127.0.0.1"
TOP = os.environ.get("top_builddir", os.getcwd())
QUENCHD = os.environ.get("QUENCHD", os.path.join(TOP, "quenchd"))
QUENCHCTL = os.path.join(TOP, "quenchctl")
# A sanitized or busy machine is slow, never this slow. What is waited for comes earlier: only failures take so long.
PATIENCE = float(os.environ.get("QUENCH_PATIENCE", "120"))
# What a shell starts in the background ignores it, and so would all that is started here.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Nothing but the page it is told.
CHROMIUM = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage"]


def wait_until(what, func, patience=None):
    """func() until it is true; its value. what: a text, or a function that gives it."""
    end = time.monotonic() + (patience or PATIENCE)
    while True:
        value = func()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("timed out waiting for " + (what() if callable(what) else what))
        time.sleep(0.02)


def settled(func):
    """The value of func() when it has been the same for some looks."""
    values = []

    def look():
        values.append(func())
        return len(values) > 4 and all(v == values[-1] for v in values[-5:])
    wait_until(lambda: "an end of changes: %s" % values[-5:], look)
    return values[-1]


def free_port():
    """A port for a server that takes a number. Other tests run beside this one: a connection that was there and is over
    keeps it, for a minute, from all but those who ask for this port with SO_REUSEADDR, as servers do."""
    with socket.create_server((HOST, 0)) as listener:
        with socket.create_connection(listener.getsockname()) as c:
            listener.accept()[0].close()
            c.recv(1)
        return listener.getsockname()[1]


_held = []


def closed_port():
    """A port where nobody listens as long as this process lives."""
    _held.append(socket.socket())
    _held[-1].bind((HOST, 0))
    return _held[-1].getsockname()[1]


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
        return socket.has_dualstack_ipv6()
    except OSError:
        return False


def can_connect(port):
    try:
        socket.create_connection((HOST, port), PATIENCE).close()
        return True
    except OSError:
        return False


def deaf_port():
    """A listener whose queue is full: connecting takes for ever."""
    s = socket.socket()
    s.bind((HOST, 0))
    s.listen(0)
    fill = []
    for _ in range(4):
        c = socket.socket()
        c.setblocking(False)
        c.connect_ex(s.getsockname())
        fill.append(c)
    return s.getsockname()[1], (s, fill)


def say(port, data):
    """Says that and no more to a port, and waits for its end."""
    with socket.create_connection((HOST, port), PATIENCE) as s:
        s.settimeout(PATIENCE)
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        try:
            while s.recv(4096):
                pass
        except ConnectionResetError:
            pass


def sanitized():
    """Whether quenchd was built with sanitizers, which keep freed memory for a while, and trace."""
    with open(QUENCHD, "rb") as f:
        return b"__asan_init" in f.read()


class Work:
    """A temporary folder and the processes that run in it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="quench-test-")
        self.processes = []
        self._pki = None
        atexit.register(self.close)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        tap.on_failure(self.logs)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w" if isinstance(text, str) else "wb") as f:
            f.write(text)
        return self.path(name)

    @property
    def pki(self):
        if self._pki is None:
            self._pki = Pki(self.path("pki"))
        return self._pki

    def logs(self):
        """The last lines of every process's log."""
        out = []
        for p in self.processes:
            out.append("--- " + p.name)
            out += p.log().splitlines()[-20:]
        return "\n".join(out)

    def close(self):
        for p in reversed(self.processes):
            p.kill()
        self.processes = []
        if not os.environ.get("QUENCH_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)


class Process:
    """A program in the foreground, its output in a file."""

    def __init__(self, work, name, argv, env=None, stdin=subprocess.DEVNULL):
        self.name = name
        self.logfile = work.path(name + ".log")
        with open(self.logfile, "wb") as log:
            self.popen = subprocess.Popen(argv, stdin=stdin, stdout=log, stderr=subprocess.STDOUT,
                                          cwd=work.folder, env=dict(os.environ, **(env or {})))
        self.pid = self.popen.pid
        work.processes.append(self)

    def log(self):
        with open(self.logfile, errors="backslashreplace") as f:
            return f.read()

    def log_size(self):
        return os.path.getsize(self.logfile)

    def log_since(self, size):
        with open(self.logfile, "rb") as f:
            f.seek(size)
            return f.read().decode(errors="backslashreplace")

    def alive(self):
        return self.popen.poll() is None

    def kill(self):
        if self.alive():
            self.popen.kill()
            self.popen.wait()

    def stop(self, patience=None):
        """SIGTERM; the exit status."""
        if self.alive():
            self.popen.send_signal(signal.SIGTERM)
        try:
            return self.popen.wait(patience or PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(self.name + " did not end after SIGTERM")

    def tree(self):
        """The pids of the process and its descendants."""
        return proc.tree(self.pid)

    def rss(self):
        """Resident bytes of the process and its descendants."""
        total = 0
        for pid in self.tree():
            try:
                with open("/proc/%d/status" % pid) as f:
                    total += int((re.search(r"VmRSS:\s+(\d+) kB", f.read()) or [0, 0])[1]) * 1024
            except OSError:
                continue
        return total

    def n_fds(self):
        return sum(proc.n_fds(pid) for pid in self.tree())


def conf_text(value, depth=0):
    """libconfig's syntax: a dict is a group, a tuple a list, a list an array."""
    pad = "  " * (depth + 1)
    if isinstance(value, dict):
        inner = "".join("%s%s = %s;\n" % (pad, k, conf_text(v, depth + 1)) for k, v in value.items())
        return inner if depth < 0 else "{\n" + inner + "  " * depth + "}"
    if isinstance(value, tuple):
        return "( " + ", ".join(conf_text(v, depth + 1) for v in value) + " )"
    if isinstance(value, list):
        return "[ " + ", ".join(conf_text(v, depth + 1) for v in value) + " ]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)


def service(name, certificates, backend, listen=None, timeouts=None, **tls):
    """A service of the configuration. certificates: Leafs. backend: a port or an address."""
    s = {"name": name,
         "listen": listen or [HOST + ":0"],
         "certificates": tuple(c.conf() for c in certificates),
         "backends": (("%s:%d" % (HOST, backend) if isinstance(backend, int) else backend),)}
    if tls:
        s["tls"] = tls
    if timeouts:
        s["timeouts"] = timeouts
    return s


class Quenchd(Process):
    """quenchd with these services; ports maps a service's name to its (first) port."""

    def __init__(self, work, *services, name="quenchd", drain=1.0, log=None, tickets=None, more=None,
                 env=None):
        self.work, self.conf_name = work, name + ".conf"
        self.admin = work.path(name + "-admin.sock")
        self.conf = {"workers": 1, "user": "", "group": "", "admin": {"socket": self.admin},
                     "log": dict({"target": "stderr", "format": "text", "level": "info",
                                  "connections": True}, **(log or {}))}
        if tickets:
            self.conf["tickets"] = tickets
        self.conf.update(more or {})
        self.drain = drain
        path = self.write_conf(*services)
        if not os.access(QUENCHD, os.X_OK):
            raise RuntimeError("not built: " + QUENCHD)
        super().__init__(work, name, [QUENCHD, "-c", path], env)
        self.ports = {}
        wait_until("quenchd to listen", lambda: self._listening(services))

    def write_conf(self, *services, **more):
        """Writes the configuration with these services, and with more at the top from now on; its path."""
        for s in services:
            # As patient as the test is, where it says nothing else.
            for key, seconds in (("drain", self.drain), ("handshake", PATIENCE), ("connect", PATIENCE)):
                s.setdefault("timeouts", {}).setdefault(key, seconds)
        self.conf.update(more, services=tuple(services))
        return self.work.write(self.conf_name, conf_text(self.conf, -1))

    def ask(self, command, *argv, status=0):
        """What quenchctl says; status: its exit status, None: whatever."""
        done = subprocess.run([QUENCHCTL, "--socket", self.admin, command, *argv], capture_output=True, text=True,
                              timeout=PATIENCE)
        assert status is None or done.returncode == status, (command, done)
        return done.stdout + done.stderr

    def ask_json(self, command):
        """Its lines as JSON, the last one last."""
        return [json.loads(line) for line in self.ask(command, "--json").splitlines()]

    def reload(self, good=True, patience=None):
        """HUP, until the outcome is in the log: the line."""
        size = self.log_size()
        self.popen.send_signal(signal.SIGHUP)
        what = "reloaded: the new settings .*" if good else "the reload has failed, .*"
        return self.wait_log(what, size, patience)[0]

    def workers(self):
        """The pids of the workers, in the order of their numbers."""
        found = {}
        for name, pid in proc.titles(self.pid):
            m = re.match(r"quenchd: worker (\d+)", name)
            if m:
                found[int(m[1])] = pid
        return [found[i] for i in sorted(found)]

    def keeper(self):
        """The pid of the keeper; None: there is none."""
        return next((pid for name, pid in proc.titles(self.pid) if name == "quenchd: keeper"), None)

    def _listening(self, services):
        if not self.alive():
            raise AssertionError("quenchd ended: " + self.log())
        found = re.findall(r"listening on (\S+):(\d+) \(service ([^)]+)\)", self.log())
        for _, port, name in reversed(found):
            self.ports[name] = int(port)
        return len(self.ports) == len(services)

    def wait_log(self, pattern, since=0, patience=None):
        """The match of pattern in what was logged since."""
        def look():
            return re.search(pattern, self.log_since(since))
        return wait_until(lambda: "%s in the log; there is: %s" % (pattern, self.log_since(since)),
                          look, patience)

    def ended(self, n=1, since=0, patience=None):
        """The log's records of n connections that have ended since (log = {"format": "json"})."""
        def look():
            lines = [json.loads(line) for line in self.log_since(since).splitlines()
                     if '"message":"connection"' in line]
            return len(lines) >= n and lines
        return wait_until("%d connections in the log" % n, look, patience)

    def check_end(self):
        """It ends on SIGTERM with status 0, and no sanitizer had anything to say."""
        status = self.stop()
        log = self.log()
        assert "Sanitizer" not in log and "runtime error" not in log, log[-6000:]
        assert status == 0, "exit status %d" % status


class Nginx(Process):
    """nginx with the files of a folder, plain HTTP."""

    def __init__(self, work, name="nginx"):
        self.root = work.path(name + "-root")
        tmp = work.path(name + "-tmp")
        os.makedirs(self.root, exist_ok=True)
        os.makedirs(tmp, exist_ok=True)
        self.port = free_port()
        temps = "".join("%s_temp_path %s;\n" % (k, tmp)
                        for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        conf = work.write(name + ".conf", """
            daemon off; master_process off; pid %s/pid; error_log stderr;
            events { worker_connections 8000; }
            http { access_log off; %s
              server { listen %s:%d; root %s;
                location / { add_header X-Backend nginx; } } }
            """ % (tmp, temps, HOST, self.port, self.root))
        super().__init__(work, name, ["nginx", "-e", "stderr", "-p", tmp, "-c", conf])
        wait_until("nginx to listen", lambda: self.alive() and can_connect(self.port))

    def file(self, name, content):
        with open(os.path.join(self.root, name), "wb") as f:
            f.write(content)


class Backend:
    """A plain server in this process: handler(socket) in a thread per connection. path: of a unix socket, which n_waiting
    connections may wait for."""

    def __init__(self, handler, path=None, n_waiting=128):
        self.handler, self.path, self.n_waiting = handler, path, n_waiting
        self.errors = []
        self.listener = self._listen()
        self.port = None if path else self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _listen(self):
        if not self.path:
            return socket.create_server((HOST, 0), backlog=4096)
        s = socket.socket(socket.AF_UNIX)
        s.bind(self.path)
        s.listen(self.n_waiting)
        return s

    def _accept(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            if conn.family != socket.AF_UNIX:
                conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._run, args=(conn,), daemon=True).start()

    def _run(self, conn):
        with conn:
            try:
                self.handler(conn)
            except Exception as e:
                self.errors.append(e)

    def close(self):
        self.listener.close()


def echo(conn):
    """A handler: what comes goes back, and the end follows the end."""
    while True:
        data = conn.recv(65536)
        if not data:
            conn.shutdown(socket.SHUT_WR)
            return
        conn.sendall(data)

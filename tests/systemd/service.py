"""The package and its units in a Debian that systemd has booted: install, start, reload, restart and upgrade without one
refused connection, sockets of systemd, the watchdog, the journal, purge."""
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time

TOP = os.environ.get("top_srcdir", ".")
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

import nspawn
import quench
import tap

NAME = "www.example.com"
BUILD = os.path.join(os.environ.get("top_builddir", "."), "check-systemd.d")
SOURCES = ["COPYING", "HACKING.md", "Makefile.am", "README", "autogen.sh", "configure.ac", "conf", "daemon", "debian", "doc",
           "systemd", "tests", "tls"]
SECURITY_MOST = 1.5


def package(version):
    """The path of a .deb of this version, built from the sources as they are."""
    folder = os.path.join(BUILD, version)
    tree = os.path.join(folder, "quench")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(tree)
    for name in SOURCES:
        subprocess.run(["cp", "-RL", os.path.join(TOP, name), tree], check=True)
    changelog = os.path.join(tree, "debian", "changelog")
    with open(changelog) as f:
        text = f.read()
    with open(changelog, "w") as f:
        f.write(re.sub(r"\(.*?\)", "(%s)" % version, text, count=1))
    nspawn.run(["dpkg-buildpackage", "-us", "-uc", "-b"], cwd=tree,
               env=dict(os.environ, DEB_BUILD_OPTIONS="nocheck parallel=2", MAKEFLAGS="", MAKELEVEL=""))
    return os.path.join(folder, "quench_%s_%s.deb" % (version, nspawn.run(["dpkg", "--print-architecture"]).strip()))


def check_lintian(deb):
    """Where there is lintian: no error, no warning."""
    if not shutil.which("lintian"):
        tap.diag("no lintian here")
        return
    done = subprocess.run(["lintian", "--fail-on", "error,warning", "--allow-root", deb], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


class Load:
    """Connections one after the other, each with an answer; what goes wrong is kept."""

    def __init__(self, port, ca, n=4):
        self.port, self.errors, self.n_good, self.ended = port, [], 0, False
        self.context = ssl.create_default_context(cafile=ca)
        self.slowest = 0.0
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(n)]
        for t in self.threads:
            t.start()

    def _run(self):
        while not self.ended:
            began = time.monotonic()
            try:
                with socket.create_connection((quench.HOST, self.port), 20) as s:
                    with self.context.wrap_socket(s, server_hostname=NAME) as tls:
                        tls.sendall(b"ping")
                        assert tls.recv(4) == b"ping"
                self.n_good += 1
            except Exception as e:
                self.errors.append(repr(e))
            self.slowest = max(self.slowest, time.monotonic() - began)
            time.sleep(0.005)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended = True
        for t in self.threads:
            t.join()


def conf(port, backend, more="", listen=None):
    return """
        log: { target = "journal"; };
        services = (
          { name = "web";
            listen = [ %s ];
            certificates = ( { chain = "/etc/quench/tls/web.pem"; key = "/etc/quench/tls/web.key"; } );
            backends = ( "127.0.0.1:%d" );
            timeouts: { drain = 2.0; };
          } );
        %s
        """ % (listen or '"127.0.0.1:%d"' % port, backend, more)


def show(m, *properties):
    out = m.inside("systemctl", "show", "quench.service", *("-p" + p for p in properties))
    return dict(line.split("=", 1) for line in out.splitlines())


def active(m):
    return m.inside("systemctl", "is-active", "quench.service", check=False).strip() == "active"


def processes(m):
    """pid → (uid, name) of the unit's processes, as seen inside."""
    found = {}
    for line in m.inside("sh", "-c", """
            for p in /proc/[0-9]*; do
                grep -q quench.service $p/cgroup 2>/dev/null || continue
                echo $(basename $p) $(awk '/^Uid/ {print $2}' $p/status) $(cat $p/comm)
            done""").splitlines():
        pid, uid, name = line.split(None, 2)
        found[int(pid)] = (int(uid), name)
    return found


def resume(port, ca, session=None):
    """(session, resumed) of a TLS 1.2 connection, whose ticket Python gives at once."""
    context = ssl.create_default_context(cafile=ca)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection((quench.HOST, port), 20) as s:
        with context.wrap_socket(s, server_hostname=NAME, session=session) as tls:
            tls.sendall(b"ping")
            tls.recv(4)
            return tls.session, tls.session_reused, context


def check_install(m, deb):
    m.write("/srv/quench.deb", open(deb, "rb").read())
    m.inside("sh", "-c", "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q "
             "--no-install-recommends /srv/quench.deb")
    assert not active(m)
    assert "was skipped" in m.inside("journalctl", "-u", "quench.service", "--no-pager")
    assert m.inside("systemctl", "is-enabled", "quench.service").strip() == "enabled"
    assert m.inside("systemctl", "is-enabled", "quench.socket", check=False).strip() == "disabled"
    assert "failed" not in m.inside("systemctl", "--failed", "--no-legend")


def check_security(m):
    out = m.inside("systemd-analyze", "security", "--offline=true", "/lib/systemd/system/quench.service")
    level = float(re.search(r"Overall exposure level for quench.service: ([\d.]+)", out)[1])
    tap.diag("systemd-analyze security: %.1f" % level)
    assert level <= SECURITY_MOST, out
    assert m.inside("systemd-analyze", "verify", "--man=no", "/lib/systemd/system/quench.service") == ""


def check_start(m, port, backend, pki_ca):
    m.inside("sh", "-c", "cd /etc/quench/tls && quenchctl certificate --name dns:%s --out web.pem --key-out web.key && "
             "chgrp quench web.key && chmod 640 web.key" % NAME)
    with open(pki_ca, "wb") as f:
        f.write(open(m.path("/etc/quench/tls/web.pem"), "rb").read())
    m.write("/etc/quench/quench.conf", conf(port, backend))
    m.inside("systemctl", "start", "quench.service")
    assert active(m)
    quench.wait_until("a status line", lambda: "connection" in show(m, "StatusText")["StatusText"])
    tap.diag(show(m, "StatusText")["StatusText"])
    assert "the sandbox is without" not in m.inside("journalctl", "-u", "quench.service", "--no-pager")
    uid = int(m.inside("id", "-u", "quench"))
    found = processes(m)
    tap.diag(found)
    assert len(found) >= 3, found
    assert all(owner == uid for owner, _ in found.values()), found
    for pid, (_, name) in found.items():
        status = m.inside("cat", "/proc/%d/status" % pid)
        caps = int(re.search(r"CapEff:\s*(\w+)", status)[1], 16)
        assert caps == (1 << 10 if str(pid) == show(m, "MainPID")["MainPID"] else 0), (name, status)


def readme():
    """The commands of README for who runs it as a service."""
    with open(os.path.join(TOP, "README")) as f:
        section = re.search(r"^As a service that stays\n(.*?)^While it runs$", f.read(), re.M | re.S)[1]
    return re.findall(r"^```\n(.*?)^```$", section, re.M | re.S)


def check_readme(m, port, backend):
    """As it is written, but for ports, and for who vouches for the certificate; then a renewal by the same hook."""
    live = "/etc/letsencrypt/live/" + NAME
    make = "mkdir -p %s && cd %s && rm -f *.pem && quenchctl certificate --name dns:%s --out fullchain.pem --key-out privkey.pem"
    m.inside("sh", "-c", make % (live, live, NAME))
    blocks = readme()
    assert len(blocks) == 4, blocks
    for block in blocks:
        block = block.replace(":443", ":%d" % port).replace(":8080", ":%d" % backend)
        block = block.replace("--connect 127.0.0.1", "--trust %s/fullchain.pem --connect 127.0.0.1:%d" % (live, port))
        out = m.inside("sh", "-e", "-c", block)
    assert "127.0.0.1:%d" % port in out and "verification" in out, out
    before = json.loads(m.inside("quenchctl", "certificates", "--json").splitlines()[0])
    m.inside("sh", "-c", make % (live, live, NAME))
    hook = next(b for b in blocks if b.startswith("RENEWED_LINEAGE="))
    m.inside("sh", "-e", "-c", hook)
    began = time.monotonic()

    def renewed():
        now = json.loads(m.inside("quenchctl", "certificates", "--json").splitlines()[0])
        return now["aside"] is None and now["serial"] != before["serial"]
    quench.wait_until("the renewed certificate", renewed)
    tap.diag("a renewed certificate after %.1f s" % (time.monotonic() - began))
    m.inside("sh", "-e", "-c", blocks[-1].splitlines()[-1].replace("--connect 127.0.0.1", "--trust %s/fullchain.pem --connect "
             "127.0.0.1:%d" % (live, port)))
    m.inside("sh", "-c", "systemctl stop quench; rm -r /etc/quench/quench.conf /etc/quench/tls/* /etc/letsencrypt")


def check_reload(m, port, backend, ca):
    with Load(port, ca) as load:
        for _ in range(5):
            m.inside("systemctl", "reload", "quench.service")
        m.write("/etc/quench/quench.conf", "rubbish = ;")
        out = m.inside("sh", "-c", "systemctl reload quench.service; echo status $?", check=False)
        assert "status 0" not in out, out
        assert "quench.conf:1: " in m.inside("systemctl", "status", "quench.service", check=False)
        assert active(m)
        m.write("/etc/quench/quench.conf", conf(port, backend))
        m.inside("systemctl", "reload", "quench.service")
    assert not load.errors, load.errors[:5]
    assert load.n_good > 0


def forget_starts(m):
    """The unit allows ten starts a minute; tests need more."""
    m.inside("systemctl", "reset-failed", "quench.service")


def stored(m):
    """How many sockets systemd keeps for the next daemon; the seed is one more."""
    return int(show(m, "NFileDescriptorStore")["NFileDescriptorStore"]) - 1


def check_moved(m, port, backend, ca):
    """What is listened on after a reload is kept as well, and nothing else; so is what a start finds changed."""
    forget_starts(m)
    workers = stored(m)
    assert workers > 0
    for place in ("[::]:%d", "127.0.0.1:%d"):
        m.write("/etc/quench/quench.conf", conf(0, backend, listen='"%s"' % place % port))
        m.inside("systemctl", "reload", "quench.service")
        quench.wait_until("the new sockets alone to be kept", lambda: stored(m) == workers)
        with Load(port, ca) as load:
            m.inside("systemctl", "restart", "quench.service")
        assert not load.errors, load.errors[:5]
    other = quench.free_port()
    m.write("/etc/quench/quench.conf", conf(0, backend, listen='"127.0.0.1:%d", "127.0.0.1:%d"' % (other, port)))
    m.inside("systemctl", "restart", "quench.service")
    quench.wait_until("all sockets to be kept", lambda: stored(m) == 2 * workers)
    m.write("/etc/quench/quench.conf", conf(port, backend))
    with Load(port, ca) as load:
        m.inside("systemctl", "reload", "quench.service")
        quench.wait_until("those that stay to be kept", lambda: stored(m) == workers)
        m.inside("systemctl", "restart", "quench.service")
    assert not load.errors, load.errors[:5]
    forget_starts(m)


def check_restart(m, port, ca):
    session, _, context = resume(port, ca)
    pid = show(m, "MainPID")["MainPID"]
    with Load(port, ca) as load:
        for _ in range(5):
            m.inside("systemctl", "restart", "quench.service")
    assert not load.errors, load.errors[:5]
    tap.diag("%d connections over 5 restarts, the slowest %.1f s" % (load.n_good, load.slowest))
    assert show(m, "MainPID")["MainPID"] != pid
    # the tickets' seed was kept, too
    with socket.create_connection((quench.HOST, port), 20) as s:
        with context.wrap_socket(s, server_hostname=NAME, session=session) as tls:
            assert tls.session_reused


def check_crash(m, port, ca):
    """kill -9 of the master: systemd starts another, with the sockets."""
    with Load(port, ca, n=1) as load:
        time.sleep(0.3)
        pid = show(m, "MainPID")["MainPID"]
        m.inside("sh", "-c", "kill -9 %s" % pid)
        quench.wait_until("another master", lambda: show(m, "MainPID")["MainPID"] not in (pid, "0") and active(m))
        time.sleep(0.3)
    refused = [e for e in load.errors if "Refused" in e]
    assert not refused, refused
    assert load.n_good > 0


def check_upgrade(m, port, ca, deb):
    m.write("/srv/quench2.deb", open(deb, "rb").read())
    pid = show(m, "MainPID")["MainPID"]
    with Load(port, ca) as load:
        m.inside("sh", "-c", "DEBIAN_FRONTEND=noninteractive dpkg -i /srv/quench2.deb")
    assert not load.errors, load.errors[:5]
    assert load.n_good > 0
    assert active(m) and show(m, "MainPID")["MainPID"] != pid


def check_watchdog(m, port, ca):
    m.inside("mkdir", "-p", "/etc/systemd/system/quench.service.d")
    m.write("/etc/systemd/system/quench.service.d/fast.conf", "[Service]\nWatchdogSec=3\n")
    m.inside("sh", "-c", "systemctl daemon-reload && systemctl restart quench.service")
    time.sleep(7)
    assert show(m, "NRestarts")["NRestarts"] == "0"
    pid = show(m, "MainPID")["MainPID"]
    m.inside("sh", "-c", "kill -STOP %s" % pid)
    quench.wait_until("another master", lambda: show(m, "MainPID")["MainPID"] not in (pid, "0") and active(m), 40)
    assert resume(port, ca)[0] is not None
    m.inside("sh", "-c", "rm -r /etc/systemd/system/quench.service.d && systemctl daemon-reload && "
             "systemctl restart quench.service")


def check_stuck_worker(m, port, ca):
    """A worker that stands still is noticed: it is killed, and another one serves."""
    stuck = next(p for p, (_, name) in processes(m).items() if "worker" in name)
    m.inside("sh", "-c", "kill -STOP %s" % str(stuck))
    quench.wait_until("another worker", lambda: stuck not in processes(m), 40)
    assert active(m)
    assert resume(port, ca)[0] is not None


def check_journal(m):
    out = m.inside("journalctl", "-u", "quench.service", "-o", "json", "--no-pager", "QUENCH_SERVICE=web")
    lines = [json.loads(line) for line in out.splitlines()]
    assert lines, m.inside("journalctl", "-u", "quench.service", "-n", "20", "--no-pager")
    assert any(line.get("QUENCH_VERSION") == "TLS1.3" and line["PRIORITY"] == "6" for line in lines), lines[-1]


def check_socket(m, backend, ca):
    """systemd binds, and starts the service at the first connection."""
    ports = [quench.free_port(), quench.free_port()]
    m.inside("systemctl", "stop", "quench.service")
    for name, port in zip(("https", "other"), ports):
        unit = "quench.socket" if name == "https" else "quench-other.socket"
        m.write("/etc/systemd/system/" + unit, """
            [Socket]
            ListenStream=127.0.0.1:%d
            FileDescriptorName=%s
            Service=quench.service
            """ % (port, name))
    m.write("/etc/quench/quench.conf", conf(0, backend, listen='"fd:https", "fd:other"'))
    m.inside("sh", "-c", "systemctl daemon-reload && systemctl start quench.socket quench-other.socket")
    assert not active(m)
    for port in ports:
        assert resume(port, ca)[0] is not None
    assert active(m)
    with Load(ports[0], ca) as load:
        m.inside("systemctl", "restart", "quench.service")
        m.inside("systemctl", "reload", "quench.service")
    assert not load.errors, load.errors[:5]
    m.inside("systemctl", "stop", "quench.socket", "quench-other.socket", "quench.service")


def check_purge(m):
    m.inside("sh", "-c", "rm -rf /etc/systemd/system/quench* /etc/quench/quench.conf /etc/quench/tls/*; "
             "DEBIAN_FRONTEND=noninteractive dpkg --purge quench")
    left = m.inside("sh", "-c", "find / -xdev '(' -name '*quench*' ')' ! -path '/srv/*' ! -path '/proc/*' ! -path '/sys/*' "
                    "! -path '/run/systemd/*' ! -path '/var/cache/*' ! -path '/tmp/*' ! -path '/var/log/journal/*'").split()
    assert not left, left
    assert not processes(m)
    assert "quench" not in m.inside("systemctl", "--failed", "--no-legend")


def main():
    if os.geteuid() != 0:
        tap.missing("root, to boot a tree with systemd-nspawn")
    tap.require("debootstrap", "systemd-nspawn", "nsenter", "unshare", "dpkg-buildpackage")
    os.makedirs(BUILD, exist_ok=True)
    backend = quench.Backend(quench.echo)
    ca, port = os.path.join(BUILD, "ca.pem"), quench.free_port()
    with tap.test("the package builds, in two versions"):
        debs = [package("0.1.0"), package("0.1.0+1")]
    tap.check("lintian has nothing against it", lambda: check_lintian(debs[0]))
    nspawn.make_tree(os.path.join(BUILD, "tree"))
    m = nspawn.Machine(os.path.join(BUILD, "tree"))
    tap.on_failure(lambda: m.inside("journalctl", "-u", "quench*", "-n", "40", "--no-pager", check=False))
    tap.check("it installs, and doesn't start without a configuration", lambda: check_install(m, debs[0]))
    tap.check("the unit is closed to what it doesn't need", lambda: check_security(m))
    tap.check("README's way to a service, and a renewed certificate", lambda: check_readme(m, port, backend.port))
    tap.check("it starts, as its own user, with the one capability in the master", lambda: check_start(m, port, backend.port, ca))
    tap.check("systemctl reload tells how it went, and drops nothing", lambda: check_reload(m, port, backend.port, ca))
    tap.check("systemctl restart refuses nobody, and keeps the tickets", lambda: check_restart(m, port, ca))
    tap.check("so does one after a reload with other addresses", lambda: check_moved(m, port, backend.port, ca))
    tap.check("kill -9 of the master refuses nobody", lambda: check_crash(m, port, ca))
    tap.check("an upgrade of the package refuses nobody", lambda: check_upgrade(m, port, ca, debs[1]))
    tap.check("a master that stands still is replaced by the watchdog", lambda: check_watchdog(m, port, ca))
    tap.check("a worker that stands still is replaced", lambda: check_stuck_worker(m, port, ca))
    tap.check("the journal has native fields", lambda: check_journal(m))
    tap.check("sockets of systemd, by name", lambda: check_socket(m, backend.port, ca))
    tap.check("a purge leaves nothing", lambda: check_purge(m))
    tap.done()


main()

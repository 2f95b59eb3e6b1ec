"""The admin socket and quenchctl's commands: status, connections, certificates, reload, drain, reopen, log, top; who may
ask, and what becomes of those who ask wrongly."""
import grp
import json
import os
import platform
import re
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import quench
import tap

NAME = "www.example.com"


def connect(w, port):
    context = ssl.create_default_context(cafile=w.pki.ca)
    return context.wrap_socket(socket.create_connection((quench.HOST, port), quench.PATIENCE), server_hostname=NAME)


def raw(q, data, wait=None):
    """What the socket answers to these bytes; wait: until so many lines came, otherwise until it closes."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(quench.PATIENCE)
        s.connect(q.admin)
        if data:
            s.sendall(data)
        out = b""
        while wait is None or out.count(b"\n") < wait:
            try:
                piece = s.recv(65536)
            except ConnectionResetError:
                break
            if not piece:
                break
            out += piece
        return out


def check_status(q):
    status, = q.ask_json("status")
    assert status["ok"] and status["pid"] == q.pid and status["generation"] == 1, status
    assert status["last_reload"]["good"] and status["last_reload"]["outcome"] == "started", status
    assert [x["state"] for x in status["workers"]] == ["running", "running"], status
    assert status["keeper"] in q.tree() and all(x["pid"] in q.tree() for x in status["workers"]), status
    assert status["services"][0]["service"] == "web", status
    assert status["services"][0]["listen"] == ["%s:%d" % (quench.HOST, q.ports["web"])], status
    assert status["certificates"] == {"known": 2, "aside": 1, "expiring": 0}, status
    text = q.ask("status")
    assert re.search(r"^backend +web 127\.0\.0\.1:\d+: 0 open, \d+ taken, 0 failed$", text, re.M), text
    for part in ("quench        ", "worker 1      running, pid ", "service       web: ", "2 known, 1 set aside"):
        assert part in text, text


def check_certificates(q, leaf):
    *lines, last = q.ask_json("certificates")
    assert last == {"certificates": 2, "ok": True}, last
    good = [x for x in lines if x["aside"] is None]
    bad = [x for x in lines if x["aside"] is not None]
    assert len(good) == len(bad) == 1, lines
    assert good[0]["names"] == NAME and good[0]["chain"] == leaf.chain and good[0]["key_kind"] == "P-256", good
    serial = subprocess.run(["openssl", "x509", "-in", leaf.cert, "-noout", "-serial"], capture_output=True,
                            text=True, check=True).stdout.strip().split("=")[1]
    assert good[0]["serial"].lstrip("0").upper() == serial.lstrip("0").upper(), (good, serial)
    assert "missing.pem" in bad[0]["chain"] and "No such file" in bad[0]["aside"] and not bad[0]["served"], bad
    text = q.ask("certificates")
    assert NAME in text and "set aside: " in text, text


def check_connections(w, q):
    with connect(w, q.ports["web"]) as tls, socket.create_connection((quench.HOST, q.ports["web"])) as silent:
        tls.sendall(b"ping")
        assert tls.recv(4) == b"ping"

        def both():
            lines = q.ask_json("connections")[:-1]
            return lines if len(lines) == 2 else None
        lines = {x["state"]: x for x in quench.wait_until("two connections", both)}
        data, handshake = lines["data"], lines["handshake"]
        peers = {s: "%s:%d" % s.getsockname() for s in (tls, silent)}
        assert data["peer"] == peers[tls] and handshake["peer"] == peers[silent], lines
        assert data["sni"] == NAME and data["version"] == "TLS1.3" and data["in"] == data["out"] == 4, data
        assert data["waits"] == {"client": "read", "backend": "read"} and data["stopped"] == "none", data
        assert handshake["waits"]["client"] == "read" and handshake["sni"] is None, handshake
        assert all(x["worker"] in (0, 1) for x in lines.values()), lines
        assert peers[tls] in q.ask("connections")


def check_stopped(w, q):
    """A client that doesn't read: the direction to it stands still, and it says so."""
    with connect(w, q.ports["flood"]) as tls:
        def stopped():
            lines = [x for x in q.ask_json("connections")[:-1] if x["service"] == "flood"]
            return lines and lines[0]["stopped"] == "client" and lines[0]
        line = quench.wait_until("a stopped connection", stopped)
        assert "write" in line["waits"]["client"], line
        top = q.ask("top", "--once")
        row = next(x for x in top.splitlines() if x.startswith("flood"))
        assert row.split()[-2:] == ["1", "0"], top
        tls.settimeout(0.1)


def check_reload(q, services):
    assert q.ask("reload") == "reloaded\n"
    q.work.write(q.conf_name, "x = ;")
    out = q.ask("reload", status=1)
    assert out.startswith("quenchctl reload: the reload has failed, the settings stay as they were: ") and ":1: " in out, out
    assert not q.ask_json("status")[0]["last_reload"]["good"]
    q.write_conf(*services)
    assert q.ask("reload") == "reloaded\n"
    assert q.ask_json("status")[0]["generation"] > 1


def check_newer(q, services):
    """What stands on disk is not what runs: told until a reload."""
    assert not q.ask_json("status")[0]["newer_on_disk"]
    q.write_conf(*services, workers=1)
    quench.wait_until("it to be noticed", lambda: q.ask_json("status")[0]["newer_on_disk"])
    assert "the file has changed since it was read" in q.ask("status")
    q.write_conf(*services, workers=2)
    q.ask("reload")
    assert not q.ask_json("status")[0]["newer_on_disk"]


def check_log(q):
    since = q.log_size()
    q.ask("log", "error")
    assert q.ask("reload") == "reloaded\n"
    assert "no such level" in q.ask("log", "loud", status=2)
    assert b"the level is" in raw(q, b"log loud\n", 1)
    q.ask("log", "debug")
    q.ask("reload")
    q.wait_log("reloaded: the new settings are in force", since)


def check_mode(q):
    st = os.stat(q.admin)
    assert stat.S_ISSOCK(st.st_mode) and stat.S_IMODE(st.st_mode) == 0o660, st


def check_group(q, services):
    """Another group at a reload: the socket that stays is for that one."""
    if os.geteuid() != 0:
        tap.skip("another group at a reload", "needs root, to give the socket away")
        return
    with tap.test("another group at a reload"):
        for name in ("daemon", ""):
            q.write_conf(*services, group=name)
            q.ask("reload")
            wanted = grp.getgrnam(name).gr_gid if name else os.getegid()
            assert os.stat(q.admin).st_gid == wanted, os.stat(q.admin)
            check_mode(q)


def check_stranger(w, q):
    """Also where somebody has opened its mode to all."""
    if os.geteuid() != 0:
        tap.skip("a stranger is refused", "needs root, to be somebody else")
        return
    with tap.test("a stranger is refused, and named in the log"):
        os.chmod(q.admin, 0o666)
        os.chmod(w.folder, 0o755)
        since = q.log_size()
        r, out = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.setgroups([])
                os.setresgid(12345, 12345, 12345)
                os.setresuid(12345, 12345, 12345)
                os.write(out, raw(q, b"", 1))
            except OSError as e:
                os.write(out, repr(e).encode())
            finally:
                os._exit(0)
        os.close(out)
        os.waitpid(pid, 0)
        answer = os.read(r, 1000)
        assert b"not allowed" in answer, answer
        q.wait_log(r"the admin socket is not for process \d+ of user 12345", since)
        os.chmod(q.admin, 0o660)


def forced(pid, *call):
    """What a system call gives that the process is made to make."""
    done = subprocess.run([os.path.join(quench.TOP, "tests", "lib", "force"), str(pid)] + [str(a) for a in call],
                          capture_output=True, text=True)
    assert done.returncode == 0, done
    return int(done.stdout)


def check_worker(q):
    """A worker is of the right user, and may have been taken over."""
    address = b"\1\0" + q.admin.encode() + b"\0"
    pid, size = q.workers()[0], q.log_size()
    fd = forced(pid, 41, socket.AF_UNIX, socket.SOCK_STREAM, 0)
    assert fd > 0, fd
    assert forced(pid, 42, fd, "hex:" + address.hex(), len(address)) == 0
    q.wait_log("the admin socket is not for process %d " % pid, size)
    forced(pid, 44, fd, "drain\n", 6, socket.MSG_NOSIGNAL, 0, 0)
    forced(pid, 3, fd)
    assert not q.ask_json("status")[0]["draining"]


def check_dead(q):
    """Who has gone before he was looked at could have been anybody."""
    size = q.log_size()
    q.popen.send_signal(signal.SIGSTOP)
    who = subprocess.Popen([sys.executable, "-c", "import socket, sys; s = socket.socket(socket.AF_UNIX); "
                            "s.connect(sys.argv[1]); s.sendall(b'drain\\n')", q.admin])
    assert who.wait(quench.PATIENCE) == 0
    q.popen.send_signal(signal.SIGCONT)
    q.wait_log("the admin socket is not for process %d " % who.pid, size)
    assert not q.ask_json("status")[0]["draining"]


def answer(q, command):
    """Its lines, without quenchctl."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(quench.PATIENCE)
        s.connect(q.admin)
        s.sendall(command.encode() + b"\n")
        lines = []
        with s.makefile() as f:
            while not lines or "ok" not in lines[-1]:
                lines.append(json.loads(f.readline()))
        return lines


def members(json_value):
    """The names of all members, at any depth; labels are what they are called by those who count."""
    if isinstance(json_value, list):
        return set().union(*[members(x) for x in json_value])
    if not isinstance(json_value, dict):
        return set()
    return set(json_value).union(*[members(v) for k, v in json_value.items() if k != "labels"])


def check_manual(w, q):
    """quenchd(8) names each member of each answer, and no others."""
    with open(os.path.join(os.environ["top_srcdir"], "doc", "quenchd.8")) as f:
        page = re.search(r"^\.Sh ADMIN SOCKET\n(.*?)^\.Sh ", f.read(), re.M | re.S)[1]
    items = re.findall(r"^\.It Cm (\w+)(?: Ar \w+)?\n(.*?)(?=^\.It |^\.El)", page, re.M | re.S)
    assert [name for name, _ in items] == ["status", "connections", "certificates", "metrics", "reload", "drain", "reopen",
                                           "log"], items
    with connect(w, q.ports["web"]):
        for name, text in items:
            told = set(re.findall(r"\w+", " ".join(re.findall(r"(?:^\.|(?<= ))Cm (.*)", text, re.M)))) - {"No", "Cm"}
            lines = [] if name == "drain" else answer(q, name + " info" if name == "log" else name)
            found = set().union(*[members(line) for line in lines]) - {"ok"}
            assert told == found, (name, told ^ found)


def check_wrong(q):
    assert raw(q, b"what\n", 1) == b'{"ok":false,"error":"unknown command what"}\n'
    assert raw(q, b"x" * 300) == b""
    assert raw(q, b"\0\xff\n", 1).startswith(b'{"ok":false')
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(q.admin)
        s.sendall(b"connections\n" * 20)
    assert "usage:" in q.ask("status", "x", status=2)
    assert "usage:" in q.ask("log", status=2)
    for arg in ("info\ndrain", "", "info drain", "x" * 200):
        assert "usage:" in q.ask("log", arg, status=2), arg
    for seconds in ("0", "-1", "5x", "99999999999", "1000000"):
        assert "usage:" in q.ask("top", "--once", "--every", seconds, status=2), seconds
    for call in (["top", "--json"], ["status", "--once"], ["log", "info", "info"], ["drain", "now"]):
        assert "usage:" in q.ask(*call, status=2), call
    assert "usage: quenchctl drain " in q.ask("drain", "--help")
    assert not q.ask_json("status")[0]["draining"]
    with open("/dev/full", "w") as full:
        assert subprocess.run([quench.QUENCHCTL, "--socket", q.admin, "status"], stdout=full, stderr=subprocess.PIPE).returncode == 2
    assert "does not run" in subprocess.run([quench.QUENCHCTL, "--socket", q.admin + ".no", "status"], capture_output=True,
                                            text=True).stderr


def check_terminal(w):
    """Names that a client, or a worker in its hands, has chosen don't reach the terminal."""
    path = w.path("false.sock")
    evil = "a\x1b]0;x\x07\x9b31m\nb"
    lines = ({"service": evil, "peer": evil, "state": evil, "waits": {"client": evil, "backend": evil}, "backend": evil,
              "stopped": evil, "sni": evil, "names": evil, "chain": evil, "aside": evil, "metric": "handshakes_total",
              "labels": {"service": evil, "version": evil, "group": evil}, "value": 1},
             {"ok": True, "outcome": evil, "version": evil, "configuration": evil, "last_reload": {"outcome": evil},
              "workers": [{"state": evil}], "services": [{"service": evil, "listen": [evil]}]})
    text = "".join(json.dumps(x) + "\n" for x in lines).encode()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        for command in (["status"], ["connections"], ["certificates"], ["reload"], ["top", "--once"],
                        ["connections", "--json"]):
            ctl = subprocess.Popen([quench.QUENCHCTL, "--socket", path, *command], stdout=subprocess.PIPE)
            peer = listener.accept()[0]
            while peer.recv(1000):
                peer.sendall(text)
                if command[0] != "top":
                    break
            out = ctl.communicate(timeout=quench.PATIENCE)[0]
            peer.close()
            assert ctl.returncode == 0, (command, out)
            assert all(0x20 <= c < 0x7f or c == 10 for c in out), (command, out)
            assert b"\nb" not in out, (command, out)
            if command[-1] == "--json":
                assert json.loads(out.splitlines()[0])["sni"] == evil, out


def check_replaced(w, q, services):
    """Another path: the old one is gone, the new one answers; one that can't be had keeps all as it was."""
    old = q.admin
    q.write_conf(*services, admin={"socket": w.path("other.sock")})
    q.ask("reload")
    q.admin = w.path("other.sock")
    assert not os.path.exists(old)
    q.ask("status")
    q.write_conf(*services, admin={"socket": w.path("no-folder") + "/a.sock"})
    assert "admin.socket: " in q.ask("reload", status=1)
    q.ask("status")
    q.write_conf(*services, admin={"socket": q.admin})
    os.unlink(q.admin)
    q.popen.send_signal(1)
    quench.wait_until("the socket to be back", lambda: os.path.exists(q.admin))
    q.ask("status")


def check_drain(w, q):
    tls = connect(w, q.ports["web"])
    tls.sendall(b"ping")
    assert tls.recv(4) == b"ping"
    q.ask("drain")
    quench.wait_until("it to drain", lambda: q.ask_json("status")[0]["draining"])
    quench.wait_until("the listener to close", lambda: not quench.can_connect(q.ports["web"]))
    tls.sendall(b"pong")
    assert tls.recv(4) == b"pong"
    tls.close()
    q.popen.wait(quench.PATIENCE)
    assert not os.path.exists(q.admin)
    q.check_end()


def flood(conn):
    try:
        while True:
            conn.sendall(b"x" * 65536)
    except OSError:
        pass


def main():
    w = quench.Work()
    echo, flooder = quench.Backend(quench.echo), quench.Backend(flood)
    leaf = w.pki.leaf("p256", NAME)
    web = quench.service("web", [leaf], echo.port)
    web["certificates"] += ({"chain": w.path("missing.pem"), "key": w.path("missing.key")},)
    services = [web, quench.service("flood", [leaf], flooder.port)]
    services[1]["certificates"] = (leaf.conf(),)
    first = [web]
    q = quench.Quenchd(w, *first, more={"workers": 2}, drain=quench.PATIENCE)
    with tap.test("status, as text and as JSON"):
        check_status(q)
    tap.check("certificates: good and set aside", lambda: check_certificates(q, leaf))
    tap.check("connections: what each waits for", lambda: check_connections(w, q))
    with tap.test("a reload by quenchctl takes new services on"):
        q.write_conf(*services)
        q.ask("reload")
        quench.wait_until("the second service", lambda: q._listening(services))
    tap.check("a slow side is told, and in top", lambda: check_stopped(w, q))
    tap.check("reload answers with its outcome", lambda: check_reload(q, services))
    tap.check("a configuration that has changed on disk", lambda: check_newer(q, services))
    tap.check("the log's level", lambda: check_log(q))
    tap.check("the socket is for its owner and its group", lambda: check_mode(q))
    check_group(q, services)
    check_stranger(w, q)
    if os.getuid() == 0 and platform.machine() == "x86_64" and not quench.sanitized():
        tap.check("a worker may not ask", lambda: check_worker(q))
    else:
        tap.skip("a worker may not ask", "it can't be made to here")
    tap.check("nor somebody who is gone", lambda: check_dead(q))
    tap.check("the manual has all members of the answers", lambda: check_manual(w, q))
    tap.check("wrong questions", lambda: check_wrong(q))
    tap.check("what would move a terminal is escaped", lambda: check_terminal(w))
    tap.check("another socket at a reload", lambda: check_replaced(w, q, services))
    tap.check("drain", lambda: check_drain(w, q))
    tap.done()


main()

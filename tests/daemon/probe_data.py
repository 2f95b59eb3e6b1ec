#!/usr/bin/env python3
"""quenchctl probe with data: standard input to the peer and its answer to standard output, with --json in the object; how
connections end; the manual's examples, word for word but for times, keys and ports."""
import json
import os
import pty
import re
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import prober
import quench
import servers
import tap
from prober import NAME, probe, run

REQUEST = "GET / HTTP/1.0\r\n\r\n"
VERSIONS = ("1.2", "1.3")
BIG = bytes(range(256)) * 8192  # 2 MiB


def arguments(work, port, *more):
    return ["--trust", work.pki.ca, "--name", NAME, *more, "%s:%d" % (quench.HOST, port)]


# ---- Data ------------------------------------------------------------------------------------------------------------

def answers(work, quenchd, echo):
    port = quenchd.ports["web"]
    for version in VERSIONS:
        with tap.test("the answer alone is on standard output, the story on standard error, TLS %s" % version):
            done = run(*arguments(work, port, "--tls", version), input=REQUEST)
            assert done.returncode == 0 and done.stdout.startswith("HTTP/1.1 200 OK"), done
            assert done.stdout.endswith("hello\n") and "client hello" not in done.stdout, done.stdout
            assert "client hello" in done.stderr and done.stderr.endswith(": ok\n"), done.stderr
        with tap.test("--json: the answer is in the object, TLS %s" % version):
            told = probe(work, port, "--tls", version, input=REQUEST)
            assert told.ok and told.json["answer"].endswith("hello\n") and told.stderr == "", told.json
            assert told.json["answer_bytes"] == len(told.json["answer"]), told.json
            assert told.step("close")["bytes_sent"] == len(REQUEST), told.step("close")
        with tap.test("2 MiB there and back, TLS %s" % version):
            done = run(*arguments(work, echo, "--tls", version), input=BIG, text=False)
            assert done.returncode == 0 and done.stdout == BIG, (done.returncode, len(done.stdout), done.stderr[-500:])
    with tap.test("--json keeps the beginning of a long answer, and counts all"):
        told = probe(work, echo, input="x" * 300000)
        assert told.ok and told.json["answer"] == "x" * 65536 and told.json["answer_bytes"] == 300000
    with tap.test("--json: an answer that is no text"):
        told = prober.Told(subprocess.run([prober.QUENCHCTL, "probe", "--json", *arguments(work, echo)],
                                          input=b"\xff\x00a", capture_output=True, timeout=quench.PATIENCE))
        assert told.check().json["answer"] == "\\xff\\x00a", told.json


def no_input(work, quenchd):
    port = quenchd.ports["web"]
    with tap.test("without input the story is on standard output"):
        done = run(*arguments(work, port))
        assert done.returncode == 0 and done.stderr == "" and done.stdout.endswith("127.0.0.1:%d: ok\n" % port), done
    with tap.test("a terminal is no input"):
        mine, theirs = pty.openpty()
        done = subprocess.run([prober.QUENCHCTL, "probe", *arguments(work, port)], stdin=theirs, capture_output=True,
                              text=True, timeout=quench.PATIENCE)
        os.close(mine)
        os.close(theirs)
        assert done.returncode == 0 and "client hello" in done.stdout and done.stderr == "", done
    with tap.test("an empty input sends nothing and ends"):
        told = probe(work, port, input="")
        assert told.ok and told.json["answer"] == "" and "bytes_sent" not in told.step("close"), told.json
    with tap.test("input that comes slowly is waited for"):
        process = subprocess.Popen([prober.QUENCHCTL, "probe", *arguments(work, port)], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        time.sleep(1.5)
        process.stdin.write(REQUEST)
        process.stdin.flush()
        out = process.stdout.read()
        process.stdin.close()
        assert process.wait(quench.PATIENCE) == 0 and out.endswith("hello\n"), out


def on_a_terminal(work, echo):
    with tap.test("what the peer says commands no terminal"):
        mine, theirs = pty.openpty()
        done = subprocess.run([prober.QUENCHCTL, "probe", *arguments(work, echo)], stdout=theirs, stderr=subprocess.DEVNULL,
                              input=b"a\tb\x1b]0;x\x07\xe2\x80\xaec\x9b\x7f\n", timeout=quench.PATIENCE)
        os.close(theirs)
        shown = os.read(mine, 4096)
        os.close(mine)
        assert done.returncode == 0, done
        assert shown.split() == [b"a", rb"b\x1b]0;x\x07\xe2\x80\xaec\x9b\x7f"], shown


def ends(work, leaf):
    """A server of openssl, which a person types for: what it says unasked, how it ends."""
    server = servers.TypedOpenSsl(work, leaf, more=("-quiet",))
    with tap.test("a server that doesn't close is left after a second"):
        told = probe(work, server.port)
        assert told.ok, told.steps
    server.end()


def endless(work, leaf):
    """One that never stops talking: /dev/zero behind TLS."""
    port = quench.free_port()
    process = quench.Process(work, "endless", ["sh", "-c", "exec openssl s_server -accept %s:%d -quiet -cert %s -key %s "
                             "-cert_chain %s </dev/zero" % (quench.HOST, port, leaf.cert, leaf.key, leaf.issuer)])
    quench.wait_until("openssl", lambda: quench.can_connect(port))
    with tap.test("a server that never stops talking is left, too"):
        told = probe(work, port)
        assert told.ok, told.steps
        assert told.step("close")["received"].startswith("\\x00\\x00"), told.step("close")
        assert told.step("close")["bytes_received"] > 1000
    process.kill()


def in_time(work, port, *more, input=None):
    """With the shortest time in which this machine shakes hands: (what is told, that time)."""
    for seconds in ("0.5", "4", "60"):
        told = probe(work, port, "--timeout", seconds, *more, input=input)
        if "established" in told.names():
            break
    return told, seconds


def stalled(work, leaf):
    """A server that shakes hands and reads no more."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf.chain, leaf.key)

    over = threading.Event()

    def handler(conn):
        tls = context.wrap_socket(conn, server_side=True)
        over.wait()
        tls.close()
    peer = quench.Backend(handler)
    with tap.test("a server that takes no more data"):
        told, seconds = in_time(work, peer.port, input="x" * (16 << 20))
        assert told.status == 1 and told.failed["step"] == "data", told.failed
        assert told.reason == "the server took no data for %s seconds" % seconds, told.reason
    with tap.test("a server that doesn't answer is waited for, and then left"):
        start = time.monotonic()
        told, _ = in_time(work, peer.port, input="x")
        assert told.ok and time.monotonic() - start > 1.4, told.steps
        assert told.step("close")["end"] == "ours: the server had not closed", told.step("close")
    over.set()
    peer.close()


def talker(work, leaf):
    """One that has no tickets, reads nothing and never stops, whatever it is told."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(leaf.chain, leaf.key)
        context.minimum_version = context.maximum_version = version
        context.options |= ssl.OP_NO_TICKET
        context.num_tickets = 0 if version == ssl.TLSVersion.TLSv1_3 else context.num_tickets

        def handler(conn):
            tls = context.wrap_socket(conn, server_side=True)
            while True:
                tls.sendall(b"x" * 16384)
        peer = quench.Backend(handler)
        for more in ((), ("--key-update",) if version == ssl.TLSVersion.TLSv1_3 else ("--renegotiate",)):
            with tap.test("a talker is left, %s %s" % (version.name, " ".join(more))):
                told = in_time(work, peer.port, *more)[0] if more else probe(work, peer.port)
                assert "established" in told.names(), told.steps
                assert told.ok or told.failed["step"] == "renegotiation", told.failed
        peer.close()


def cut(work, leaf):
    """A server that is killed in the middle of its answer."""
    with tap.test("an answer that is cut is a failure"):
        server = servers.TypedOpenSsl(work, leaf, more=("-quiet",))
        process = subprocess.Popen([prober.QUENCHCTL, "probe", *arguments(work, server.port)], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        process.stdin.write("hello\n")
        process.stdin.flush()
        quench.wait_until("the server's hello", lambda: "hello" in server.process.log())
        server.process.popen.stdin.write(b"half an ans")
        server.process.popen.stdin.flush()
        assert process.stdout.read(11) == "half an ans"
        server.process.kill()
        process.stdin.close()
        process.stdin = None
        out, story = process.communicate(timeout=quench.PATIENCE)
        assert process.returncode == 1 and ": failed: data: " in story, story
        server.end()


# ---- Calls -------------------------------------------------------------------------------------------------------------

def calls(work, quenchd):
    port = quenchd.ports["web"]
    with tap.test("a call that is wrong: 2, and one line"):
        for args in ([], ["a", "b"], ["--tls", "1.1", "x"], ["--trust", "/nowhere", "x"], ["--no-such", "x"]):
            done = run(*args)
            assert done.returncode == 2 and done.stdout == "" and done.stderr.startswith("quenchctl probe: "), (args, done)
            assert done.stderr.count("\n") == 1, done.stderr
    with tap.test("with --json the problem is an object as well"):
        done = run("--json", "--trust", "/nowhere", "x")
        assert done.returncode == 2 and json.loads(done.stdout) == {"error": "/nowhere: No such file or directory"}, done
    with tap.test("--help"):
        done = run("--help")
        assert done.returncode == 0 and done.stdout.startswith("usage: quenchctl probe "), done
    with tap.test("an answer that nobody takes is an error"):
        with open("/dev/full", "w") as full:
            done = subprocess.run([prober.QUENCHCTL, "probe", *arguments(work, port)], stdin=subprocess.DEVNULL,
                                  stdout=full, stderr=subprocess.PIPE, text=True, timeout=quench.PATIENCE)
        assert done.returncode == 2 and "can't be written" in done.stderr, done.stderr


# ---- The manual ----------------------------------------------------------------------------------------------------------

def smooth(text):
    """What is another each time: times, dates, days, ports, numbers in hexadecimal and base64."""
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    text = re.sub(r"(?m)^ *\d+\.\d ms", "TIME ms", text)
    text = re.sub(r"((?:lifetime seconds:|bytes {2,}) *)\d+", r"\1N", text)
    text = re.sub(r"(took ms +)\d+\.\d", r"\1TIME", text)
    text = re.sub(r'"(took_)?ms":\d+\.\d', r'"\1ms":TIME', text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "DATE", text)
    text = re.sub(r"\b[0-9a-f]{38,64}\b", "HEX", text)
    text = re.sub(r"(days left +)(29|30)", r"\1DAYS", text)
    return re.sub(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=", "PIN", text)


def examples(work, leaf, quenchd, plain):
    with open(os.path.join(os.environ.get("top_srcdir", "."), "doc/quenchctl.1")) as f:
        blocks = re.findall(r"^\.Bd -literal -compact\n(.*?)^\.Ed$", f.read(), re.M | re.S)
    shown = [re.match(r"((?:[^\n]*\\\n)*[^\n]*)\n(.*)", e, re.S).groups()
             for b in blocks for e in b.replace("\\e", "\\").replace("\\&", "").split("$ ")[1:]]
    folder = work.path("examples")
    os.makedirs(folder)
    os.symlink(work.pki.ca, os.path.join(folder, "root.pem"))
    ports = {4433: quenchd.ports["web"], 8080: plain, 1: quench.closed_port()}
    env = dict(os.environ, PATH=quench.TOP + ":" + os.environ["PATH"])
    for command, output in shown:
        with tap.test("the manual's example: " + command):
            real = re.sub(r"127\.0\.0\.1:(\d+)", lambda m: "127.0.0.1:%d" % ports[int(m[1])], command)
            done = subprocess.run(["sh", "-c", real], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=quench.PATIENCE)
            got, want = smooth(done.stdout + done.stderr), smooth(output)
            assert got == want, "%s\n---- instead of\n%s" % (done.stdout + done.stderr, output)
    tap.ok(len(shown) >= 5, "the manual has examples")


def plain_http(conn):
    conn.recv(4096)
    conn.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


def main():
    tap.require("openssl", "nginx")
    work = quench.Work()
    leaf = work.pki.leaf("p256", NAME)
    backend, echo = quench.Nginx(work), quench.Backend(quench.echo)
    backend.file("index.html", b"hello\n")
    quenchd = quench.Quenchd(work, quench.service("web", [leaf], backend.port, alpn=["http/1.1"]),
                             quench.service("echo", [leaf], echo.port))
    answers(work, quenchd, quenchd.ports["echo"])
    no_input(work, quenchd)
    on_a_terminal(work, quenchd.ports["echo"])
    ends(work, leaf)
    endless(work, leaf)
    stalled(work, leaf)
    talker(work, leaf)
    cut(work, leaf)
    calls(work, quenchd)
    examples(work, leaf, quenchd, quench.Backend(plain_http).port)
    with tap.test("quenchd ends well"):
        quenchd.check_end()
    tap.done()


main()

"""The PROXY header as others read it: nginx and HAProxy say who they think has called them, over IPv4, IPv6 and unix
sockets, in both versions; from quenchd (send_proxy) and from quenchctl probe (--send-proxy)."""
import itertools
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import bio
import prober
import quench
import tap

NAME = prober.NAME
VERSIONS, PLACES, FAMILIES = ("v1", "v2"), ("ipv4", "ipv6", "unix"), ("4", "6")
REQUEST = b"GET / HTTP/1.0\r\n\r\n"


class Peer(quench.Process):
    """plain and tls: where it listens, each behind a header. It answers with a line: who called, and whom."""

    def __init__(self, work, name):
        self.folder = work.path(name)
        os.makedirs(self.folder)
        self.plain, self.tls = self.places("plain"), self.places("tls")
        super().__init__(work, name, self.command(work, name))
        quench.wait_until(name + " to listen", lambda: self.alive() and all(
            map(self.listens, (*self.plain.values(), *self.tls.values()))))

    def places(self, kind):
        return {"ipv4": "%s:%d" % (quench.HOST, quench.free_port()), "ipv6": "[::1]:%d" % quench.free_port(),
                "unix": "unix:" + os.path.join(self.folder, kind + ".sock")}

    @staticmethod
    def listens(place):
        host, _, port = place.rpartition(":")
        if host == "unix":
            return os.path.exists(port)
        try:
            socket.create_connection((host.strip("[]"), int(port)), 1).close()
            return True
        except OSError:
            return False


class Nginx(Peer):
    def __init__(self, work, leaf):
        self.leaf = leaf
        super().__init__(work, "nginx")

    def command(self, work, name):
        temps = "".join("%s_temp_path %s;\n" % (k, self.folder)
                        for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        listens = "".join("listen %s proxy_protocol;\n" % p for p in self.plain.values())
        listens += "".join("listen %s ssl proxy_protocol;\n" % p for p in self.tls.values())
        conf = work.write("nginx.conf", """
            daemon off; master_process off; pid %s/pid; error_log stderr; events { }
            http { access_log off; %s server { %s ssl_certificate %s; ssl_certificate_key %s;
              location / { return 200 "$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr\\n"; } } }
            """ % (self.folder, temps, listens, self.leaf.chain, self.leaf.key))
        return ["nginx", "-e", "stderr", "-p", self.folder, "-c", conf]


class HAProxy(Peer):
    def __init__(self, work, leaf):
        self.pem = work.write("haproxy.pem", "".join(open(f).read() for f in (leaf.chain, leaf.key)))
        super().__init__(work, "haproxy")

    def command(self, work, name):
        binds = "".join("bind %s accept-proxy\n" % p.replace("unix:", "unix@") for p in self.plain.values())
        binds += "".join("bind %s accept-proxy ssl crt %s\n" % (p.replace("unix:", "unix@"), self.pem)
                         for p in self.tls.values())
        conf = work.write("haproxy.cfg", "defaults\nmode http\ntimeout client 30s\ntimeout server 30s\n"
                          "timeout connect 30s\nfrontend who\n" + binds +
                          "http-request return status 200 content-type text/plain lf-string "
                          "\"%[src] %[src_port] %[dst]\\n\"\n")
        return ["haproxy", "-db", "-f", conf]


def runs(program):
    try:
        return subprocess.run([program, "-v"], capture_output=True).returncode == 0
    except OSError:
        return False


def services(peer, leaf):
    """One for each version, family of the client and place of the peer."""
    made = []
    for version, family, place in itertools.product(VERSIONS, FAMILIES, PLACES):
        listen = [quench.HOST + ":0"] if family == "4" else ["[::1]:0"]
        made.append(dict(quench.service("-".join((version, family, place)), [leaf], peer.plain[place], listen=listen),
                         send_proxy=version))
    return made


def ask(port, family, ca):
    """The answer's words, and those that are right: our address and port, and the address we have called."""
    host = quench.HOST if family == "4" else "::1"
    to = host if family == "4" else "[::1]"
    out = subprocess.run(["curl", "-s", "--http1.0", "--cacert", ca, "--connect-to", "::%s:%d" % (to, port), "-w",
                          "%{local_ip} %{local_port}\n", "https://%s/" % NAME], capture_output=True, text=True,
                         timeout=quench.PATIENCE, check=True).stdout
    said, local = out.splitlines()
    return said.split(), local.split() + [host]


def check_callers(q, peer, ca):
    for version, family, place in itertools.product(VERSIONS, FAMILIES, PLACES):
        said, right = ask(q.ports["-".join((version, family, place))], family, ca)
        assert said == right, (version, family, place, said, right)


def check_unix_client(work, peer, leaf):
    """No address to tell, and served all the same."""
    for version in VERSIONS:
        path = work.path("%s-%s.sock" % (peer.name, version))
        q = quench.Quenchd(work, dict(quench.service("who", [leaf], peer.plain["ipv4"],
                                                     listen=["unix:" + path, quench.HOST + ":0"]), send_proxy=version),
                           name="%s-unix-%s" % (peer.name, version))
        s = socket.socket(socket.AF_UNIX)
        s.connect(path)
        with bio.Client(None, sock=s) as c:
            c.send(REQUEST)
            assert b" 200 " in c.recv_all()
        q.check_end()


def check_longest(work, peer, leaf):
    """Nearly the 536 bytes that a header may have: 52 of addresses, 133 of ALPN, 256 of the name, and the session."""
    q = quench.Quenchd(work, dict(quench.service("long", [leaf], peer.plain["ipv6"], listen=["[::1]:0"],
                                                 alpn=["a" * 130]), send_proxy="v2"), name=peer.name + "-long")
    name = ".".join(["a" * 63] * 3 + ["b" * 61])
    with bio.Client(None, sock=socket.create_connection(("::1", q.ports["long"]), quench.PATIENCE), name=name,
                    alpn=["a" * 130], version="1.2") as c:
        c.send(REQUEST)
        assert b"\n::1 %d " % c.sock.getsockname()[1] in c.recv_all()
    q.check_end()


def check_probe(peer, ca):
    for option, place in itertools.product(("--send-proxy", "--send-proxy=v1", "--send-proxy=v2"), PLACES):
        where = peer.tls[place]
        target = ["--connect", where, NAME] if place == "unix" else ["--name", NAME, where]
        told = prober.probe_to("--trust", ca, option, *target, input="GET / HTTP/1.0\r\n\r\n")
        step = told.step("proxy_header")
        assert told.ok and step["version"] == (2 if option.endswith("2") else 1), told.steps
        answer = told.json["answer"]
        assert " 200 " in answer, answer
        if place == "unix":
            assert step.get("line", "PROXY UNKNOWN") == "PROXY UNKNOWN", step
            continue
        address, _, port = told.step("connect")["from"].rpartition(":")
        assert "\n%s %s " % (address.strip("[]"), port) in answer, (answer, address, port)


def try_peer(work, peer, leaf):
    name, ca = peer.name, work.pki.ca
    q = quench.Quenchd(work, *services(peer, leaf), name=name + "-quenchd")
    tap.check("%s knows who has called, and whom" % name, lambda: check_callers(q, peer, ca))
    tap.check("quenchd that talks to %s ends well" % name, q.check_end)
    tap.check("%s takes clients that have no address" % name, lambda: check_unix_client(work, peer, leaf))
    tap.check("%s takes the longest header" % name, lambda: check_longest(work, peer, leaf))
    tap.check("%s reads what quenchctl probe sends" % name, lambda: check_probe(peer, ca))


def main():
    tap.require("curl", "nginx", "haproxy")
    if not runs("haproxy"):
        tap.missing("a haproxy that runs")
    work = quench.Work()
    leaf = work.pki.leaf("p256", NAME)
    try_peer(work, Nginx(work, leaf), leaf)
    try_peer(work, HAProxy(work, leaf), leaf)
    tap.done()


main()

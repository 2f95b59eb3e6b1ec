"""What a relayed connection costs, in CPU time and memory of the proxy: quenchd, and in the same run nginx
and hitch, where they are, for comparison. Client, proxy and backend share the machine, so speeds say
little; CPU time of the proxy alone is what is compared. QUENCH_BENCH_MIB (256): size of a download."""
import os
import re
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import quench

NAME = "www.example.com"
MIB = int(os.environ.get("QUENCH_BENCH_MIB", "256"))
SUITES = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
N_IDLE = 400
CONNECT_SECONDS = 3
KEEPER_SECONDS, KEEPER_TURNS = 2, 5
TICKS = os.sysconf("SC_CLK_TCK")


def cpu(process):
    """CPU seconds of a process and its descendants so far."""
    total = 0
    for pid in process.tree():
        with open("/proc/%d/stat" % pid) as f:
            fields = f.read().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def own_memory(process):
    """Bytes that only this process and its descendants hold."""
    total = 0
    for pid in process.tree():
        with open("/proc/%d/smaps_rollup" % pid) as f:
            total += int(re.search(r"Private_Dirty:\s+(\d+) kB", f.read())[1]) * 1024
    return total


class NginxTls(quench.Process):
    def __init__(self, work, leaf, backend):
        self.port = quench.free_port()
        tmp = work.path("nginx-tls-tmp")
        os.makedirs(tmp, exist_ok=True)
        temps = "".join("%s_temp_path %s;\n" % (k, tmp)
                        for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        conf = work.write("nginx-tls.conf", """
            daemon off; master_process off; pid %s/pid; error_log stderr;
            events { worker_connections 8000; }
            http { access_log off; %s
              server { listen %s:%d ssl; ssl_certificate %s; ssl_certificate_key %s;
                ssl_protocols TLSv1.3; ssl_session_tickets off;
                location / { proxy_pass http://%s:%d; proxy_buffering on; proxy_max_temp_file_size 0; } } }
            """ % (tmp, temps, quench.HOST, self.port, leaf.chain, leaf.key, quench.HOST, backend))
        super().__init__(work, "nginx-tls", ["nginx", "-e", "stderr", "-p", tmp, "-c", conf])
        quench.wait_until("nginx to listen", lambda: quench.can_connect(self.port))


class Hitch(quench.Process):
    def __init__(self, work, leaf, backend):
        self.port = quench.free_port()
        pem = work.path("hitch.pem")
        with open(pem, "w") as out:
            for part in (leaf.key, leaf.chain):
                with open(part) as f:
                    out.write(f.read())
        os.chmod(pem, 0o644)
        conf = work.write("hitch.conf", """
            frontend = "[%s]:%d"
            backend = "[%s]:%d"
            pem-file = "%s"
            workers = 1
            daemon = off
            tls-protos = TLSv1.3
            %s
            """ % (quench.HOST, self.port, quench.HOST, backend, pem,
                   'user = "nobody"' if os.getuid() == 0 else ""))
        super().__init__(work, "hitch", ["hitch", "--config=" + conf])
        quench.wait_until("hitch to listen", lambda: quench.can_connect(self.port))


def proxies(work, leaf, backend):
    q = quench.Quenchd(work, quench.service("web", [leaf], backend))
    q.port = q.ports["web"]
    yield "quenchd", q
    if shutil.which("nginx"):
        yield "nginx", NginxTls(work, leaf, backend)
    if shutil.which("hitch"):
        yield "hitch", Hitch(work, leaf, backend)


def spent(process, func):
    before = cpu(process)
    result = func()
    time.sleep(0.2)
    return cpu(process) - before, result


def download(port, ca, suite):
    subprocess.run(["curl", "-sS", "--fail", "--cacert", ca, "--tls13-ciphers", suite, "--http1.1", "-o",
                    "/dev/null", "--resolve", "%s:%d:%s" % (NAME, port, quench.HOST),
                    "https://%s:%d/big" % (NAME, port)], check=True)


def connections(port, ca):
    """How many whole connections a client makes in some seconds, each with a full handshake."""
    context = ssl.create_default_context(cafile=ca)
    n, end = 0, time.monotonic() + CONNECT_SECONDS
    while time.monotonic() < end:
        with socket.create_connection((quench.HOST, port)) as tcp:
            with context.wrap_socket(tcp, server_hostname=NAME) as tls:
                tls.sendall(b"GET /small HTTP/1.0\r\nHost: " + NAME.encode() + b"\r\n\r\n")
                while tls.recv(65536):
                    pass
        n += 1
    return n


def idle(process, ca, n):
    """Bytes of its own memory that each of n idle connections costs, beyond the first ones."""
    context = ssl.create_default_context(cafile=ca)
    held = []

    def connect(count):
        for _ in range(count):
            tcp = socket.create_connection((quench.HOST, process.port))
            held.append(context.wrap_socket(tcp, server_hostname=NAME))
        time.sleep(0.5)

    connect(50)
    before = own_memory(process)
    connect(n)
    each = (own_memory(process) - before) / n
    for tls in held:
        tls.close()
    return each


def bench(title, process, ca):
    for suite in SUITES:
        seconds, _ = spent(process, lambda: download(process.port, ca, suite))
        print("%-8s download   %-30s %6.2f CPU s/GiB" % (title, suite, seconds * 1024 / MIB))
    seconds, n = spent(process, lambda: connections(process.port, ca))
    print("%-8s connection %-30s %6.0f CPU us" % (title, "full handshake, P-256", seconds / n * 1e6))
    print("%-8s memory     %-30s %6.0f bytes" % (title, "idle connection", idle(process, ca, N_IDLE)))
    sys.stdout.flush()


def handshakes(port, ca, seconds):
    """How many full handshakes a client makes, nothing sent behind them."""
    context = ssl.create_default_context(cafile=ca)
    n, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.create_connection((quench.HOST, port)) as tcp:
            with context.wrap_socket(tcp, server_hostname=NAME):
                n += 1
    return n


def keeper_cost(work, backend):
    """CPU time of all processes for a full handshake, with the keys in the keeper and in the worker, by turns."""
    for kind, title in (("p256", "P-256"), ("rsa2048", "RSA-2048")):
        leaf = work.pki.leaf(kind, NAME)
        running = {}
        for keeper in (True, False):
            name = "keeper-%s-%s" % (kind, keeper)
            running[keeper] = quench.Quenchd(work, quench.service("web", [leaf], backend), name=name,
                                             more={"keeper": keeper})
            handshakes(running[keeper].ports["web"], work.pki.ca, 0.5)
        costs = {True: [], False: []}
        for _ in range(KEEPER_TURNS):
            for keeper, q in running.items():
                seconds, n = spent(q, lambda: handshakes(q.ports["web"], work.pki.ca, KEEPER_SECONDS))
                costs[keeper].append(seconds / n * 1e6)
        on, off = (statistics.median(costs[keeper]) for keeper in (True, False))
        print("%-8s handshake  %-30s %6.0f CPU us, keeper = false %.0f: the keeper costs %+.0f"
              % ("quenchd", "full, " + title, on, off, on - off))
        sys.stdout.flush()
        for q in running.values():
            q.stop()


def main():
    work = quench.Work()
    leaf = work.pki.leaf("p256", NAME)
    backend = quench.Nginx(work)
    backend.file("small", b"small\n")
    with open(os.path.join(backend.root, "big"), "wb") as f:
        f.truncate(MIB << 20)
    for title, process in proxies(work, leaf, backend.port):
        bench(title, process, work.pki.ca)
        process.stop()
    keeper_cost(work, backend.port)


main()

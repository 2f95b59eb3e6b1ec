"""pyclient.py - HTTP requests with Python's ssl, in a process of its own: OPENSSL_CONF, which is read once per
process, says what a context can't be told. Takes jobs as lines of JSON, and answers each with a line.
ciphers: TLS 1.2 with these, since this module sets a list of its own there."""
import json
import socket
import ssl
import sys


def context(job):
    ctx = ssl.create_default_context(cafile=job["ca"])
    version = ssl.TLSVersion.TLSv1_3 if job["version"] == "1.3" else ssl.TLSVersion.TLSv1_2
    ctx.minimum_version = ctx.maximum_version = version
    if job["ciphers"]:
        ctx.set_ciphers(job["ciphers"])
    if job["alpn"]:
        ctx.set_alpn_protocols(job["alpn"].split(","))
    if job["cert"]:
        ctx.load_cert_chain(*job["cert"])
    return ctx


def answer(tls, last):
    """All of it when it is the last; else up to its Content-Length."""
    data = b""
    while True:
        head, _, body = data.partition(b"\r\n\r\n")
        length = [int(v) for k, _, v in (line.partition(b":") for line in head.lower().split(b"\r\n"))
                  if k == b"content-length"]
        if not last and length and len(body) >= length[0]:
            return data
        more = tls.recv(65536)
        if not more:
            return data
        data += more


def connect(ctx, job, session=None):
    with socket.create_connection(("127.0.0.1", job["port"]), 30) as sock:
        with ctx.wrap_socket(sock, server_hostname=job["name"], session=session) as tls:
            data = b""
            for i in range(job["rounds"]):
                last = i == job["rounds"] - 1
                tls.sendall(("GET %s HTTP/1.%d\r\nHost: %s\r\n\r\n" % (job["path"], not last, job["name"])).encode())
                data += answer(tls, last)
            return tls.session, {"version": tls.version(), "suite": tls.cipher()[0], "reused": tls.session_reused,
                                 "alpn": tls.selected_alpn_protocol(), "text": data.decode("latin-1")}


def do(job):
    ctx = context(job)
    session, said = connect(ctx, job)
    if job["resume"]:
        _, said = connect(ctx, job, session)
    return said


for line in sys.stdin:
    try:
        result = do(json.loads(line))
    except (OSError, ValueError) as e:
        result = {"error": repr(e)}
    print(json.dumps(result), flush=True)

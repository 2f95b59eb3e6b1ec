"""pyclient.py - one HTTP request with Python's ssl, in a process of its own: OPENSSL_CONF, which is read
once per process, says suite and group; PYCLIENT_CIPHERS: TLS 1.2 with these, since this module sets a list of
its own there. Arguments: port name cafile path [alpn,...]; prints JSON."""
import json
import os
import socket
import ssl
import sys

port, name, cafile, path = sys.argv[1:5]
ctx = ssl.create_default_context(cafile=cafile)
ctx.minimum_version = ssl.TLSVersion.TLSv1_3
if "PYCLIENT_CIPHERS" in os.environ:
    ctx.minimum_version = ctx.maximum_version = ssl.TLSVersion.TLSv1_2
    ctx.set_ciphers(os.environ["PYCLIENT_CIPHERS"])
if len(sys.argv) > 5:
    ctx.set_alpn_protocols(sys.argv[5].split(","))
with socket.create_connection(("127.0.0.1", int(port)), 30) as sock:
    with ctx.wrap_socket(sock, server_hostname=name) as tls:
        tls.sendall(("GET %s HTTP/1.0\r\nHost: %s\r\n\r\n" % (path, name)).encode())
        data = b""
        while True:
            more = tls.recv(65536)
            if not more:
                break
            data += more
        print(json.dumps({"version": tls.version(), "suite": tls.cipher()[0],
                          "alpn": tls.selected_alpn_protocol(),
                          "text": data.decode("latin-1")}))

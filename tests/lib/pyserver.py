"""pyserver.py - answers HTTP requests with Python's ssl, one connection after another; OPENSSL_CONF, which is read
once per process, says the groups. Arguments: port chain key [cafile for clients, which must then show a
certificate, or "" [noticket]]."""
import socket
import ssl
import sys

OP_ALLOW_CLIENT_RENEGOTIATION = 1 << 8  # OpenSSL 3; the module has no name for it

port, chain, key = sys.argv[1:4]
ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
ctx.minimum_version = ssl.TLSVersion.TLSv1_2
ctx.options |= OP_ALLOW_CLIENT_RENEGOTIATION
ctx.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
ctx.load_cert_chain(chain, key)
if "noticket" in sys.argv[5:]:
    ctx.options |= ssl.OP_NO_TICKET
if "".join(sys.argv[4:5]):
    ctx.load_verify_locations(sys.argv[4])
    ctx.verify_mode = ssl.CERT_REQUIRED


def serve(tls):
    data = b""
    while True:
        more = tls.recv(65536)
        if not more:
            return
        data += more
        while b"\r\n\r\n" in data:
            request, _, data = data.partition(b"\r\n\r\n")
            page = ("%s %s" % (tls.version(), tls.cipher()[0])).encode()
            tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page))
            if b" HTTP/1.0" in request:
                tls.unwrap()
                return


with socket.create_server(("127.0.0.1", int(port))) as listener:
    while True:
        conn, _ = listener.accept()
        conn.settimeout(30)
        try:
            with ctx.wrap_socket(conn, server_side=True) as tls_socket:
                serve(tls_socket)
        except OSError as e:
            print(repr(e), flush=True)
            conn.close()

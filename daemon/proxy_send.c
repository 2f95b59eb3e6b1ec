/* proxy_send.c - see proxy_send.h; https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt section 2.2.7 for what version
 * 2 tells of TLS. */

#include "config.h" /* GNU extensions */

#include "daemon/proxy_send.h"

#include <errno.h>
#include <string.h>

#include "daemon/proxy_header.h"
#include "daemon/settings.h"

#define TYPE_ALPN 0x01
#define TYPE_AUTHORITY 0x02
#define TYPE_SSL 0x20
#define SUBTYPE_VERSION 0x21
#define SUBTYPE_CIPHER 0x23
#define SUBTYPE_GROUP 0x26
#define SUBTYPE_SIG_SCHEME 0x27

#define CLIENT_SSL 0x01
#define CLIENT_CERT_CONN 0x02 /* shown in this handshake */
#define CLIENT_CERT_SESS 0x04 /* ... or in the one that was resumed */

/* ---- Addresses ----------------------------------------------------------------------------------------- */

/* An IPv4 client that came in over IPv6 is one of IPv4. */
static void unmap(struct px_addr *addr)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = addr->in6.sin6_port };

	if (addr->sa.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&addr->in6.sin6_addr))
		return;
	memcpy(&in.sin_addr, &addr->in6.sin6_addr.s6_addr[12], sizeof(in.sin_addr));
	addr->in = in;
}

/* Where the client has connected to. */
static void find_local(struct px_addr *addr, int fd)
{
	struct sockaddr_storage sa = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &len) != 0)
		sa.ss_family = AF_UNIX;
	px_addr_set(addr, (struct sockaddr *)&sa);
	unmap(addr);
}

/* ---- What version 2 tells of TLS ------------------------------------------------------------------------- */

static void add_text(struct px_proxy_header *h, unsigned type, const char *text)
{
	if (text)
		px_proxy_header_add(h, type, text, strlen(text));
}

static const char *version_name(tls_session_t tls)
{
	return tls_protocol_get_version(tls) == TLS_1_3 ? "TLSv1.3" : "TLSv1.2";
}

/* The certificate was verified, or there would be no connection: 0. Without one: 1. */
static void add_ssl(struct px_proxy_header *h, const struct px_relay *relay)
{
	tls_session_t tls = relay->ends[PX_CLIENT].tls;
	unsigned char head[5] = { CLIENT_SSL, 0, 0, 0, 1 };
	size_t mark;

	if (relay->client_certificate) {
		head[0] |= tls_session_is_resumed(tls) == 1 ? CLIENT_CERT_SESS : CLIENT_CERT_CONN | CLIENT_CERT_SESS;
		head[4] = 0;
	}
	mark = px_proxy_header_open(h, TYPE_SSL, head, sizeof(head));
	add_text(h, SUBTYPE_VERSION, version_name(tls));
	add_text(h, SUBTYPE_CIPHER, tls_ciphersuite_get_name(tls_ciphersuite_get(tls)));
	add_text(h, SUBTYPE_GROUP, tls_group_get_name(tls_group_get(tls)));
	add_text(h, SUBTYPE_SIG_SCHEME, tls_sign_get_name(tls_sign_algorithm_get(tls)));
	px_proxy_header_close(h, mark);
}

static void add_session(struct px_proxy_header *h, const struct px_relay *relay)
{
	tls_session_t tls = relay->ends[PX_CLIENT].tls;
	char sni[256];
	size_t sni_len = sizeof(sni) - 1;
	unsigned type;
	tls_datum_t alpn;

	if (tls_alpn_get_selected_protocol(tls, &alpn) == 0)
		px_proxy_header_add(h, TYPE_ALPN, alpn.data, alpn.size);
	if (tls_server_name_get(tls, sni, &sni_len, &type, 0) == 0)
		px_proxy_header_add(h, TYPE_AUTHORITY, sni, sni_len);
	add_ssl(h, relay);
}

int px_proxy_send(const struct px_relay *relay)
{
	unsigned version = relay->service->conf->send_proxy;
	struct px_addr from = relay->peer, to;
	struct px_proxy_header h;
	ssize_t n;

	if (version == 0)
		return 0;
	unmap(&from);
	find_local(&to, relay->ends[PX_CLIENT].fd);
	px_proxy_header_begin(&h, version, &from.sa, &to.sa);
	if (version == 2)
		add_session(&h, relay);
	/* the connection is new: its buffer has room for all of it */
	n = send(relay->ends[PX_BACKEND].fd, h.bytes, h.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n == (ssize_t)h.len)
		return 0;
	return n < 0 ? errno : ENOBUFS;
}

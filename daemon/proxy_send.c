/* proxy_send.c - see proxy_send.h; https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt section 2.2 for what version 2
 * tells of TLS. */

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
#define SUBTYPE_CN 0x22
#define SUBTYPE_CIPHER 0x23
#define SUBTYPE_GROUP 0x26
#define SUBTYPE_SIG_SCHEME 0x27

#define CLIENT_SSL 0x01
#define CLIENT_CERT_CONN 0x02 /* shown in this handshake */
#define CLIENT_CERT_SESS 0x04 /* ... or in the one that was resumed */

#define COMMON_NAME_ROOM 257 /* 64 characters (RFC 5280, ub-common-name) in UTF-8, and a NUL */

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
	if (text && *text)
		px_proxy_header_add(h, type, text, strlen(text));
}

static const char *version_name(tls_session_t tls)
{
	return tls_protocol_get_version(tls) == TLS_1_3 ? "TLSv1.3" : "TLSv1.2";
}

/* As OpenSSL calls them, from which the protocol has its example: those of TLS 1.3 have their own names there. */
static const char *cipher_name(uint16_t suite)
{
	switch (suite) {
	case TLS_CIPHER_ECDHE_ECDSA_AES_128_GCM_SHA256:
		return "ECDHE-ECDSA-AES128-GCM-SHA256";
	case TLS_CIPHER_ECDHE_ECDSA_AES_256_GCM_SHA384:
		return "ECDHE-ECDSA-AES256-GCM-SHA384";
	case TLS_CIPHER_ECDHE_ECDSA_CHACHA20_POLY1305_SHA256:
		return "ECDHE-ECDSA-CHACHA20-POLY1305";
	case TLS_CIPHER_ECDHE_RSA_AES_128_GCM_SHA256:
		return "ECDHE-RSA-AES128-GCM-SHA256";
	case TLS_CIPHER_ECDHE_RSA_AES_256_GCM_SHA384:
		return "ECDHE-RSA-AES256-GCM-SHA384";
	case TLS_CIPHER_ECDHE_RSA_CHACHA20_POLY1305_SHA256:
		return "ECDHE-RSA-CHACHA20-POLY1305";
	default:
		return tls_ciphersuite_get_name(suite);
	}
}

/* "verify ... will be zero if the client presented a certificate and it was successfully verified": where it wasn't,
 * there is no connection. Whose it is stands first, so that nothing the client chooses can take its room. */
static void add_ssl(struct px_proxy_header *h, tls_session_t tls)
{
	unsigned char head[5] = { CLIENT_SSL, 0, 0, 0, 1 };
	char name[COMMON_NAME_ROOM] = "";
	const tls_datum_t *peers;
	unsigned n = 0;
	size_t mark;

	peers = tls_certificate_get_peers(tls, &n);
	if (n > 0) {
		head[0] |= tls_session_is_resumed(tls) == 1 ? CLIENT_CERT_SESS : CLIENT_CERT_CONN | CLIENT_CERT_SESS;
		head[4] = 0;
		(void)tls_certificate_get_common_name(&peers[0], name, sizeof(name));
	}
	mark = px_proxy_header_open(h, TYPE_SSL, head, sizeof(head));
	add_text(h, SUBTYPE_VERSION, version_name(tls));
	add_text(h, SUBTYPE_CN, name);
	add_text(h, SUBTYPE_CIPHER, cipher_name(tls_ciphersuite_get(tls)));
	add_text(h, SUBTYPE_GROUP, tls_group_get_name(tls_group_get(tls)));
	add_text(h, SUBTYPE_SIG_SCHEME, tls_sign_get_name(tls_sign_algorithm_get(tls)));
	px_proxy_header_close(h, mark);
}

static void add_session(struct px_proxy_header *h, tls_session_t tls)
{
	char sni[256];
	size_t sni_len = sizeof(sni) - 1;
	unsigned type;
	tls_datum_t alpn;

	add_ssl(h, tls);
	if (tls_alpn_get_selected_protocol(tls, &alpn) == 0)
		px_proxy_header_add(h, TYPE_ALPN, alpn.data, alpn.size);
	if (tls_server_name_get(tls, sni, &sni_len, &type, 0) == 0)
		px_proxy_header_add(h, TYPE_AUTHORITY, sni, sni_len);
}

/* ---- Sending -------------------------------------------------------------------------------------------- */

static void make(struct px_proxy_header *h, const struct px_relay *relay)
{
	unsigned version = relay->service->conf->send_proxy;
	const struct px_end *client = &relay->ends[PX_CLIENT];
	struct px_addr from = relay->peer, to;

	unmap(&from);
	find_local(&to, client->fd);
	px_proxy_header_begin(h, version, &from.sa, &to.sa);
	if (version == 2)
		add_session(h, client->tls);
}

/* A new socket takes a header whole unless the system is out of memory for sockets. What is left is then made once
 * more: nothing that is told changes before the first byte of the client's is read. */
int px_proxy_send(struct px_relay *relay)
{
	struct px_port *backend = &relay->ends[PX_BACKEND].port;
	struct px_proxy_header h;
	ssize_t n = 0;

	if (relay->service->conf->send_proxy == 0)
		return 0;
	make(&h, relay);
	while (n >= 0 && relay->n_header < h.len) {
		n = backend->ops->send(backend, h.bytes + relay->n_header, h.len - relay->n_header);
		if (n > 0)
			relay->n_header = (uint16_t)(relay->n_header + n);
	}
	if (n >= 0)
		return 0;
	return n == PX_AGAIN ? EAGAIN : relay->ends[PX_BACKEND].os_error;
}

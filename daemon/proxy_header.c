/* proxy_header.c - see proxy_header.h; https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt sections 2.1, 2.2. */
#include "daemon/proxy_header.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define SIGNATURE_LEN 12
#define V2_LOCAL 0x20
#define V2_PROXY 0x21
#define V2_TCP4 0x11
#define V2_TCP6 0x21

static size_t make_v1(char *out, const struct sockaddr *from, const struct sockaddr *to)
{
	char a[INET6_ADDRSTRLEN], b[INET6_ADDRSTRLEN];
	const struct sockaddr_in *f4 = (const void *)from, *t4 = (const void *)to;
	const struct sockaddr_in6 *f6 = (const void *)from, *t6 = (const void *)to;
	int n;

	if (from->sa_family == AF_INET && to->sa_family == AF_INET)
		n = snprintf(out, PX_PROXY_HEADER_MAX, "PROXY TCP4 %s %s %u %u\r\n",
		    inet_ntop(AF_INET, &f4->sin_addr, a, sizeof(a)), inet_ntop(AF_INET, &t4->sin_addr, b, sizeof(b)),
		    ntohs(f4->sin_port), ntohs(t4->sin_port));
	else if (from->sa_family == AF_INET6 && to->sa_family == AF_INET6)
		n = snprintf(out, PX_PROXY_HEADER_MAX, "PROXY TCP6 %s %s %u %u\r\n",
		    inet_ntop(AF_INET6, &f6->sin6_addr, a, sizeof(a)),
		    inet_ntop(AF_INET6, &t6->sin6_addr, b, sizeof(b)), ntohs(f6->sin6_port), ntohs(t6->sin6_port));
	else
		n = snprintf(out, PX_PROXY_HEADER_MAX, "PROXY UNKNOWN\r\n");
	return (size_t)n;
}

static void put(char *out, size_t *n, const void *data, size_t len)
{
	memcpy(out + *n, data, len);
	*n += len;
}

static size_t make_v2(char *out, const struct sockaddr *from, const struct sockaddr *to)
{
	const struct sockaddr_in *f4 = (const void *)from, *t4 = (const void *)to;
	const struct sockaddr_in6 *f6 = (const void *)from, *t6 = (const void *)to;
	unsigned char head[4] = { V2_LOCAL, 0, 0, 0 };
	size_t n = SIGNATURE_LEN + sizeof(head);

	memcpy(out, SIGNATURE, SIGNATURE_LEN);
	if (from->sa_family == AF_INET && to->sa_family == AF_INET) {
		head[0] = V2_PROXY;
		head[1] = V2_TCP4;
		put(out, &n, &f4->sin_addr, 4);
		put(out, &n, &t4->sin_addr, 4);
		put(out, &n, &f4->sin_port, 2);
		put(out, &n, &t4->sin_port, 2);
	} else if (from->sa_family == AF_INET6 && to->sa_family == AF_INET6) {
		head[0] = V2_PROXY;
		head[1] = V2_TCP6;
		put(out, &n, &f6->sin6_addr, 16);
		put(out, &n, &t6->sin6_addr, 16);
		put(out, &n, &f6->sin6_port, 2);
		put(out, &n, &t6->sin6_port, 2);
	}
	head[3] = (unsigned char)(n - SIGNATURE_LEN - sizeof(head));
	memcpy(out + SIGNATURE_LEN, head, sizeof(head));
	return n;
}

size_t px_proxy_header_make(char out[PX_PROXY_HEADER_MAX], unsigned version, const struct sockaddr *from,
    const struct sockaddr *to)
{
	return version == 1 ? make_v1(out, from, to) : make_v2(out, from, to);
}

/* ---- Types, lengths, values -------------------------------------------------------------------------------- */

#define LENGTH_AT 14 /* of all that follows the first 16 bytes */
#define TLV_HEAD 3

static void put_u16(char *at, size_t n)
{
	at[0] = (char)(n >> 8);
	at[1] = (char)n;
}

void px_proxy_header_begin(struct px_proxy_header *h, unsigned version, const struct sockaddr *from,
    const struct sockaddr *to)
{
	h->len = px_proxy_header_make(h->bytes, version, from, to);
}

size_t px_proxy_header_open(struct px_proxy_header *h, unsigned type, const void *value, size_t len)
{
	size_t mark = h->len;

	px_proxy_header_add(h, type, value, len);
	return mark;
}

void px_proxy_header_add(struct px_proxy_header *h, unsigned type, const void *value, size_t len)
{
	if (len + TLV_HEAD > sizeof(h->bytes) - h->len)
		return;
	h->bytes[h->len] = (char)type;
	put_u16(h->bytes + h->len + 1, len);
	memcpy(h->bytes + h->len + TLV_HEAD, value, len);
	h->len += TLV_HEAD + len;
	put_u16(h->bytes + LENGTH_AT, h->len - LENGTH_AT - 2);
}

void px_proxy_header_close(struct px_proxy_header *h, size_t mark)
{
	if (h->len > mark)
		put_u16(h->bytes + mark + 1, h->len - mark - TLV_HEAD);
}

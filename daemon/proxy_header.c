/* proxy_header.c - see proxy_header.h; https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt sections 2.1, 2.2. */
#include "daemon/proxy_header.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define HEAD_LEN 16
#define LENGTH_AT 14 /* of all that follows the head */
/* command, family and transport, length of the addresses */
#define PROXY_TCP4 "\x21\x11\0\x0c"
#define PROXY_TCP6 "\x21\x21\0\x24"
#define LOCAL "\x20\0\0\0"
#define TLV_HEAD 3

static void put(struct px_proxy_header *h, const void *data, size_t len)
{
	memcpy(h->bytes + h->len, data, len);
	h->len += len;
}

static void put_u16(char *at, size_t n)
{
	at[0] = (char)(n >> 8);
	at[1] = (char)n;
}

static void make_v1(struct px_proxy_header *h, const struct sockaddr *from, const struct sockaddr *to)
{
	char a[INET6_ADDRSTRLEN], b[INET6_ADDRSTRLEN];
	const struct sockaddr_in *f4 = (const void *)from, *t4 = (const void *)to;
	const struct sockaddr_in6 *f6 = (const void *)from, *t6 = (const void *)to;
	int n;

	if (from->sa_family == AF_INET && to->sa_family == AF_INET)
		n = snprintf(h->bytes, sizeof(h->bytes), "PROXY TCP4 %s %s %u %u\r\n",
		    inet_ntop(AF_INET, &f4->sin_addr, a, sizeof(a)), inet_ntop(AF_INET, &t4->sin_addr, b, sizeof(b)),
		    ntohs(f4->sin_port), ntohs(t4->sin_port));
	else if (from->sa_family == AF_INET6 && to->sa_family == AF_INET6)
		n = snprintf(h->bytes, sizeof(h->bytes), "PROXY TCP6 %s %s %u %u\r\n",
		    inet_ntop(AF_INET6, &f6->sin6_addr, a, sizeof(a)),
		    inet_ntop(AF_INET6, &t6->sin6_addr, b, sizeof(b)), ntohs(f6->sin6_port), ntohs(t6->sin6_port));
	else
		n = snprintf(h->bytes, sizeof(h->bytes), "PROXY UNKNOWN\r\n");
	h->len = (size_t)n;
	h->bare = true;
}

/* "When a sender presents a LOCAL connection", the length is 0; and receivers discard what would be there. */
static void make_v2(struct px_proxy_header *h, const struct sockaddr *from, const struct sockaddr *to)
{
	const struct sockaddr_in *f4 = (const void *)from, *t4 = (const void *)to;
	const struct sockaddr_in6 *f6 = (const void *)from, *t6 = (const void *)to;

	if (from->sa_family == AF_INET && to->sa_family == AF_INET) {
		put(h, SIGNATURE PROXY_TCP4, HEAD_LEN);
		put(h, &f4->sin_addr, 4);
		put(h, &t4->sin_addr, 4);
		put(h, &f4->sin_port, 2);
		put(h, &t4->sin_port, 2);
	} else if (from->sa_family == AF_INET6 && to->sa_family == AF_INET6) {
		put(h, SIGNATURE PROXY_TCP6, HEAD_LEN);
		put(h, &f6->sin6_addr, 16);
		put(h, &t6->sin6_addr, 16);
		put(h, &f6->sin6_port, 2);
		put(h, &t6->sin6_port, 2);
	} else {
		put(h, SIGNATURE LOCAL, HEAD_LEN);
		h->bare = true;
	}
}

void px_proxy_header_begin(struct px_proxy_header *h, unsigned version, const struct sockaddr *from,
    const struct sockaddr *to)
{
	h->len = 0;
	h->bare = h->skips = false;
	if (version == 1)
		make_v1(h, from, to);
	else
		make_v2(h, from, to);
}

/* ---- Types, lengths, values -------------------------------------------------------------------------------- */

size_t px_proxy_header_open(struct px_proxy_header *h, unsigned type, const void *value, size_t len)
{
	size_t mark = h->len;

	px_proxy_header_add(h, type, value, len);
	h->skips |= h->len == mark;
	return mark;
}

void px_proxy_header_add(struct px_proxy_header *h, unsigned type, const void *value, size_t len)
{
	const unsigned char head[TLV_HEAD] = { (unsigned char)type, (unsigned char)(len >> 8), (unsigned char)len };

	if (h->bare || h->skips || len > sizeof(h->bytes) || len + TLV_HEAD > sizeof(h->bytes) - h->len)
		return;
	put(h, head, TLV_HEAD);
	put(h, value, len);
	put_u16(h->bytes + LENGTH_AT, h->len - HEAD_LEN);
}

void px_proxy_header_close(struct px_proxy_header *h, size_t mark)
{
	if (h->len > mark)
		put_u16(h->bytes + mark + 1, h->len - mark - TLV_HEAD);
	else
		h->skips = false;
}

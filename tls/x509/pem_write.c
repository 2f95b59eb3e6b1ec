/* pem_write.c - see pem_write.h. */
#include "pem_write.h"

#include "../bytes/mem.h"

#define LINE_BYTES 48 /* of 64 characters */

/* All ones if a < b; both are below 256. */
static unsigned less(unsigned a, unsigned b)
{
	return 0U - ((a - b) >> 31);
}

/* RFC 4648 section 4: by distance from one range of the alphabet to the next. */
static uint8_t digit(unsigned v)
{
	unsigned c = 'A' + v;

	c += ~less(v, 26) & ('a' - 'Z' - 1U);
	c -= ~less(v, 52) & ('z' + 1U - '0');
	c -= ~less(v, 62) & ('9' + 1U - '+');
	c += ~less(v, 63) & ('/' - '+' - 1U);
	return (uint8_t)c;
}

static void put_word(struct tls_buf *out, const char *word)
{
	for (; *word != '\0'; word++)
		tls_buf_u8(out, (unsigned char)*word);
}

static void put_edge(struct tls_buf *out, const char *edge, const char *label)
{
	put_word(out, edge);
	put_word(out, label);
	put_word(out, "-----\n");
}

/* Up to three bytes make four characters. */
static void put_group(struct tls_buf *out, struct tls_span *rest)
{
	size_t n = rest->len < 3 ? rest->len : 3;
	struct tls_span s = tls_span_take(rest, n);
	uint32_t v = (uint32_t)s.p[0] << 16;

	v |= n > 1 ? (uint32_t)s.p[1] << 8 : 0;
	v |= n > 2 ? s.p[2] : 0;
	for (size_t i = 0; i < 4; i++)
		tls_buf_u8(out, i <= n ? digit(v >> (18 - 6 * i) & 63) : '=');
}

void tls_pem_write(struct tls_buf *out, const char *label, struct tls_span der)
{
	put_edge(out, "-----BEGIN ", label);
	while (der.len > 0) {
		struct tls_span line = tls_span_take(&der, der.len < LINE_BYTES ? der.len : LINE_BYTES);

		while (line.len > 0)
			put_group(out, &line);
		tls_buf_u8(out, '\n');
	}
	put_edge(out, "-----END ", label);
}

/* asn1int.c - see asn1int.h. */
#include "asn1int.h"

#define TAG_INTEGER 0x02
#define TAG_SEQUENCE 0x30

/* X.690 section 10.1: the shortest form; 65535 bytes are enough for whatever stands here. */
static size_t read_len(struct tls_span *s)
{
	size_t len = tls_span_u8(s);

	if (len < 0x80)
		return len;
	if (len == 0x81) {
		len = tls_span_u8(s);
		if (len < 0x80)
			tls_span_fail(s);
	} else if (len == 0x82) {
		len = tls_span_u16(s);
		if (len < 0x100)
			tls_span_fail(s);
	} else {
		tls_span_fail(s);
	}
	return len;
}

static struct tls_span read_element(struct tls_span *s, unsigned tag)
{
	size_t len;

	if (tls_span_u8(s) != tag)
		tls_span_fail(s);
	len = read_len(s);
	return tls_span_take(s, len);
}

struct tls_span tls_asn1int_read_sequence(struct tls_span *s)
{
	return read_element(s, TAG_SEQUENCE);
}

struct tls_span tls_asn1int_read(struct tls_span *s)
{
	struct tls_span body = read_element(s, TAG_INTEGER);

	if (body.failed || body.len == 0 || (body.p[0] & 0x80) != 0)
		goto fail;
	if (body.p[0] == 0) {
		/* One zero in front, and only where the number would be negative without it. */
		if (body.len == 1 || (body.p[1] & 0x80) == 0)
			goto fail;
		tls_span_u8(&body);
	}
	return body;
fail:
	tls_span_fail(s);
	tls_span_fail(&body);
	return body;
}

static void write_head(struct tls_buf *b, unsigned tag, size_t len)
{
	tls_buf_u8(b, tag);
	if (len > 0xffff) {
		tls_buf_fail(b);
	} else if (len >= 0x100) {
		tls_buf_u8(b, 0x82);
		tls_buf_u16(b, (unsigned)len);
	} else if (len >= 0x80) {
		tls_buf_u8(b, 0x81);
		tls_buf_u8(b, (unsigned)len);
	} else {
		tls_buf_u8(b, (unsigned)len);
	}
}

void tls_asn1int_write(struct tls_buf *b, const uint8_t *p, size_t len)
{
	bool sign_byte;

	while (len > 0 && *p == 0) {
		p++;
		len--;
	}
	sign_byte = len == 0 || (*p & 0x80) != 0;
	write_head(b, TAG_INTEGER, len + sign_byte);
	if (sign_byte)
		tls_buf_u8(b, 0);
	tls_buf_bytes(b, p, len);
}

void tls_asn1int_write_sequence(struct tls_buf *b, struct tls_span body)
{
	write_head(b, TAG_SEQUENCE, body.len);
	tls_buf_span(b, body);
}

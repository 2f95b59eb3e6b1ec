/* blind_wire.c - see blind_wire.h. */
#include "blind_wire.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "tls/hs/hs.h"

#define CONTENT_MAX_LEN (TLS_RECORD_MAX_LEN + 300)
#define MAX_PIECES 600 /* of one message */

/* Fixed memory, so that it is the core's allocations that fail. */
static uint8_t wire_room[1 << 20], held_room[1 << 18];

void blind_wire_init(struct blind *b)
{
	tls_buf_init_fixed(&b->wire, wire_room, sizeof(wire_room));
	tls_buf_init_fixed(&b->held, held_room, sizeof(held_room));
	b->window = SIZE_MAX;
}

/* ---- To the session */

static void put_zeros(struct tls_buf *b, size_t n)
{
	while (n-- > 0)
		tls_buf_u8(b, 0);
}

static void put_plain_record(struct tls_buf *b, unsigned type, struct tls_span content)
{
	tls_buf_u8(b, type);
	tls_buf_u16(b, 0x0303);
	tls_buf_u16(b, (unsigned)content.len);
	tls_buf_span(b, content);
}

/* As the session expects it now: plain, or with room for a nonce and a tag. */
static void put_record(struct blind *b, unsigned type, struct tls_span content)
{
	const struct tls_suite *suite = b->s->rd.suite;
	bool is_13 = suite != NULL && suite->version == TLS_1_3;
	size_t front;

	if (suite == NULL) {
		put_plain_record(&b->wire, type, content);
		return;
	}
	front = is_13 || suite->aead == TLS_AEAD_CHACHA20_POLY1305 ? 0 : TLS_RECORD_EXPLICIT_LEN;
	tls_buf_u8(&b->wire, is_13 ? TLS_CONTENT_DATA : type);
	tls_buf_u16(&b->wire, 0x0303);
	tls_buf_u16(&b->wire, (unsigned)(front + content.len + (is_13 ? 1 : 0) + TLS_AEAD_TAG_LEN));
	put_zeros(&b->wire, front);
	tls_buf_span(&b->wire, content);
	if (is_13)
		tls_buf_u8(&b->wire, type);
	put_zeros(&b->wire, TLS_AEAD_TAG_LEN);
}

static void put_held(struct blind *b, size_t cut)
{
	struct tls_span all = tls_buf_as_span(&b->held);

	if (cut < all.len / MAX_PIECES)
		cut = all.len / MAX_PIECES;
	while (all.len > 0)
		put_record(b, TLS_CONTENT_HANDSHAKE, tls_span_take(&all, all.len < cut ? all.len : cut));
	b->held.len = 0;
}

struct tls_span blind_wire_block(struct blind *b, size_t max)
{
	size_t len = tls_span_u16(&b->in);

	len = len < max ? len : max;
	return b->in.failed ? tls_span("", 0) : tls_span_take(&b->in, len < b->in.len ? len : b->in.len);
}

static void take_message(struct blind *b, unsigned arg)
{
	static const size_t cuts[] = {TLS_RECORD_MAX_LEN, 1, 2, 3, 5, 64, 1000, TLS_RECORD_MAX_LEN};
	unsigned type = tls_span_u8(&b->in);
	struct tls_span body = blind_wire_block(b, UINT16_MAX);

	tls_buf_u8(&b->held, type);
	tls_buf_u24(&b->held, (uint32_t)body.len);
	tls_buf_span(&b->held, body);
	if ((arg & 8) == 0 || b->held.len > sizeof(held_room) / 2)
		put_held(b, cuts[arg % 8]);
}

static int take_empty(unsigned arg)
{
	static const int errors[] = {EAGAIN, EINTR, 0, EIO};

	errno = errors[arg % 4];
	return errno != 0 ? -1 : 0;
}

/* The next thing that comes over the wire: 1, or what pull gives. */
static int take_wire(struct blind *b)
{
	unsigned op = tls_span_more(&b->in) ? b->in.p[0] % 16 : BLIND_HANDSHAKE, arg;

	if (op > BLIND_EMPTY) {
		errno = EAGAIN;
		return -1;
	}
	arg = tls_span_u8(&b->in) >> 4;
	if (op == BLIND_MESSAGE)
		take_message(b, arg);
	else if (op == BLIND_RECORD)
		put_record(b, BLIND_CONTENT(arg), blind_wire_block(b, CONTENT_MAX_LEN));
	else if (op == BLIND_PLAIN)
		put_plain_record(&b->wire, BLIND_CONTENT(arg), blind_wire_block(b, UINT16_MAX));
	else if (op == BLIND_RAW)
		tls_buf_span(&b->wire, blind_wire_block(b, UINT16_MAX));
	else
		return take_empty(arg);
	return 1;
}

ssize_t blind_wire_pull(void *ptr, void *data, size_t len)
{
	struct blind *b = ptr;
	int err = 1;

	assert(b->reading);
	if (b->given == b->wire.len)
		b->given = b->wire.len = 0;
	while (b->wire.len == 0 && err > 0)
		err = take_wire(b);
	if (b->wire.len == 0)
		return err;
	assert(tls_buf_ok(&b->wire) && tls_buf_ok(&b->held));
	len = len < b->wire.len - b->given ? len : b->wire.len - b->given;
	len = b->piece > 0 && b->piece < len ? b->piece : len;
	memcpy(data, b->wire.p + b->given, len);
	b->given += len;
	return (ssize_t)len;
}

/* ---- From the session: nothing but records */

static void look(struct blind *b, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (b->n_body > 0) {
			b->n_body--;
			continue;
		}
		b->header[b->n_header++] = p[i];
		if (b->n_header < TLS_RECORD_HEADER_LEN)
			continue;
		assert(b->header[0] >= TLS_CONTENT_CCS && b->header[0] <= TLS_CONTENT_DATA);
		assert(b->header[1] == 3);
		b->n_body = (size_t)(b->header[3] << 8 | b->header[4]);
		assert(b->n_body > 0 && b->n_body <= TLS_RECORD_MAX_LEN + TLS_RECORD_EXPANSION);
		b->n_header = 0;
	}
}

ssize_t blind_wire_push(void *ptr, const void *data, size_t len)
{
	struct blind *b = ptr;

	assert(b->writing);
	if (b->window == 0) {
		errno = EAGAIN;
		return -1;
	}
	len = len < b->window ? len : b->window;
	b->window -= len;
	look(b, data, len);
	return (ssize_t)len;
}

ssize_t blind_wire_vec_push(void *ptr, const struct iovec *iov, int n)
{
	assert(n == 1);
	return blind_wire_push(ptr, iov[0].iov_base, iov[0].iov_len);
}

/* Input comes at once, but where the program says that there is none: then the time is up. */
int blind_wire_wait(void *ptr, unsigned ms)
{
	struct blind *b = ptr;
	bool none = b->given == b->wire.len && (!tls_span_more(&b->in) || b->in.p[0] % 16 == BLIND_EMPTY);

	assert(b->reading && ms > 0);
	return none ? 0 : 1;
}

void blind_wire_skip(struct blind *b)
{
	b->wire.len = b->given = 0;
	(void)take_wire(b);
}

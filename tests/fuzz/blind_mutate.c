/* blind_mutate.c - how libFuzzer changes an input of a blind target: by operations, whose lengths stay right, and in
 * hellos and their like by extensions, so that an answer to one field doesn't break three others. */
#include <string.h>

#include "blind.h"
#include "fuzz.h"
#include "tls/bytes/buf.h"

#define MAX_OPS 256
#define BODY_MAX_LEN 4096
#define INPUT_MAX_LEN (1 << 16)

/* An operation in an input: its first byte, and where its block lies, if it has one. */
struct op {
	size_t start, end;
	size_t body; /* behind its length; 0: no block */
};

struct program {
	const uint8_t *data;
	struct op ops[MAX_OPS];
	size_t n;
	uint64_t random;
	struct tls_buf out;
};

static uint8_t room[INPUT_MAX_LEN];

static size_t pick(struct program *p, size_t n)
{
	p->random = p->random * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(p->random >> 33) % n;
}

/* By enum blind_op: bytes between the first one and the block's length; negative: no block, so many bytes. */
static int shape(unsigned op)
{
	static const int8_t shapes[16] = {1, 0, 0, 0, -1, -1, -2, -3, -1, -1, -1, -1, -3, -1, -2, -3};

	return shapes[op % 16];
}

static bool next_op(struct op *op, const uint8_t *data, size_t size, size_t at)
{
	int s;
	size_t len;

	if (at >= size)
		return false;
	s = shape(data[at]);
	*op = (struct op){.start = at, .end = at + (size_t)(s < 0 ? -s : 3 + s)};
	if (op->end > size)
		return false;
	if (s < 0)
		return true;
	op->body = op->end;
	len = (size_t)(data[op->body - 2] << 8 | data[op->body - 1]);
	op->end = len < size - op->body ? op->body + len : size;
	return true;
}

static void parse(struct program *p, const uint8_t *data, size_t size)
{
	size_t at = BLIND_HEADER_LEN;

	p->data = data;
	if (size > at + 2 && (data[1] & BLIND_DATA >> 16) != 0)
		at += 2 + (size_t)(data[at] << 8 | data[at + 1]);
	for (p->n = 0; p->n < MAX_OPS && next_op(&p->ops[p->n], data, size, at); p->n++)
		at = p->ops[p->n].end;
}

static void put_op(struct program *p, size_t i)
{
	tls_buf_bytes(&p->out, p->data + p->ops[i].start, p->ops[i].end - p->ops[i].start);
}

static void put_ops(struct program *p, size_t from, size_t to)
{
	while (from < to)
		put_op(p, from++);
}

/* The same operation with another block. */
static void put_with_body(struct program *p, size_t i, const uint8_t *body, size_t len)
{
	const struct op *op = &p->ops[i];

	tls_buf_bytes(&p->out, p->data + op->start, op->body - 2 - op->start);
	tls_buf_u16(&p->out, (unsigned)len);
	tls_buf_bytes(&p->out, body, len);
}

/* Where the length of its extensions stands in a message; len if it has none. */
static size_t extensions_at(unsigned type, struct tls_span body)
{
	struct tls_span s = body;

	if (type == TLS_HANDSHAKE_CLIENT_HELLO || type == TLS_HANDSHAKE_SERVER_HELLO) {
		(void)tls_span_take(&s, 2 + 32);
		(void)tls_span_block8(&s, 0, 255);
		(void)tls_span_take(&s, type == TLS_HANDSHAKE_SERVER_HELLO ? 3 : 0);
	}
	if (type == TLS_HANDSHAKE_CLIENT_HELLO) {
		(void)tls_span_block16(&s, 0, UINT16_MAX);
		(void)tls_span_block8(&s, 0, 255);
	} else if (type == TLS_HANDSHAKE_CERTIFICATE_REQUEST) {
		(void)tls_span_block8(&s, 0, 255);
	} else if (type == TLS_HANDSHAKE_NEW_SESSION_TICKET) {
		(void)tls_span_take(&s, 8);
		(void)tls_span_block8(&s, 0, 255);
		(void)tls_span_block16(&s, 0, UINT16_MAX);
	} else if (type != TLS_HANDSHAKE_SERVER_HELLO && type != TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS) {
		return body.len;
	}
	return s.failed || s.len < 2 ? body.len : body.len - s.len;
}

/* An extension that may be new, be there twice, be changed or be gone; the length of them all follows. */
static size_t change_extension(struct program *p, uint8_t *out, struct tls_span body, size_t at)
{
	static const uint8_t types[] = {0, 1, 5, 10, 11, 13, 16, 21, 23, 28, 35, 41, 42, 43, 44, 45, 49, 51};
	struct tls_span list = tls_span(body.p + at + 2, body.len - at - 2);
	size_t n = 0, which, len = at + 2;
	uint8_t *ext;

	for (struct tls_span s = list; tls_span_more(&s) && !s.failed; n++) {
		tls_span_u16(&s);
		(void)tls_span_block16(&s, 0, UINT16_MAX);
	}
	memcpy(out, body.p, len);
	which = pick(p, n + 1);
	for (size_t i = 0; i < which && tls_span_more(&list); i++) {
		struct tls_span walk = list;

		tls_span_u16(&walk);
		(void)tls_span_block16(&walk, 0, UINT16_MAX);
		memcpy(out + len, list.p, list.len - walk.len);
		len += list.len - walk.len;
		list = walk;
	}
	ext = out + len;
	ext[0] = 0;
	ext[1] = types[pick(p, sizeof(types))];
	if (pick(p, 16) == 0)
		ext[0] = 0xff, ext[1] = 1;
	n = pick(p, 3) == 0 ? 0 : LLVMFuzzerMutate(ext + 4, pick(p, 2), 24);
	ext[2] = 0;
	ext[3] = (uint8_t)n;
	len += 4 + n;
	if (pick(p, 2) == 0 && tls_span_more(&list)) {
		/* in place of the one that is there */
		tls_span_u16(&list);
		(void)tls_span_block16(&list, 0, UINT16_MAX);
	}
	memcpy(out + len, list.p, list.len);
	len += list.len;
	out[at] = (uint8_t)((len - at - 2) >> 8);
	out[at + 1] = (uint8_t)(len - at - 2);
	return len;
}

static void change_body(struct program *p, size_t i)
{
	const struct op *op = &p->ops[i];
	static uint8_t body[BODY_MAX_LEN + 64];
	struct tls_span old = tls_span(p->data + op->body, op->end - op->body);
	size_t len, at = old.len;

	if (op->body == 0 || old.len > BODY_MAX_LEN) {
		put_op(p, i);
		return;
	}
	if (p->data[op->start] % 16 == BLIND_MESSAGE)
		at = extensions_at(p->data[op->start + 1], old);
	if (at < old.len && pick(p, 2) == 0) {
		len = change_extension(p, body, old, at);
	} else {
		memcpy(body, old.p, old.len);
		len = LLVMFuzzerMutate(body, old.len, BODY_MAX_LEN);
	}
	put_with_body(p, i, body, len);
}

static void move(struct program *p, size_t i, size_t j)
{
	size_t low = i < j ? i : j, high = i < j ? j : i;

	put_ops(p, 0, low);
	put_op(p, high);
	if (low < high) {
		put_ops(p, low + 1, high);
		put_op(p, low);
	}
	put_ops(p, high + 1, p->n);
}

size_t blind_edit(uint8_t *out, size_t max_size, const struct blind_input *in, enum blind_edit how, size_t i)
{
	static struct program p;

	parse(&p, in->data, in->size);
	if (i >= p.n || (how == BLIND_SWAP && i + 1 == p.n))
		return 0;
	tls_buf_init_fixed(&p.out, out, max_size);
	tls_buf_bytes(&p.out, in->data, p.ops[0].start);
	if (how == BLIND_SWAP) {
		move(&p, i, i + 1);
		return p.out.len;
	}
	put_ops(&p, 0, i);
	for (unsigned n = how == BLIND_DROP ? 0 : 2; n > 0; n--)
		put_op(&p, i);
	put_ops(&p, i + 1, p.n);
	return p.out.len;
}

/* Operations that fit in many places. Where checks pass, all that matters in Finished is its length. */
static void put_new_op(struct program *p)
{
	static const struct {
		uint8_t op, type, len;
	} messages[] = {{BLIND_MESSAGE, TLS_HANDSHAKE_FINISHED, 12}, {BLIND_MESSAGE, TLS_HANDSHAKE_FINISHED, 32},
	    {BLIND_MESSAGE, TLS_HANDSHAKE_FINISHED, 48}, {BLIND_MESSAGE, TLS_HANDSHAKE_KEY_UPDATE, 1},
	    {BLIND_MESSAGE, TLS_HANDSHAKE_HELLO_REQUEST, 0}, {BLIND_MESSAGE, TLS_HANDSHAKE_SERVER_HELLO_DONE, 0},
	    {BLIND_MESSAGE, TLS_HANDSHAKE_CERTIFICATE_PKT, 3}, {BLIND_MESSAGE, TLS_HANDSHAKE_CERTIFICATE_PKT, 4},
	    {BLIND_MESSAGE, TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS, 2}, {BLIND_RECORD, 1, 1}, {BLIND_PLAIN, 1, 1},
	    {BLIND_RECORD | 3 << 4, 0, 5}, {BLIND_RECORD | 1 << 4, 1, 2}};
	size_t which = pick(p, 2 * sizeof(messages) / sizeof(messages[0])), n;
	unsigned op = BLIND_HANDSHAKE + (unsigned)pick(p, 11);

	if (which >= sizeof(messages) / sizeof(messages[0])) {
		tls_buf_u8(&p->out, (unsigned)pick(p, 16) << 4 | op);
		for (n = (size_t)-shape(op); n > 1; n--)
			tls_buf_u8(&p->out, (unsigned)pick(p, 256));
		return;
	}
	n = messages[which].len;
	tls_buf_u8(&p->out, messages[which].op);
	if (messages[which].op == BLIND_MESSAGE)
		tls_buf_u8(&p->out, messages[which].type);
	tls_buf_u16(&p->out, (unsigned)n);
	while (n-- > 0)
		tls_buf_u8(&p->out, messages[which].op == BLIND_MESSAGE ? 0 : messages[which].type);
}

static void mutate(struct program *p)
{
	size_t i = pick(p, p->n), j = pick(p, p->n), times = 1;

	switch (pick(p, 12)) {
	case 10:
	case 11: /* a new one */
		put_ops(p, 0, i);
		put_new_op(p);
		put_ops(p, i, p->n);
		return;
	case 0: /* two change places */
		move(p, i, j);
		return;
	case 1: /* once more, elsewhere */
		put_ops(p, 0, i);
		put_op(p, j);
		put_ops(p, i, p->n);
		return;
	case 2: /* many times */
		times = 2 + pick(p, 40);
		break;
	case 3:
	case 4:
	case 5: /* gone */
		times = 0;
		break;
	default:
		put_ops(p, 0, i);
		change_body(p, i);
		put_ops(p, i + 1, p->n);
		return;
	}
	put_ops(p, 0, i);
	while (times-- > 0)
		put_op(p, i);
	put_ops(p, i + 1, p->n);
}

/* The operations of one input up to some place, and those of another from some place on. */
size_t blind_cross_over(const struct blind_input *a, const struct blind_input *b, uint8_t *out, size_t max_size,
    unsigned seed)
{
	static struct program p, q;
	size_t n;

	p.random = seed;
	if (a->size > INPUT_MAX_LEN / 2 || b->size > INPUT_MAX_LEN / 2)
		return 0;
	parse(&p, a->data, a->size);
	parse(&q, b->data, b->size);
	if (p.n == 0 || q.n == 0)
		return 0;
	tls_buf_init_fixed(&p.out, room, sizeof(room));
	tls_buf_bytes(&p.out, a->data, p.ops[0].start);
	put_ops(&p, 0, pick(&p, p.n) + 1);
	q.out = p.out;
	put_ops(&q, pick(&p, q.n), q.n);
	n = q.out.len;
	if (!tls_buf_ok(&q.out) || n > max_size)
		return 0;
	memcpy(out, q.out.p, n);
	return n;
}

size_t blind_mutate(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	static struct program p;

	p.random = seed;
	if (size <= INPUT_MAX_LEN / 2)
		parse(&p, data, size);
	if (size > INPUT_MAX_LEN / 2 || p.n == 0 || pick(&p, 4) == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	tls_buf_init_fixed(&p.out, room, sizeof(room));
	tls_buf_bytes(&p.out, data, p.ops[0].start);
	mutate(&p);
	if (!tls_buf_ok(&p.out) || p.out.len > max_size)
		return LLVMFuzzerMutate(data, size, max_size);
	memcpy(data, p.out.p, p.out.len);
	return p.out.len;
}

/* record_fuzz.c - records: sealed ones that are changed on the way, and arbitrary bytes as a
 * stream.
 *
 * Checked: an unchanged record opens to its content and its type; one changed bit is refused; the
 * sequence number moves exactly with what opened; the stream's reader never hands out more than
 * came.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/input.h"
#include "tls/record.h"

static struct tls_workspace_st *ws;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (tls_workspace_init(&ws, 1) != 0)
		abort();
	return 0;
}

static void install(struct tls_half *half, unsigned suite)
{
	struct tls_secret secret = {.len = 32, .b = "a secret that the fuzzer knows"};

	if (suite % 3 == 1)
		secret.len = 48;
	tls_record_install(half, ws, tls_suite_by_id((uint16_t)(0x1301 + suite % 3)), &secret);
}

/* One record: a type, how long, how much padding, which bit changes (or none). */
static void one_record(struct tls_half *wr, struct tls_half *rd, struct tls_span *in)
{
	static uint8_t wire[TLS_RECORD_MAX_LEN + TLS_RECORD_OVERHEAD];
	static uint8_t inner[TLS_RECORD_MAX_LEN];
	uint8_t type = tls_span_u8(in), how = tls_span_u8(in), got;
	uint16_t at = tls_span_u16(in);
	struct tls_span content = tls_span_block8(in, 0, 255), out;
	size_t pad = how >> 1, wire_len;
	struct tls_record_header h;
	int err;

	if (in->failed || type == 0)
		return;
	/* padding stands behind the type: the content that is sealed is content, type, zeros, and
	 * the "type" 0 is the last of them */
	memset(inner, 0, content.len + 1 + pad);
	tls_mem_copy(inner, content.p, content.len);
	inner[content.len] = type;
	err = tls_record_seal(
	    wr, ws, wire, &wire_len, (enum tls_content)0, inner, content.len + 1 + pad);
	assert(err == 0 && wire_len == TLS_RECORD_HEADER_LEN + content.len + 1 + pad + 1 + TLS_AEAD_TAG_LEN);
	if ((how & 1) != 0)
		wire[at / 8 % wire_len] ^= (uint8_t)(1u << at % 8);
	err = tls_record_header(&h, wire, true);
	if (err == 0 && h.len <= wire_len - TLS_RECORD_HEADER_LEN)
		err = tls_record_open(
		    rd, ws, &got, &out, &h, wire + TLS_RECORD_HEADER_LEN, TLS_RECORD_MAX_LEN);
	else if (err == 0)
		err = TLS_E_AGAIN;
	assert((err == 0) == ((how & 1) == 0));
	if (err == 0)
		assert(got == type && tls_mem_same(out.p, out.len, content.p, content.len));
	else
		rd->seq = wr->seq;
	assert(rd->seq == wr->seq);
}

struct wire {
	struct tls_span left;
	uint8_t step;
};

static ssize_t pull(tls_transport_ptr_t ptr, void *dst, size_t n)
{
	struct wire *w = ptr;
	size_t k = w->step % 64u + 1;

	w->step = (uint8_t)(w->step * 5 + 1);
	if (w->step % 4 == 0) {
		errno = EAGAIN;
		return -1;
	}
	k = k < n ? k : n;
	k = k < w->left.len ? k : w->left.len;
	tls_span_copy(&w->left, dst, k);
	return (ssize_t)k;
}

static void one_stream(struct tls_span in, unsigned suite, bool protect)
{
	struct wire w = {.left = in, .step = (uint8_t)suite};
	struct tls_incoming rec = {0};
	size_t total = 0;
	tls_session_t s;
	int err;

	if (tls_init(&s, TLS_SERVER) != 0 || tls_session_set_workspace(s, ws) != 0)
		abort();
	tls_transport_set_ptr(s, &w);
	tls_transport_set_pull_function(s, pull);
	s->in.skip_left = suite > 128 ? 100 : 0;
	if (protect)
		install(&s->rd, suite);
	do {
		err = tls_input_enter(s);
		while (err == 0) {
			err = tls_input_next(s, &rec, true);
			if (err == 0)
				total += rec.content.len;
		}
		err = tls_input_leave(s, err);
		assert(total <= in.len && !ws->read_busy);
	} while (err == TLS_E_AGAIN);
	assert(err != 0);
	tls_deinit(s);
	assert(tls_workspace_lent(ws) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_span in = tls_span(data, size);
	uint8_t control = tls_span_u8(&in);
	struct tls_half wr = {0}, rd = {0};

	if (size == 0)
		return 0;
	one_stream(in, control >> 1, (control & 1) != 0);
	install(&wr, control >> 1);
	install(&rd, control >> 1);
	for (unsigned n = 0; n < 32 && tls_span_more(&in); n++)
		one_record(&wr, &rd, &in);
	tls_record_forget(&wr, ws);
	tls_record_forget(&rd, ws);
	return 0;
}

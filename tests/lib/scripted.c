/* scripted.c - see scripted.h. */
#include "scripted.h"

#include <stdlib.h>

#include "script.h"
#include "tls/hs/hs.h"
#include "tls/msg/certificate_verify.h"
#include "tls/workspace.h"
#include "tls/x509/cert.h"

void scripted_init(struct scripted *x, struct wire_pipe *to, struct wire_pipe *from)
{
	x->to = to;
	x->from = from;
	must(tls_workspace_init(&x->ws, 0));
	tls_transcript_init(&x->transcript);
}

void scripted_clear(struct scripted *x)
{
	tls_record_forget(&x->rd, x->ws);
	tls_record_forget(&x->wr, x->ws);
	tls_workspace_deinit(x->ws);
	tls_transcript_forget(&x->transcript);
	tls_buf_clear(&x->in);
	tls_buf_clear(&x->messages);
}

struct tls_span scripted_hash(const struct scripted *x, uint8_t out[TLS_HASH_MAX_LEN])
{
	return tls_transcript_hash(&x->transcript, out);
}

/* ---- Sending */

static void send_record(struct scripted *x, struct tls_half *half, unsigned type, const void *data, size_t len)
{
	uint8_t *rec = malloc(len + TLS_RECORD_OVERHEAD);
	size_t rec_len;

	must(tls_record_seal(half, x->ws, rec, &rec_len, (enum tls_content)type, data, len));
	wire_put(x->to, rec, rec_len);
	free(rec);
}

void scripted_send_record(struct scripted *x, unsigned type, const void *data, size_t len)
{
	send_record(x, &x->wr, type, data, len);
}

void scripted_send_plain_record(struct scripted *x, unsigned type, const void *data, size_t len)
{
	struct tls_half none = {0};

	send_record(x, &none, type, data, len);
}

void scripted_send_cut(struct scripted *x, size_t cut, const uint8_t *msg, size_t len)
{
	size_t step = cut > 0 ? cut : TLS_RECORD_MAX_LEN;

	for (size_t at = 0; at < len; at += step)
		scripted_send_record(x, TLS_CONTENT_HANDSHAKE, msg + at, len - at < step ? len - at : step);
}

void scripted_put_message(struct tls_buf *b, unsigned type, const void *body, size_t len)
{
	struct tls_block block;

	tls_buf_u8(b, type);
	block = tls_buf_open(b, 3);
	tls_buf_bytes(b, body, len);
	tls_buf_close(b, block);
}

/* ---- Receiving */

bool scripted_next_record(struct scripted *x, struct tls_record_header *h, const char **note)
{
	uint8_t chunk[4096];
	size_t n;

	while ((n = wire_get(x->from, chunk, sizeof(chunk))) > 0)
		tls_buf_bytes(&x->in, chunk, n);
	if (x->in.len < TLS_RECORD_HEADER_LEN)
		return false;
	if (tls_record_header(h, x->in.p, x->rd.suite != NULL) != 0) {
		wrong(note, "record header");
		return false;
	}
	return x->in.len - TLS_RECORD_HEADER_LEN >= h->len;
}

bool scripted_open(struct scripted *x, uint8_t *type, struct tls_span *content, const struct tls_record_header *h,
    bool is_protected)
{
	uint8_t *body = x->in.p + TLS_RECORD_HEADER_LEN;

	*type = h->type;
	*content = tls_span(body, h->len);
	return !is_protected ||
	    tls_record_open(&x->rd, x->ws, type, content, h, body, TLS_RECORD_MAX_LEN) == 0;
}

bool scripted_next_message(struct scripted *x, struct tls_span *msg)
{
	struct tls_span s = tls_buf_as_span(&x->messages);
	size_t len;

	if (s.len < TLS_HS_HEADER_LEN)
		return false;
	(void)tls_span_u8(&s);
	len = TLS_HS_HEADER_LEN + tls_span_u24(&s);
	*msg = tls_span(x->messages.p, len);
	return len <= x->messages.len;
}

bool scripted_verify(const struct scripted *x, uint16_t *scheme, struct tls_span body, struct tls_span leaf,
    bool of_server)
{
	struct tls_certificate_verify m;
	struct tls_cert cert;
	struct tls_pubkey *pub;
	struct tls_buf input = {0};
	uint8_t h[TLS_HASH_MAX_LEN];
	bool good;

	must(tls_certificate_verify_decode(&m, body));
	must(tls_cert_decode(&cert, leaf));
	must(tls_cert_new_pubkey(&pub, &cert));
	tls_certificate_verify_input(&input, of_server, scripted_hash(x, h));
	*scheme = m.scheme;
	good = tls_sig_fits(m.scheme, pub) &&
	    tls_sig_verify(pub, m.scheme, input.p, input.len, m.signature.p, m.signature.len);
	tls_pubkey_free(pub);
	tls_buf_clear(&input);
	return good;
}

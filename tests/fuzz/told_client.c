/* told_client.c - see told_client.h.
 *
 * The input is two bytes of choices and a program of {place, how, where, length, bytes}. Checked: what is
 * established is established on both sides, and data passes; a fatal error stays; receiving never waits to
 * write and sending never waits to read.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "told_client.h"

#include "tests/lib/serv12.h"
#include "tls/bytes/mem.h"
#include "tls/error.h"

#define MAX_OPS 12
#define MAX_ROUNDS 12

/* Where an operation acts: on a message, or (past the last one) when the handshake is over. */
#define N_PLACES 7

static const unsigned places13[N_PLACES] = {SERV_RETRY, TLS_HANDSHAKE_SERVER_HELLO,
    TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS, TLS_HANDSHAKE_CERTIFICATE_REQUEST, TLS_HANDSHAKE_CERTIFICATE_PKT,
    TLS_HANDSHAKE_CERTIFICATE_VERIFY, TLS_HANDSHAKE_FINISHED};
static const unsigned places12[N_PLACES] = {TLS_HANDSHAKE_SERVER_HELLO, TLS_HANDSHAKE_CERTIFICATE_PKT,
    TLS_HANDSHAKE_SERVER_KEY_EXCHANGE, TLS_HANDSHAKE_CERTIFICATE_REQUEST, TLS_HANDSHAKE_SERVER_HELLO_DONE,
    SERV_CCS, TLS_HANDSHAKE_FINISHED};

struct op {
	uint8_t place, how, at;
	struct tls_span bytes;
};

struct run {
	struct serv serv; /* first: change gets it */
	struct wire wire;
	tls_session_t client;
	const unsigned *places;
	struct op ops[MAX_OPS];
	unsigned n_ops;
};

static tls_certificate_credentials_t cred;

static tls_policy_t policy;

static void init(void)
{
	const char *names[] = {"server"};

	if (cred != NULL)
		return;
	if (tls_certificate_allocate_credentials(&cred) != 0 ||
	    tls_certificate_set_self_signed(cred, names, 1, 0, 1) != 0 ||
	    tls_policy_init(&policy, "intermediate") != 0)
		abort();
}

/* Everything behind at, or a piece of it, becomes bytes. */
static void splice(struct tls_buf *body, size_t at, size_t n_old, struct tls_span bytes)
{
	const struct tls_span old = body->p != NULL ? tls_buf_as_span(body) : tls_span("", 0);
	struct tls_buf b = {0};

	n_old = n_old < body->len - at ? n_old : body->len - at;
	tls_buf_bytes(&b, old.p, at);
	tls_buf_span(&b, bytes);
	tls_buf_bytes(&b, old.p + at + n_old, old.len - at - n_old);
	tls_buf_clear(body);
	*body = b;
}

static void alter(const struct op *op, struct tls_buf *body)
{
	size_t at = op->at < body->len ? op->at : body->len;

	switch (op->how % 5) {
	case 0: splice(body, at, op->bytes.len, op->bytes); break; /* overwrite */
	case 1: splice(body, at, 0, op->bytes); break; /* insert */
	case 2: splice(body, at, body->len, op->bytes); break; /* cut and go on */
	case 3: splice(body, body->len - at, at, op->bytes); break; /* counted from the end */
	default:
		for (size_t i = 0; i < op->bytes.len && at + i < body->len; i++)
			body->p[at + i] ^= op->bytes.p[i];
	}
}

static void change(struct serv *v, unsigned type, struct tls_buf *body)
{
	struct run *r = (struct run *)(void *)v;

	for (unsigned i = 0; i < r->n_ops; i++)
		if (r->ops[i].place < N_PLACES && r->places[r->ops[i].place] == type)
			alter(&r->ops[i], body);
}

/* Behind the handshake. */
static void send_more(struct serv *v, const struct op *op)
{
	switch (op->how % 5) {
	case 0: serv_send_message(v, op->at, op->bytes.p, op->bytes.len); break;
	case 1: serv_send_record(v, op->at, op->bytes.p, op->bytes.len); break;
	case 2: serv_send_plain_record(v, op->at, op->bytes.p, op->bytes.len); break;
	case 3: wire_put(&v->wire->s2c, op->bytes.p, op->bytes.len); break;
	default: v->tls12 ? serv12_ccs(v) : serv_key_update(v, op->at % 2 != 0);
	}
}

static void choose13(struct serv *v, uint8_t a)
{
	static const uint16_t suites[] = {TLS_CIPHER_AES_128_GCM_SHA256, TLS_CIPHER_AES_256_GCM_SHA384,
	    TLS_CIPHER_CHACHA20_POLY1305_SHA256, TLS_CIPHER_AES_128_GCM_SHA256};

	v->suite = suites[a % 4];
	v->retries = (a & 8) != 0;
	v->cookie = (a & 16) != 0 ? "c" : NULL;
	v->retry_group = (a & 32) != 0 ? TLS_GROUP_SECP256R1 : 0;
	if (v->retries > 0 && v->retry_group != 0)
		v->group = v->retry_group;
	v->one_record = (a & 64) != 0;
}

static void choose12(struct serv *v, uint8_t a)
{
	static const uint16_t suites[] = {TLS_CIPHER_ECDHE_ECDSA_AES_128_GCM_SHA256,
	    TLS_CIPHER_ECDHE_ECDSA_AES_256_GCM_SHA384, TLS_CIPHER_ECDHE_ECDSA_CHACHA20_POLY1305_SHA256,
	    TLS_CIPHER_ECDHE_ECDSA_AES_128_GCM_SHA256};

	v->suite = suites[a % 4];
	v->no_extended_master_secret = (a & 8) != 0;
	v->no_renegotiation_info = (a & 16) != 0;
	v->group = (a & 32) != 0 ? TLS_GROUP_SECP256R1 : v->group;
	v->point_formats = (a & 64) != 0 ? "\1" : NULL;
}

static void choose(struct run *r, struct tls_span *in)
{
	uint8_t a = tls_span_u8(in), b = tls_span_u8(in);
	tls_datum_t alpn = {(unsigned char *)"h2", 2};

	if (r->serv.tls12)
		choose12(&r->serv, a);
	else
		choose13(&r->serv, a);
	r->serv.ask = (a & 4) != 0;
	r->serv.alpn = (a & 128) != 0 ? "h2" : NULL;
	r->serv.cut = b % 64;
	r->wire.again_percent = (b & 64) != 0 ? 30 : 0;
	if ((b & 128) != 0)
		(void)tls_credentials_set(r->client, TLS_CRD_CERTIFICATE, cred);
	if (r->serv.alpn != NULL)
		(void)tls_alpn_set_protocols(r->client, &alpn, 1, 0);
	while (tls_span_more(in) && r->n_ops < MAX_OPS) {
		struct op *op = &r->ops[r->n_ops++];

		op->place = tls_span_u8(in) % (N_PLACES + 1);
		op->how = tls_span_u8(in);
		op->at = tls_span_u8(in);
		op->bytes = tls_span_block8(in, 0, 255);
		if (op->bytes.len == 0)
			op->bytes = tls_span("", 0);
	}
}

static int shake_hands(struct run *r)
{
	int err = TLS_E_AGAIN;

	for (unsigned i = 0; i < 200 && (err == TLS_E_AGAIN || err == TLS_E_INTERRUPTED); i++) {
		err = tls_handshake(r->client);
		serv_run(&r->serv);
		if (r->wire.again_percent == 0 && i > MAX_ROUNDS)
			break;
	}
	return err;
}

static void talk(struct run *r)
{
	uint8_t got[300];
	ssize_t n = 0;

	assert(r->serv.done && r->serv.wrong == NULL);
	for (unsigned i = 0; i < r->n_ops; i++)
		if (r->ops[i].place == N_PLACES)
			send_more(&r->serv, &r->ops[i]);
	for (unsigned i = 0; i < MAX_ROUNDS; i++) {
		n = tls_record_recv(r->client, got, sizeof(got));
		assert(n != TLS_E_AGAIN || tls_record_get_direction(r->client) == 0);
		if (tls_error_is_fatal((int)n) || n == 0)
			break;
	}
	if (n < 0 && tls_error_is_fatal((int)n)) {
		assert(tls_record_send(r->client, "x", 1) == n);
		(void)tls_alert_flush(r->client);
		return;
	}
	r->wire.again_percent = 0;
	assert(tls_record_send(r->client, "data", 4) == 4);
	serv_run(&r->serv);
	assert(r->serv.wrong == NULL && r->serv.data.len == 4);
}

static void begin(struct run *r, tls_protocol_t version)
{
	bool is_12 = version == TLS_1_2;

	memset(r, 0, sizeof(*r));
	r->wire.random = 1;
	r->places = is_12 ? places12 : places13;
	(is_12 ? serv_init12 : serv_init)(&r->serv, &r->wire, cred, TLS_SIGN_ECDSA_SECP256R1_SHA256);
	r->serv.change = change;
	if (tls_init(&r->client, TLS_CLIENT | TLS_NONBLOCK) != 0 ||
	    (is_12 && tls_policy_set(r->client, policy) != 0))
		abort();
	tls_transport_set_ptr(r->client, &r->wire);
	tls_transport_set_pull_function(r->client, wire_client_pull);
	tls_transport_set_push_function(r->client, wire_client_push);
}

void told_client(tls_protocol_t version, const uint8_t *data, size_t size)
{
	static struct run r;
	struct tls_span in = tls_span(data, size);
	int err;

	init();
	begin(&r, version);
	choose(&r, &in);
	err = shake_hands(&r);
	if (err == 0)
		talk(&r);
	else if (tls_error_is_fatal(err))
		assert(tls_handshake(r.client) == err);
	tls_deinit(r.client);
	serv_clear(&r.serv);
	wire_clear(&r.wire);
}

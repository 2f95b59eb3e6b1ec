/* serv13.c - see serv13.h. */
#include "serv12.h"

#include <stdlib.h>
#include <string.h>

#include "script.h"
#include "tls/bytes/mem.h"
#include "tls/hs/hs.h"
#include "tls/msg/certificate.h"
#include "tls/msg/certificate_request.h"
#include "tls/msg/certificate_verify.h"
#include "tls/msg/key_update.h"
#include "tls/msg/server_hello.h"
#include "tls/x509/cert.h"

static const uint16_t all_schemes[] = {TLS_SIGN_ECDSA_SECP256R1_SHA256, TLS_SIGN_ED25519,
    TLS_SIGN_ECDSA_SECP384R1_SHA384, TLS_SIGN_ECDSA_SECP521R1_SHA512, TLS_SIGN_RSA_PSS_RSAE_SHA256,
    TLS_SIGN_RSA_PSS_RSAE_SHA384, TLS_SIGN_RSA_PSS_RSAE_SHA512};

void serv_init(struct serv *v, struct wire *w, tls_certificate_credentials_t cred, uint16_t scheme)
{
	uint16_t chosen;

	memset(v, 0, sizeof(*v));
	v->wire = w;
	scripted_init(&v->io, &w->s2c, &w->c2s);
	v->alert = -1;
	v->version = TLS_1_3;
	v->suite = TLS_CIPHER_AES_128_GCM_SHA256;
	v->group = TLS_GROUP_X25519;
	v->scheme = scheme;
	must(tls_credentials_choose(cred, &v->entry, &chosen, tls_span(NULL, 0), &scheme, 1, &scheme, 1));
	must(tls_rng_fill(NULL, v->random, sizeof(v->random)));
}

void serv_clear(struct serv *v)
{
	scripted_clear(&v->io);
	tls_buf_clear(&v->hello_body);
	tls_buf_clear(&v->first_hello);
	tls_buf_clear(&v->client_leaf);
	tls_buf_clear(&v->client_context);
	tls_buf_clear(&v->data);
	tls_buf_clear(&v->flight);
}

/* ---- Sending */

void serv_send_record(struct serv *v, unsigned type, const void *data, size_t len)
{
	scripted_send_record(&v->io, type, data, len);
}

void serv_send_plain_record(struct serv *v, unsigned type, const void *data, size_t len)
{
	scripted_send_plain_record(&v->io, type, data, len);
}

void serv_send_message(struct serv *v, unsigned type, const void *body, size_t len)
{
	struct tls_buf b = {0};

	scripted_put_message(&b, type, body, len);
	if (!v->done)
		tls_transcript_add(&v->io.transcript, tls_buf_as_span(&b));
	if (v->one_record && v->io.wr.suite != NULL && !v->done)
		tls_buf_span(&v->flight, tls_buf_as_span(&b));
	else
		scripted_send_cut(&v->io, v->cut, b.p, b.len);
	tls_buf_clear(&b);
}

static void grow(uint8_t *at, size_t n)
{
	size_t len = (size_t)(at[0] << 8 | at[1]) + n;

	at[0] = (uint8_t)(len >> 8);
	at[1] = (uint8_t)len;
}

/* Adds the extension to the block that ends the body and whose length stands at. */
static void add_extra(struct serv *v, unsigned step, struct tls_buf *body, size_t at)
{
	size_t before = body->len;
	struct tls_block e = tls_ext_open(body, v->extra_type);

	tls_buf_span(body, v->extra_body);
	tls_buf_close(body, e);
	grow(body->p + at, body->len - before);
	if (step == TLS_HANDSHAKE_CERTIFICATE_PKT)
		grow(body->p + 2, body->len - before); /* the list of certificates */
}

bool serv_send_step(struct serv *v, unsigned step, struct tls_buf *body, size_t ext_at)
{
	if (v->stopped || v->stop_before == step) {
		v->stopped = true;
		return false;
	}
	if (v->extra_in == step && v->extra_type != 0)
		add_extra(v, step, body, ext_at);
	if (v->change != NULL)
		v->change(v, step, body);
	serv_send_message(v, step == SERV_RETRY ? TLS_HANDSHAKE_SERVER_HELLO : step, body->p, body->len);
	tls_buf_clear(body);
	return true;
}

/* Random, session id, suite, compression: the extensions stand behind. */
static size_t hello_ext_at(const struct serv *v)
{
	return 2 + TLS_RANDOM_LEN + 1 + v->hello.session_id.len + 2 + 1;
}

static void send_retry(struct serv *v)
{
	struct tls_server_hello m = {.is_retry = true,
	    .session_id = v->hello.session_id,
	    .suite = v->retry_suite != 0 ? v->retry_suite : v->suite,
	    .version = v->version,
	    .group = v->retry_group,
	    .cookie = tls_span(v->cookie, v->cookie != NULL ? strlen(v->cookie) : 0)};
	struct tls_buf body = {0};
	const struct tls_suite *suite = tls_suite_by_id(m.suite);

	if (v->n_hellos == 1) {
		tls_transcript_choose(&v->io.transcript, suite != NULL ? suite->hash : TLS_HASH_SHA256);
		tls_transcript_retry(&v->io.transcript);
	}
	tls_server_hello_encode(&body, &m);
	serv_send_step(v, SERV_RETRY, &body, hello_ext_at(v));
	tls_buf_clear(&body);
}

static void make_keys(struct serv *v)
{
	uint8_t h[TLS_HASH_MAX_LEN];
	const struct tls_group *group = tls_group_by_id(v->group);

	tls_sched13_start(&v->sched, v->chosen->hash, NULL, 0);
	tls_sched13_next(&v->sched, v->secret, group != NULL ? group->secret_len : 32);
	tls_sched13_derive(&v->c_hs, &v->sched, "c hs traffic", scripted_hash(&v->io, h));
	tls_sched13_derive(&v->s_hs, &v->sched, "s hs traffic", scripted_hash(&v->io, h));
	tls_record_install(&v->io.rd, v->io.ws, v->chosen, &v->c_hs);
	tls_record_install(&v->io.wr, v->io.ws, v->chosen, &v->s_hs);
}

/* An answer to a share that wasn't offered is 32 bytes of something. */
static void send_hello(struct serv *v)
{
	const struct tls_group *group = tls_group_by_id(v->group);
	struct tls_server_hello m = {.random = tls_span(v->random, TLS_RANDOM_LEN),
	    .session_id = v->hello.session_id,
	    .suite = v->suite,
	    .version = v->version,
	    .group = v->group,
	    .share = tls_span(v->share, 32)};
	struct tls_buf body = {0};
	struct tls_span share;

	if (group != NULL && tls_client_hello_share(&v->hello, v->group, &share)) {
		must(tls_group_respond(v->share, v->secret, group, share.p, share.len, NULL));
		m.share.len = group->server_share_len;
	}
	v->chosen = tls_suite_by_id(v->suite);
	if (v->chosen == NULL)
		v->chosen = tls_suite_by_id(TLS_CIPHER_AES_128_GCM_SHA256);
	tls_transcript_choose(&v->io.transcript, v->chosen->hash);
	tls_server_hello_encode(&body, &m);
	if (serv_send_step(v, TLS_HANDSHAKE_SERVER_HELLO, &body, hello_ext_at(v)))
		make_keys(v);
	tls_buf_clear(&body);
}

static void send_extensions(struct serv *v)
{
	struct tls_buf body = {0};
	struct tls_block all = tls_buf_open(&body, 2), e, list, name;

	if (v->server_name)
		tls_buf_close(&body, tls_ext_open(&body, TLS_EXT_SERVER_NAME));
	tls_ext_encode_record_size_limit(&body, (uint16_t)v->record_size_limit);
	if (v->alpn != NULL) {
		e = tls_ext_open(&body, TLS_EXT_ALPN);
		list = tls_buf_open(&body, 2);
		name = tls_buf_open(&body, 1);
		tls_buf_bytes(&body, v->alpn, strlen(v->alpn));
		tls_buf_close(&body, name);
		tls_buf_close(&body, list);
		tls_buf_close(&body, e);
	}
	tls_buf_close(&body, all);
	serv_send_step(v, TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS, &body, 0);
	tls_buf_clear(&body);
}

static void send_request(struct serv *v)
{
	uint8_t schemes[2 * 7];
	struct tls_certificate_request m = {
	    .context = tls_span(v->context, v->context != NULL ? strlen(v->context) : 0),
	    .schemes = tls_span(schemes, sizeof(schemes))};
	struct tls_buf body = {0};

	for (unsigned i = 0; i < 7; i++) {
		schemes[2 * i] = (uint8_t)(all_schemes[i] >> 8);
		schemes[2 * i + 1] = (uint8_t)all_schemes[i];
	}
	tls_certificate_request_encode(&body, &m);
	serv_send_step(v, TLS_HANDSHAKE_CERTIFICATE_REQUEST, &body, 1 + m.context.len);
	tls_buf_clear(&body);
}

static void send_certificate(struct serv *v)
{
	/* the extension's head, and the head of what is in it */
	size_t ext_len = v->staple.len > 0 ? 4 + 4 + v->staple.len : 0;
	struct tls_certificate m = {.status = v->staple};
	struct tls_buf body = {0};

	if (!v->no_chain)
		m.cert[m.n++] = v->entry->chain[0];
	tls_certificate_encode(&body, &m);
	serv_send_step(v, TLS_HANDSHAKE_CERTIFICATE_PKT, &body, body.len - 2 - ext_len);
	tls_buf_clear(&body);
}

static void send_verify(struct serv *v)
{
	uint8_t h[TLS_HASH_MAX_LEN], sig[TLS_SIG_MAX_LEN];
	struct tls_certificate_verify m = {.scheme = v->scheme};
	struct tls_buf input = {0}, body = {0};
	size_t sig_len = sizeof(sig);

	tls_certificate_verify_input(&input, true, scripted_hash(&v->io, h));
	must(tls_sig_sign(sig, &sig_len, v->entry->key, v->sign_with != 0 ? v->sign_with : v->scheme,
	    input.p, input.len, NULL));
	m.signature = tls_span(sig, sig_len);
	tls_certificate_verify_encode(&body, &m);
	serv_send_step(v, TLS_HANDSHAKE_CERTIFICATE_VERIFY, &body, 0);
	tls_buf_clear(&input);
	tls_buf_clear(&body);
}

static void send_finished(struct serv *v)
{
	uint8_t h[TLS_HASH_MAX_LEN], verify[TLS_HASH_MAX_LEN];
	struct tls_buf body = {0};

	tls_sched13_finished(verify, v->chosen->hash, &v->s_hs, scripted_hash(&v->io, h));
	tls_buf_bytes(&body, verify, tls_hash_len(v->chosen->hash));
	if (!serv_send_step(v, TLS_HANDSHAKE_FINISHED, &body, 0))
		tls_buf_clear(&body);
	scripted_send_cut(&v->io, v->cut, v->flight.p, v->flight.len);
	if (v->stopped)
		return;
	tls_sched13_next(&v->sched, NULL, 0);
	tls_sched13_derive(&v->c_ap, &v->sched, "c ap traffic", scripted_hash(&v->io, h));
	tls_sched13_derive(&v->s_ap, &v->sched, "s ap traffic", scripted_hash(&v->io, h));
	tls_record_install(&v->io.wr, v->io.ws, v->chosen, &v->s_ap);
}

/* ---- Receiving */

static void take_hello(struct serv *v, struct tls_span msg, struct tls_span body)
{
	static const uint8_t one = 1;

	tls_buf_clear(&v->first_hello);
	v->first_hello = v->hello_body;
	tls_buf_init(&v->hello_body, 0);
	tls_buf_span(&v->hello_body, body);
	must(tls_client_hello_decode(&v->hello, tls_buf_as_span(&v->hello_body)));
	tls_transcript_add(&v->io.transcript, msg);
	if (v->tls12) {
		serv12_answer(v);
		return;
	}
	if (v->n_hellos++ < v->retries) {
		send_retry(v);
		return;
	}
	send_hello(v);
	if (!v->stopped && v->n_hellos == 1)
		serv_send_plain_record(v, TLS_CONTENT_CCS, &one, 1);
	send_extensions(v);
	if (v->ask)
		send_request(v);
	send_certificate(v);
	send_verify(v);
	send_finished(v);
}

static void take_certificate(struct serv *v, struct tls_span body)
{
	struct tls_certificate m;

	must(tls_certificate_decode(&m, body));
	if (!v->ask)
		wrong(&v->wrong, "a certificate that nobody asked for");
	tls_buf_span(&v->client_context, m.context);
	if (m.n > 0)
		tls_buf_span(&v->client_leaf, m.cert[0]);
}

static void take_verify(struct serv *v, struct tls_span body)
{
	v->proved = scripted_verify(&v->io, &v->client_scheme, body, tls_buf_as_span(&v->client_leaf), false);
	if (!v->proved)
		wrong(&v->wrong, "CertificateVerify");
}

static void take_finished(struct serv *v, struct tls_span body)
{
	uint8_t h[TLS_HASH_MAX_LEN], verify[TLS_HASH_MAX_LEN];

	tls_sched13_finished(verify, v->chosen->hash, &v->c_hs, scripted_hash(&v->io, h));
	if (!tls_mem_same(body.p, body.len, verify, tls_hash_len(v->chosen->hash)))
		wrong(&v->wrong, "Finished");
	if (v->client_leaf.len > 0 && !v->proved)
		wrong(&v->wrong, "no CertificateVerify");
	tls_record_install(&v->io.rd, v->io.ws, v->chosen, &v->c_ap);
	v->done = true;
}

static void take_key_update(struct serv *v, struct tls_span body)
{
	v->n_key_updates++;
	must(tls_key_update_decode(&v->key_update_asked, body));
	tls_sched13_update(v->chosen->hash, &v->c_ap);
	tls_record_install(&v->io.rd, v->io.ws, v->chosen, &v->c_ap);
}

static void take_message(struct serv *v, struct tls_span msg)
{
	struct tls_span body = tls_span(msg.p + TLS_HS_HEADER_LEN, msg.len - TLS_HS_HEADER_LEN);

	if (v->tls12 && serv12_take_message(v, msg))
		return;
	switch (msg.p[0]) {
	case TLS_HANDSHAKE_CLIENT_HELLO:
		take_hello(v, msg, body);
		return;
	case TLS_HANDSHAKE_CERTIFICATE_PKT:
		take_certificate(v, body);
		break;
	case TLS_HANDSHAKE_CERTIFICATE_VERIFY:
		take_verify(v, body);
		break;
	case TLS_HANDSHAKE_FINISHED:
		take_finished(v, body);
		break;
	case TLS_HANDSHAKE_KEY_UPDATE:
		take_key_update(v, body);
		return;
	default:
		wrong(&v->wrong, "a message that no client sends");
	}
	tls_transcript_add(&v->io.transcript, msg);
}

static void take_messages(struct serv *v, struct tls_span content)
{
	struct tls_span msg;

	tls_buf_span(&v->io.messages, content);
	while (scripted_next_message(&v->io, &msg)) {
		take_message(v, msg);
		tls_buf_drop(&v->io.messages, msg.len);
	}
}

static void take_record(struct serv *v, const struct tls_record_header *h)
{
	bool is_protected = v->io.rd.suite != NULL && (v->tls12 || h->type == TLS_CONTENT_DATA);
	struct tls_span content;
	uint8_t type;

	if (!scripted_open(&v->io, &type, &content, h, is_protected)) {
		wrong(&v->wrong, "a record that doesn't open");
		return;
	}
	if (type == TLS_CONTENT_HANDSHAKE) {
		take_messages(v, content);
	} else if (type == TLS_CONTENT_DATA && is_protected) {
		tls_buf_span(&v->data, content);
	} else if (type == TLS_CONTENT_ALERT && content.len == 2) {
		v->alert_level = content.p[0];
		v->alert = content.p[1];
		v->alert_protected = is_protected;
		v->ended = v->ended || v->alert == TLS_ALERT_CLOSE_NOTIFY;
	} else if (type == TLS_CONTENT_CCS && (v->tls12 || !is_protected) && content.len == 1 &&
	    content.p[0] == 1) {
		v->n_ccs++;
		if (v->tls12)
			serv12_take_ccs(v);
	} else {
		wrong(&v->wrong, "record type");
	}
}

void serv_run(struct serv *v)
{
	struct tls_record_header h;

	while (scripted_next_record(&v->io, &h, &v->wrong)) {
		take_record(v, &h);
		tls_buf_drop(&v->io.in, TLS_RECORD_HEADER_LEN + h.len);
	}
}

void serv_key_update(struct serv *v, bool request)
{
	uint8_t value = request;

	serv_send_message(v, TLS_HANDSHAKE_KEY_UPDATE, &value, 1);
	tls_sched13_update(v->chosen->hash, &v->s_ap);
	tls_record_install(&v->io.wr, v->io.ws, v->chosen, &v->s_ap);
}

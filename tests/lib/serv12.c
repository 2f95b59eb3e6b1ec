/* serv12.c - see serv12.h. */
#include "serv12.h"

#include <string.h>

#include "script.h"
#include "tls/bytes/mem.h"
#include "tls/hs/hs.h"
#include "tls/msg/certificate.h"
#include "tls/msg/certificate_request12.h"
#include "tls/msg/certificate_verify.h"
#include "tls/msg/certificate_status.h"
#include "tls/msg/key_exchange.h"
#include "tls/msg/server_hello.h"
#include "tls/x509/cert.h"

void serv_init12(struct serv *v, struct wire *w, tls_certificate_credentials_t cred, uint16_t scheme)
{
	serv_init(v, w, cred, scheme);
	tls_transcript_keep(&v->io.transcript);
	v->tls12 = true;
	v->version = 0;
	v->suite = tls_pubkey_kind(tls_privkey_public(v->entry->key)) == TLS_PK_RSA
	    ? TLS_CIPHER_ECDHE_RSA_AES_128_GCM_SHA256
	    : TLS_CIPHER_ECDHE_ECDSA_AES_128_GCM_SHA256;
}

static struct tls_span text(const char *s)
{
	return tls_span(s, s != NULL ? strlen(s) : 0);
}

static struct tls_span random_of(const uint8_t *random)
{
	return tls_span(random, TLS_RANDOM_LEN);
}

/* Random, session id, suite, compression: the extensions stand behind. */
static size_t hello_ext_at(const struct serv *v)
{
	return 2 + TLS_RANDOM_LEN + 1 + v->session_id.len + 2 + 1;
}

static void send_hello(struct serv *v)
{
	struct tls_server_hello m = {.random = random_of(v->random),
	    .session_id = v->session_id,
	    .suite = v->suite,
	    .extended_master_secret = !v->no_extended_master_secret,
	    .has_renegotiation_info = !v->no_renegotiation_info,
	    .renegotiation_info = v->renegotiation_info != NULL ? text(v->renegotiation_info)
								: tls_span(v->info, v->info_len),
	    .point_formats = text(v->point_formats),
	    .alpn = text(v->alpn),
	    .server_name = v->server_name,
	    .status_request = v->promise || (v->staple.len > 0 && !v->unpromised),
	    .record_size_limit = (uint16_t)v->record_size_limit};
	struct tls_buf body = {0};

	v->chosen = tls_suite_by_id(v->suite);
	if (v->chosen == NULL || v->chosen->version != TLS_1_2)
		v->chosen = tls_suite_by_id(TLS_CIPHER_ECDHE_ECDSA_AES_128_GCM_SHA256);
	tls_transcript_choose(&v->io.transcript, v->chosen->hash);
	tls_server_hello_encode(&body, &m);
	serv_send_step(v, TLS_HANDSHAKE_SERVER_HELLO, &body, hello_ext_at(v));
	tls_buf_clear(&body);
}

static void send_certificate(struct serv *v)
{
	struct tls_certificate m = {.n = 0};
	struct tls_buf body = {0};

	if (!v->no_chain)
		m.cert[m.n++] = v->entry->chain[0];
	tls_certificate_encode12(&body, &m);
	serv_send_step(v, TLS_HANDSHAKE_CERTIFICATE_PKT, &body, 0);
	tls_buf_clear(&body);
}

static void send_status(struct serv *v)
{
	struct tls_buf body = {0};

	if (v->staple.len == 0)
		return;
	tls_certificate_status_encode(&body, v->staple);
	serv_send_step(v, TLS_HANDSHAKE_CERTIFICATE_STATUS, &body, 0);
	tls_buf_clear(&body);
}

/* A curve that we don't know, or a group that is none, has 32 bytes of something for a point. */
static void send_key_exchange(struct serv *v)
{
	const struct tls_group *group = tls_group_by_id(v->group);
	uint8_t sig[TLS_SIG_MAX_LEN];
	struct tls_server_key_exchange m = {.group = v->group, .share = tls_span(v->share, 32),
	    .scheme = v->scheme};
	struct tls_buf input = {0}, body = {0};
	size_t sig_len = sizeof(sig);

	if (group != NULL && group->part == NULL) {
		must(tls_group_generate(&v->group_key, v->share, group, NULL));
		m.share.len = group->client_share_len;
	}
	tls_buf_span(&input, v->hello.random);
	tls_buf_bytes(&input, v->random, TLS_RANDOM_LEN);
	tls_server_key_exchange_params(&input, m.group, m.share);
	must(tls_sig_sign(sig, &sig_len, v->entry->key, v->sign_with != 0 ? v->sign_with : v->scheme,
	    input.p, input.len, NULL));
	m.signature = tls_span(sig, sig_len);
	tls_server_key_exchange_encode(&body, &m);
	serv_send_step(v, TLS_HANDSHAKE_SERVER_KEY_EXCHANGE, &body, 0);
	tls_buf_clear(&input);
	tls_buf_clear(&body);
}

static void send_request(struct serv *v)
{
	static const uint16_t all[] = {0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501,
	    0x0601, 0};
	struct tls_certificate_request12 m = {.types = v->types != NULL ? text(v->types) : text("\x01\x40")};
	struct tls_buf schemes = {0}, body = {0};

	for (const uint16_t *p = v->schemes != NULL ? v->schemes : all; *p != 0; p++)
		tls_buf_u16(&schemes, *p);
	m.schemes = tls_buf_as_span(&schemes);
	tls_certificate_request12_encode(&body, &m);
	serv_send_step(v, TLS_HANDSHAKE_CERTIFICATE_REQUEST, &body, 0);
	tls_buf_clear(&schemes);
	tls_buf_clear(&body);
}

void serv12_answer(struct serv *v)
{
	struct tls_buf none = {0};

	v->n_hellos++;
	send_hello(v);
	send_certificate(v);
	send_status(v);
	send_key_exchange(v);
	if (v->ask)
		send_request(v);
	serv_send_step(v, TLS_HANDSHAKE_SERVER_HELLO_DONE, &none, 0);
	tls_buf_clear(&none);
}

/* ---- The client's answer */

static void make_keys(struct serv *v)
{
	struct tls_span premaster = tls_span(v->secret, v->group_key.group->secret_len);
	struct tls_span client = v->hello.random, server = random_of(v->random);
	uint8_t h[TLS_HASH_MAX_LEN];

	if (v->no_extended_master_secret)
		tls_sched12_master(&v->sched12, v->chosen->hash, premaster, client, server);
	else
		tls_sched12_extended(
		    &v->sched12, v->chosen->hash, premaster, scripted_hash(&v->io, h));
	tls_sched12_keys(&v->c_keys, &v->s_keys, &v->sched12, v->chosen->aead, client, server);
}

static void take_certificate(struct serv *v, struct tls_span body)
{
	struct tls_certificate m;

	must(tls_certificate_decode12(&m, body));
	if (!v->ask || v->group_key.group == NULL || v->got_certificate)
		wrong(&v->wrong, "Certificate");
	v->got_certificate = true;
	if (m.n > 0)
		tls_buf_span(&v->client_leaf, m.cert[0]);
}

static void take_verify(struct serv *v, struct tls_span body)
{
	struct tls_certificate_verify m;
	struct tls_cert cert;
	struct tls_pubkey *pub;
	struct tls_span input;

	must(tls_certificate_verify_decode(&m, body));
	must(tls_cert_decode(&cert, tls_buf_as_span(&v->client_leaf)));
	must(tls_cert_new_pubkey(&pub, &cert));
	must(tls_transcript_messages(&v->io.transcript, &input));
	v->proved = tls_sig_fits12(m.scheme, pub) &&
	    tls_sig_verify(pub, m.scheme, input.p, input.len, m.signature.p, m.signature.len);
	if (!v->proved)
		wrong(&v->wrong, "CertificateVerify");
	v->client_scheme = m.scheme;
	tls_pubkey_free(pub);
}

static void take_key_exchange(struct serv *v, struct tls_span body)
{
	struct tls_span share;

	must(tls_client_key_exchange_decode(&share, body));
	must(tls_group_finish(v->secret, &v->group_key, share.p, share.len));
}

void serv12_take_ccs(struct serv *v)
{
	if (v->n_ccs > 1 || v->group_key.group == NULL || v->io.messages.len > 0)
		wrong(&v->wrong, "change_cipher_spec");
	else
		tls_record_install12(&v->io.rd, v->io.ws, v->chosen, v->c_keys.key, v->c_keys.iv);
}

void serv12_ccs(struct serv *v)
{
	static const uint8_t one = 1;

	serv_send_record(v, TLS_CONTENT_CCS, &one, 1);
	tls_record_install12(&v->io.wr, v->io.ws, v->chosen, v->s_keys.key, v->s_keys.iv);
}

void serv12_finished(struct serv *v)
{
	uint8_t h[TLS_HASH_MAX_LEN], verify[TLS_VERIFY_DATA_LEN];
	struct tls_buf body = {0};

	tls_sched12_finished(verify, &v->sched12, true, scripted_hash(&v->io, h));
	tls_buf_bytes(&body, verify, sizeof(verify));
	if (serv_send_step(v, TLS_HANDSHAKE_FINISHED, &body, 0)) {
		v->done = true;
		v->n_handshakes++;
	}
	memcpy(v->server_verify, verify, sizeof(verify));
	tls_buf_clear(&body);
}

static void take_finished(struct serv *v, struct tls_span msg, struct tls_span body)
{
	uint8_t h[TLS_HASH_MAX_LEN], verify[TLS_VERIFY_DATA_LEN];

	tls_sched12_finished(verify, &v->sched12, false, scripted_hash(&v->io, h));
	if (v->io.rd.suite == NULL || !tls_mem_same(body.p, body.len, verify, sizeof(verify)))
		wrong(&v->wrong, "Finished");
	if (v->got_certificate != v->ask || v->proved != (v->client_leaf.len > 0))
		wrong(&v->wrong, "a client that doesn't say who it is");
	memcpy(v->client_verify, verify, sizeof(verify));
	tls_transcript_add(&v->io.transcript, msg);
	if (v->stopped || v->stop_before == SERV_CCS) {
		v->stopped = true;
		return;
	}
	serv12_ccs(v);
	serv12_finished(v);
}

/* RFC 5746 section 3.5, RFC 8446 section 4.1.2: bound to the session, and of its version. */
static void check_again(struct serv *v, struct tls_span body)
{
	struct tls_client_hello m;
	struct tls_span info;

	must(tls_client_hello_decode(&m, body));
	info = m.renegotiation_info;
	if (!tls_mem_same(info.p, info.len, v->client_verify, sizeof(v->client_verify)) ||
	    tls_client_hello_has(m.suites, 0x00ff))
		wrong(&v->wrong, "renegotiation_info");
	if (m.versions.len > 0 || m.has_key_share || m.session_id.len > 0 ||
	    tls_client_hello_has(m.suites, TLS_CIPHER_AES_128_GCM_SHA256))
		wrong(&v->wrong, "TLS 1.3 in a renegotiation");
}

static void again(struct serv *v)
{
	must(tls_rng_fill(NULL, v->random, sizeof(v->random)));
	tls_transcript_forget(&v->io.transcript);
	tls_transcript_init(&v->io.transcript);
	tls_transcript_keep(&v->io.transcript);
	tls_buf_clear(&v->client_leaf);
	if (!v->keep_info) {
		memcpy(v->info, v->client_verify, TLS_VERIFY_DATA_LEN);
		memcpy(v->info + TLS_VERIFY_DATA_LEN, v->server_verify, TLS_VERIFY_DATA_LEN);
		v->info_len = 2 * TLS_VERIFY_DATA_LEN;
	}
	v->done = v->stopped = v->got_certificate = v->proved = false;
	v->n_ccs = 0;
}

/* A hello in an established session: true if it is answered by another handshake. */
static bool begins_again(struct serv *v, struct tls_span body)
{
	static const uint8_t no_renegotiation[2] = {TLS_AL_WARNING, TLS_ALERT_NO_RENEGOTIATION};

	check_again(v, body);
	if (v->declines)
		serv_send_record(v, TLS_CONTENT_ALERT, no_renegotiation, 2);
	if (v->declines || v->ignores)
		return false;
	again(v);
	return true;
}

bool serv12_take_message(struct serv *v, struct tls_span msg)
{
	struct tls_span body = tls_span(msg.p + TLS_HS_HEADER_LEN, msg.len - TLS_HS_HEADER_LEN);

	switch (msg.p[0]) {
	case TLS_HANDSHAKE_CLIENT_KEY_EXCHANGE:
		take_key_exchange(v, body);
		tls_transcript_add(&v->io.transcript, msg);
		make_keys(v);
		return true;
	case TLS_HANDSHAKE_CERTIFICATE_PKT:
		take_certificate(v, body);
		tls_transcript_add(&v->io.transcript, msg);
		return true;
	case TLS_HANDSHAKE_CERTIFICATE_VERIFY:
		take_verify(v, body);
		tls_transcript_add(&v->io.transcript, msg);
		return true;
	case TLS_HANDSHAKE_FINISHED:
		take_finished(v, msg, body);
		return true;
	case TLS_HANDSHAKE_CLIENT_HELLO:
		return v->done && !begins_again(v, body);
	default:
		wrong(&v->wrong, "a message that no client sends in TLS 1.2");
		return true;
	}
}

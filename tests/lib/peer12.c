/* peer12.c - see peer12.h. */
#include "peer12.h"

#include <string.h>

#include "script.h"
#include "tls/bytes/mem.h"
#include "tls/crypto/sig.h"
#include "tls/hs/hs.h"
#include "tls/msg/certificate.h"
#include "tls/msg/certificate_verify.h"
#include "tls/msg/key_exchange.h"
#include "tls/msg/server_hello.h"
#include "tls/x509/cert.h"

void peer_init12(struct peer *p, struct wire *w)
{
	static const uint16_t suites[] = {0xc02b, 0xc02c, 0xcca9, 0xc02f, 0xc030, 0xcca8};
	static const uint16_t pkcs1[] = {0x0401, 0x0501, 0x0601};

	peer_init(p, w);
	tls_transcript_keep(&p->io.transcript);
	p->tls12 = true;
	p->n_versions = p->n_shares = 0;
	p->session_id_len = 0;
	p->n_suites = sizeof(suites) / sizeof(suites[0]);
	memcpy(p->suites, suites, sizeof(suites));
	memcpy(p->schemes + p->n_schemes, pkcs1, sizeof(pkcs1));
	p->n_schemes += 3;
}

void peer12_again(struct peer *p)
{
	must(tls_rng_fill(NULL, p->random, sizeof(p->random)));
	tls_buf_clear(&p->request);
	tls_transcript_forget(&p->io.transcript);
	tls_transcript_init(&p->io.transcript);
	tls_buf_clear(&p->leaf);
	tls_buf_clear(&p->extensions);
	memcpy(p->info, p->client_verify, TLS_VERIFY_DATA_LEN);
	p->info_len = TLS_VERIFY_DATA_LEN;
	p->got_hello = p->done = p->asked = false;
	p->n_ccs = 0;
}

void peer12_put_extensions(struct peer *p, struct tls_buf *b)
{
	struct tls_block ext, block;

	if (!p->no_extended_master_secret)
		tls_ext_encode_empty(b, TLS_EXT_EXTENDED_MASTER_SECRET, true);
	if (!p->no_renegotiation_info) {
		ext = tls_ext_open(b, TLS_EXT_RENEGOTIATION_INFO);
		block = tls_buf_open(b, 1);
		tls_buf_bytes(b, p->info, p->info_len);
		tls_buf_close(b, block);
		tls_buf_close(b, ext);
	}
	ext = tls_ext_open(b, TLS_EXT_EC_POINT_FORMATS);
	tls_buf_u16(b, 0x0100);
	tls_buf_close(b, ext);
}

static struct tls_span random_of(const uint8_t *random)
{
	return tls_span(random, TLS_RANDOM_LEN);
}

/* RFC 5746 sections 3.6 and 3.7. */
static void check_renegotiation_info(struct peer *p, const struct tls_server_hello *m)
{
	uint8_t both[2 * TLS_VERIFY_DATA_LEN];
	size_t len = p->n_handshakes > 0 ? sizeof(both) : 0;

	memcpy(both, p->client_verify, TLS_VERIFY_DATA_LEN);
	memcpy(both + TLS_VERIFY_DATA_LEN, p->server_verify, TLS_VERIFY_DATA_LEN);
	if (!m->has_renegotiation_info ||
	    !tls_mem_same(m->renegotiation_info.p, m->renegotiation_info.len, both, len))
		wrong(&p->wrong, "renegotiation_info");
}

static void take_server_hello(struct peer *p, struct tls_span body)
{
	struct tls_server_hello m;

	must(tls_server_hello_decode(&m, body));
	if (m.version != 0 || m.session_id.len > 0)
		wrong(&p->wrong, "ServerHello of TLS 1.2");
	check_renegotiation_info(p, &m);
	if (m.extended_master_secret == p->no_extended_master_secret)
		wrong(&p->wrong, "extended_master_secret");
	p->got_hello = true;
	p->suite = m.suite;
	p->chosen = tls_suite_by_id(m.suite);
	if (p->chosen == NULL || p->chosen->version != TLS_1_2)
		abort();
	memcpy(p->server_random, m.random.p, TLS_RANDOM_LEN);
	tls_buf_span(&p->extensions, body);
	tls_transcript_choose(&p->io.transcript, p->chosen->hash);
}

static void take_certificate(struct peer *p, struct tls_span body)
{
	struct tls_certificate m;

	must(tls_certificate_decode12(&m, body));
	if (m.n == 0)
		wrong(&p->wrong, "no certificate");
	else
		tls_buf_span(&p->leaf, m.cert[0]);
}

static void check_signature(struct peer *p, const struct tls_server_key_exchange *m)
{
	struct tls_cert cert;
	struct tls_pubkey *pub;
	struct tls_buf input = {0};
	bool rsa;

	must(tls_cert_decode(&cert, tls_buf_as_span(&p->leaf)));
	must(tls_cert_new_pubkey(&pub, &cert));
	rsa = tls_pubkey_kind(pub) == TLS_PK_RSA;
	tls_buf_bytes(&input, p->random, TLS_RANDOM_LEN);
	tls_buf_bytes(&input, p->server_random, TLS_RANDOM_LEN);
	tls_buf_span(&input, m->params);
	if (!tls_sig_verify(pub, m->scheme, input.p, input.len, m->signature.p, m->signature.len))
		wrong(&p->wrong, "signature of ServerKeyExchange");
	if (rsa != (p->chosen->auth == TLS_AUTH_RSA))
		wrong(&p->wrong, "suite and key");
	tls_pubkey_free(pub);
	tls_buf_clear(&input);
}

static void take_key_exchange(struct peer *p, struct tls_span body)
{
	struct tls_server_key_exchange m;
	const struct tls_group *group;

	must(tls_server_key_exchange_decode(&m, body));
	group = tls_group_by_id(m.group);
	if (group == NULL)
		abort();
	check_signature(p, &m);
	p->group = m.group;
	p->scheme = m.scheme;
	must(tls_group_respond(p->share12, p->premaster, group, m.share.p, m.share.len, NULL));
	p->keys[0].group = group;
}

void peer12_certificate(struct peer *p)
{
	struct tls_certificate m = {.n = 0};
	struct tls_buf b = {0};

	if (p->entry != NULL)
		m.cert[m.n++] = p->entry->chain[0];
	tls_certificate_encode12(&b, &m);
	peer_send_message(p, TLS_HANDSHAKE_CERTIFICATE_PKT, b.p, b.len);
	tls_buf_clear(&b);
}

void peer12_verify(struct peer *p)
{
	struct tls_certificate_verify m = {.scheme = p->client_scheme};
	uint8_t sig[TLS_SIG_MAX_LEN];
	size_t sig_len = sizeof(sig);
	struct tls_buf b = {0};
	struct tls_span input;

	must(tls_transcript_messages(&p->io.transcript, &input));
	must(tls_sig_sign(sig, &sig_len, p->entry->key, m.scheme, input.p, input.len, NULL));
	m.signature = tls_span(sig, sig_len);
	tls_certificate_verify_encode(&b, &m);
	peer_send_message(p, TLS_HANDSHAKE_CERTIFICATE_VERIFY, b.p, b.len);
	tls_buf_clear(&b);
}

void peer12_key_exchange(struct peer *p)
{
	const struct tls_group *group = p->keys[0].group;
	struct tls_span premaster = tls_span(p->premaster, group->secret_len);
	uint8_t h[TLS_HASH_MAX_LEN];
	struct tls_buf b = {0};

	tls_client_key_exchange_encode(&b, tls_span(p->share12, group->client_share_len));
	peer_send_message(p, TLS_HANDSHAKE_CLIENT_KEY_EXCHANGE, b.p, b.len);
	tls_buf_clear(&b);
	if (p->no_extended_master_secret)
		tls_sched12_master(&p->sched12, p->chosen->hash, premaster, random_of(p->random),
		    random_of(p->server_random));
	else
		tls_sched12_extended(
		    &p->sched12, p->chosen->hash, premaster, scripted_hash(&p->io, h));
	tls_sched12_keys(&p->c_keys, &p->s_keys, &p->sched12, p->chosen->aead, random_of(p->random),
	    random_of(p->server_random));
}

void peer12_ccs(struct peer *p)
{
	static const uint8_t one = 1;

	peer_send_record(p, TLS_CONTENT_CCS, &one, 1);
	tls_record_install12(&p->io.wr, p->io.ws, p->chosen, p->c_keys.key, p->c_keys.iv);
}

void peer12_finished(struct peer *p)
{
	uint8_t h[TLS_HASH_MAX_LEN], verify[TLS_VERIFY_DATA_LEN];

	tls_sched12_finished(verify, &p->sched12, false, scripted_hash(&p->io, h));
	peer_send_message(p, TLS_HANDSHAKE_FINISHED, verify, sizeof(verify));
	memcpy(p->client_verify, verify, sizeof(verify));
}

void peer12_flight(struct peer *p)
{
	if (p->asked)
		peer12_certificate(p);
	peer12_key_exchange(p);
	if (p->asked && p->entry != NULL)
		peer12_verify(p);
	peer12_ccs(p);
	peer12_finished(p);
}

void peer12_take_ccs(struct peer *p, struct tls_span content)
{
	p->n_ccs++;
	if (content.len != 1 || content.p[0] != 1 || p->n_ccs > 1 || p->chosen == NULL)
		wrong(&p->wrong, "change_cipher_spec");
	else
		tls_record_install12(&p->io.rd, p->io.ws, p->chosen, p->s_keys.key, p->s_keys.iv);
}

static void take_finished(struct peer *p, struct tls_span body)
{
	uint8_t h[TLS_HASH_MAX_LEN], verify[TLS_VERIFY_DATA_LEN];

	tls_sched12_finished(verify, &p->sched12, true, scripted_hash(&p->io, h));
	if (p->io.rd.suite == NULL || !tls_mem_same(body.p, body.len, verify, sizeof(verify)))
		wrong(&p->wrong, "Finished");
	memcpy(p->server_verify, verify, sizeof(verify));
	p->n_handshakes++;
	p->done = true;
}

static void take_request(struct peer *p, struct tls_span body)
{
	tls_buf_span(&p->request, body);
	if (p->asked || p->keys[0].group == NULL)
		wrong(&p->wrong, "CertificateRequest");
	p->asked = true;
}

void peer12_take_message(struct peer *p, struct tls_span msg)
{
	struct tls_span body = tls_span(msg.p + TLS_HS_HEADER_LEN, msg.len - TLS_HS_HEADER_LEN);

	if (msg.p[0] == TLS_HANDSHAKE_HELLO_REQUEST && body.len == 0) {
		p->n_hello_requests++; /* RFC 5246 section 7.4.1.1: no part of the transcript */
		return;
	}
	if (msg.p[0] == TLS_HANDSHAKE_SERVER_HELLO)
		take_server_hello(p, body);
	else if (msg.p[0] == TLS_HANDSHAKE_CERTIFICATE_PKT)
		take_certificate(p, body);
	else if (msg.p[0] == TLS_HANDSHAKE_SERVER_KEY_EXCHANGE)
		take_key_exchange(p, body);
	else if (msg.p[0] == TLS_HANDSHAKE_CERTIFICATE_REQUEST)
		take_request(p, body);
	else if (msg.p[0] == TLS_HANDSHAKE_FINISHED)
		take_finished(p, body);
	else if (msg.p[0] != TLS_HANDSHAKE_SERVER_HELLO_DONE || body.len > 0)
		wrong(&p->wrong, "a message that no server sends");
	tls_transcript_add(&p->io.transcript, msg);
	if (msg.p[0] == TLS_HANDSHAKE_SERVER_HELLO_DONE && !p->hold_finished)
		peer_finish(p);
}

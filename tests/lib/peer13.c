/* peer13.c - see peer13.h. */
#include "peer12.h"

#include <stdlib.h>
#include <string.h>

#include "script.h"
#include "tls/bytes/mem.h"
#include "tls/hs/hs.h"
#include "tls/msg/certificate.h"
#include "tls/msg/certificate_verify.h"
#include "tls/msg/key_update.h"
#include "tls/msg/server_hello.h"
#include "tls/x509/cert.h"

static void set(uint16_t *list, unsigned *n, const uint16_t *from, unsigned n_from)
{
	memcpy(list, from, n_from * sizeof(*from));
	*n = n_from;
}

void peer_init(struct peer *p, struct wire *w)
{
	static const uint16_t versions[] = {TLS_1_3}, shares[] = {TLS_GROUP_X25519};
	static const uint16_t suites[] = {TLS_CIPHER_AES_128_GCM_SHA256, TLS_CIPHER_AES_256_GCM_SHA384,
	    TLS_CIPHER_CHACHA20_POLY1305_SHA256};
	static const uint16_t groups[] = {TLS_GROUP_X25519, TLS_GROUP_SECP256R1, TLS_GROUP_SECP384R1,
	    TLS_GROUP_SECP521R1};
	static const uint16_t schemes[] = {TLS_SIGN_ECDSA_SECP256R1_SHA256, TLS_SIGN_ED25519,
	    TLS_SIGN_ECDSA_SECP384R1_SHA384, TLS_SIGN_ECDSA_SECP521R1_SHA512,
	    TLS_SIGN_RSA_PSS_RSAE_SHA256, TLS_SIGN_RSA_PSS_RSAE_SHA384, TLS_SIGN_RSA_PSS_RSAE_SHA512};

	memset(p, 0, sizeof(*p));
	p->wire = w;
	scripted_init(&p->io, &w->c2s, &w->s2c);
	p->alert = -1;
	p->legacy_version = 0x0303;
	p->session_id_len = 32;
	p->server_name = "localhost";
	set(p->versions, &p->n_versions, versions, 1);
	set(p->shares, &p->n_shares, shares, 1);
	set(p->suites, &p->n_suites, suites, 3);
	set(p->groups, &p->n_groups, groups, 4);
	set(p->schemes, &p->n_schemes, schemes, 7);
	must(tls_rng_fill(NULL, p->random, sizeof(p->random)));
	must(tls_rng_fill(NULL, p->session_id, sizeof(p->session_id)));
}

void peer_clear(struct peer *p)
{
	scripted_clear(&p->io);
	tls_buf_clear(&p->hello);
	tls_buf_clear(&p->leaf);
	tls_buf_clear(&p->request);
	tls_buf_clear(&p->extensions);
	tls_buf_clear(&p->data);
	for (unsigned i = 0; i < PEER_LIST_MAX; i++)
		tls_group_key_clear(&p->keys[i]);
}

/* ---- Sending */

void peer_send_raw(struct peer *p, const void *data, size_t len)
{
	wire_put(&p->wire->c2s, data, len);
}

void peer_send_record(struct peer *p, unsigned type, const void *data, size_t len)
{
	scripted_send_record(&p->io, type, data, len);
}

void peer_send_plain_record(struct peer *p, unsigned type, const void *data, size_t len)
{
	scripted_send_plain_record(&p->io, type, data, len);
}

void peer_send_message(struct peer *p, unsigned type, const void *body, size_t len)
{
	struct tls_buf b = {0};

	scripted_put_message(&b, type, body, len);
	if (!p->done)
		tls_transcript_add(&p->io.transcript, tls_buf_as_span(&b));
	scripted_send_cut(&p->io, p->cut, b.p, b.len);
	tls_buf_clear(&b);
}

/* ---- The hello */

static void put_list(struct tls_buf *b, uint16_t type, unsigned prefix, const uint16_t *list, unsigned n)
{
	struct tls_block ext, block;

	if (n == 0)
		return;
	ext = tls_ext_open(b, type);
	block = tls_buf_open(b, prefix);
	for (unsigned i = 0; i < n; i++)
		tls_buf_u16(b, list[i]);
	tls_buf_close(b, block);
	tls_buf_close(b, ext);
}

static void put_server_name(struct tls_buf *b, const char *name)
{
	struct tls_block ext, list, one;

	if (name == NULL)
		return;
	ext = tls_ext_open(b, TLS_EXT_SERVER_NAME);
	list = tls_buf_open(b, 2);
	tls_buf_u8(b, 0);
	one = tls_buf_open(b, 2);
	tls_buf_bytes(b, name, strlen(name));
	tls_buf_close(b, one);
	tls_buf_close(b, list);
	tls_buf_close(b, ext);
}

static void put_alpn(struct tls_buf *b, const char *alpn)
{
	struct tls_block ext, list;

	if (alpn == NULL)
		return;
	ext = tls_ext_open(b, TLS_EXT_ALPN);
	list = tls_buf_open(b, 2);
	tls_buf_bytes(b, alpn, strlen(alpn));
	tls_buf_close(b, list);
	tls_buf_close(b, ext);
}

static void put_shares(struct peer *p, struct tls_buf *b)
{
	struct tls_block ext = tls_ext_open(b, TLS_EXT_KEY_SHARE), list = tls_buf_open(b, 2);

	for (unsigned i = 0; i < p->n_shares; i++) {
		const struct tls_group *group = tls_group_by_id(p->shares[i]);
		uint8_t share[TLS_GROUP_SHARE_MAX_LEN];
		struct tls_block one;

		must(tls_group_generate(&p->keys[i], share, group, NULL));
		tls_buf_u16(b, group->id);
		one = tls_buf_open(b, 2);
		tls_buf_bytes(b, share, group->client_share_len);
		tls_buf_close(b, one);
	}
	tls_buf_close(b, list);
	tls_buf_close(b, ext);
}

static void put_extensions(struct peer *p, struct tls_buf *b)
{
	for (unsigned i = 0; i < p->n_extra; i++) {
		struct tls_block ext = tls_ext_open(b, (uint16_t)(0x5a00 + i));

		(void)tls_buf_room(b, p->extra_len);
		tls_buf_close(b, ext);
	}
	put_server_name(b, p->server_name);
	put_list(b, TLS_EXT_SUPPORTED_VERSIONS, 1, p->versions, p->n_versions);
	put_list(b, TLS_EXT_SUPPORTED_GROUPS, 2, p->groups, p->n_groups);
	put_list(b, TLS_EXT_SIGNATURE_ALGORITHMS, 2, p->schemes, p->n_schemes);
	put_alpn(b, p->alpn);
	if (p->tls12)
		peer12_put_extensions(p, b);
	else
		put_shares(p, b);
	tls_ext_encode_empty(b, TLS_EXT_EARLY_DATA, p->early_data && !p->retry);
	tls_ext_encode_record_size_limit(b, (uint16_t)p->record_size_limit);
}

void peer_encode_hello(struct peer *p, struct tls_buf *b)
{
	struct tls_block body, block;

	tls_buf_u8(b, TLS_HANDSHAKE_CLIENT_HELLO);
	body = tls_buf_open(b, 3);
	tls_buf_u16(b, p->legacy_version);
	tls_buf_bytes(b, p->random, sizeof(p->random));
	block = tls_buf_open(b, 1);
	tls_buf_bytes(b, p->session_id, p->session_id_len);
	tls_buf_close(b, block);
	block = tls_buf_open(b, 2);
	for (unsigned i = 0; i < p->n_suites; i++)
		tls_buf_u16(b, p->suites[i]);
	tls_buf_close(b, block);
	tls_buf_u16(b, 0x0100); /* one compression method: null */
	block = tls_buf_open(b, 2);
	put_extensions(p, b);
	tls_buf_close(b, block);
	tls_buf_close(b, body);
}

void peer_hello(struct peer *p)
{
	tls_buf_clear(&p->hello);
	peer_encode_hello(p, &p->hello);
	tls_transcript_add(&p->io.transcript, tls_buf_as_span(&p->hello));
	scripted_send_cut(&p->io, p->cut, p->hello.p, p->hello.len);
}

/* ---- Receiving */

static void take_retry(struct peer *p, const struct tls_server_hello *m, struct tls_span msg)
{
	if (p->retry)
		wrong(&p->wrong, "a second HelloRetryRequest");
	p->retry = true;
	p->chosen = tls_suite_by_id(m->suite);
	tls_transcript_choose(&p->io.transcript, p->chosen->hash);
	tls_transcript_retry(&p->io.transcript);
	tls_transcript_add(&p->io.transcript, msg);
	p->shares[0] = m->group;
	p->n_shares = 1;
	peer_hello(p);
}

static void take_server_hello(struct peer *p, struct tls_span msg, struct tls_span body)
{
	uint8_t secret[TLS_GROUP_SECRET_MAX_LEN], h[TLS_HASH_MAX_LEN];
	struct tls_server_hello m;
	unsigned i = 0;

	must(tls_server_hello_decode(&m, body));
	if (!tls_mem_same(m.session_id.p, m.session_id.len, p->session_id, p->session_id_len))
		wrong(&p->wrong, "legacy_session_id_echo");
	if (m.version != TLS_1_3)
		wrong(&p->wrong, "supported_versions");
	p->suite = m.suite;
	p->group = m.group;
	if (m.is_retry) {
		take_retry(p, &m, msg);
		return;
	}
	p->got_hello = true;
	p->chosen = tls_suite_by_id(m.suite);
	tls_transcript_choose(&p->io.transcript, p->chosen->hash);
	tls_transcript_add(&p->io.transcript, msg);
	while (i < p->n_shares && p->shares[i] != m.group)
		i++;
	must(tls_group_finish(secret, &p->keys[i], m.share.p, m.share.len));
	tls_sched13_start(&p->sched, p->chosen->hash, NULL, 0);
	tls_sched13_next(&p->sched, secret, p->keys[i].group->secret_len);
	tls_sched13_derive(&p->c_hs, &p->sched, "c hs traffic", scripted_hash(&p->io, h));
	tls_sched13_derive(&p->s_hs, &p->sched, "s hs traffic", scripted_hash(&p->io, h));
	tls_record_install(&p->io.rd, p->io.ws, p->chosen, &p->s_hs);
	tls_record_install(&p->io.wr, p->io.ws, p->chosen, &p->c_hs);
}

static void take_certificate(struct peer *p, struct tls_span body)
{
	struct tls_certificate m;

	must(tls_certificate_decode(&m, body));
	if (m.n == 0)
		wrong(&p->wrong, "no certificate");
	else
		tls_buf_span(&p->leaf, m.cert[0]);
}

static void take_verify(struct peer *p, struct tls_span body)
{
	if (!scripted_verify(&p->io, &p->scheme, body, tls_buf_as_span(&p->leaf), true))
		wrong(&p->wrong, "CertificateVerify");
}

void peer_finish(struct peer *p)
{
	uint8_t h[TLS_HASH_MAX_LEN], verify[TLS_HASH_MAX_LEN];

	if (p->tls12) {
		peer12_flight(p);
		return;
	}
	tls_sched13_finished(verify, p->chosen->hash, &p->c_hs, scripted_hash(&p->io, h));
	peer_send_message(p, TLS_HANDSHAKE_FINISHED, verify, tls_hash_len(p->chosen->hash));
	tls_record_install(&p->io.wr, p->io.ws, p->chosen, &p->c_ap);
	p->done = true;
}

static void take_finished(struct peer *p, struct tls_span msg, struct tls_span body)
{
	uint8_t h[TLS_HASH_MAX_LEN], verify[TLS_HASH_MAX_LEN];

	tls_sched13_finished(verify, p->chosen->hash, &p->s_hs, scripted_hash(&p->io, h));
	if (!tls_mem_same(body.p, body.len, verify, tls_hash_len(p->chosen->hash)))
		wrong(&p->wrong, "Finished");
	tls_transcript_add(&p->io.transcript, msg);
	tls_sched13_next(&p->sched, NULL, 0);
	tls_sched13_derive(&p->c_ap, &p->sched, "c ap traffic", scripted_hash(&p->io, h));
	tls_sched13_derive(&p->s_ap, &p->sched, "s ap traffic", scripted_hash(&p->io, h));
	tls_record_install(&p->io.rd, p->io.ws, p->chosen, &p->s_ap);
	if (!p->hold_finished)
		peer_finish(p);
}

static void take_key_update(struct peer *p, struct tls_span body)
{
	p->n_key_updates++;
	must(tls_key_update_decode(&p->key_update_asked, body));
	tls_sched13_update(p->chosen->hash, &p->s_ap);
	tls_record_install(&p->io.rd, p->io.ws, p->chosen, &p->s_ap);
}

static void take_message(struct peer *p, struct tls_span msg)
{
	struct tls_span body = tls_span(msg.p + TLS_HS_HEADER_LEN, msg.len - TLS_HS_HEADER_LEN);

	if (p->tls12) {
		peer12_take_message(p, msg);
		return;
	}
	switch (msg.p[0]) {
	case TLS_HANDSHAKE_SERVER_HELLO:
		take_server_hello(p, msg, body);
		return;
	case TLS_HANDSHAKE_FINISHED:
		take_finished(p, msg, body);
		return;
	case TLS_HANDSHAKE_KEY_UPDATE:
		take_key_update(p, body);
		return;
	case TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS:
		tls_buf_span(&p->extensions, body);
		break;
	case TLS_HANDSHAKE_CERTIFICATE_PKT:
		take_certificate(p, body);
		break;
	case TLS_HANDSHAKE_CERTIFICATE_VERIFY:
		take_verify(p, body);
		break;
	default:
		wrong(&p->wrong, "a message that no server sends");
	}
	tls_transcript_add(&p->io.transcript, msg);
}

static void take_messages(struct peer *p, struct tls_span content)
{
	struct tls_span msg;

	tls_buf_span(&p->io.messages, content);
	while (scripted_next_message(&p->io, &msg)) {
		take_message(p, msg);
		tls_buf_drop(&p->io.messages, msg.len);
	}
}

static void take_data(struct peer *p, struct tls_span content)
{
	tls_buf_span(&p->data, content);
	if (content.len > p->max_record)
		p->max_record = content.len;
}

static void take_alert(struct peer *p, struct tls_span content)
{
	if (content.len != 2) {
		wrong(&p->wrong, "alert");
		return;
	}
	p->alert_level = content.p[0];
	p->alert = content.p[1];
	p->ended = p->ended || p->alert == TLS_ALERT_CLOSE_NOTIFY;
}

static void take_record(struct peer *p, const struct tls_record_header *h)
{
	bool is_protected = p->io.rd.suite != NULL && (p->tls12 || h->type == TLS_CONTENT_DATA);
	struct tls_span content;
	uint8_t type;

	p->n_records++;
	if (!scripted_open(&p->io, &type, &content, h, is_protected)) {
		wrong(&p->wrong, "a record that doesn't open");
		return;
	}
	if (type == TLS_CONTENT_HANDSHAKE)
		take_messages(p, content);
	else if (type == TLS_CONTENT_DATA && p->io.rd.suite != NULL)
		take_data(p, content);
	else if (type == TLS_CONTENT_ALERT)
		take_alert(p, content);
	else if (type == TLS_CONTENT_CCS && p->tls12)
		peer12_take_ccs(p, content);
	else if (type == TLS_CONTENT_CCS)
		p->n_ccs++;
	else
		wrong(&p->wrong, "record type");
}

void peer_run(struct peer *p)
{
	struct tls_record_header h;

	while (scripted_next_record(&p->io, &h, &p->wrong)) {
		take_record(p, &h);
		tls_buf_drop(&p->io.in, TLS_RECORD_HEADER_LEN + h.len);
	}
}

void peer_key_update(struct peer *p, bool request)
{
	uint8_t v = request;

	if (p->tls12)
		return;
	peer_send_message(p, TLS_HANDSHAKE_KEY_UPDATE, &v, 1);
	tls_sched13_update(p->chosen->hash, &p->c_ap);
	tls_record_install(&p->io.wr, p->io.ws, p->chosen, &p->c_ap);
}

void peer_close(struct peer *p)
{
	static const uint8_t close_notify[2] = {TLS_AL_WARNING, TLS_ALERT_CLOSE_NOTIFY};

	peer_send_record(p, TLS_CONTENT_ALERT, close_notify, sizeof(close_notify));
}

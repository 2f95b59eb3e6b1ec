/* seeds.c - inputs for the blind targets out of real sessions: a client and a server, both blind, talk to each
 * other, and for each side what came is written down as a program (blind.h); and each message by itself, for
 * msg_fuzz. make fuzz-seeds.
 *
 * Usage: seeds FOLDER: writes FOLDER/fuzz-blind_ROLEVERSION/seed-SCENARIO and FOLDER/fuzz-msg/seed-MESSAGE.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "blind.h"
#include "tls/bytes/buf.h"
#include "tls/hs/hs.h"
#include "tls/hs/resume.h"
#include "tls/hs/ticket.h"

#define MAX_CALLS 200

/* One side: its session, its program, and what the other has sent it. */
struct side {
	tls_session_t s;
	unsigned role;
	struct tls_buf program, pipe;
	struct side *peer;
	struct blind_random random;
};

struct scenario {
	const char *name;
	tls_protocol_t version;
	uint32_t client, server; /* choices */
	const char *script; /* behind the handshake: CLIENT in capitals, the server small; see act */
};

static const struct scenario scenarios[] = {
    {"plain", TLS_1_3, 0, 0, "SrsRuSrsRUsRSrRrbB"},
    {"mutual", TLS_1_3, BLIND_CERT_REQUEST, BLIND_CERT_REQUIRE, "SrsRB"},
    {"asked", TLS_1_3, 0, BLIND_CERT_REQUEST, "hsRHSrb"},
    {"alpn", TLS_1_3, BLIND_ALPN, BLIND_ALPN | BLIND_ALPN_MANDATORY, "sRSrsRB"},
    {"small", TLS_1_3, BLIND_SMALL_RECORDS | BLIND_NO_NAME, BLIND_SMALL_RECORDS | BLIND_OWN_WORKSPACE, "SrsRaRAr"},
    {"both", TLS_1_3, BLIND_BOTH_VERSIONS | BLIND_CHECKS, BLIND_BOTH_VERSIONS | BLIND_CHECKS, "SrsRB"},
    {"alert", TLS_1_3, 0, 0, "SrfR"},
    {"alert_c", TLS_1_3, 0, 0, "sRFr"},
    {"keeper", TLS_1_3, BLIND_KEEPER | BLIND_BLOCKING, BLIND_KEEPER | BLIND_CERT_REQUIRE | BLIND_HELLO_WAITS, "SrsRxyzXYZ"},
    {"keeper", TLS_1_2, BLIND_VECTORS | BLIND_BLOCKING | BLIND_KEEPER, BLIND_KEEPER | BLIND_CERT_REQUEST | BLIND_HELLO_WAITS | BLIND_VECTORS, "SrsRxyzXYZ"},
    {"again", TLS_1_2, 0, 0, "SrnRHhHhHhHhsRSrsRSr"},
    {"again_c", TLS_1_2, 0, BLIND_ALLOW_RENEGOTIATION, "SrHrhHhHhHhHsRSr"},
    {"again_cert", TLS_1_2, BLIND_CERT_REQUEST, BLIND_CERT_REQUIRE | BLIND_ALLOW_RENEGOTIATION, "nRHhHhHhHhsRHrhHhHhHhSr"},
    {"declined", TLS_1_2, 0, 0, "nRSrsRHrsHRSrHrsHRSr"},
    {"crossing", TLS_1_2, BLIND_ALLOW_ID_CHANGE, BLIND_ALLOW_RENEGOTIATION, "nSHrRHhsHhHhRrsR"},
    {"tickets", TLS_1_3, BLIND_TICKETS, BLIND_TICKETS, "VSrsRVv"},
    {"resumed", TLS_1_3, BLIND_TICKETS | BLIND_DATA, BLIND_TICKETS, "SrsRVv"},
    {"resumed_alpn", TLS_1_3, BLIND_TICKETS | BLIND_DATA | BLIND_ALPN, BLIND_TICKETS | BLIND_ALPN, "SrsRVv"},
    {"resumed_cert", TLS_1_3, BLIND_DATA | BLIND_CERT_REQUEST | BLIND_BOTH_VERSIONS,
        BLIND_TICKETS | BLIND_CERT_REQUIRE | BLIND_BOTH_VERSIONS, "SrsRVv"},
    {"resumed_db", TLS_1_3, BLIND_DATA, BLIND_DATABASE | BLIND_DATA, "SrsRVv"},
    {"judged", TLS_1_3, BLIND_JUDGE | BLIND_STAPLE, BLIND_JUDGE | BLIND_CERT_REQUIRE, "SrsR"},
    {"judged", TLS_1_2, BLIND_JUDGE | BLIND_STAPLE, BLIND_JUDGE | BLIND_CERT_REQUIRE, "SrsR"},
    {"judged_s", TLS_1_3, BLIND_JUDGE, BLIND_JUDGE | BLIND_STAPLE | BLIND_CERT_REQUIRE, "SrsR"},
    {"judged_s", TLS_1_2, BLIND_JUDGE, BLIND_JUDGE | BLIND_STAPLE | BLIND_CERT_REQUIRE, "SrsR"},
    {"many", TLS_1_3, BLIND_TICKETS, BLIND_TICKETS | BLIND_MANY_TICKETS, "SrsRV"},
    {"tickets", TLS_1_2, BLIND_TICKETS, BLIND_TICKETS, "VSrsRVv"},
    {"resumed", TLS_1_2, BLIND_TICKETS | BLIND_DATA, BLIND_TICKETS, "SrsRVv"},
    {"resumed_alpn", TLS_1_2, BLIND_TICKETS | BLIND_DATA | BLIND_ALPN, BLIND_TICKETS | BLIND_ALPN, "SrsRVv"},
    {"resumed_cert", TLS_1_2, BLIND_DATA | BLIND_CERT_REQUEST | BLIND_BOTH_VERSIONS,
        BLIND_TICKETS | BLIND_CERT_REQUIRE, "SrsRVvnRHhHhHhHhSr"},
    {"resumed_db", TLS_1_2, BLIND_DATA, BLIND_DATABASE | BLIND_DATA, "SrsRVv"},
    {"early", TLS_1_2, BLIND_FALSE_START, 0, "SrsRSrnRHhHhHhHhSr"},
    {"staple", TLS_1_3, BLIND_STAPLE, BLIND_STAPLE, "SrsRxyzXYZW"},
    {"staple", TLS_1_2, BLIND_STAPLE, BLIND_STAPLE, "SrsRxyzXYZW"},
    {"rsa", TLS_1_3, BLIND_CERT_REQUEST | BLIND_KEY(2), BLIND_KEY(1) | BLIND_CERT_REQUIRE, "SrsRxyzXYZ"},
    {"ed25519", TLS_1_3, BLIND_CERT_REQUEST | BLIND_KEY(3), BLIND_KEY(2) | BLIND_CERT_REQUIRE, "SrsRxyzXYZ"},
    {"p384", TLS_1_3, BLIND_CERT_REQUEST | BLIND_KEY(1), BLIND_KEY(3) | BLIND_CERT_REQUIRE, "SrsRxyzXYZ"},
    {"rsa", TLS_1_2, BLIND_CERT_REQUEST | BLIND_KEY(2), BLIND_KEY(1) | BLIND_CERT_REQUIRE, "SrsRxyzXYZ"},
    {"ed25519", TLS_1_2, BLIND_CERT_REQUEST | BLIND_KEY(3), BLIND_KEY(2) | BLIND_CERT_REQUIRE, "SrsRxyzXYZ"},
    {"p384", TLS_1_2, BLIND_CERT_REQUEST | BLIND_KEY(1), BLIND_KEY(3) | BLIND_CERT_REQUIRE, "SrsRxyzXYZ"},
    {"plain", TLS_1_2, 0, 0, "SrsRSrsRSrRrbB"},
    {"alpn", TLS_1_2, BLIND_ALPN, BLIND_ALPN | BLIND_ALPN_MANDATORY, "sRSrsRB"},
    {"small", TLS_1_2, BLIND_SMALL_RECORDS | BLIND_NO_NAME, BLIND_SMALL_RECORDS | BLIND_OWN_WORKSPACE, "SrsRaRAr"},
    {"both", TLS_1_2, BLIND_BOTH_VERSIONS | BLIND_CHECKS, BLIND_CHECKS, "SrsRB"},
    {"both_c", TLS_1_2, BLIND_CHECKS, BLIND_BOTH_VERSIONS | BLIND_CHECKS, "SrsRB"},
    {"alert", TLS_1_2, 0, 0, "SrfR"},
    {"alert_c", TLS_1_2, 0, 0, "sRFr"},
};

static const char *folder;
static tls_datum_t data; /* of the session that is to be resumed */

/* ---- Files */

static void write_seed(const char *target, const char *name, struct tls_span bytes)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/fuzz-%s", folder, target);
	(void)mkdir(path, 0777);
	snprintf(path + strlen(path), sizeof(path) - strlen(path), "/seed-%s", name);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(bytes.p, 1, bytes.len, f) != bytes.len || fclose(f) != 0)
		abort();
}

/* The codec of TLS 1.2 where it is another one. */
static unsigned codec12(unsigned type, unsigned codec)
{
	switch (type) {
	case TLS_HANDSHAKE_CERTIFICATE_PKT: return 3;
	case TLS_HANDSHAKE_CERTIFICATE_REQUEST: return 11;
	case TLS_HANDSHAKE_NEW_SESSION_TICKET: return 16;
	default: return codec;
	}
}

/* For msg_fuzz, whose codecs go by these numbers. */
static void write_message(const struct side *x, unsigned type, struct tls_span body)
{
	static const uint8_t codecs[] = {TLS_HANDSHAKE_SERVER_HELLO, TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS,
	    TLS_HANDSHAKE_CERTIFICATE_PKT, 0, TLS_HANDSHAKE_CERTIFICATE_REQUEST,
	    TLS_HANDSHAKE_CERTIFICATE_VERIFY, TLS_HANDSHAKE_SERVER_KEY_EXCHANGE,
	    TLS_HANDSHAKE_CLIENT_KEY_EXCHANGE, TLS_HANDSHAKE_KEY_UPDATE, TLS_HANDSHAKE_SERVER_HELLO_DONE,
	    TLS_HANDSHAKE_CERTIFICATE_STATUS, 0, 0, TLS_HANDSHAKE_NEW_SESSION_TICKET, 0, 0, 0};
	static unsigned n;
	struct tls_buf b = {0};
	char name[32];

	for (unsigned i = 0; i < sizeof(codecs); i++) {
		if (codecs[i] != type)
			continue;
		if (tls_protocol_get_version(x->s) == TLS_1_2)
			i = codec12(type, i);
		tls_buf_u8(&b, i);
		tls_buf_span(&b, body);
		snprintf(name, sizeof(name), "%u-%u", i, n++);
		write_seed("msg", name, tls_buf_as_span(&b));
		tls_buf_clear(&b);
		return;
	}
}

/* ---- From records to operations */

static void put_op(struct side *x, enum blind_op op, unsigned arg)
{
	tls_buf_u8(&x->program, arg << 4 | (unsigned)op);
}

static void put_block(struct side *x, struct tls_span bytes)
{
	tls_buf_u16(&x->program, (unsigned)bytes.len);
	tls_buf_span(&x->program, bytes);
}

/* Whole messages, or false. */
static bool put_messages(struct side *x, struct tls_span content)
{
	struct tls_span walk = content;

	while (tls_span_more(&walk)) {
		tls_span_u8(&walk);
		(void)tls_span_block24(&walk, 0, UINT16_MAX);
	}
	if (walk.failed || content.len == 0)
		return false;
	while (tls_span_more(&content)) {
		unsigned type = tls_span_u8(&content);
		struct tls_span body = tls_span_block24(&content, 0, UINT16_MAX);

		put_op(x, BLIND_MESSAGE, tls_span_more(&content) ? 8 : 0);
		tls_buf_u8(&x->program, type);
		put_block(x, body);
		write_message(x, type, body);
	}
	return true;
}

static void put_record(struct side *x, unsigned type, struct tls_span content)
{
	if (type == TLS_CONTENT_HANDSHAKE && put_messages(x, content))
		return;
	put_op(x, BLIND_RECORD, type - BLIND_CONTENT(0));
	put_block(x, content);
}

/* What a record says, as the session would read it now. */
static void note_record(struct side *x, struct tls_span record)
{
	const struct tls_suite *suite = x->s->rd.suite;
	unsigned type = tls_span_u8(&record);

	tls_span_u16(&record);
	tls_span_u16(&record);
	if (suite == NULL || (suite->version == TLS_1_3 && type != TLS_CONTENT_DATA)) {
		if (suite != NULL)
			put_op(x, BLIND_PLAIN, type - BLIND_CONTENT(0));
		if (suite != NULL)
			put_block(x, record);
		else
			put_record(x, type, record);
		return;
	}
	if (suite->version == TLS_1_2 && suite->aead != TLS_AEAD_CHACHA20_POLY1305)
		(void)tls_span_take(&record, TLS_RECORD_EXPLICIT_LEN);
	record.len -= TLS_AEAD_TAG_LEN;
	if (suite->version == TLS_1_3)
		type = record.p[--record.len];
	put_record(x, type, record);
}

/* ---- The transport: a record for each pull */

static ssize_t pull(void *ptr, void *bytes, size_t len)
{
	struct side *x = ptr;
	struct tls_span all = tls_buf_as_span(&x->pipe), walk = all;
	size_t n;

	tls_span_u8(&walk);
	tls_span_u16(&walk);
	n = TLS_RECORD_HEADER_LEN + tls_span_u16(&walk);
	if (walk.failed || all.len < n || len < n) {
		errno = EAGAIN;
		return -1;
	}
	note_record(x, tls_span(all.p, n));
	memcpy(bytes, all.p, n);
	tls_buf_drop(&x->pipe, n);
	return (ssize_t)n;
}

static ssize_t push(void *ptr, const void *bytes, size_t len)
{
	struct side *x = ptr;

	tls_buf_bytes(&x->peer->pipe, bytes, len);
	return (ssize_t)len;
}

/* ---- What the applications do */

static void receive(struct side *x)
{
	char got[512];

	for (unsigned i = 0; i < MAX_CALLS && tls_record_recv(x->s, got, sizeof(got)) > 0; i++)
		continue;
}

static void send_some(struct side *x)
{
	put_op(x, BLIND_SEND, 0);
	tls_buf_u16(&x->program, 300);
	(void)tls_record_send(x->s, (const char[300]){0}, 300);
}

static void act(struct side *x, int what)
{
	switch (what) {
	case 'r': receive(x); break; /* operations are what it finds */
	case 's': send_some(x); break;
	case 'h': put_op(x, BLIND_HANDSHAKE, 0); (void)tls_handshake(x->s); break;
	case 'u': put_op(x, BLIND_UPDATE, 1); (void)tls_session_key_update(x->s, TLS_KU_PEER); break;
	case 'a': put_op(x, BLIND_CLOSE, 2);
		(void)tls_alert_send(x->s, TLS_AL_WARNING, TLS_ALERT_USER_CANCELED); break;
	case 'f': put_op(x, BLIND_CLOSE, 3);
		(void)tls_alert_send(x->s, TLS_AL_FATAL, TLS_ALERT_INTERNAL_ERROR); break;
	case 'b': put_op(x, BLIND_CLOSE, 1); (void)tls_bye(x->s, TLS_SHUT_RDWR); break;
	case 'n': put_op(x, BLIND_UPDATE, 2); (void)tls_rehandshake(x->s); break;
	case 'v':
	case 'w':
	case 'x':
	case 'y':
	case 'z': put_op(x, BLIND_ASK, what == 'v' ? 7 : what == 'w' ? 6 : 3 + (unsigned)what - 'x'); break;
	default: abort();
	}
}

static uint64_t clock_now(void *ptr)
{
	(void)ptr;
	return blind_clock;
}

static void begin(struct side *x, struct side *peer, unsigned role, tls_protocol_t version, uint32_t choices)
{
	*x = (struct side){.role = role, .peer = peer};
	x->s = blind_session(role, version, choices, &x->random);
	tls_transport_set_ptr(x->s, x);
	tls_transport_set_pull_function(x->s, pull);
	tls_transport_set_push_function(x->s, push);
	tls_buf_u32(&x->program, choices);
	tls_buf_u24(&x->program, 0);
	if ((choices & BLIND_DATA) == 0)
		return;
	if (role == TLS_CLIENT && tls_session_set_data(x->s, data.data, data.size) != 0)
		abort();
	put_block(x, role == TLS_CLIENT ? tls_span(data.data, data.size) : tls_span(blind_record, blind_record_len));
}

static void shake_hands(struct side *c, struct side *s, const char *name)
{
	int err[2] = {TLS_E_AGAIN, TLS_E_AGAIN};

	for (unsigned i = 0; i < MAX_CALLS && (err[0] != 0 || err[1] != 0); i++) {
		if (err[0] != 0)
			err[0] = tls_handshake(c->s);
		if (err[1] != 0)
			err[1] = tls_handshake(s->s);
	}
	if (err[0] != 0 || err[1] != 0)
		fprintf(stderr, "%s: client: %s, server: %s\n", name, tls_strerror(err[0]), tls_strerror(err[1]));
}

static void write_program(const struct side *x, const struct scenario *sc)
{
	char target[32];

	snprintf(target, sizeof(target), "blind_%s%s", x->role == TLS_CLIENT ? "client" : "server",
	    sc->version == TLS_1_2 ? "12" : "13");
	write_seed(target, sc->name, tls_buf_as_span(&x->program));
}

static void end(struct side *x)
{
	tls_deinit(x->s);
	tls_buf_clear(&x->program);
	tls_buf_clear(&x->pipe);
}

/* The session that is resumed then. */
static void play_first(const struct scenario *sc)
{
	struct side c, s;

	begin(&c, &s, TLS_CLIENT, sc->version, sc->client & ~BLIND_DATA);
	begin(&s, &c, TLS_SERVER, sc->version, sc->server & ~BLIND_DATA);
	tls_session_set_clock_function(c.s, clock_now, NULL);
	shake_hands(&c, &s, sc->name);
	receive(&c);
	tls_free(data.data);
	if (tls_session_get_data2(c.s, &data) != 0)
		abort();
	end(&c);
	end(&s);
}

static void play(const struct scenario *sc)
{
	struct side c, s;

	if ((sc->client & BLIND_DATA) != 0)
		play_first(sc);
	begin(&c, &s, TLS_CLIENT, sc->version, sc->client);
	begin(&s, &c, TLS_SERVER, sc->version, sc->server);
	shake_hands(&c, &s, sc->name);
	if ((sc->client & BLIND_DATA) != 0 && !tls_session_is_resumed(s.s))
		fprintf(stderr, "%s: not resumed\n", sc->name);
	for (const char *p = sc->script; *p != '\0'; p++)
		act(*p < 'a' ? &c : &s, *p | 0x20);
	receive(&c);
	receive(&s);
	write_program(&c, sc);
	write_program(&s, sc);
	end(&c);
	end(&s);
}

/* For resume_fuzz: a state by itself, as a client's data, as a record, as a ticket. */
static void write_state(const struct tls_resume *r, const char *name)
{
	static const uint8_t seed[TLS_TICKET_SEED_LEN] = {1};
	static const char *const forms[] = {"state", "client", "server", "ticket"};
	struct tls_ticket_key key;

	if (tls_epoch_use_seed(&key, tls_span(seed, sizeof(seed)), 3600) != 0)
		abort();
	for (unsigned i = 0; i < 4; i++) {
		struct tls_buf b = {0}, plain = {0};
		char path[64];

		tls_resume_encode(&plain, r);
		tls_buf_u8(&b, i);
		if (i == 0)
			tls_buf_span(&b, tls_buf_as_span(&plain));
		else if (i < 3)
			tls_buf_u8(&b, 0);
		if (i == 1 || i == 2)
			tls_resume_pack(&b, i == 1 ? TLS_RESUME_CLIENT : TLS_RESUME_SERVER, r, tls_span("", 0));
		if (i == 3)
			tls_buf_u32(&b, 4000);
		if (i == 3 && tls_ticket_seal(&b, &key, 4000000, tls_buf_as_span(&plain), NULL) != 0)
			abort();
		snprintf(path, sizeof(path), "%s-%s", forms[i], name);
		write_seed("resume", path, tls_buf_as_span(&b));
		tls_buf_clear(&b);
		tls_buf_clear(&plain);
	}
}

static void write_states(void)
{
	static const uint8_t chain[] = {0, 0, 2, 1, 2, 0, 0, 1, 3};
	struct tls_resume r = {.version = TLS_1_3, .suite = TLS_CIPHER_AES_128_GCM_SHA256, .secret = {.len = 32},
	    .created = 5, .issued = 6, .lifetime = 86400, .ticket = tls_span("ticket", 6)};

	write_state(&r, "13");
	r.version = TLS_1_2;
	r.suite = TLS_CIPHER_ECDHE_ECDSA_AES_128_GCM_SHA256;
	r.secret.len = 48;
	r.ems = true;
	r.id_len = 32;
	r.server_name = tls_span("localhost", 9);
	r.alpn = tls_span("h2", 2);
	r.chain = tls_span(chain, sizeof(chain));
	write_state(&r, "12");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	folder = argv[1];
	blind_init();
	blind_believes = true;
	blind_clock = BLIND_CLOCK_START;
	for (unsigned i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		play(&scenarios[i]);
	write_states();
	tls_free(data.data);
	return 0;
}

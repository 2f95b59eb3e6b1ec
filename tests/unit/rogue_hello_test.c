/* rogue_hello_test.c - a peer whose hellos say what they must not: session ids of every size, a second ClientHello that
 * isn't the first one again, key exchanges and ciphers that we don't have, early data; and tickets of every
 * size. */
#include "unit.h"

#include <string.h>

#include "tests/lib/pair.h"
#include "tests/lib/rogue.h"
#include "tls/error.h"
#include "tls/hs/hs.h"
#include "tls/limits.h"
#include "tls/state.h"

#define SESSION_ID_AT (TLS_HS_HEADER_LEN + 2 + 32) /* of either hello: its length */

static void alert_is(int err, unsigned alert)
{
	if (tls_error_alert(err) != alert)
		fail_msg("%s, and not alert %u", tls_strerror_name(err), alert);
}

static unsigned u16_at(const struct tls_buf *msg, size_t at)
{
	return (unsigned)msg->p[at] << 8 | msg->p[at + 1];
}

/* Puts new bytes in the place of len old ones. */
static void replace(struct tls_buf *msg, size_t at, size_t len, const void *bytes, size_t n)
{
	struct tls_buf whole = {0};

	tls_buf_bytes(&whole, msg->p, at);
	tls_buf_bytes(&whole, bytes, n);
	tls_buf_bytes(&whole, msg->p + at + len, msg->len - at - len);
	msg->len = 0;
	tls_buf_bytes(msg, whole.p, whole.len);
	tls_buf_clear(&whole);
	rogue_fix_length(msg);
}

/* ---- Session ids (GnuTLS CVE-2014-3466) */

static void set_session_id(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	uint8_t id[1 + 255];

	(void)type;
	if (!rogue_is_its_turn(r))
		return;
	memset(id, 0xaa, sizeof(id));
	id[0] = (uint8_t)r->value;
	replace(msg, SESSION_ID_AT, 1 + (size_t)msg->p[SESSION_ID_AT], id, 1 + r->value);
}

/* Up to 32 bytes are fine, though in TLS 1.3 a server has to give back the client's, and in TLS 1.2 that would mean a
 * resumption. */
static void session_ids(const struct rogue_case *kind, bool bad_server)
{
	bool any = kind->version == TLS_1_2 && (kind->what & ROGUE_RESUMED) == 0;

	for (unsigned len = 0; len <= 255; len++) {
		struct rogue r;
		int err = rogue_spoil(&r, kind, bad_server, set_session_id, 0, 0, len);

		if (len > 32) {
			rogue_refused(&r, err);
			assert_true(tls_alert_get_sent(r.good) == TLS_ALERT_DECODE_ERROR ||
			    tls_alert_get_sent(r.good) == TLS_ALERT_ILLEGAL_PARAMETER);
		} else if (bad_server && any) {
			assert_int_equal(err, 0);
		} else if (bad_server) {
			rogue_refused(&r, err);
		} else if ((kind->what & (ROGUE_RESUMED | ROGUE_RETRY)) == 0) {
			/* it is in no other hello, nor in a binder */
			assert_int_equal(tls_alert_get_sent(r.good), -1);
		}
		rogue_clear(&r);
	}
}

static void security_session_id_size_in_hellos_12_13_server_client(void **state)
{
	(void)state;
	rogue_for_each(session_ids);
}

/* ---- The second ClientHello (GnuTLS CVE-2025-6395): each extension gone, or another */

/* Where the ClientHello's list of extensions begins: its length. */
static size_t extensions_at(const struct tls_buf *msg)
{
	size_t at = SESSION_ID_AT;

	at += 1 + (size_t)msg->p[at];
	at += 2 + u16_at(msg, at);
	return at + 1 + msg->p[at];
}

/* The i-th extension: its type's place; 0 behind the last one. */
static size_t extension_at(const struct tls_buf *msg, size_t i)
{
	size_t at = extensions_at(msg) + 2;

	while (i-- > 0 && at < msg->len)
		at += 4 + u16_at(msg, at + 2);
	return at < msg->len ? at : 0;
}

static void put_u16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

enum { REMOVED, ALTERED, LONGER, DOUBLED };

/* r->at: which extension. Leaves its type in r->value when there is one. */
static void change_extension(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	size_t at, len, list = extensions_at(msg);
	unsigned how = r->value;
	uint8_t byte = 0;

	(void)type;
	if (!rogue_is_its_turn(r))
		return;
	at = extension_at(msg, r->at);
	r->value = at != 0 ? u16_at(msg, at) : 0x10000;
	if (at == 0)
		return;
	len = u16_at(msg, at + 2);
	switch (how) {
	case REMOVED:
		replace(msg, at, 4 + len, NULL, 0);
		break;
	case ALTERED:
		if (len > 0)
			msg->p[at + 3 + len] ^= 1;
		return;
	case LONGER:
		put_u16(msg->p + at + 2, len + 1);
		replace(msg, at + 4 + len, 0, &byte, 1);
		break;
	default:
		replace(msg, at + 4 + len, 0, msg->p + at, 4 + len);
		break;
	}
	put_u16(msg->p + list, msg->len - list - 2);
	rogue_fix_length(msg);
}

/* RFC 8446 section 4.1.2: these may differ, the rest must not. */
static bool may_differ(unsigned type)
{
	return type == 21 /* padding */ || type == 44 /* cookie */ || type == 51 /* key_share */;
}

static void second_hello(const struct rogue_case *kind, unsigned how)
{
	for (size_t i = 0;; i++) {
		struct rogue r;
		int err = rogue_spoil(&r, kind, false, change_extension, 1, i, how);
		unsigned type = r.value;
		bool empty = type == 23; /* extended_master_secret: nothing in it to alter */

		if (type == 0x10000) {
			rogue_clear(&r);
			assert_true(i > 5);
			break;
		}
		/* a share that is another one is still a share; without its PSK the handshake is a full one */
		if ((how == ALTERED && (may_differ(type) || empty)) || (how == REMOVED && type == 41))
			rogue_survived(&r, err);
		else
			rogue_refused(&r, err);
		rogue_clear(&r);
	}
}

static void security_second_hello_each_extension_13_server(void **state)
{
	(void)state;
	for (unsigned i = 0; i < n_rogue_cases; i++)
		for (unsigned how = REMOVED; how <= DOUBLED && (rogue_cases[i].what & ROGUE_RETRY) != 0; how++)
			second_hello(&rogue_cases[i], how);
}

/* ---- What we don't have: RSA key exchange (ROBOT), CBC (Lucky13), and the rest of what once was */

static const uint16_t rsa_suites[] = {0x0001, 0x0002, 0x0004, 0x0005, 0x000a, 0x002f, 0x0035, 0x003b, 0x003c, 0x003d,
    0x009c, 0x009d, 0xc09c, 0xc0a0};
static const uint16_t cbc_suites[] = {0x0016, 0x0033, 0x0039, 0x0067, 0xc008, 0xc009, 0xc00a, 0xc012, 0xc013, 0xc014,
    0xc023, 0xc024, 0xc027, 0xc028};
static uint16_t suite_to_set;
static const uint16_t *suites_to_set;
static size_t n_suites_to_set;

static void set_suites(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	size_t at = SESSION_ID_AT + 1 + (size_t)msg->p[SESSION_ID_AT];
	uint8_t list[2 + 2 * 32];

	(void)type;
	if (!rogue_is_its_turn(r))
		return;
	if (r->bad == r->d.server) {
		put_u16(msg->p + at, suite_to_set);
		return;
	}
	put_u16(list, 2 * (n_suites_to_set + 1));
	for (size_t i = 0; i < n_suites_to_set; i++)
		put_u16(list + 2 + 2 * i, suites_to_set[i]);
	put_u16(list + 2 + 2 * n_suites_to_set, 0x00ff); /* TLS_EMPTY_RENEGOTIATION_INFO_SCSV */
	replace(msg, at, 2 + u16_at(msg, at), list, 4 + 2 * n_suites_to_set);
}

/* Renegotiating, the SCSV alone is wrong already. */
static void suites_refused(const struct rogue_case *kind, bool bad_server)
{
	if (kind->version != TLS_1_2 || (kind->what & (ROGUE_RENEGOTIATION | ROGUE_RESUMED)) != 0)
		return;
	for (size_t i = 0; i < (bad_server ? n_suites_to_set : 1); i++) {
		struct rogue r;
		int err;

		suite_to_set = suites_to_set[i];
		err = rogue_spoil(&r, kind, bad_server, set_suites, 0, 0, 0);
		rogue_refused(&r, err);
		alert_is(err, bad_server ? TLS_ALERT_ILLEGAL_PARAMETER : TLS_ALERT_HANDSHAKE_FAILURE);
		rogue_clear(&r);
	}
}

static void security_rsa_key_exchange_is_refused_12_server_client(void **state)
{
	(void)state;
	suites_to_set = rsa_suites;
	n_suites_to_set = sizeof(rsa_suites) / sizeof(rsa_suites[0]);
	rogue_for_each(suites_refused);
}

static void security_cbc_is_refused_12_server_client(void **state)
{
	(void)state;
	suites_to_set = cbc_suites;
	n_suites_to_set = sizeof(cbc_suites) / sizeof(cbc_suites[0]);
	rogue_for_each(suites_refused);
}

/* ---- Downgrade: TLS_FALLBACK_SCSV, RFC 7507 */

static void add_fallback(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	static const uint8_t scsv[] = {0x56, 0x00};
	size_t at;

	(void)r;
	if (type != TLS_HANDSHAKE_CLIENT_HELLO)
		return;
	at = SESSION_ID_AT + 1 + (size_t)msg->p[SESSION_ID_AT];
	put_u16(msg->p + at, u16_at(msg, at) + 2);
	replace(msg, at + 2, 0, scsv, 2);
}

/* A client that has been talked into TLS 1.2, and a server that speaks TLS 1.3, or doesn't. */
static void security_downgrade_fallback_scsv_12_13_server(void **state)
{
	static const struct rogue_case kind = {"1.2", TLS_1_2, 0};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		tls_protocol_t best = i == 0 ? TLS_1_2 : TLS_1_3;
		tls_policy_t policy;
		struct rogue r;
		int err;

		rogue_init(&r, &kind, false);
		assert_int_equal(tls_policy_init(&policy, "intermediate"), 0);
		assert_int_equal(tls_policy_set_versions(policy, TLS_1_2, best), 0);
		assert_int_equal(tls_policy_set(r.d.server, policy), 0);
		tls_policy_deinit(policy);
		r.change = add_fallback;
		err = rogue_run(&r);
		if (best == TLS_1_2)
			assert_int_equal(err, 0);
		else
			alert_is(err, TLS_ALERT_INAPPROPRIATE_FALLBACK);
		rogue_clear(&r);
	}
}

/* ---- Early data: never offered, and so never accepted */

#define EARLY_DATA 42

static void accept_early_data(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	static const uint8_t ext[] = {0, EARLY_DATA, 0, 0};

	(void)r;
	if (type != TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS)
		return;
	tls_buf_bytes(msg, ext, sizeof(ext));
	put_u16(msg->p + TLS_HS_HEADER_LEN, msg->len - TLS_HS_HEADER_LEN - 2);
	rogue_fix_length(msg);
}

static void look_for_early_data(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	if (type != TLS_HANDSHAKE_CLIENT_HELLO)
		return;
	for (size_t i = 0, at; (at = extension_at(msg, i)) != 0; i++)
		assert_int_not_equal(u16_at(msg, at), EARLY_DATA);
	r->value++;
}

static void security_early_data_is_not_offered_13_client(void **state)
{
	(void)state;
	for (unsigned i = 0; i < n_rogue_cases; i++) {
		struct rogue r;
		int err;

		if (rogue_cases[i].version != TLS_1_3)
			continue;
		assert_int_equal(rogue_spoil(&r, &rogue_cases[i], false, look_for_early_data, 0, 0, 0), 0);
		assert_true(r.value > 0);
		rogue_clear(&r);
		err = rogue_spoil(&r, &rogue_cases[i], true, accept_early_data, 0, 0, 0);
		alert_is(err, TLS_ALERT_UNSUPPORTED_EXTENSION);
		rogue_refused(&r, err);
		rogue_clear(&r);
	}
}

/* ---- Cross-protocol (ALPACA CVE-2021-3618) */

static void strict_server(struct duo *d, tls_protocol_t version, bool imap, tls_certificate_credentials_t cred)
{
	tls_datum_t ours = {(unsigned char *)"h2", 2}, theirs = {(unsigned char *)"imap", 4};

	duo_init(d, cred, NULL);
	duo_set_version(d, version);
	assert_int_equal(tls_alpn_set_protocols(d->server, &ours, 1, TLS_ALPN_MANDATORY), 0);
	if (imap)
		assert_int_equal(tls_alpn_set_protocols(d->client, &theirs, 1, 0), 0);
}

static void security_cross_protocol_is_refused_12_13_server(void **state)
{
	static const tls_protocol_t versions[] = {TLS_1_2, TLS_1_3};
	static const char *const names[] = {"other.example"};
	tls_certificate_credentials_t cred;

	(void)state;
	assert_int_equal(tls_certificate_allocate_credentials(&cred), 0);
	assert_int_equal(tls_certificate_set_self_signed(cred, names, 1, 1700000000, 30), 0);
	assert_int_equal(tls_certificate_set_strict_sni(cred, true), 0);
	for (unsigned i = 0; i < 4; i++) {
		bool imap = i % 2 != 0;
		struct duo d;

		/* a protocol that we don't speak; a name that we don't have */
		strict_server(&d, versions[i / 2], imap, imap ? NULL : cred);
		assert_false(duo_handshake(&d));
		alert_is(d.server_err, imap ? TLS_ALERT_NO_APPLICATION_PROTOCOL : TLS_ALERT_UNRECOGNIZED_NAME);
		assert_int_equal(d.client_err, TLS_E_FATAL_ALERT_RECEIVED);
		duo_clear(&d);
	}
	tls_certificate_free_credentials(cred);
}

/* ---- Tickets */

static void put_ticket(struct rogue *r, size_t len)
{
	static uint8_t msg[TLS_HS_HEADER_LEN + 4 + 4 + 1 + 1 + 2 + 65535 + 2];
	struct tls_buf b;
	size_t at = 0;

	tls_buf_init_fixed(&b, msg, sizeof(msg));
	tls_buf_u8(&b, TLS_HANDSHAKE_NEW_SESSION_TICKET);
	tls_buf_u24(&b, (uint32_t)(4 + 4 + 1 + 1 + 2 + len + 2));
	tls_buf_u16(&b, 0);
	tls_buf_u16(&b, 3600);
	tls_buf_u16(&b, 0x1234);
	tls_buf_u16(&b, 0x5678);
	tls_buf_u8(&b, 1);
	tls_buf_u8(&b, 9);
	tls_buf_u16(&b, (uint16_t)len);
	for (size_t i = 0; i < len; i++)
		tls_buf_u8(&b, (uint8_t)i);
	tls_buf_u16(&b, 0);
	assert_true(tls_buf_ok(&b));
	while (at < b.len) {
		size_t n = b.len - at < 16384 ? b.len - at : 16384;

		rogue_put_record(r, TLS_CONTENT_HANDSHAKE, b.p + at, n);
		at += n;
	}
}

/* What a client keeps is bounded; what is too long to be kept is let go, and what is no ticket refused. */
static void security_ticket_size_13_client(void **state)
{
	static const size_t lens[] = {0, 1, 2, 100, 255, 256, 4096, TLS_LIMIT_TICKET_LEN - 1, TLS_LIMIT_TICKET_LEN,
	    TLS_LIMIT_TICKET_LEN + 1, 16000, TLS_LIMIT_HELLO_LEN - 14, TLS_LIMIT_HELLO_LEN - 13, 32768, 65535};
	unsigned kind = 0;

	(void)state;
	while ((rogue_cases[kind].what & ROGUE_RESUMED) == 0 || rogue_cases[kind].version != TLS_1_3)
		kind++;
	for (unsigned i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		bool too_long = lens[i] + 14 > TLS_LIMIT_HELLO_LEN;
		struct rogue r;
		uint8_t byte;
		int err;

		rogue_init(&r, &rogue_cases[kind], true);
		assert_int_equal(rogue_run(&r), 0);
		put_ticket(&r, lens[i]);
		err = (int)tls_record_recv(r.good, &byte, 1);
		if (lens[i] == 0)
			alert_is(err, TLS_ALERT_DECODE_ERROR);
		else if (too_long)
			assert_string_equal(
			    tls_strerror_name(err), tls_strerror_name(TLS_E_HANDSHAKE_TOO_LARGE));
		else
			assert_int_equal(err, TLS_E_AGAIN);
		assert_int_equal((tls_session_get_flags(r.good) & TLS_SFLAGS_SESSION_TICKET) != 0,
		    lens[i] > 0 && lens[i] <= TLS_LIMIT_TICKET_LEN);
		rogue_clear(&r);
	}
}

/* A ticket that isn't what the server gave is no ticket: a full handshake, and nobody's identity but one's own. */
static void alter_ticket(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	size_t at, head = r->kind->version == TLS_1_3 ? 4 : 0, i = 0;
	unsigned wanted = r->kind->version == TLS_1_3 ? 41 : 35; /* pre_shared_key, session_ticket */

	if (type != TLS_HANDSHAKE_CLIENT_HELLO)
		return;
	while ((at = extension_at(msg, i)) != 0 && u16_at(msg, at) != wanted)
		i++;
	assert_true(at != 0);
	/* of identities<7..2^16-1> the first: its length, and the ticket */
	r->value = head > 0 ? u16_at(msg, at + 4 + 2) : u16_at(msg, at + 2);
	assert_true(r->at < r->value);
	msg->p[at + 4 + head + r->at] ^= 1;
}

static void contract_D7_altered_tickets_resume_nothing_12_13_server(void **state)
{
	(void)state;
	for (unsigned i = 0; i < n_rogue_cases; i++) {
		size_t len = 1;

		if ((rogue_cases[i].what & ROGUE_RESUMED) == 0)
			continue;
		for (size_t at = 0; at < len; at++) {
			struct rogue r;

			assert_int_equal(rogue_spoil(&r, &rogue_cases[i], false, alter_ticket, 0, at, 0), 0);
			assert_false(tls_session_is_resumed(r.good));
			rogue_survived(&r, 0);
			len = r.value;
			rogue_clear(&r);
		}
		assert_true(len > 100);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(security_session_id_size_in_hellos_12_13_server_client),
		cmocka_unit_test(security_second_hello_each_extension_13_server),
		cmocka_unit_test(security_rsa_key_exchange_is_refused_12_server_client),
		cmocka_unit_test(security_cbc_is_refused_12_server_client),
		cmocka_unit_test(security_downgrade_fallback_scsv_12_13_server),
		cmocka_unit_test(security_early_data_is_not_offered_13_client),
		cmocka_unit_test(security_cross_protocol_is_refused_12_13_server),
		cmocka_unit_test(security_ticket_size_13_client),
		cmocka_unit_test(contract_D7_altered_tickets_resume_nothing_12_13_server),
	};

	return cmocka_run_group_tests_name("rogue_hello", tests, NULL, NULL);
}

/* refuse12_test.c - handshakes of TLS 1.2 that must be refused, with the exact error and alert; what may fail
 * inside. */
#include "refuse.h"

#include <string.h>

#include "cred.h"
#include "tls/error.h"
#include "tls/limits.h"

static void no_common_ground(void **state)
{
	static const int errors[] = {TLS_E_UNSUPPORTED_VERSION, TLS_E_UNSUPPORTED_VERSION,
	    TLS_E_INAPPROPRIATE_FALLBACK, TLS_E_SAFE_RENEGOTIATION_FAILED, TLS_E_NO_COMMON_CIPHER_SUITE,
	    TLS_E_NO_COMMON_SIGNATURE_ALGORITHM, TLS_E_NO_COMMON_GROUP,
	    TLS_E_NO_COMMON_SIGNATURE_ALGORITHM, TLS_E_NO_APPLICATION_PROTOCOL};
	tls_datum_t ours = {(unsigned char *)"h2", 2};

	(void)state;
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct pair p;

		pair_init12(&p, NULL);
		assert_int_equal(tls_alpn_set_protocols(p.server, &ours, 1, TLS_ALPN_MANDATORY), 0);
		switch (i) {
		case 0: p.peer.legacy_version = 0x0301; break;
		case 1: p.peer.versions[0] = 0x0302; p.peer.n_versions = 1; break;
		case 2: p.peer.suites[p.peer.n_suites++] = 0x5600; break;
		case 3: p.peer.no_renegotiation_info = true; break;
		case 4: p.peer.suites[0] = 0xc013; p.peer.n_suites = 1; break;
		case 5: p.peer.suites[0] = 0xc02f; p.peer.n_suites = 1; break; /* our key is ECDSA */
		case 6: p.peer.groups[0] = 0x0100; p.peer.n_groups = 1; break;
		case 7: p.peer.n_schemes = 0; break;
		default: p.peer.alpn = "\x03\x61\x62\x63"; break;
		}
		pair_refused(&p, pair_handshake(&p), errors[i]);
		pair_clear(&p);
	}
}

/* IANA's numbers of suites with the key exchange RSA, and with ECDHE and CBC (or nothing at all). */
static const uint16_t rsa_suites[] = {0x0001, 0x0002, 0x0004, 0x0005, 0x0007, 0x000a, 0x002f, 0x0035, 0x003c, 0x003d, 0x0041, 0x0084,
    0x0096, 0x009c, 0x009d, 0xc09c, 0xc09d, 0xc0a0, 0xc0a1};
static const uint16_t cbc_suites[] = {0xc006, 0xc008, 0xc009, 0xc00a, 0xc010, 0xc012, 0xc013, 0xc014, 0xc023, 0xc024, 0xc027, 0xc028,
    0xc072, 0xc073, 0xc076, 0xc077};

/* With a key of either kind, offered alone and among all of them. */
static void never(const uint16_t *ids, size_t n)
{
	static const char *const files[2][2] = {
	    {"p256.crt.pem", "p256.pkcs8.pem"}, {"rsa.crt.pem", "rsa.pkcs8.pem"}};

	for (size_t i = 0; i < 2 * (n + 1); i++) {
		tls_certificate_credentials_t cred = cred_new();
		struct pair p;

		assert_int_equal(cred_add_files(cred, files[i % 2][0], files[i % 2][1]), 0);
		pair_init12(&p, cred);
		p.peer.n_suites = 1;
		p.peer.suites[0] = ids[i / 2 < n ? i / 2 : 0];
		if (i / 2 == n) {
			p.peer.n_suites = PEER_LIST_MAX;
			memcpy(p.peer.suites, ids, sizeof(p.peer.suites));
		}
		pair_refused(&p, pair_handshake(&p), TLS_E_NO_COMMON_CIPHER_SUITE);
		pair_clear(&p);
		tls_certificate_free_credentials(cred);
	}
}

static void security_rsa_key_exchange_12_server(void **state)
{
	(void)state;
	never(rsa_suites, sizeof(rsa_suites) / sizeof(rsa_suites[0]));
}

static void security_cbc_12_server(void **state)
{
	(void)state;
	never(cbc_suites, sizeof(cbc_suites) / sizeof(cbc_suites[0]));
}

/* ALPACA: a client that came for another service gets no session, by its protocol or by its name. */
static void other_services(void (*init)(struct pair *p, tls_certificate_credentials_t cred))
{
	static const char *const protocols[] = {"\x03" "ftp", "\x04" "imap\x04" "pop3", "\x01h", "\x03h2c"};
	static const char *const names[] = {"other.example", "localhost.example", "host", NULL};
	tls_datum_t h2 = {(unsigned char *)"h2", 2};
	struct pair p;

	for (unsigned i = 0; i < 4; i++) {
		init(&p, NULL);
		assert_int_equal(tls_alpn_set_protocols(p.server, &h2, 1, TLS_ALPN_MANDATORY), 0);
		p.peer.alpn = protocols[i];
		pair_refused(&p, pair_handshake(&p), TLS_E_NO_APPLICATION_PROTOCOL);
		pair_clear(&p);
	}
	for (unsigned i = 0; i < 4; i++) {
		static const char *const served[] = {"localhost"};
		tls_certificate_credentials_t cred = cred_new();

		assert_int_equal(tls_certificate_set_self_signed(cred, served, 1, 0, 30), 0);
		assert_int_equal(tls_certificate_set_strict_sni(cred, true), 0);
		init(&p, cred);
		p.peer.server_name = names[i];
		pair_refused(&p, pair_handshake(&p), TLS_E_UNRECOGNIZED_NAME);
		pair_clear(&p);
		tls_certificate_free_credentials(cred);
	}
}

static void security_cross_protocol_12_server(void **state)
{
	(void)state;
	other_services(pair_init12);
}

static void security_cross_protocol_13_server(void **state)
{
	(void)state;
	other_services(pair_init);
}

/* A server for TLS 1.3 alone, and one for TLS 1.2 alone. */
static void versions_of_the_policy(void **state)
{
	tls_policy_t policy;
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	assert_int_equal(tls_set_default_priority(p.server), 0);
	pair_refused(&p, pair_handshake(&p), TLS_E_UNSUPPORTED_VERSION);
	pair_clear(&p);
	pair_init(&p, NULL);
	assert_int_equal(tls_policy_init(&policy, "intermediate"), 0);
	assert_int_equal(tls_policy_set_versions(policy, TLS_1_2, TLS_1_2), 0);
	assert_int_equal(tls_policy_set(p.server, policy), 0);
	tls_policy_deinit(policy);
	pair_refused(&p, pair_handshake(&p), TLS_E_UNSUPPORTED_VERSION);
	pair_clear(&p);
}

/* RFC 7627 section 5.3: a client that says it has the extended master secret and uses the old one is no man in
 * the middle's friend; its Finished can't be read. */
static void extended_master_secret_mismatch(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= 1; i++) {
		struct pair p;

		pair_init12(&p, NULL);
		p.peer.hold_finished = true;
		p.peer.no_extended_master_secret = i != 0;
		assert_int_equal(pair_handshake(&p), TLS_E_AGAIN);
		p.peer.no_extended_master_secret = i == 0;
		peer_finish(&p.peer);
		pair_refuses(&p, TLS_E_DECRYPTION_FAILED);
	}
}

static void security_zero_secret_and_bad_shares_12_server(void **state)
{
	static const uint8_t zero[33] = {32}, short_share[32] = {31}, long_share[34] = {33};
	static const struct {
		const uint8_t *body;
		size_t len;
		int error;
	} rows[] = {
		{zero, 33, TLS_E_ILLEGAL_KEY_SHARE},
		{short_share, 32, TLS_E_ILLEGAL_KEY_SHARE},
		{long_share, 34, TLS_E_ILLEGAL_KEY_SHARE},
		{zero, 32, TLS_E_UNEXPECTED_PACKET_LENGTH},
		{zero, 0, TLS_E_UNEXPECTED_PACKET_LENGTH},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair p;

		pair_init12(&p, NULL);
		pair_hold(&p);
		peer_send_message(&p.peer, TLS_HANDSHAKE_CLIENT_KEY_EXCHANGE, rows[i].body, rows[i].len);
		pair_refuses(&p, rows[i].error);
	}
}

static void message_truncated_at_every_byte(void **state)
{
	size_t len = 5;

	(void)state;
	for (size_t n = 0; n + 4 < len; n++) {
		struct tls_buf hello = {0};
		struct pair p;
		int err;

		pair_init12(&p, NULL);
		peer_encode_hello(&p.peer, &hello);
		len = hello.len;
		peer_send_message(&p.peer, TLS_HANDSHAKE_CLIENT_HELLO, hello.p + 4, n);
		err = pair_run_handshake(&p);
		/* a hello may end in front of its extensions: then nothing secures renegotiation */
		if (err != TLS_E_SAFE_RENEGOTIATION_FAILED)
			pair_refused(&p, err, TLS_E_UNEXPECTED_PACKET_LENGTH);
		tls_buf_clear(&hello);
		pair_clear(&p);
	}
	assert_true(len > 100);
}

/* The connection ends at every byte of the client's second flight. */
static void connection_cut_at_every_byte(void **state)
{
	size_t len = 1;

	(void)state;
	for (size_t n = 0; n < len; n++) {
		struct pair p;

		pair_init12(&p, NULL);
		pair_hold(&p);
		peer_finish(&p.peer);
		len = wire_len(&p.wire.c2s);
		p.wire.c2s.end -= len - n;
		p.wire.c2s.closed = true;
		pair_refuses(&p, TLS_E_PREMATURE_TERMINATION);
	}
	assert_int_equal(len, 5 + 4 + 33 + 5 + 1 + 5 + 8 + 4 + 12 + 16);
}

/* One bit of every byte of the record that holds the client's Finished, in each kind of record. */
static void altered_finished_record(void **state)
{
	static const uint16_t suites[] = {0xc02b, 0xc02c, 0xcca9};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		size_t len = 5 + (i < 2 ? 8 : 0) + 4 + 12 + 16;

		for (size_t at = 5; at < len; at++) {
			struct pair p;

			pair_init12(&p, NULL);
			p.peer.suites[0] = suites[i];
			p.peer.n_suites = 1;
			pair_hold(&p);
			peer_finish(&p.peer);
			p.wire.c2s.p[p.wire.c2s.end - len + at] ^= (uint8_t)(1 << at % 8);
			pair_refuses(&p, TLS_E_DECRYPTION_FAILED);
		}
	}
}

/* A fragment too short for a nonce and a tag. */
static void short_protected_record(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 24; n++) {
		uint8_t record[5 + 24] = {22, 3, 3, 0, (uint8_t)n};
		struct pair p;

		pair_init12(&p, NULL);
		pair_hold(&p);
		peer12_key_exchange(&p.peer);
		peer12_ccs(&p.peer);
		peer_send_raw(&p.peer, record, 5 + n);
		pair_refuses(&p, TLS_E_DECRYPTION_FAILED);
	}
}

static void announced_length(void **state)
{
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	pair_hold(&p);
	peer_send_plain_record(&p.peer, 22, "\x10\x00\x40\x01", 4);
	pair_refuses(&p, TLS_E_HANDSHAKE_TOO_LARGE);
	pair_init12(&p, NULL);
	pair_connect(&p);
	peer_send_raw(&p.peer, "\x17\x03\x03\x41\x01", 5);
	{
		uint8_t byte;

		assert_int_equal(pair_recv(&p, &byte, 1), TLS_E_RECORD_OVERFLOW);
	}
	pair_clear(&p);
}

static void security_random_failure_12_server(void **state)
{
	(void)state;
	refuse_random_failures(pair_init12, 3); /* random, share, signature */
}

static void every_allocation_may_fail(void **state)
{
	(void)state;
	refuse_allocation_failures(pair_init12);
}

/* The same in the client's second flight. */
static void every_later_allocation_may_fail(void **state)
{
	unsigned n_failed = 0;
	bool failed = true;

	(void)state;
	for (unsigned long n = 1; failed; n++) {
		struct pair p;
		int err;

		pair_init12(&p, NULL);
		pair_hold(&p);
		peer_finish(&p.peer);
		tls_mem_fail_at(n);
		err = tls_handshake(p.server);
		failed = tls_mem_fail_left() == 0;
		tls_mem_fail_at(0);
		assert_true(err == TLS_E_MEMORY_ERROR || (err == 0 && !failed));
		n_failed += failed;
		pair_clear(&p);
	}
	assert_true(n_failed > 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_common_ground),
		cmocka_unit_test(security_rsa_key_exchange_12_server),
		cmocka_unit_test(security_cbc_12_server),
		cmocka_unit_test(security_cross_protocol_12_server),
		cmocka_unit_test(security_cross_protocol_13_server),
		cmocka_unit_test(versions_of_the_policy),
		cmocka_unit_test(extended_master_secret_mismatch),
		cmocka_unit_test(security_zero_secret_and_bad_shares_12_server),
		cmocka_unit_test(message_truncated_at_every_byte),
		cmocka_unit_test(connection_cut_at_every_byte),
		cmocka_unit_test(altered_finished_record),
		cmocka_unit_test(short_protected_record),
		cmocka_unit_test(announced_length),
		cmocka_unit_test(security_random_failure_12_server),
		cmocka_unit_test(every_allocation_may_fail),
		cmocka_unit_test(every_later_allocation_may_fail),
	};

	return cmocka_run_group_tests_name("refuse12", tests, NULL, NULL);
}

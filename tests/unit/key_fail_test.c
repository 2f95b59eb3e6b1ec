/* key_fail_test.c - private keys that somebody else has: signatures that don't come, that are none, and
 * handshakes that are given up while they wait. */
#include "unit.h"

#include <errno.h>

#include "clock.h"
#include "cred.h"
#include "tests/lib/keeper.h"
#include "tls/error.h"

/* ---- Answers that are none */

static void refusals(void **state)
{
	static const struct {
		int answer;
		size_t size, flip;
		unsigned key;
		int expected;
	} rows[] = {
		{-1, 0, 0, 0, TLS_E_SIGNING_FAILED},
		{1, 0, 0, 0, TLS_E_SIGNING_FAILED},
		{TLS_E_INTERRUPTED, 0, 0, 0, TLS_E_SIGNING_FAILED},
		{TLS_E_INVALID_REQUEST, 0, 0, 0, TLS_E_SIGNING_FAILED},
		{TLS_E_RANDOM_FAILED, 0, 0, 0, TLS_E_RANDOM_FAILED},
		{TLS_E_ILLEGAL_KEY, 0, 0, 0, TLS_E_ILLEGAL_KEY},
		{0, TLS_SIGNATURE_MAX_LEN + 1, 0, 0, TLS_E_SIGNING_FAILED},
		{0, UINT32_MAX, 0, 0, TLS_E_SIGNING_FAILED},
		{0, 255, 0, KEY_RSA, TLS_E_SIGNING_FAILED},
		{0, 257, 0, KEY_RSA, TLS_E_SIGNING_FAILED},
		{0, TLS_SIGNATURE_MAX_LEN, 0, KEY_RSA, TLS_E_SIGNING_FAILED},
		{0, 0, 1, KEY_RSA, TLS_E_SIGNING_FAILED},
		{0, 0, 256, KEY_RSA, TLS_E_SIGNING_FAILED},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned role = 0; role < N_ROLES; role++) {
			struct scene c;

			scene_init(&c, role, rows[i].key);
			c.keeper.not_yet = role;
			c.keeper.answer = rows[i].answer;
			c.keeper.size = rows[i].size;
			c.keeper.flip = rows[i].flip;
			assert_int_equal(scene_run(&c), rows[i].expected);
			assert_int_equal(tls_handshake(c.s), rows[i].expected);
			assert_int_equal(tls_alert_get_sent(c.s),
			    tls_error_alert(rows[i].expected) != 0
			        ? (int)tls_error_alert(rows[i].expected)
			        : -1);
			assert_int_equal(c.keeper.n_cancelled, 0);
			assert_int_equal(c.keeper.n_asked, role + 1);
			scene_clear(&c);
		}
	}
}

/* How a function answers that says 0 and has not signed. */
enum careless { WRITES_NOTHING, EMPTY, ELSEWHERE };

static int signs_carelessly(tls_session_t s, void *ptr, void **request, uint16_t scheme,
    const tls_datum_t *data, tls_datum_t *signature)
{
	static uint8_t elsewhere[256];
	const enum careless *how = ptr;

	(void)s;
	(void)request;
	(void)scheme;
	(void)data;
	if (*how == EMPTY)
		signature->size = 0;
	if (*how == ELSEWHERE)
		*signature = (tls_datum_t){.data = elsewhere, .size = sizeof(elsewhere)};
	return 0;
}

static tls_certificate_credentials_t careless_credentials(enum careless *how)
{
	tls_certificate_credentials_t cred = cred_new();
	struct data crt;
	tls_datum_t c;

	data_read(&crt, "p256.crt.pem");
	c = cred_datum(&crt);
	assert_int_equal(tls_certificate_set_x509_key_func(cred, &c, TLS_X509_FMT_PEM, signs_carelessly, NULL, how), 0);
	return cred;
}

static void an_empty_signature(void **state)
{
	enum careless how = EMPTY;
	tls_certificate_credentials_t cred = careless_credentials(&how);
	struct duo d;

	(void)state;
	duo_init(&d, cred, NULL);
	assert_false(duo_handshake(&d));
	assert_int_equal(d.server_err, TLS_E_SIGNING_FAILED);
	assert_int_equal(d.client_err, TLS_E_FATAL_ALERT_RECEIVED);
	assert_int_equal(tls_alert_get(d.client), TLS_ALERT_INTERNAL_ERROR);
	duo_clear(&d);
	tls_certificate_free_credentials(cred);
}

/* A function that doesn't write to where it is told, or not at all: nothing else that lay there goes out. */
static void a_signature_elsewhere(void **state)
{
	static const uint8_t zeros[64];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		enum careless how = i == 0 ? ELSEWHERE : WRITES_NOTHING;
		tls_certificate_credentials_t cred = careless_credentials(&how);
		struct pair p;

		pair_init12(&p, cred);
		peer_hello(&p.peer);
		assert_int_equal(tls_handshake(p.server), i == 0 ? TLS_E_SIGNING_FAILED : TLS_E_AGAIN);
		if (i == 1) /* behind it comes ServerHelloDone, in a record of its own */
			assert_memory_equal(p.wire.s2c.p + p.wire.s2c.end - 9 - sizeof(zeros), zeros, sizeof(zeros));
		pair_clear(&p);
		tls_certificate_free_credentials(cred);
	}
}

/* One that isn't RSA's goes out, and the peer refuses it. */
static void a_wrong_signature(void **state)
{
	(void)state;
	for (unsigned key = 0; key < N_KEYS; key += 2) {
		struct scene c;

		scene_init(&c, SERVER13, key);
		c.keeper.flip = 40;
		assert_int_equal(scene_run(&c), TLS_E_FATAL_ALERT_RECEIVED);
		assert_int_equal(tls_alert_get(c.s), TLS_ALERT_DECRYPT_ERROR);
		assert_int_equal(c.duo.client_err, TLS_E_SIGNATURE_VERIFY_FAILED);
		scene_clear(&c);
	}
}

/* ---- Giving up */

static ssize_t broken_push(void *ptr, const void *data, size_t len)
{
	(void)ptr;
	(void)data;
	(void)len;
	errno = EPIPE;
	return -1;
}

static void waiting_scene(struct scene *c, enum role role, uint64_t *now)
{
	scene_init(c, role, 0);
	c->keeper.not_yet = 1000;
	tls_session_set_time_function(c->s, fake_time, now);
	tls_handshake_set_timeout(c->s, 100);
	assert_int_equal(scene_run_to_key(c), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(c->s), TLS_WAIT_KEY);
}

static void given_up_by_deinit(void **state)
{
	(void)state;
	for (unsigned role = 0; role < N_ROLES; role++) {
		uint64_t now = 7;
		struct scene c;

		waiting_scene(&c, role, &now);
		assert_int_equal(c.keeper.n_cancelled, 0);
		scene_clear(&c);
		assert_int_equal(c.keeper.n_cancelled, 1);
	}
}

static void given_up_by_an_alert(void **state)
{
	(void)state;
	for (unsigned role = 0; role < N_ROLES; role++) {
		uint64_t now = 7;
		struct scene c;

		waiting_scene(&c, role, &now);
		assert_int_equal(tls_alert_send(c.s, TLS_AL_FATAL, TLS_ALERT_USER_CANCELED), 0);
		assert_int_equal(c.keeper.n_cancelled, 1);
		assert_int_equal(tls_handshake(c.s), TLS_E_INVALID_SESSION);
		assert_int_equal(c.keeper.n_asked, 1);
		scene_clear(&c);
		assert_int_equal(c.keeper.n_cancelled, 1);
	}
}

static void contract_H8_time_limit_while_the_key_waits_13_server_client(void **state)
{
	(void)state;
	for (unsigned role = 0; role < N_ROLES; role++) {
		uint64_t now = 7;
		struct scene c;

		waiting_scene(&c, role, &now);
		now = 106;
		assert_int_equal(tls_handshake(c.s), TLS_E_AGAIN);
		assert_int_equal(c.keeper.n_cancelled, 0);
		now = 107;
		assert_int_equal(tls_handshake(c.s), TLS_E_TIMEDOUT);
		assert_int_equal(c.keeper.n_cancelled, 1);
		assert_int_equal(tls_handshake(c.s), TLS_E_TIMEDOUT);
		assert_int_equal(c.keeper.n_asked, 3);
		scene_clear(&c);
		assert_int_equal(c.keeper.n_cancelled, 1);
	}
}

static void given_up_by_the_transport(void **state)
{
	struct scene c;

	(void)state;
	scene_init(&c, SERVER13, 0);
	c.keeper.not_yet = 1000;
	tls_transport_set_push_function(c.s, broken_push);
	assert_int_equal(tls_handshake(c.duo.client), TLS_E_AGAIN);
	assert_int_equal(tls_handshake(c.s), TLS_E_PUSH_ERROR);
	assert_int_equal(c.keeper.n_asked, 1);
	assert_int_equal(c.keeper.n_cancelled, 1);
	scene_clear(&c);
	assert_int_equal(c.keeper.n_cancelled, 1);
}

/* ---- Filling credentials */

static void credentials_that_are_none(void **state)
{
	static const struct {
		const char *file;
		int error;
	} rows[] = {
		{"p256.pkcs8.pem", TLS_E_NO_CERTIFICATE_FOUND},
		{"rsa1024.crt.pem", TLS_E_UNSUPPORTED_KEY},
		{"unsorted.crt.pem", TLS_E_CERTIFICATE_LIST_UNSORTED},
	};
	tls_certificate_credentials_t cred = cred_new();
	struct data crt;
	tls_datum_t c;
	bool in_key;

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		data_read(&crt, rows[i].file);
		c = cred_datum(&crt);
		assert_int_equal(tls_certificate_set_x509_key_func(cred, &c, TLS_X509_FMT_PEM, keeper_sign, NULL, NULL),
		    rows[i].error);
		(void)tls_certificate_error_line(cred, &in_key);
		assert_false(in_key);
	}
	data_read(&crt, "p256.crt.pem");
	c = cred_datum(&crt);
	assert_int_equal(tls_certificate_set_x509_key_func(cred, &c, TLS_X509_FMT_PEM, NULL, NULL, NULL),
	    TLS_E_INVALID_REQUEST);
	tls_credentials_hold(cred);
	assert_int_equal(tls_certificate_set_x509_key_func(cred, &c, TLS_X509_FMT_PEM, keeper_sign, NULL, NULL),
	    TLS_E_INVALID_REQUEST);
	tls_credentials_release(cred);
	tls_certificate_free_credentials(cred);
}

static void credentials_without_memory(void **state)
{
	struct data crt;
	tls_datum_t c;
	unsigned long left;

	(void)state;
	data_read(&crt, "chain.crt.pem");
	c = cred_datum(&crt);
	for (unsigned long n = 1;; n++) {
		tls_certificate_credentials_t cred = cred_new();
		int err;

		tls_mem_fail_at(n);
		err = tls_certificate_set_x509_key_func(cred, &c, TLS_X509_FMT_PEM, keeper_sign, NULL, NULL);
		left = tls_mem_fail_left();
		tls_mem_fail_at(0);
		assert_int_equal(err, left == 0 ? TLS_E_MEMORY_ERROR : 0);
		tls_certificate_free_credentials(cred);
		if (left > 0)
			break;
	}
}

/* ---- No memory */

/* Only the side that signs runs short. */
static int run_short(struct scene *c, unsigned long n, bool *delivered)
{
	int err = TLS_E_AGAIN;

	for (unsigned i = 0; i < 1000 && (err == TLS_E_AGAIN || err == TLS_E_INTERRUPTED); i++) {
		scene_run_other(c);
		tls_mem_fail_at(n);
		err = tls_handshake(c->s);
		*delivered = n > 0 && tls_mem_fail_left() == 0;
		n = tls_mem_fail_left();
		tls_mem_fail_at(0);
	}
	return err;
}

static void no_memory_while_waiting(void **state)
{
	(void)state;
	for (unsigned role = 0; role < N_ROLES; role++) {
		for (unsigned long n = 1;; n++) {
			struct scene c;
			bool delivered;
			int err;

			scene_init(&c, role, 0);
			c.keeper.not_yet = 2;
			err = run_short(&c, n, &delivered);
			assert_true(err == 0 || err == TLS_E_MEMORY_ERROR || err == TLS_E_INTERNAL_ERROR);
			scene_clear(&c);
			assert_true(err != 0 || c.keeper.n_asked == 3);
			assert_int_equal(c.keeper.n_cancelled, c.keeper.n_asked == 1 || c.keeper.n_asked == 2);
			assert_true(n < 300);
			if (err == 0 && !delivered)
				break;
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals),
		cmocka_unit_test(an_empty_signature),
		cmocka_unit_test(a_signature_elsewhere),
		cmocka_unit_test(a_wrong_signature),
		cmocka_unit_test(given_up_by_deinit),
		cmocka_unit_test(given_up_by_an_alert),
		cmocka_unit_test(contract_H8_time_limit_while_the_key_waits_13_server_client),
		cmocka_unit_test(given_up_by_the_transport),
		cmocka_unit_test(credentials_that_are_none),
		cmocka_unit_test(credentials_without_memory),
		cmocka_unit_test(no_memory_while_waiting),
	};

	return cmocka_run_group_tests_name("key_fail", tests, NULL, NULL);
}

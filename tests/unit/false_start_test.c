/* false_start_test.c - TLS_ENABLE_FALSE_START: a client of TLS 1.2 that sends data before the server's Finished is
 * there, and takes none before. RFC 7918; the quench (CONTRACT part Q) holds from the first 0 of tls_handshake on. */
#include "contract.h"

#include <string.h>

#include "tests/lib/duo.h"
#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/state.h"

/* tls_init makes it; the tests' clients are made without. */
static void enable(tls_session_t s)
{
	tls_session_t with;

	assert_int_equal(tls_init(&with, TLS_CLIENT | TLS_NONBLOCK | TLS_ENABLE_FALSE_START), 0);
	s->flags = with->flags;
	tls_deinit(with);
}

/* A client that may start early, and a server that keeps its last flight back. */
static void begin(struct call *c)
{
	call_init12(c, NULL, 0);
	enable(c->client);
	c->serv.stop_before = SERV_CCS;
}

static void started(struct call *c)
{
	begin(c);
	assert_int_equal(call_handshake(c), 0);
	assert_true(c->serv.stopped);
	assert_int_equal(tls_session_get_flags(c->client) & (TLS_SFLAGS_FALSE_START | TLS_SFLAGS_ESTABLISHED),
	    TLS_SFLAGS_FALSE_START);
}

/* The server's last flight, whole. */
static void finish(struct call *c)
{
	c->serv.stopped = false;
	c->serv.stop_before = 0;
	serv12_ccs(&c->serv);
	serv12_finished(&c->serv);
}

static void data_goes_first(void **state)
{
	struct call c;
	char *desc;

	(void)state;
	started(&c);
	assert_int_equal(tls_record_send(c.client, "early", 5), 5);
	serv_run(&c.serv);
	assert_int_equal(c.serv.data.len, 5);
	assert_int_equal(tls_record_recv(c.client, got, 10), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(c.client), 0);
	assert_int_equal(tls_session_get_flags(c.client) & TLS_SFLAGS_ESTABLISHED, 0);
	desc = tls_session_get_desc(c.client);
	assert_non_null(desc);
	tls_free(desc);
	finish(&c);
	assert_int_equal(tls_record_recv(c.client, got, 10), TLS_E_AGAIN);
	assert_int_equal(tls_session_get_flags(c.client),
	    TLS_SFLAGS_FALSE_START | TLS_SFLAGS_ESTABLISHED | TLS_SFLAGS_EXT_MASTER_SECRET);
	assert_null(c.client->hs);
	serv_send_record(&c.serv, 23, "late", 4);
	assert_int_equal(tls_record_recv(c.client, got, 10), 4);
	assert_memory_equal(got, "late", 4);
	assert_int_equal(tls_record_send(c.client, "more", 4), 4);
	serv_run(&c.serv);
	assert_null(c.serv.wrong);
	assert_int_equal(c.serv.data.len, 9);
	call_clear(&c);
}

/* Finished and data in one reading: nothing is left behind for a reactor to miss. */
static void everything_at_once(void **state)
{
	struct call c;

	(void)state;
	started(&c);
	finish(&c);
	serv_send_record(&c.serv, 23, "answer", 6);
	assert_int_equal(tls_record_recv(c.client, got, 3), 3);
	assert_int_equal(tls_record_check_pending(c.client), 3);
	assert_int_equal(tls_record_recv(c.client, got + 3, 10), 3);
	assert_memory_equal(got, "answer", 6);
	call_clear(&c);
}

/* What has been read completes the handshake without the transport; more is not read for it. */
static void pending(void **state)
{
	struct call c;
	unsigned n;

	(void)state;
	started(&c);
	assert_int_equal(tls_record_check_pending(c.client), 0);
	finish(&c);
	serv_send_record(&c.serv, 23, "answer", 6);
	c.wire.s2c.end -= 4;
	assert_int_equal(tls_record_check_pending(c.client), 0); /* on the wire, not here */
	n = c.wire.n_pulls;
	assert_int_equal(tls_record_recv(c.client, got, 10), TLS_E_AGAIN);
	assert_int_equal(tls_record_check_pending(c.client), 0);
	assert_int_equal(c.wire.n_pulls, n); /* the server's; ours aren't counted */
	c.wire.s2c.end += 4;
	assert_int_equal(tls_record_recv(c.client, got, 10), 6);
	call_clear(&c);
}

static void only_where_it_is_wanted(void **state)
{
	struct call c;

	(void)state;
	begin(&c); /* not by a client that didn't ask for it */
	c.client->flags &= ~TLS_ENABLE_FALSE_START;
	assert_int_equal(call_handshake(&c), TLS_E_AGAIN);
	assert_int_equal(tls_record_send(c.client, "x", 1), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_recv(c.client, got, 1), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_bye(c.client, TLS_SHUT_WR), TLS_E_INVALID_REQUEST);
	call_clear(&c);
	call_init(&c, NULL, 0); /* nor in TLS 1.3 */
	enable(c.client);
	call_connect(&c);
	assert_int_equal(tls_session_get_flags(c.client), TLS_SFLAGS_ESTABLISHED);
	call_clear(&c);
}

/* A second call waits for the rest, as one that didn't start early. */
static void handshake_again_waits(void **state)
{
	struct call c;

	(void)state;
	started(&c);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(c.client), 0);
	}
	finish(&c);
	assert_int_equal(tls_handshake(c.client), 0);
	assert_true(tls_session_get_flags(c.client) & TLS_SFLAGS_ESTABLISHED);
	call_clear(&c);
}

/* 0 only when the Finished of ours is gone to the transport, however long that takes. */
static void interrupted_before_the_start(void **state)
{
	struct call c;

	(void)state;
	begin(&c);
	assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
	serv_run(&c.serv);
	c.wire.c2s.window = 10;
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(c.client), 1);
		assert_int_equal(tls_session_get_flags(c.client) & TLS_SFLAGS_FALSE_START, 0);
	}
	c.wire.c2s.window = 0;
	assert_int_equal(tls_handshake(c.client), 0);
	assert_true(tls_session_get_flags(c.client) & TLS_SFLAGS_FALSE_START);
	call_clear(&c);
}

/* The limit is the handshake's, and ends with the first 0. */
static void time_limit(void **state)
{
	uint64_t now = 1;
	struct call c;

	(void)state;
	begin(&c);
	tls_session_set_time_function(c.client, fake_time, &now);
	tls_handshake_set_timeout(c.client, 1000);
	assert_int_equal(call_handshake(&c), 0);
	now = 5000;
	assert_int_equal(tls_record_recv(c.client, got, 1), TLS_E_AGAIN);
	assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
	finish(&c);
	assert_int_equal(tls_handshake(c.client), 0);
	call_clear(&c);
}

static void with_a_client_certificate(void **state)
{
	struct call c;

	(void)state;
	begin(&c);
	c.serv.ask = true;
	assert_int_equal(tls_credentials_set(c.client, TLS_CRD_CERTIFICATE, pair_credentials()), 0);
	assert_int_equal(call_handshake(&c), 0);
	assert_true(c.serv.proved);
	finish(&c);
	assert_int_equal(tls_handshake(c.client), 0);
	call_clear(&c);
}

/* ---- The quench */

static void contract_Q1_receiving_never_waits_to_write_false_start_12_client(void **state)
{
	struct call c;
	uint64_t total;

	(void)state;
	started(&c);
	c.wire.c2s.window = 1;
	assert_int_equal(tls_record_send(c.client, pattern, 30000), TLS_E_AGAIN);
	total = c.wire.c2s.total;
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(tls_record_recv(c.client, got, 100), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(c.client), 0);
	}
	finish(&c);
	serv_send_record(&c.serv, 23, "answer", 6);
	assert_int_equal(tls_record_recv(c.client, got, 100), 6);
	assert_int_equal(tls_record_recv(c.client, got, 100), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(c.client), 0);
	assert_int_equal(c.wire.c2s.total, total);
	c.wire.c2s.window = 0;
	assert_int_equal(tls_record_send(c.client, NULL, 0), 30000);
	serv_run(&c.serv);
	assert_null(c.serv.wrong);
	assert_int_equal(c.serv.data.len, 30000);
	assert_memory_equal(c.serv.data.p, pattern, 30000);
	call_clear(&c);
}

static void contract_Q2_sending_never_waits_to_read_false_start_12_client(void **state)
{
	struct call c;

	(void)state;
	started(&c);
	finish(&c);
	c.wire.s2c.end -= 20; /* half of Finished */
	assert_int_equal(tls_record_recv(c.client, got, 100), TLS_E_AGAIN);
	for (unsigned i = 0; i < 100; i++) {
		c.wire.c2s.window = 1 + wire_len(&c.wire.c2s);
		assert_int_equal(tls_record_send(c.client, pattern + i * 100, 100), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(c.client), 1);
		c.wire.c2s.window = 0;
		assert_int_equal(tls_record_send(c.client, NULL, 0), 100);
	}
	c.wire.s2c.end += 20;
	assert_int_equal(tls_record_recv(c.client, got, 100), TLS_E_AGAIN);
	assert_true(tls_session_get_flags(c.client) & TLS_SFLAGS_ESTABLISHED);
	call_clear(&c);
}

static void contract_H1_resumes_at_any_byte_false_start_12_client(void **state)
{
	(void)state;
	for (unsigned i = 1; i < 40; i++) {
		size_t sent = 0, n_got = 0;
		struct duo d;

		duo_init(&d, NULL, i % 2 == 0 ? pair_credentials() : NULL);
		duo_only12(&d);
		enable(d.client);
		tls_certificate_server_set_request(d.server, TLS_CERT_REQUEST);
		d.wire.again_percent = 50;
		d.wire.max_piece = i;
		/* the client's handshake, and its data, before the server's last flight is read */
		for (unsigned k = 0; k < 1000000 && n_got < 3000; k++) {
			ssize_t n;

			if (d.client_err != 0)
				d.client_err = tls_handshake(d.client);
			if (d.client_err == 0 && sent < 3000) {
				n = tls_record_send(d.client, pattern + sent, 3000 - sent);
				assert_true(n > 0 || n == TLS_E_INTERRUPTED ||
				    (n == TLS_E_AGAIN && tls_record_get_direction(d.client) == 1));
				sent += n > 0 ? (size_t)n : 0;
			}
			if (d.server_err != 0) {
				d.server_err = tls_handshake(d.server);
				continue;
			}
			n = tls_record_recv(d.server, got + n_got, 3000 - n_got);
			assert_true(n > 0 || n == TLS_E_AGAIN || n == TLS_E_INTERRUPTED);
			n_got += n > 0 ? (size_t)n : 0;
			(void)tls_record_send(d.server, NULL, 0); /* the end of its last flight */
		}
		assert_int_equal(n_got, 3000);
		assert_memory_equal(got, pattern, 3000);
		duo_pass(d.server, d.client, pattern, 5000);
		assert_int_equal(tls_session_get_flags(d.client) & (TLS_SFLAGS_FALSE_START | TLS_SFLAGS_ESTABLISHED),
		    TLS_SFLAGS_FALSE_START | TLS_SFLAGS_ESTABLISHED);
		duo_pass(d.client, d.server, pattern, 5000);
		duo_clear(&d);
	}
}

/* ---- Faults of the server, told by tls_record_recv */

static void failed(struct call *c, int expected)
{
	ssize_t n = call_recv(c, got, sizeof(got));

	assert_string_equal(tls_strerror_name((int)n), tls_strerror_name(expected));
	assert_int_equal(tls_record_recv(c->client, got, 1), expected);
	assert_int_equal(tls_record_send(c->client, "x", 1), expected);
	assert_int_equal(tls_handshake(c->client), expected);
	assert_int_equal(tls_session_get_flags(c->client) & TLS_SFLAGS_ESTABLISHED, 0);
	(void)tls_alert_flush(c->client);
	serv_run(&c->serv);
	assert_int_equal(c->serv.alert, tls_error_alert(expected) != 0 ? (int)tls_error_alert(expected) : -1);
	assert_null(c->serv.wrong);
	call_clear(c);
}

static void flip(struct serv *v, unsigned type, struct tls_buf *body)
{
	if (type == TLS_HANDSHAKE_FINISHED)
		body->p[v->n] ^= 1;
}

/* Data behind a Finished that isn't the server's is never seen. */
static void security_wrong_finished_false_start_12_client(void **state)
{
	(void)state;
	for (unsigned at = 0; at < TLS_VERIFY_DATA_LEN; at++) {
		struct call c;

		started(&c);
		assert_int_equal(tls_record_send(c.client, "early", 5), 5);
		c.serv.change = flip;
		c.serv.n = at;
		finish(&c);
		serv_send_record(&c.serv, 23, "forged", 6);
		failed(&c, TLS_E_FINISHED_VERIFY_FAILED);
	}
}

static void security_early_plaintext_false_start_12_client(void **state)
{
	struct call c;

	(void)state;
	started(&c);
	serv_send_plain_record(&c.serv, 23, "forged", 6);
	failed(&c, TLS_E_UNEXPECTED_PACKET);
	started(&c);
	c.serv.stopped = false;
	serv12_ccs(&c.serv);
	serv_send_record(&c.serv, 23, "hasty", 5);
	failed(&c, TLS_E_UNEXPECTED_PACKET);
	started(&c);
	c.serv.stopped = false;
	serv12_ccs(&c.serv);
	serv12_ccs(&c.serv);
	failed(&c, TLS_E_UNEXPECTED_CCS);
}

/* What nobody has signed ends nothing well: a close_notify in the clear, or the transport's end. */
static void security_truncation_false_start_12_client(void **state)
{
	static const uint8_t close_notify[2] = {1, 0}, fatal[2] = {2, TLS_ALERT_HANDSHAKE_FAILURE};
	static const uint8_t warning[2] = {1, TLS_ALERT_UNRECOGNIZED_NAME};
	struct call c;

	(void)state;
	started(&c);
	serv_send_record(&c.serv, 21, close_notify, 2);
	failed(&c, TLS_E_PREMATURE_TERMINATION);
	started(&c);
	c.wire.s2c.closed = true;
	failed(&c, TLS_E_PREMATURE_TERMINATION);
	started(&c);
	serv_send_record(&c.serv, 21, fatal, 2);
	failed(&c, TLS_E_FATAL_ALERT_RECEIVED);
	started(&c);
	serv_send_record(&c.serv, 21, warning, 2);
	assert_int_equal(call_recv(&c, got, 1), TLS_E_WARNING_ALERT_RECEIVED);
	finish(&c);
	assert_int_equal(call_recv(&c, got, 1), TLS_E_AGAIN);
	assert_true(tls_session_get_flags(c.client) & TLS_SFLAGS_ESTABLISHED);
	call_clear(&c);
}

static int no(tls_session_t s)
{
	(void)s;
	return -1;
}

/* RFC 7918 section 5: no data for a server that has not been verified. */
static void unverified_server_gets_nothing(void **state)
{
	tls_certificate_credentials_t cred;
	struct call c;

	(void)state;
	assert_int_equal(tls_certificate_allocate_credentials(&cred), 0);
	assert_int_equal(tls_certificate_set_verify_function(cred, no), 0);
	begin(&c);
	assert_int_equal(tls_credentials_set(c.client, TLS_CRD_CERTIFICATE, cred), 0);
	call_refused(&c, call_handshake(&c), TLS_E_CERTIFICATE_VERIFICATION_ERROR);
	assert_int_equal(tls_record_send(c.client, "x", 1), TLS_E_CERTIFICATE_VERIFICATION_ERROR);
	call_clear(&c);
	tls_certificate_free_credentials(cred);
}

/* ---- The end */

static void bye(void **state)
{
	static const uint8_t close_notify[2] = {1, 0};
	struct call c;

	(void)state;
	started(&c);
	assert_int_equal(tls_record_send(c.client, "all", 3), 3);
	assert_int_equal(tls_bye(c.client, TLS_SHUT_WR), 0);
	serv_run(&c.serv);
	assert_true(c.serv.ended);
	assert_int_equal(tls_bye(c.client, TLS_SHUT_RDWR), TLS_E_AGAIN);
	finish(&c);
	serv_send_record(&c.serv, 23, "dropped", 7);
	serv_send_record(&c.serv, 21, close_notify, 2);
	assert_int_equal(tls_bye(c.client, TLS_SHUT_RDWR), 0);
	assert_null(c.serv.wrong);
	call_clear(&c);
}

static void every_allocation_may_fail(void **state)
{
	bool was_failed = true;

	(void)state;
	for (unsigned long n = 1; was_failed; n++) {
		struct call c;
		ssize_t err;

		started(&c);
		finish(&c);
		serv_send_record(&c.serv, 23, "answer", 6);
		tls_mem_fail_at(n);
		err = tls_record_recv(c.client, got, 3);
		was_failed = tls_mem_fail_left() == 0;
		tls_mem_fail_at(0);
		assert_int_equal(err, was_failed ? TLS_E_MEMORY_ERROR : 3);
		call_clear(&c);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_goes_first),
		cmocka_unit_test(everything_at_once),
		cmocka_unit_test(pending),
		cmocka_unit_test(only_where_it_is_wanted),
		cmocka_unit_test(handshake_again_waits),
		cmocka_unit_test(interrupted_before_the_start),
		cmocka_unit_test(time_limit),
		cmocka_unit_test(with_a_client_certificate),
		cmocka_unit_test(contract_Q1_receiving_never_waits_to_write_false_start_12_client),
		cmocka_unit_test(contract_Q2_sending_never_waits_to_read_false_start_12_client),
		cmocka_unit_test(contract_H1_resumes_at_any_byte_false_start_12_client),
		cmocka_unit_test(security_wrong_finished_false_start_12_client),
		cmocka_unit_test(security_early_plaintext_false_start_12_client),
		cmocka_unit_test(security_truncation_false_start_12_client),
		cmocka_unit_test(unverified_server_gets_nothing),
		cmocka_unit_test(bye),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests_name("false_start", tests, contract_setup, NULL);
}

/* ticket_contract_test.c - CONTRACT D3 to D5: a client and the tickets of TLS 1.3, each promise under its number. */
#include "unit.h"

#include <stdlib.h>

#include "tests/lib/resumed.h"

static unsigned n_waits, wait_ms;
static struct duo *waiting;

/* The server goes on while the client waits. */
static int wait_function(tls_transport_ptr_t ptr, unsigned ms)
{
	struct wire *w = ptr;

	n_waits++;
	wait_ms = ms;
	if (waiting != NULL)
		(void)tls_handshake(waiting->server);
	return wire_len(&w->s2c) > 0;
}

/* The client is established, and the server has yet to see its Finished. */
static void half_way(struct resumed *r, struct duo *d)
{
	resumed_init(r, TLS_1_3, RESUMED_TICKETS);
	resumed_begin(r, d);
	while (tls_handshake(d->client) != 0)
		(void)tls_handshake(d->server);
	assert_false(tls_session_get_flags(d->server) & TLS_SFLAGS_ESTABLISHED);
	assert_false(tls_session_get_flags(d->client) & TLS_SFLAGS_SESSION_TICKET);
	n_waits = 0;
}

static void contract_D3_waits_for_a_ticket_13_client(void **state)
{
	struct resumed r;
	struct duo d;

	(void)state;
	half_way(&r, &d);
	tls_transport_set_pull_timeout_function(d.client, wait_function);
	waiting = &d;
	resumed_keep(&r, &d);
	assert_int_equal(n_waits, 1);
	assert_in_range(wait_ms, 20, 1000);
	assert_true(tls_session_get_flags(d.client) & TLS_SFLAGS_SESSION_TICKET);
	/* no waiting once there is one */
	resumed_keep(&r, &d);
	assert_int_equal(n_waits, 1);
	duo_clear(&d);
	waiting = NULL;
	assert_true(resumed_session(&r));
	resumed_clear(&r);
}

static void contract_D3_none_comes_13_client(void **state)
{
	struct resumed r;
	struct duo d;

	(void)state;
	half_way(&r, &d);
	waiting = NULL;
	tls_transport_set_pull_timeout_function(d.client, wait_function);
	resumed_keep(&r, &d);
	assert_int_equal(n_waits, 1);
	assert_false(tls_session_get_flags(d.client) & TLS_SFLAGS_SESSION_TICKET);
	duo_clear(&d);
	assert_false(resumed_session(&r)); /* set_data takes it, and it resumes nothing */
	assert_true(resumed_session(&r));
	resumed_clear(&r);
}

static void contract_D3_does_not_wait_without_the_function_13_client(void **state)
{
	struct resumed r;
	struct duo d;

	(void)state;
	half_way(&r, &d);
	resumed_keep(&r, &d);
	duo_connect(&d);
	duo_clear(&d);
	assert_false(resumed_session(&r));
	resumed_clear(&r);
}

/* What comes while it waits isn't lost: data, and an error that waits for its turn. */
static void contract_D3_keeps_what_comes_meanwhile_13_client(void **state)
{
	struct resumed r;
	struct duo d;
	char text[8];

	(void)state;
	half_way(&r, &d);
	assert_int_equal(tls_handshake(d.server), 0);
	assert_int_equal(tls_record_send(d.server, "hello", 5), 5);
	assert_int_equal(tls_bye(d.server, TLS_SHUT_WR), 0);
	tls_transport_set_pull_timeout_function(d.client, wait_function);
	resumed_keep(&r, &d);
	assert_true(tls_session_get_flags(d.client) & TLS_SFLAGS_SESSION_TICKET);
	assert_int_equal(tls_record_recv(d.client, text, sizeof(text)), 5);
	assert_memory_equal(text, "hello", 5);
	assert_int_equal(tls_record_recv(d.client, text, sizeof(text)), 0);
	duo_clear(&d);
	assert_true(resumed_session(&r));
	resumed_clear(&r);
}

static uint64_t fake_ms;

static uint64_t fake_time(void *ptr)
{
	(void)ptr;
	return fake_ms;
}

static int slow_wait(tls_transport_ptr_t ptr, unsigned ms)
{
	fake_ms += ms - 10;
	return wait_function(ptr, ms);
}

/* However many pieces it comes in, a ticket is waited for no longer than that. */
static void contract_D3_waits_once_for_many_pieces_13_client(void **state)
{
	struct resumed r;
	struct duo d;

	(void)state;
	half_way(&r, &d);
	tls_transport_set_pull_timeout_function(d.client, slow_wait);
	tls_session_set_time_function(d.client, fake_time, NULL);
	waiting = &d;
	d.wire.max_piece = 1;
	fake_ms = 1;
	resumed_keep(&r, &d);
	assert_false(tls_session_get_flags(d.client) & TLS_SFLAGS_SESSION_TICKET);
	assert_in_range(fake_ms, 40, 80);
	waiting = NULL;
	duo_clear(&d);
	resumed_clear(&r);
}

static unsigned n_told;
static struct resumed *told;

static int tell(tls_session_t s, unsigned htype, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	struct resumed *r = told;

	assert_int_equal(htype, TLS_HANDSHAKE_NEW_SESSION_TICKET);
	assert_int_equal(when, TLS_HOOK_POST);
	assert_int_equal(incoming, 1);
	assert_true(msg->size > 13);
	n_told++;
	tls_free(r->data.data);
	assert_int_equal(tls_session_get_data2(s, &r->data), 0);
	return 0;
}

static void contract_D4_hook_tells_of_each_ticket_13_client(void **state)
{
	char text[8];

	(void)state;
	for (unsigned n = 0; n <= 16; n++) {
		struct resumed r;
		struct duo d;

		resumed_init(&r, TLS_1_3, RESUMED_TICKETS);
		resumed_begin(&r, &d);
		told = &r;
		n_told = 0;
		assert_int_equal(tls_session_ticket_set_count(d.server, n), 0);
		tls_handshake_set_hook_function(d.client, TLS_HANDSHAKE_NEW_SESSION_TICKET, TLS_HOOK_POST, tell);
		d.wire.again_percent = 30;
		d.wire.max_piece = 100;
		duo_connect(&d);
		while (wire_len(&d.wire.s2c) > 0)
			assert_true(tls_record_recv(d.client, text, sizeof(text)) < 0);
		assert_int_equal(n_told, n);
		duo_clear(&d);
		/* what the hook was given is good */
		assert_int_equal(resumed_session(&r), n > 0);
		resumed_clear(&r);
	}
}

static void contract_D5_last_ticket_counts_13_client(void **state)
{
	struct resumed r;
	tls_datum_t data[3];
	char text[8];

	(void)state;
	/* in a database each ticket is a record: only the last one's may be left */
	for (unsigned i = 0; i < 2; i++) {
		struct duo d;

		resumed_init(&r, TLS_1_3, RESUMED_DATABASE);
		resumed_begin(&r, &d);
		assert_int_equal(tls_session_ticket_set_count(d.server, 3), 0);
		duo_connect(&d);
		assert_int_equal(tls_record_recv(d.client, text, sizeof(text)), TLS_E_AGAIN);
		for (unsigned k = 0; k < 3; k++)
			assert_int_equal(tls_session_get_data2(d.client, &data[k]), 0);
		for (unsigned k = 0; k < 3; k++) {
			assert_int_equal(data[k].size, data[0].size);
			assert_memory_equal(data[k].data, data[0].data, data[0].size);
		}
		r.data = data[0];
		tls_free(data[1].data);
		tls_free(data[2].data);
		assert_int_equal(r.n_db, 3);
		while (r.n_db > 2 - i) { /* i 0: the last record goes; 1: all but the last */
			unsigned gone = i == 0 ? 2 : r.n_db - 2;

			free(r.db[gone].data.data);
			r.db[gone] = r.db[--r.n_db];
		}
		duo_clear(&d);
		assert_int_equal(resumed_session(&r), i == 1);
		resumed_clear(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(contract_D3_waits_for_a_ticket_13_client),
	    cmocka_unit_test(contract_D3_none_comes_13_client),
	    cmocka_unit_test(contract_D3_does_not_wait_without_the_function_13_client),
	    cmocka_unit_test(contract_D3_keeps_what_comes_meanwhile_13_client),
	    cmocka_unit_test(contract_D3_waits_once_for_many_pieces_13_client),
	    cmocka_unit_test(contract_D4_hook_tells_of_each_ticket_13_client),
	    cmocka_unit_test(contract_D5_last_ticket_counts_13_client),
	};

	return cmocka_run_group_tests_name("ticket_contract", tests, NULL, NULL);
}

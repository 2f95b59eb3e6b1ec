/* resume13_more_test.c - more of resumption in TLS 1.3: certificates verified again, tickets of every size, no early
 * data, no memory. */
#include "resume.h"

#include "tests/lib/call.h"
#include "tls/bytes/mem.h"
#include "tls/hs/hs.h"
#include "tls/limits.h"
#include "tls/msg/new_session_ticket.h"
#include "tls/state.h"

static uint64_t fixed_clock(void *ptr)
{
	(void)ptr;
	return RESUMED_T0;
}

/* ---- Client certificates */

static void resumed_certificates_are_verified_again(void **state)
{
	(void)state;
	resume_verifies_again(TLS_1_3, RESUMED_TICKETS, false);
	resume_verifies_again(TLS_1_3, RESUMED_TICKETS, true);
}

/* ---- Sizes, early data */

/* Identities that are none of ours, as far as a hello holds them. */
static void security_ticket_size_13_server(void **state)
{
	static const enum resumed_store stores[] = {RESUMED_TICKETS, RESUMED_DATABASE};

	(void)state;
	/* a hello with one of 16,000 bytes would be too large: TLS_LIMIT_HELLO_LEN */
	for (size_t len = 1; len < 14500; len += len < 300 ? 1 : 911) {
		struct tls_buf key = {0}, ticket = {0};
		struct tls_resume state_of;
		struct resumed r;
		struct duo d;

		resumed_init(&r, TLS_1_3, stores[len % 2]);
		assert_false(resumed_session(&r));
		assert_int_equal(tls_resume_unpack(&state_of, tls_span(r.data.data, r.data.size), TLS_RESUME_CLIENT,
		                     tls_span(NULL, 0)),
		    0);
		/* it begins as a good one, so that it is looked at */
		tls_buf_bytes(&ticket, state_of.ticket.p, len < state_of.ticket.len ? len : state_of.ticket.len);
		(void)tls_buf_room(&ticket, len - ticket.len);
		state_of.ticket = tls_buf_as_span(&ticket);
		tls_resume_pack(&key, TLS_RESUME_CLIENT, &state_of, tls_span(NULL, 0));
		tls_free(r.data.data);
		r.data = (tls_datum_t){.data = key.p, .size = (unsigned)key.len};
		resumed_begin(&r, &d);
		assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
		assert_int_equal(tls_handshake(d.server), TLS_E_AGAIN);
		assert_int_equal(d.server->resumed, len == 32 && r.store == RESUMED_DATABASE);
		duo_clear(&d);
		tls_buf_clear(&ticket);
		resumed_clear(&r);
	}
}

static void security_ticket_size_13_client(void **state)
{
	static uint8_t zeros[65535];

	(void)state;
	for (size_t len = 0; len <= sizeof(zeros); len += len < 300 ? 1 : 4349) {
		struct tls_new_session_ticket m = {.lifetime = 60, .ticket = tls_span(zeros, len)};
		struct tls_buf b = {0};
		struct call c;
		char text[8];
		ssize_t n;

		call_init(&c, NULL, 0);
		tls_session_set_clock_function(c.client, fixed_clock, NULL);
		call_connect(&c);
		tls_new_session_ticket_encode(&b, &m);
		c.serv.cut = 16000;
		serv_send_message(&c.serv, TLS_HANDSHAKE_NEW_SESSION_TICKET, b.p, b.len);
		n = tls_record_recv(c.client, text, sizeof(text));
		if (b.len > TLS_LIMIT_HELLO_LEN)
			assert_int_equal(n, TLS_E_HANDSHAKE_TOO_LARGE);
		else
			assert_int_equal(n, len > 0 ? TLS_E_AGAIN : TLS_E_UNEXPECTED_PACKET_LENGTH);
		assert_int_equal((tls_session_get_flags(c.client) & TLS_SFLAGS_SESSION_TICKET) != 0,
		    len > 0 && len <= TLS_LIMIT_TICKET_LEN);
		tls_buf_clear(&b);
		call_clear(&c);
	}
}

/* A ticket that was read with the data in front of it has come: nothing is waited for. */
static void contract_D3_finds_a_ticket_behind_data_13_client(void **state)
{
	static const uint8_t ticket[] = {0, 0, 1, 0, 1, 2, 3, 4, 1, 0, 0, 2, 't', 't', 0, 0};
	struct tls_resume r;
	tls_datum_t data;
	struct call c;
	char text[4];

	(void)state;
	call_init(&c, NULL, 0);
	tls_session_set_clock_function(c.client, fixed_clock, NULL);
	call_connect(&c);
	serv_send_record(&c.serv, 23, "data", 4);
	serv_send_message(&c.serv, TLS_HANDSHAKE_NEW_SESSION_TICKET, ticket, sizeof(ticket));
	serv_send_record(&c.serv, 23, "more", 4);
	assert_int_equal(tls_record_recv(c.client, text, sizeof(text)), 4);
	assert_int_equal(tls_session_get_data2(c.client, &data), 0);
	assert_int_equal(tls_resume_unpack(&r, tls_span(data.data, data.size), TLS_RESUME_CLIENT, tls_span(NULL, 0)), 0);
	assert_int_equal(r.version, TLS_1_3);
	assert_int_equal(r.ticket.len, 2);
	assert_int_equal(tls_record_recv(c.client, text, sizeof(text)), 4);
	assert_memory_equal(text, "more", 4);
	tls_free(data.data);
	call_clear(&c);
}

/* Not even with a ticket that allows it; and no server may say that it took some. */
static void security_early_data_is_neither_offered_nor_taken_13_client(void **state)
{
	/* lifetime, age_add, nonce, ticket, early_data with 16,384 bytes */
	static const uint8_t allows[] = {
	    0, 0, 1, 0, 1, 2, 3, 4, 1, 0, 0, 2, 't', 't', 0, 8, 0, 42, 0, 4, 0, 0, 64, 0};
	tls_datum_t data;
	struct call c;
	char text[8];

	(void)state;
	call_init(&c, NULL, 0);
	tls_session_set_clock_function(c.client, fixed_clock, NULL);
	call_connect(&c);
	serv_send_message(&c.serv, TLS_HANDSHAKE_NEW_SESSION_TICKET, allows, sizeof(allows));
	assert_int_equal(tls_record_recv(c.client, text, sizeof(text)), TLS_E_AGAIN);
	assert_int_equal(tls_session_get_data2(c.client, &data), 0);
	call_clear(&c);
	call_init(&c, NULL, 0);
	tls_session_set_clock_function(c.client, fixed_clock, NULL);
	assert_int_equal(tls_session_set_data(c.client, data.data, data.size), 0);
	c.serv.extra_in = TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS;
	c.serv.extra_type = TLS_EXT_EARLY_DATA;
	assert_int_equal(call_handshake(&c), TLS_E_UNSUPPORTED_EXTENSION);
	assert_true(c.serv.hello.psk.identities.len > 0);
	assert_false(c.serv.hello.has_early_data);
	call_clear(&c);
	tls_free(data.data);
}

/* ---- No memory, no random bytes: each end of a handshake that is resumed */

static void no_memory(void **state)
{
	(void)state;
	resume_without_memory(TLS_1_3, RESUMED_TICKETS, true, 30);
	resume_without_memory(TLS_1_3, RESUMED_DATABASE, true, 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(resumed_certificates_are_verified_again),
	    cmocka_unit_test(security_ticket_size_13_server),
	    cmocka_unit_test(security_ticket_size_13_client),
	    cmocka_unit_test(contract_D3_finds_a_ticket_behind_data_13_client),
	    cmocka_unit_test(security_early_data_is_neither_offered_nor_taken_13_client),
	    cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests_name("resume13_more", tests, NULL, NULL);
}

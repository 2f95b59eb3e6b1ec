/* resume12_test.c - resumption in TLS 1.2: the extended master secret (RFC 7627 section 5.3), what an abbreviated
 * handshake may not change, tickets and ids of every size, verification, no memory. */
#include "resume.h"

#include <stdlib.h>
#include <string.h>

#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/hs/store.h"
#include "tls/limits.h"
#include "tls/msg/new_session_ticket.h"
#include "tls/msg/server_hello.h"
#include "tls/state.h"

#define RECORD_HEADER 5
#define MESSAGE_HEADER 4

static const enum resumed_store stores[] = {RESUMED_TICKETS, RESUMED_DATABASE};

/* ---- Hellos that are changed on their way */

static void put_message(struct wire_pipe *pipe, const uint8_t *head, unsigned type, const struct tls_buf *body,
    const uint8_t *rest, size_t rest_len)
{
	struct tls_buf b = {0};
	struct tls_block record, message;

	tls_buf_bytes(&b, head, 3);
	record = tls_buf_open(&b, 2);
	tls_buf_u8(&b, type);
	message = tls_buf_open(&b, 3);
	tls_buf_span(&b, tls_buf_as_span(body));
	tls_buf_close(&b, message);
	tls_buf_close(&b, record);
	tls_buf_bytes(&b, rest, rest_len);
	assert_true(tls_buf_ok(&b));
	wire_put(pipe, b.p, b.len);
	tls_buf_clear(&b);
}

static void change_client_hello(struct duo *d, void (*change)(struct tls_client_hello *m))
{
	static uint8_t was[20000];
	size_t len = wire_get(&d->wire.c2s, was, sizeof(was));
	struct tls_client_hello m;
	struct tls_buf body = {0};

	assert_int_equal(tls_client_hello_decode(&m, tls_span(was + RECORD_HEADER + MESSAGE_HEADER,
	                                                 len - RECORD_HEADER - MESSAGE_HEADER)),
	    0);
	change(&m);
	tls_client_hello_encode(&body, &m);
	put_message(&d->wire.c2s, was, TLS_HANDSHAKE_CLIENT_HELLO, &body, NULL, 0);
	tls_buf_clear(&body);
}

/* The server's first record is its hello. */
static void change_server_hello(struct duo *d, void (*change)(struct tls_server_hello *m))
{
	static uint8_t was[20000];
	size_t len = wire_get(&d->wire.s2c, was, sizeof(was));
	size_t hello_len = (size_t)(was[3] << 8 | was[4]) - MESSAGE_HEADER, at = RECORD_HEADER + MESSAGE_HEADER;
	struct tls_server_hello m;
	struct tls_buf body = {0};

	assert_int_equal(tls_server_hello_decode(&m, tls_span(was + at, hello_len)), 0);
	change(&m);
	tls_server_hello_encode(&body, &m);
	put_message(&d->wire.s2c, was, TLS_HANDSHAKE_SERVER_HELLO, &body, was + at + hello_len, len - at - hello_len);
	tls_buf_clear(&body);
}

static void drop_ems(struct tls_client_hello *m)
{
	unsigned n = 0;

	for (unsigned i = 0; i < m->ext.n; i++)
		if (m->ext.ext[i].type != TLS_EXT_EXTENDED_MASTER_SECRET)
			m->ext.ext[n++] = m->ext.ext[i];
	assert_int_equal(n, m->ext.n - 1);
	m->ext.n = n;
}

/* ---- RFC 7627 section 5.3: the four combinations, by what the first session had and what the second hello says */

/* A session as one without the extended master secret would have left it. */
static void without_ems(struct resumed *r)
{
	struct tls_resume state;
	struct tls_span none = {NULL, 0, false};

	for (unsigned i = 0; i < r->n_db; i++) {
		struct tls_span key = tls_span(r->db[i].key, r->db[i].key_len);
		struct tls_buf b = {0};

		assert_int_equal(tls_resume_unpack(&state, tls_span(r->db[i].data.data, r->db[i].data.size),
		                     TLS_RESUME_SERVER, key),
		    0);
		assert_true(state.ems);
		state.ems = false;
		tls_resume_pack(&b, TLS_RESUME_SERVER, &state, key);
		memcpy(r->db[i].data.data, b.p, b.len);
		tls_buf_clear(&b);
	}
	assert_int_equal(
	    tls_resume_unpack(&state, tls_span(r->data.data, r->data.size), TLS_RESUME_CLIENT, none), 0);
	assert_true(state.ems);
}

static void security_triple_handshake_in_4_combinations_12_server(void **state)
{
	(void)state;
	for (unsigned had = 0; had < 2; had++) {
		for (unsigned has = 0; has < 2; has++) {
			struct resumed r;
			struct duo d;
			int err;

			resumed_init(&r, TLS_1_2, RESUMED_DATABASE);
			assert_false(resumed_session(&r));
			if (!had)
				without_ems(&r);
			resumed_begin(&r, &d);
			assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
			if (!has)
				change_client_hello(&d, drop_ems);
			err = tls_handshake(d.server);
			/* "MUST abort the abbreviated handshake" */
			assert_int_equal(err, had && !has ? TLS_E_EXT_MASTER_SECRET_DROPPED : TLS_E_AGAIN);
			assert_int_equal(d.server->resumed, had && has);
			duo_clear(&d);
			resumed_clear(&r);
		}
	}
}

static void no_ems(struct tls_server_hello *m)
{
	m->extended_master_secret = false;
}

static void security_triple_handshake_nothing_is_given_up_12_client(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct resumed r;
		struct duo d;

		resumed_init(&r, TLS_1_2, stores[i]);
		assert_false(resumed_session(&r));
		resumed_begin(&r, &d);
		assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
		assert_int_equal(tls_handshake(d.server), TLS_E_AGAIN);
		change_server_hello(&d, no_ems);
		assert_int_equal(tls_handshake(d.client), TLS_E_EXT_MASTER_SECRET_DROPPED);
		duo_clear(&d);
		resumed_clear(&r);
	}
}

/* A client's data of a session without it, and a server's ticket: there are none. */
static void security_triple_handshake_sessions_without_it_leave_nothing_12_server(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct resumed r;
		struct duo d;

		resumed_init(&r, TLS_1_2, stores[i]);
		resumed_begin(&r, &d);
		assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
		change_client_hello(&d, drop_ems);
		assert_int_equal(tls_handshake(d.server), TLS_E_AGAIN);
		assert_false(d.server->hs->ticket_due);
		assert_int_equal(r.n_db, 0);
		duo_clear(&d);
		resumed_clear(&r);
	}
}

/* ---- What the server's answer may say */

static void other_suite(struct tls_server_hello *m)
{
	m->suite = TLS_CIPHER_ECDHE_ECDSA_AES_256_GCM_SHA384;
}

static uint8_t made_up[32];

static void echo(struct tls_server_hello *m)
{
	m->session_id = tls_span(made_up, sizeof(made_up));
}

static void unasked_ticket(struct tls_server_hello *m)
{
	m->session_ticket = true;
}

static void without_clock(struct resumed *r, struct duo *d)
{
	(void)r;
	tls_session_set_clock_function(d->client, NULL, NULL);
}

static int answer(void (*set_up)(struct resumed *, struct duo *), bool first, void (*change)(struct tls_server_hello *))
{
	struct resumed r;
	struct duo d;
	int err;

	resumed_init(&r, TLS_1_2, RESUMED_DATABASE);
	if (!first)
		assert_false(resumed_session(&r));
	r.set_up = set_up;
	resumed_begin(&r, &d);
	assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
	assert_int_equal(tls_handshake(d.server), TLS_E_AGAIN);
	change_server_hello(&d, change);
	err = tls_handshake(d.client);
	duo_clear(&d);
	resumed_clear(&r);
	return err;
}

static void client_resumes_only_what_it_offered(void **state)
{
	(void)state;
	assert_int_equal(answer(NULL, false, other_suite), TLS_E_ILLEGAL_PARAMETER);
	assert_int_equal(answer(without_clock, true, unasked_ticket), TLS_E_UNSUPPORTED_EXTENSION);
	/* an id that isn't the one that was offered is a full handshake: what comes is out of its place */
	assert_int_equal(answer(NULL, false, echo), TLS_E_UNEXPECTED_CCS);
}

/* ---- SECURITY 2.1, session-id and ticket size */

static unsigned id_len, ticket_len;
static uint8_t filler[65535];

static void put_id_and_ticket(struct tls_client_hello *m)
{
	m->session_id = tls_span(filler, id_len);
	for (unsigned i = 0; i < m->ext.n; i++)
		if (m->ext.ext[i].type == TLS_EXT_SESSION_TICKET)
			m->ext.ext[i].body = tls_span(filler, ticket_len);
}

static void security_ticket_size_and_ids_12_server(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		for (unsigned k = 0; k < 260; k++) {
			struct resumed r;
			struct duo d;
			int err;

			resumed_init(&r, TLS_1_2, stores[i]);
			resumed_begin(&r, &d);
			id_len = k < 256 ? k : 32;
			ticket_len = k < 256 ? k : (k - 255) * 3000;
			assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
			change_client_hello(&d, put_id_and_ticket);
			err = tls_handshake(d.server);
			assert_int_equal(err, id_len > 32 ? TLS_E_UNEXPECTED_PACKET_LENGTH : TLS_E_AGAIN);
			assert_false(d.server->resumed);
			duo_clear(&d);
			resumed_clear(&r);
		}
	}
}

/* The server's NewSessionTicket stands in front of its second flight, and is not protected. */
static int replace_ticket(size_t len)
{
	static uint8_t was[20000], body[6 + 65535];
	struct resumed r;
	struct duo d;
	struct tls_buf b;
	size_t n, old;
	int err;

	resumed_init(&r, TLS_1_2, RESUMED_TICKETS);
	resumed_begin(&r, &d);
	assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
	assert_int_equal(tls_handshake(d.server), TLS_E_AGAIN);
	assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
	assert_int_equal(tls_handshake(d.server), 0);
	n = wire_get(&d.wire.s2c, was, sizeof(was));
	assert_int_equal(was[RECORD_HEADER], TLS_HANDSHAKE_NEW_SESSION_TICKET);
	old = RECORD_HEADER + (size_t)(was[3] << 8 | was[4]);
	tls_buf_init_fixed(&b, body, sizeof(body));
	tls_new_session_ticket12_encode(
	    &b, &(struct tls_new_session_ticket12){.lifetime = 60, .ticket = tls_span(filler, len)});
	put_message(&d.wire.s2c, was, TLS_HANDSHAKE_NEW_SESSION_TICKET, &b, was + old, n - old);
	err = tls_handshake(d.client);
	duo_clear(&d);
	resumed_clear(&r);
	return err;
}

/* All that fit a record: whatever is made of them, Finished says that they aren't the server's. */
static void security_ticket_size_12_client(void **state)
{
	(void)state;
	for (size_t len = 0; len <= 16370; len += len < 300 ? 1 : 803)
		assert_int_equal(replace_ticket(len), TLS_E_FINISHED_VERIFY_FAILED);
}

/* ---- Renewal */

/* The new ticket has the old birthday: a chain of them ends with the first lifetime (store_test has the rest). */
static void new_tickets_keep_the_birthday(void **state)
{
	struct tls_resume r0, r1;
	struct tls_buf plain = {0};
	struct tls_ticket_key key;
	struct resumed r;

	(void)state;
	resumed_init(&r, TLS_1_2, RESUMED_TICKETS);
	assert_int_equal(tls_epoch_use_seed(&key, tls_span(r.seed.data, r.seed.size), TLS_STORE_ROTATE), 0);
	assert_false(resumed_session(&r));
	for (unsigned i = 0; i < 3; i++) {
		struct tls_resume *at = i == 0 ? &r0 : &r1;
		struct tls_resume data;

		assert_int_equal(tls_resume_unpack(&data, tls_span(r.data.data, r.data.size), TLS_RESUME_CLIENT,
		                     tls_span(NULL, 0)),
		    0);
		assert_int_equal(data.created, RESUMED_T0);
		assert_int_equal(data.issued, r.now);
		assert_int_equal(tls_ticket_open(&plain, &key, r.now, data.ticket), 0);
		assert_int_equal(tls_resume_decode(at, tls_buf_as_span(&plain)), 0);
		assert_int_equal(at->created, RESUMED_T0);
		assert_int_equal(at->issued, r.now);
		assert_int_equal(at->lifetime, TLS_STORE_LIFETIME);
		tls_buf_clear(&plain);
		r.now += 60000;
		assert_true(resumed_session(&r));
	}
	assert_memory_equal(r0.binding, r1.binding, sizeof(r0.binding));
	resumed_clear(&r);
}

/* By id there is nothing new: the same data again, with what is left of its lifetime. */
static void ids_are_used_again(void **state)
{
	struct resumed r;

	(void)state;
	resumed_init(&r, TLS_1_2, RESUMED_DATABASE);
	assert_false(resumed_session(&r));
	for (unsigned i = 0; i < 5; i++) {
		r.now += 3600000;
		assert_true(resumed_session(&r));
		assert_int_equal(r.n_db, 1);
	}
	r.now += 3600000;
	assert_false(resumed_session(&r));
	resumed_clear(&r);
}

/* Our server gives no ticket then, and the old one isn't of this session any more. */
static void renegotiated_sessions_leave_nothing(void **state)
{
	struct resumed r;
	struct duo d;
	char text[4];

	(void)state;
	resumed_init(&r, TLS_1_2, RESUMED_TICKETS);
	resumed_begin(&r, &d);
	assert_false(resumed_connect(&r, &d));
	assert_int_equal(tls_rehandshake(d.server), 0);
	assert_int_equal(tls_record_recv(d.client, text, sizeof(text)), TLS_E_REHANDSHAKE);
	assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
	assert_int_equal(tls_record_recv(d.server, text, sizeof(text)), TLS_E_REHANDSHAKE);
	d.client_err = d.server_err = TLS_E_AGAIN;
	duo_connect(&d);
	resumed_keep(&r, &d);
	duo_clear(&d);
	assert_false(resumed_session(&r));
	resumed_clear(&r);
}

/* ---- Client certificates */

static void resumed_certificates_are_verified_again(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++)
		resume_verifies_again(TLS_1_2, stores[i / 2], i % 2 != 0);
}

/* ---- No memory */

static void no_memory(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++)
		resume_without_memory(TLS_1_2, stores[i % 2], i < 2, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(security_triple_handshake_in_4_combinations_12_server),
	    cmocka_unit_test(security_triple_handshake_nothing_is_given_up_12_client),
	    cmocka_unit_test(security_triple_handshake_sessions_without_it_leave_nothing_12_server),
	    cmocka_unit_test(client_resumes_only_what_it_offered),
	    cmocka_unit_test(security_ticket_size_and_ids_12_server),
	    cmocka_unit_test(security_ticket_size_12_client),
	    cmocka_unit_test(new_tickets_keep_the_birthday),
	    cmocka_unit_test(ids_are_used_again),
	    cmocka_unit_test(renegotiated_sessions_leave_nothing),
	    cmocka_unit_test(resumed_certificates_are_verified_again),
	    cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests_name("resume12", tests, NULL, NULL);
}

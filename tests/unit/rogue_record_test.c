/* rogue_record_test.c - a peer that puts records where they don't belong, and more of them than anyone needs: in
 * every version, in both roles, in each kind of handshake. Work is counted in records that were looked at, so that no
 * clock is needed. */
#include "unit.h"

#include <string.h>

#include "tests/lib/rogue.h"
#include "tls/error.h"
#include "tls/hs/hs.h"
#include "tls/limits.h"
#include "tls/state.h"

#define MILLION 1000000

/* What is put in front of a message of the bad side. */
static struct {
	unsigned type;
	uint8_t data[4];
	size_t len;
	bool plain;
	unsigned n; /* so many of it, all of them plain */
} stray;

static void put_stray(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	(void)type;
	(void)msg;
	if (!rogue_is_its_turn(r))
		return;
	r->value = stray.plain || r->bad->wr.suite == NULL;
	if (stray.plain)
		rogue_put_plain_record(r, stray.type, stray.data, stray.len);
	else
		rogue_put_record(r, stray.type, stray.data, stray.len);
}

/* The same behind the handshake: what receiving says then. */
static int behind_the_handshake(struct rogue *r, const struct rogue_case *kind, bool bad_server)
{
	uint8_t byte;

	rogue_init(r, kind, bad_server);
	assert_int_equal(rogue_run(r), 0);
	r->n_messages = r->which + 1;
	put_stray(r, 0, NULL);
	return (int)tls_record_recv(r->good, &byte, 1);
}

/* In front of each message, and behind the last one. */
static int with_stray(struct rogue *r, const struct rogue_case *kind, bool bad_server, unsigned which,
    const struct rogue *all)
{
	return which < all->n_messages ? rogue_spoil(r, kind, bad_server, put_stray, which, 0, 0)
				       : behind_the_handshake(r, kind, bad_server);
}

/* ---- Early change_cipher_spec (CVE-2014-0224; LibreSSL's second one) */

/* RFC 8446 section 5: dropped behind the first ClientHello, up to the Finished; appendix D.4. */
static bool ccs_is_lawful(const struct rogue *r, const struct rogue *all, bool bad_server, unsigned which)
{
	return all->kind->version == TLS_1_3 && r->value != 0 && stray.len == 1 && stray.data[0] == 1 &&
	    which < all->n_messages && (bad_server || which > 0);
}

static void ccs_everywhere(const struct rogue_case *kind, bool bad_server)
{
	struct rogue all, r;

	rogue_census(&all, kind, bad_server);
	for (unsigned which = 0; which <= all.n_messages; which++) {
		int err = with_stray(&r, kind, bad_server, which, &all);

		if (ccs_is_lawful(&r, &all, bad_server, which)) {
			rogue_survived(&r, err);
			assert_int_equal(err, 0);
		} else {
			rogue_refused(&r, err);
		}
		rogue_clear(&r);
	}
}

static void security_early_ccs_at_every_position_12_13_server_client(void **state)
{
	static const struct {
		uint8_t data[2];
		size_t len;
	} rows[] = {{{1}, 1}, {{2}, 1}, {{0}, 1}, {{1, 1}, 2}, {{0}, 0}};

	(void)state;
	for (unsigned i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		stray.type = TLS_CONTENT_CCS;
		stray.len = rows[i / 2].len;
		stray.plain = i % 2 == 0;
		memcpy(stray.data, rows[i / 2].data, 2);
		rogue_for_each(ccs_everywhere);
	}
}

/* ---- Ends and loops: close_notify, fatal alerts and misshapen ones at each step */

static int expected;

static void alert_everywhere(const struct rogue_case *kind, bool bad_server)
{
	bool again = (kind->what & ROGUE_RENEGOTIATION) != 0;
	struct rogue all, r;

	rogue_census(&all, kind, bad_server);
	/* in front of the hello of a renegotiation it is the end of a session without one */
	for (unsigned which = again && !bad_server; which < all.n_messages; which++) {
		int err = with_stray(&r, kind, bad_server, which, &all);

		rogue_refused(&r, err);
		assert_string_equal(tls_strerror_name(err), tls_strerror_name(expected));
		/* and it stays at that, without another call of the transport */
		for (unsigned i = 0; i < 3; i++) {
			unsigned calls = r.d.wire.n_pulls + r.d.wire.n_pushes;

			assert_int_equal(tls_handshake(r.good), err);
			assert_int_equal(r.d.wire.n_pulls + r.d.wire.n_pushes, calls);
		}
		rogue_clear(&r);
	}
}

static void alert_is(unsigned level, unsigned description, size_t len, int err)
{
	stray.type = TLS_CONTENT_ALERT;
	stray.data[0] = stray.data[2] = (uint8_t)level;
	stray.data[1] = stray.data[3] = (uint8_t)description;
	stray.len = len;
	stray.plain = false;
	expected = err;
	rogue_for_each(alert_everywhere);
}

static void security_handshake_loop_close_notify_at_each_step_12_13_server_client(void **state)
{
	(void)state;
	alert_is(TLS_AL_WARNING, TLS_ALERT_CLOSE_NOTIFY, 2, TLS_E_SESSION_EOF);
	alert_is(TLS_AL_FATAL, TLS_ALERT_HANDSHAKE_FAILURE, 2, TLS_E_FATAL_ALERT_RECEIVED);
}

static void security_handshake_loop_misshapen_alerts_at_each_step_12_13_server_client(void **state)
{
	(void)state;
	alert_is(TLS_AL_WARNING, TLS_ALERT_USER_CANCELED, 0, TLS_E_UNEXPECTED_PACKET);
	alert_is(TLS_AL_WARNING, TLS_ALERT_USER_CANCELED, 1, TLS_E_UNEXPECTED_PACKET_LENGTH);
	alert_is(TLS_AL_WARNING, TLS_ALERT_USER_CANCELED, 4, TLS_E_UNEXPECTED_PACKET_LENGTH);
	alert_is(3, TLS_ALERT_USER_CANCELED, 2, TLS_E_ILLEGAL_PARAMETER);
}

/* ---- Plaintext injected before TLS is up (STARTTLS injections): no byte of it is ever handed out */

static void data_everywhere(const struct rogue_case *kind, bool bad_server)
{
	struct rogue all, r;

	/* under the keys of the first handshake data is fine */
	if ((kind->what & ROGUE_RENEGOTIATION) != 0)
		return;
	rogue_census(&all, kind, bad_server);
	for (unsigned which = 0; which < all.n_messages; which++) {
		int err = with_stray(&r, kind, bad_server, which, &all);

		rogue_refused(&r, err);
		assert_int_equal(tls_record_check_pending(r.good), 0);
		rogue_clear(&r);
	}
}

static void security_early_plaintext_at_every_position_12_13_server_client(void **state)
{
	(void)state;
	stray.type = TLS_CONTENT_DATA;
	memcpy(stray.data, "GET", 4);
	for (unsigned i = 0; i < 4; i++) {
		stray.plain = i % 2 == 0;
		stray.len = i < 2 ? 3 : 0;
		rogue_for_each(data_everywhere);
	}
}

/* ---- Truncation: the transport's end is no close_notify */

static void end_everywhere(const struct rogue_case *kind, bool bad_server)
{
	struct rogue all, r;
	struct wire_pipe *pipe;
	uint8_t byte;

	rogue_census(&all, kind, bad_server);
	rogue_init(&r, kind, bad_server);
	assert_int_equal(rogue_run(&r), 0);
	pipe = bad_server ? &r.d.wire.s2c : &r.d.wire.c2s;
	rogue_put_record(&r, TLS_CONTENT_DATA, "x", 1);
	pipe->closed = true;
	assert_int_equal(tls_record_recv(r.good, &byte, 1), 1);
	assert_int_equal(tls_record_recv(r.good, &byte, 1), TLS_E_PREMATURE_TERMINATION);
	assert_int_equal(tls_record_recv(r.good, &byte, 1), TLS_E_PREMATURE_TERMINATION);
	rogue_clear(&r);
}

static void security_truncation_is_no_clean_end_12_13_server_client(void **state)
{
	(void)state;
	rogue_for_each(end_everywhere);
}

/* ---- Floods (NSS CVE-2020-25648, OpenSSL CVE-2016-8610, Go CVE-2026-32283) */

static struct wire_pipe *pipe_of(struct rogue *r)
{
	return r->good == r->d.client ? &r->d.wire.s2c : &r->d.wire.c2s;
}

/* The last record on the wire, again and again: what stands behind the limit is never opened. */
static void up_to_a_million(struct rogue *r, size_t len)
{
	struct wire_pipe *pipe = pipe_of(r);
	uint8_t rec[64];

	assert_true(len <= sizeof(rec));
	memcpy(rec, pipe->p + pipe->end - len, len);
	for (unsigned i = 0; i < MILLION; i++)
		wire_put(pipe, rec, len);
}

/* Records of len bytes that were taken since the pipe had carried before bytes. */
static size_t n_taken(struct rogue *r, uint64_t before, size_t len)
{
	const struct tls_input *in = &r->good->in;

	return (size_t)(pipe_of(r)->total - before - wire_len(pipe_of(r)) - (in->end - in->start)) / len;
}

static void connect_rogue(struct rogue *r, const struct rogue_case *kind, bool bad_server)
{
	uint8_t byte;

	rogue_init(r, kind, bad_server);
	assert_int_equal(rogue_run(r), 0);
	assert_int_equal(*r->bad_err, 0);
	/* takes what may have come behind the handshake */
	duo_pass(r->bad, r->good, "x", 1);
	assert_int_equal(tls_record_recv(r->good, &byte, 1), TLS_E_AGAIN);
}

/* So many records, then a million, and none behind the limit is looked at. */
static void flood_of(const struct rogue_case *kind, bool bad_server, unsigned type, const void *data,
    size_t len, unsigned limit, int error)
{
	uint64_t before, one;
	uint8_t byte;
	struct rogue r;
	int err;

	connect_rogue(&r, kind, bad_server);
	before = pipe_of(&r)->total;
	for (unsigned i = 0; i <= limit; i++)
		rogue_put_record(&r, type, data, len);
	one = (pipe_of(&r)->total - before) / (limit + 1);
	up_to_a_million(&r, (size_t)one);
	do
		err = (int)tls_record_recv(r.good, &byte, 1);
	while (err == TLS_E_WARNING_ALERT_RECEIVED);
	assert_string_equal(tls_strerror_name(err), tls_strerror_name(error));
	assert_int_equal(n_taken(&r, before, (size_t)one), limit + 1);
	rogue_clear(&r);
}

static void empty_records(const struct rogue_case *kind, bool bad_server)
{
	flood_of(kind, bad_server, TLS_CONTENT_DATA, "", 0, TLS_LIMIT_EMPTY_RECORDS,
	    TLS_E_TOO_MANY_EMPTY_PACKETS);
}

static void warnings(const struct rogue_case *kind, bool bad_server)
{
	static const uint8_t warning[] = {TLS_AL_WARNING, TLS_ALERT_USER_CANCELED};

	flood_of(kind, bad_server, TLS_CONTENT_ALERT, warning, sizeof(warning), TLS_LIMIT_WARNING_ALERTS,
	    TLS_E_TOO_MANY_ALERTS);
}

static void security_record_flood_a_million_empty_records_12_13_server_client(void **state)
{
	(void)state;
	rogue_for_each(empty_records);
}

static void security_record_flood_a_million_warnings_12_13_server_client(void **state)
{
	(void)state;
	rogue_for_each(warnings);
}

/* In a handshake, where change_cipher_spec is dropped: in front of a message of the second flight. */
static void put_a_million_ccs(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	(void)type;
	(void)msg;
	if (!rogue_is_its_turn(r))
		return;
	r->at = pipe_of(r)->total;
	rogue_put_plain_record(r, TLS_CONTENT_CCS, "\1", 1);
	up_to_a_million(r, 6);
}

static void ccs_in_the_handshake(const struct rogue_case *kind, bool bad_server)
{
	struct rogue r;
	int err = rogue_spoil(&r, kind, bad_server, put_a_million_ccs, bad_server ? 0 : 1, 0, 0);

	rogue_refused(&r, err);
	assert_true(n_taken(&r, r.at, 6) <= TLS_LIMIT_CCS + 1);
	rogue_clear(&r);
}

static void security_record_flood_a_million_ccs_12_13_server_client(void **state)
{
	(void)state;
	rogue_for_each(ccs_in_the_handshake);
}

/* ---- KeyUpdate: in one record and in many, while the one who asks reads nothing */

static const uint8_t request[] = {TLS_HANDSHAKE_KEY_UPDATE, 0, 0, 1, 1};

/* The keys change behind a KeyUpdate: nothing may follow it in its record. */
static void many_in_one_record(const struct rogue_case *kind, bool bad_server)
{
	static const unsigned n[] = {2, 33, 3276};
	uint8_t all[16380];

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = request[i % sizeof(request)];
	for (unsigned i = 0; i < 3 && kind->version == TLS_1_3; i++) {
		struct rogue r;
		uint8_t byte;
		int err;

		connect_rogue(&r, kind, bad_server);
		rogue_put_record(&r, TLS_CONTENT_HANDSHAKE, all, n[i] * sizeof(request));
		err = (int)tls_record_recv(r.good, &byte, 1);
		assert_string_equal(
		    tls_strerror_name(err), tls_strerror_name(TLS_E_MESSAGE_CROSSES_KEY_CHANGE));
		rogue_refused(&r, err);
		rogue_clear(&r);
	}
}

static void security_key_update_flood_in_one_record_13_server_client(void **state)
{
	(void)state;
	rogue_for_each(many_in_one_record);
}

static void ask(struct rogue *r)
{
	assert_int_equal(tls_session_key_update(r->bad, TLS_KU_PEER), 0);
	assert_int_equal(tls_record_send(r->bad, NULL, 0), 0);
}

static void many_in_a_row(const struct rogue_case *kind, bool bad_server)
{
	struct rogue r;
	uint8_t byte;
	int err = TLS_E_AGAIN;

	if (kind->version != TLS_1_3)
		return;
	connect_rogue(&r, kind, bad_server);
	for (unsigned i = 1; err == TLS_E_AGAIN; i++) {
		ask(&r);
		err = (int)tls_record_recv(r.good, &byte, 1);
		assert_int_equal(
		    err, i <= TLS_LIMIT_KEY_UPDATES ? TLS_E_AGAIN : TLS_E_TOO_MANY_KEY_UPDATES);
	}
	rogue_refused(&r, err);
	rogue_clear(&r);
}

static void security_key_update_flood_in_a_row_13_server_client(void **state)
{
	(void)state;
	rogue_for_each(many_in_a_row);
}

/* 100,000 with data between them: one answer is owed, and one buffer waits. */
static void many_among_data(const struct rogue_case *kind, bool bad_server)
{
	struct rogue r;

	if (kind->version != TLS_1_3 || kind->what != 0)
		return;
	connect_rogue(&r, kind, bad_server);
	(bad_server ? &r.d.wire.c2s : &r.d.wire.s2c)->window = 1;
	assert_int_equal(tls_record_send(r.good, "a buffer that waits", 19), TLS_E_AGAIN);
	for (unsigned i = 0; i < 100000; i++) {
		uint8_t byte;

		ask(&r);
		rogue_put_record(&r, TLS_CONTENT_DATA, "x", 1);
		assert_int_equal(tls_record_recv(r.good, &byte, 1), 1);
		assert_int_equal(tls_record_send(r.good, NULL, 0), TLS_E_AGAIN);
		assert_int_equal(r.good->messages.cap, 0);
		assert_true(r.good->out.end <= 128);
		assert_int_equal(tls_workspace_lent(r.good->ws), 1);
	}
	rogue_clear(&r);
}

static void security_key_update_flood_while_nobody_reads_13_server_client(void **state)
{
	(void)state;
	rogue_for_each(many_among_data);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(security_early_ccs_at_every_position_12_13_server_client),
		cmocka_unit_test(security_handshake_loop_close_notify_at_each_step_12_13_server_client),
		cmocka_unit_test(security_handshake_loop_misshapen_alerts_at_each_step_12_13_server_client),
		cmocka_unit_test(security_early_plaintext_at_every_position_12_13_server_client),
		cmocka_unit_test(security_truncation_is_no_clean_end_12_13_server_client),
		cmocka_unit_test(security_record_flood_a_million_empty_records_12_13_server_client),
		cmocka_unit_test(security_record_flood_a_million_warnings_12_13_server_client),
		cmocka_unit_test(security_record_flood_a_million_ccs_12_13_server_client),
		cmocka_unit_test(security_key_update_flood_in_one_record_13_server_client),
		cmocka_unit_test(security_key_update_flood_in_a_row_13_server_client),
		cmocka_unit_test(security_key_update_flood_while_nobody_reads_13_server_client),
	};

	return cmocka_run_group_tests_name("rogue_record", tests, NULL, NULL);
}

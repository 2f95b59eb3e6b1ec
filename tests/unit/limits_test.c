/* limits_test.c - the bounds of tls/limits.h, each under its name: as much as it says is fine, one more is
 * refused. Those that are not here stand with what they bound. */
#include "unit.h"

#include <string.h>

#include "tests/lib/rogue.h"
#include "tls/error.h"
#include "tls/hs/hs.h"
#include "tls/limits.h"
#include "tls/state.h"

static void is(int err, int expected)
{
	assert_string_equal(tls_strerror_name(err), tls_strerror_name(expected));
}

static void connect_rogue(struct rogue *r, const struct rogue_case *kind, bool bad_server)
{
	rogue_init(r, kind, bad_server);
	assert_int_equal(rogue_run(r), 0);
	duo_pass(r->bad, r->good, "x", 1);
	duo_pass(r->good, r->bad, "x", 1);
}

/* The result that stays when warnings have been told. */
static int received(struct rogue *r)
{
	uint8_t byte;
	int err;

	do
		err = (int)tls_record_recv(r->good, &byte, 1);
	while (err == TLS_E_WARNING_ALERT_RECEIVED);
	return err;
}

/* ---- After the handshake, in a row */

static void empty_records(const struct rogue_case *kind, bool bad_server)
{
	struct rogue r;

	connect_rogue(&r, kind, bad_server);
	for (unsigned i = 0; i < 3 * TLS_LIMIT_EMPTY_RECORDS; i++) {
		rogue_put_record(&r, TLS_CONTENT_DATA, "", 0);
		if ((i + 1) % TLS_LIMIT_EMPTY_RECORDS == 0)
			duo_pass(r.bad, r.good, "x", 1);
	}
	for (unsigned i = 0; i < TLS_LIMIT_EMPTY_RECORDS; i++)
		rogue_put_record(&r, TLS_CONTENT_DATA, "", 0);
	is(received(&r), TLS_E_AGAIN);
	rogue_put_record(&r, TLS_CONTENT_DATA, "", 0);
	is(received(&r), TLS_E_TOO_MANY_EMPTY_PACKETS);
	rogue_clear(&r);
}

static void limit_empty_records(void **state)
{
	(void)state;
	rogue_for_each(empty_records);
}

static void ask(struct rogue *r)
{
	assert_int_equal(tls_session_key_update(r->bad, 0), 0);
	assert_int_equal(tls_record_send(r->bad, NULL, 0), 0);
}

static void key_updates(const struct rogue_case *kind, bool bad_server)
{
	struct rogue r;

	if (kind->version != TLS_1_3)
		return;
	connect_rogue(&r, kind, bad_server);
	for (unsigned i = 0; i < 3 * TLS_LIMIT_KEY_UPDATES; i++) {
		ask(&r);
		if ((i + 1) % TLS_LIMIT_KEY_UPDATES == 0)
			duo_pass(r.bad, r.good, "x", 1);
	}
	for (unsigned i = 0; i < TLS_LIMIT_KEY_UPDATES; i++)
		ask(&r);
	is(received(&r), TLS_E_AGAIN);
	ask(&r);
	is(received(&r), TLS_E_TOO_MANY_KEY_UPDATES);
	rogue_clear(&r);
}

static void limit_key_updates(void **state)
{
	(void)state;
	rogue_for_each(key_updates);
}

/* ---- Alerts: in a handshake, and in all that follows it, whatever comes between */

static const uint8_t warning[] = {TLS_AL_WARNING, TLS_ALERT_USER_CANCELED};

static void put_warnings(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	(void)type;
	(void)msg;
	if (rogue_is_its_turn(r))
		for (unsigned i = 0; i < r->value; i++)
			rogue_put_record(r, TLS_CONTENT_ALERT, warning, sizeof(warning));
}

/* Runs on where a warning has been told. */
static int run_on(struct rogue *r)
{
	int err = *r->good_err;

	for (unsigned i = 0; i < 100 && err == TLS_E_WARNING_ALERT_RECEIVED; i++) {
		*r->good_err = TLS_E_AGAIN;
		err = rogue_run(r);
	}
	return err;
}

static void warnings(const struct rogue_case *kind, bool bad_server)
{
	struct rogue r;

	(void)rogue_spoil(
	    &r, kind, bad_server, put_warnings, bad_server ? 0 : 1, 0, TLS_LIMIT_WARNING_ALERTS);
	is(run_on(&r), 0);
	/* those of the handshake don't count any more */
	for (unsigned i = 0; i < TLS_LIMIT_WARNING_ALERTS; i++) {
		rogue_put_record(&r, TLS_CONTENT_ALERT, warning, sizeof(warning));
		rogue_put_record(&r, TLS_CONTENT_DATA, "x", 1);
		assert_int_equal(received(&r), 1);
	}
	rogue_put_record(&r, TLS_CONTENT_ALERT, warning, sizeof(warning));
	is(received(&r), TLS_E_TOO_MANY_ALERTS);
	rogue_clear(&r);
	(void)rogue_spoil(
	    &r, kind, bad_server, put_warnings, bad_server ? 0 : 1, 0, TLS_LIMIT_WARNING_ALERTS + 1);
	is(run_on(&r), TLS_E_TOO_MANY_ALERTS);
	rogue_clear(&r);
}

static void limit_warning_alerts(void **state)
{
	(void)state;
	rogue_for_each(warnings);
}

/* ---- change_cipher_spec of TLS 1.3's compatibility: the server sends one of its own */

static void put_ccs(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	(void)type;
	(void)msg;
	if (rogue_is_its_turn(r))
		for (unsigned i = 0; i < r->value; i++)
			rogue_put_plain_record(r, TLS_CONTENT_CCS, "\1", 1);
}

static void ccs(const struct rogue_case *kind, bool bad_server)
{
	struct rogue r;
	unsigned left = TLS_LIMIT_CCS - 1; /* both sides send one */

	if (kind->version != TLS_1_3)
		return;
	is(rogue_spoil(&r, kind, bad_server, put_ccs, bad_server ? 0 : 1, 0, left), 0);
	rogue_clear(&r);
	is(rogue_spoil(&r, kind, bad_server, put_ccs, bad_server ? 0 : 1, 0, left + 1), TLS_E_UNEXPECTED_CCS);
	rogue_clear(&r);
}

static void limit_ccs(void **state)
{
	(void)state;
	rogue_for_each(ccs);
}

/* ---- Messages */

#define PADDING 21 /* RFC 7685 */

/* A hello of r->value bytes, by an extension at its end. */
static void pad_hello(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	size_t at = TLS_HS_HEADER_LEN + 2 + 32, len, ext_len;

	(void)type;
	if (!rogue_is_its_turn(r))
		return;
	at += 1 + (size_t)msg->p[at];
	at += 2 + (size_t)(msg->p[at] << 8 | msg->p[at + 1]);
	at += 1 + (size_t)msg->p[at];
	ext_len = TLS_HS_HEADER_LEN + r->value - at - 2;
	msg->p[at] = (uint8_t)(ext_len >> 8);
	msg->p[at + 1] = (uint8_t)ext_len;
	len = TLS_HS_HEADER_LEN + r->value - msg->len - 4;
	tls_buf_u16(msg, PADDING);
	tls_buf_u16(msg, (uint16_t)len);
	for (size_t i = 0; i < len; i++)
		tls_buf_u8(msg, 0);
	rogue_fix_length(msg);
}

static void limit_hello_len(void **state)
{
	(void)state;
	for (unsigned i = 0; i < n_rogue_cases; i++) {
		bool retry = (rogue_cases[i].what & ROGUE_RETRY) != 0;
		struct rogue r;

		/* nothing follows a pre_shared_key */
		if ((rogue_cases[i].what & ROGUE_RESUMED) != 0)
			continue;
		/* the padding may differ in a second hello: RFC 8446 section 4.1.2 */
		is(rogue_spoil(&r, &rogue_cases[i], false, pad_hello, retry, 0, TLS_LIMIT_HELLO_LEN), 0);
		rogue_clear(&r);
		is(rogue_spoil(&r, &rogue_cases[i], false, pad_hello, retry, 0, TLS_LIMIT_HELLO_LEN + 1),
		    TLS_E_HANDSHAKE_TOO_LARGE);
		rogue_clear(&r);
	}
}

/* The message's own length says so: the body isn't waited for. */
static void announce(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	(void)type;
	if (!rogue_is_its_turn(r))
		return;
	msg->p[1] = (uint8_t)(r->value >> 16);
	msg->p[2] = (uint8_t)(r->value >> 8);
	msg->p[3] = (uint8_t)r->value;
}

static void certificate_len(const struct rogue_case *kind, bool bad_server)
{
	struct rogue all, r;
	unsigned which = 0;

	rogue_census(&all, kind, bad_server);
	while (which < all.n_messages && all.type[which] != TLS_HANDSHAKE_CERTIFICATE_PKT)
		which++;
	if (which == all.n_messages)
		return;
	/* what follows is taken for its rest: it is waited for, or crosses a change of keys */
	rogue_spoil(&r, kind, bad_server, announce, which, 0, TLS_LIMIT_MESSAGE_LEN);
	assert_int_not_equal(*r.good_err, TLS_E_HANDSHAKE_TOO_LARGE);
	assert_int_not_equal(*r.good_err, 0);
	rogue_clear(&r);
	is(rogue_spoil(&r, kind, bad_server, announce, which, 0, TLS_LIMIT_MESSAGE_LEN + 1),
	    TLS_E_HANDSHAKE_TOO_LARGE);
	rogue_clear(&r);
}

static void limit_message_len(void **state)
{
	(void)state;
	rogue_for_each(certificate_len);
}

/* ---- Requests of a server that a client takes up */

static int take_up(struct duo *d)
{
	uint8_t byte;

	is(tls_rehandshake(d->server), 0);
	is((int)tls_record_recv(d->client, &byte, 1), TLS_E_REHANDSHAKE);
	d->client_err = tls_handshake(d->client);
	if (d->client_err != TLS_E_AGAIN)
		return d->client_err;
	is((int)tls_record_recv(d->server, &byte, 1), TLS_E_REHANDSHAKE);
	d->server_err = TLS_E_AGAIN;
	assert_true(duo_handshake(d));
	return 0;
}

static void limit_accepted_requests(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		static const struct rogue_case kind = {"1.2", TLS_1_2, 0};
		struct rogue r;
		uint8_t byte;

		rogue_init(&r, &kind, true);
		r.d.client->flags |= i == 0 ? 0 : TLS_ALLOW_RENEGOTIATION;
		is(rogue_run(&r), 0);
		for (unsigned n = 0; n < TLS_LIMIT_ACCEPTED_REQUESTS; n++)
			is(take_up(&r.d), 0);
		is(take_up(&r.d), i == 0 ? TLS_E_INVALID_REQUEST : 0);
		if (i == 0) { /* declined, and the session goes on */
			is((int)tls_record_send(r.d.client, NULL, 0), 0);
			is((int)tls_record_recv(r.d.server, &byte, 1), TLS_E_WARNING_ALERT_RECEIVED);
		}
		duo_pass(r.d.server, r.d.client, "x", 1);
		duo_pass(r.d.client, r.d.server, "x", 1);
		rogue_clear(&r);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(limit_empty_records),
		cmocka_unit_test(limit_key_updates),
		cmocka_unit_test(limit_warning_alerts),
		cmocka_unit_test(limit_ccs),
		cmocka_unit_test(limit_hello_len),
		cmocka_unit_test(limit_message_len),
		cmocka_unit_test(limit_accepted_requests),
	};

	return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}

/* reneg_duo_test.c - renegotiation in TLS 1.2 between a client and a server of ours: both send, receive, ask, take up
 * and decline whenever they like, over a wire that fails at random; who may show which certificate when; each
 * allocation of the client failing in turn. CONTRACT R3, R4, R8, H1, H4, Q1, Q2, Q5. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "cred.h"
#include "tests/lib/duo.h"
#include "tests/lib/pair.h"
#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/limits.h"
#include "tls/state.h"

#define CHUNK 3000

static bool waits(int err)
{
	return err == TLS_E_AGAIN || err == TLS_E_INTERRUPTED;
}

static void connect12(struct duo *d, tls_certificate_credentials_t client_cred, unsigned flags)
{
	duo_init(d, NULL, client_cred);
	duo_only12(d);
	d->client->flags |= flags;
	d->server->flags |= flags;
	duo_connect(d);
}

/* ---- At random */

struct side {
	tls_session_t s;
	size_t sent, got;
	bool shaking;
	unsigned n_asked, n_done, n_declined, n_told_no, n_under_way;
};

struct game {
	struct duo d;
	struct side c, v;
	bool willing; /* nobody declines, nobody asks */
};

static uint8_t byte_at(size_t at)
{
	return (uint8_t)(at * 7 + at / 251);
}

static unsigned chance(struct game *g, unsigned n)
{
	return (unsigned)wire_random(&g->d.wire, n);
}

static void receives(struct game *g, struct side *x)
{
	uint8_t data[CHUNK];
	bool declines = x->s->reneg.came == TLS_RENEG_TOLD;
	ssize_t n = tls_record_recv(x->s, data, 1 + chance(g, CHUNK));

	/* CONTRACT Q1 */
	if (n == TLS_E_AGAIN)
		assert_int_equal(tls_record_get_direction(x->s), 0);
	for (ssize_t i = 0; i < n; i++)
		assert_int_equal(data[i], byte_at(x->got++));
	if (n == 0 || (n < 0 && tls_error_is_fatal((int)n)))
		fail_msg("%s: %s", x == &g->c ? "client" : "server", tls_strerror((int)n));
	x->n_told_no += n == TLS_E_WARNING_ALERT_RECEIVED;
	if (n == TLS_E_WARNING_ALERT_RECEIVED || declines)
		x->shaking = false;
	x->n_declined += declines;
	if (n == TLS_E_REHANDSHAKE)
		x->shaking = x->s->hs != NULL || g->willing || chance(g, 3) > 0;
}

static void shakes(struct game *g, struct side *x)
{
	int err = tls_handshake(x->s);

	if (tls_error_is_fatal(err))
		fail_msg("%s: %s", x == &g->c ? "client" : "server", tls_strerror(err));
	if (err == TLS_E_GOT_APPLICATION_DATA) {
		x->n_under_way++;
		assert_true(tls_record_check_pending(x->s) > 0);
		receives(g, x);
	}
	x->n_told_no += err == TLS_E_WARNING_ALERT_RECEIVED;
	x->n_done += err == 0;
	if (err == 0 || err == TLS_E_WARNING_ALERT_RECEIVED || err == TLS_E_INVALID_REQUEST ||
	    (x->s->hs == NULL && chance(g, 8) == 0))
		x->shaking = false;
}

static void sends(struct game *g, struct side *x)
{
	uint8_t data[CHUNK];
	bool declines = x->s->reneg.came == TLS_RENEG_TOLD;
	size_t len = 1 + chance(g, CHUNK);
	ssize_t n;

	for (size_t i = 0; i < len; i++)
		data[i] = byte_at(x->sent + i);
	n = tls_record_check_queued(x->s) > 0 ? tls_record_send(x->s, NULL, 0) : tls_record_send(x->s, data, len);
	/* CONTRACT Q2 */
	if (n == TLS_E_AGAIN)
		assert_int_equal(tls_record_get_direction(x->s), 1);
	assert_true(n >= 0 || !tls_error_is_fatal((int)n));
	x->sent += n > 0 ? (size_t)n : 0;
	if (declines && x->s->reneg.came == TLS_RENEG_NONE) {
		x->shaking = false;
		x->n_declined++;
	}
}

static void acts(struct game *g, struct side *x)
{
	unsigned what = chance(g, 30);

	if (x->shaking && what < 14) {
		shakes(g, x);
	} else if (what == 0 && x->n_asked < TLS_LIMIT_RENEGOTIATIONS) {
		x->n_asked++;
		if (x == &g->c)
			x->shaking = true;
		else
			assert_false(tls_error_is_fatal(tls_rehandshake(x->s)));
	} else if (what < 18) {
		receives(g, x);
	} else if (wire_len(&g->d.wire.c2s) + wire_len(&g->d.wire.s2c) < 50000) {
		sends(g, x);
	}
}

static bool is_at_rest(const struct side *x, const struct side *y)
{
	return x->s->hs == NULL && !x->shaking && x->s->reneg.came == TLS_RENEG_NONE &&
	    !tls_record_flush_pending(x->s) && tls_record_check_queued(x->s) == 0 && x->sent == y->got;
}

/* Everything that was sent arrives. */
static void settle(struct game *g)
{
	g->willing = true;
	g->d.wire.c2s.window = g->d.wire.s2c.window = g->d.wire.max_piece = g->d.wire.again_percent = 0;
	for (unsigned i = 0; !is_at_rest(&g->c, &g->v) || !is_at_rest(&g->v, &g->c); i++) {
		struct side *x = i % 2 == 0 ? &g->c : &g->v;
		ssize_t n;

		assert_true(i < 100000);
		if (x->s->hs != NULL || x->shaking)
			shakes(g, x);
		else
			receives(g, x);
		n = tls_record_send(x->s, NULL, 0);
		x->sent += n > 0 ? (size_t)n : 0;
	}
}

static void contract_H1_R3_R4_R8_H4_at_random_12_server_client(void **state)
{
	unsigned n_done = 0, n_declined = 0, n_told_no = 0, n_under_way = 0;

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		struct game g = {.willing = false};

		connect12(&g.d, NULL, TLS_ALLOW_RENEGOTIATION);
		g.c.s = g.d.client;
		g.v.s = g.d.server;
		g.d.wire.again_percent = i % 3 * 25;
		g.d.wire.max_piece = i % 4 == 0 ? 0 : i % 4 == 1 ? 1 : 1 + chance(&g, 2000);
		if (i % 5 == 0)
			g.d.wire.s2c.window = g.d.wire.c2s.window = 1 + chance(&g, 5000);
		for (unsigned k = 0; k < (i % 4 == 1 ? 20000 : 3000); k++)
			acts(&g, chance(&g, 2) ? &g.c : &g.v);
		settle(&g);
		n_done += g.v.n_done;
		n_declined += g.c.n_declined + g.v.n_declined;
		n_told_no += g.c.n_told_no + g.v.n_told_no;
		n_under_way += g.c.n_under_way + g.v.n_under_way;
		duo_clear(&g.d);
	}
	print_message("# %u done, %u declined, %u told no, %u times data under way\n", n_done, n_declined, n_told_no,
	    n_under_way);
	assert_true(n_done > 50 && n_declined > 20 && n_told_no > 20 && n_under_way > 20);
}

/* Both have sent all that the wire takes, the client its hello behind it; as soon as one receives, both go on. */
static void contract_Q5_both_send_in_a_renegotiation_12_server_client(void **state)
{
	static uint8_t bulk[60000], got[60000];
	size_t have[2] = {0, 0};
	struct duo d;

	(void)state;
	for (unsigned first = 0; first < 2; first++) {
		have[0] = have[1] = 0;
		connect12(&d, NULL, 0);
		assert_int_equal(tls_rehandshake(d.server), 0);
		assert_int_equal(tls_record_recv(d.client, got, 1), TLS_E_REHANDSHAKE);
		d.wire.c2s.window = d.wire.s2c.window = 1000;
		assert_int_equal(tls_record_send(d.server, bulk, sizeof(bulk)), TLS_E_AGAIN);
		assert_int_equal(tls_record_send(d.client, bulk, sizeof(bulk)), TLS_E_AGAIN);
		for (unsigned i = 0; have[0] < sizeof(bulk) || have[1] < sizeof(bulk); i++) {
			tls_session_t s = i % 2 == first ? d.client : d.server;
			ssize_t n = tls_record_recv(s, got, sizeof(got));

			assert_true(i < 100000);
			if (n == TLS_E_AGAIN)
				assert_int_equal(tls_record_get_direction(s), 0);
			have[i % 2] += n > 0 ? (size_t)n : 0;
			n = tls_record_send(s, NULL, 0);
			if (n == TLS_E_AGAIN)
				assert_int_equal(tls_record_get_direction(s), 1);
			assert_true(n >= 0 || n == TLS_E_AGAIN);
		}
		duo_clear(&d);
	}
}

/* The same with the client's tls_handshake in the midst of it. */
static void contract_Q5_the_hello_waits_behind_data_12_server_client(void **state)
{
	static uint8_t bulk[60000], got[60000];
	size_t client_got = 0, server_got = 0;
	struct duo d;
	int client = TLS_E_AGAIN, server = TLS_E_AGAIN;

	(void)state;
	connect12(&d, NULL, TLS_ALLOW_RENEGOTIATION);
	d.wire.c2s.window = d.wire.s2c.window = 1000;
	assert_int_equal(tls_record_send(d.server, bulk, sizeof(bulk)), TLS_E_AGAIN);
	assert_int_equal(tls_record_send(d.client, bulk, sizeof(bulk)), TLS_E_AGAIN);
	for (unsigned i = 0; client != 0 || server != 0; i++) {
		ssize_t n;

		assert_true(i < 100000);
		/* the client knows nothing but tls_handshake, and takes what it hands out */
		client = client != 0 ? tls_handshake(d.client) : 0;
		if (client == TLS_E_GOT_APPLICATION_DATA)
			client_got += (size_t)tls_record_recv(d.client, got, sizeof(got));
		assert_true(client == TLS_E_GOT_APPLICATION_DATA || client == TLS_E_AGAIN || client == 0);
		/* the server sends all it has before it reads */
		n = tls_record_send(d.server, NULL, 0);
		if (n == TLS_E_AGAIN)
			continue;
		n = d.server->hs != NULL || server == TLS_E_REHANDSHAKE ? TLS_E_REHANDSHAKE
								        : tls_record_recv(d.server, got, sizeof(got));
		server_got += n > 0 ? (size_t)n : 0;
		server = n == TLS_E_REHANDSHAKE ? tls_handshake(d.server) : server;
	}
	assert_int_equal(client_got, sizeof(bulk));
	assert_int_equal(server_got, sizeof(bulk));
	assert_int_equal(tls_record_send(d.client, NULL, 0), sizeof(bulk));
	duo_pass(d.client, d.server, bulk, 100);
	duo_pass(d.server, d.client, bulk, 100);
	duo_clear(&d);
}

/* ---- Identities */

static tls_certificate_credentials_t from_files(const char *cert, const char *key)
{
	tls_certificate_credentials_t cred = cred_new();

	assert_int_equal(cred_add_files(cred, cert, key), 0);
	return cred;
}

/* Runs a second handshake that the server asks for. */
static bool again(struct duo *d)
{
	char byte;

	assert_int_equal(tls_rehandshake(d->server), 0);
	assert_int_equal(tls_record_recv(d->client, &byte, 1), TLS_E_REHANDSHAKE);
	d->client_err = d->server_err = TLS_E_AGAIN;
	return duo_handshake(d);
}

static unsigned n_peers(tls_session_t s)
{
	unsigned n;

	(void)tls_certificate_get_peers(s, &n);
	return n;
}

static const struct {
	bool asked_first, asked_then;
	int first, then; /* which certificate: -1 none, 0, 1 */
	bool flag;
	int err; /* the server's */
	unsigned n; /* certificates that it knows then */
} identities[] = {
	{false, true, -1, 0, false, 0, 1},
	{false, true, -1, -1, false, 0, 0},
	{true, true, -1, 0, false, 0, 1},
	{true, true, 0, 0, false, 0, 1},
	{true, true, 0, 1, false, TLS_E_SESSION_USER_ID_CHANGED, 0},
	{true, true, 0, 1, true, 0, 1},
	{true, true, 0, -1, false, TLS_E_SESSION_USER_ID_CHANGED, 0},
	{true, true, 0, -1, true, 0, 0},
	{true, false, 0, 1, false, 0, 1}, /* not asked: what was proved is still true */
};

/* forgotten: the server has let go of what it was shown, between the two. */
static void change_identities(bool forgotten)
{
	tls_certificate_credentials_t cred[2] = {from_files("rsa.crt.pem", "rsa.pkcs8.pem"),
	    from_files("p384.crt.pem", "p384.pkcs8.pem")};
	tls_certificate_credentials_t none = cred_new();

	for (size_t i = 0; i < sizeof(identities) / sizeof(identities[0]); i++) {
		int first = identities[i].first, then = identities[i].then;
		struct duo d;

		duo_init(&d, NULL, first < 0 ? NULL : cred[first]);
		duo_only12(&d);
		d.server->flags |= identities[i].flag ? TLS_ALLOW_ID_CHANGE : 0;
		d.client->flags |= TLS_ALLOW_RENEGOTIATION;
		tls_certificate_server_set_request(
		    d.server, identities[i].asked_first ? TLS_CERT_REQUEST : TLS_CERT_IGNORE);
		duo_connect(&d);
		assert_int_equal(n_peers(d.server), first >= 0);
		assert_int_equal(tls_certificate_forget_peers(d.client), TLS_E_INVALID_REQUEST);
		if (forgotten) {
			assert_int_equal(tls_certificate_forget_peers(d.server), 0);
			assert_int_equal(n_peers(d.server), 0);
		}
		tls_certificate_server_set_request(
		    d.server, identities[i].asked_then ? TLS_CERT_REQUEST : TLS_CERT_IGNORE);
		assert_int_equal(
		    tls_credentials_set(d.client, TLS_CRD_CERTIFICATE, then < 0 ? none : cred[then]), 0);
		assert_int_equal(again(&d), identities[i].err == 0);
		assert_int_equal(d.server_err, identities[i].err);
		if (identities[i].err == 0) {
			assert_int_equal(
			    n_peers(d.server), forgotten && !identities[i].asked_then ? 0 : identities[i].n);
			duo_pass(d.client, d.server, "data", 4);
		} else {
			assert_int_equal(tls_alert_get(d.client), TLS_ALERT_ACCESS_DENIED);
		}
		duo_clear(&d);
	}
	tls_certificate_free_credentials(cred[0]);
	tls_certificate_free_credentials(cred[1]);
	tls_certificate_free_credentials(none);
}

static void security_identity_of_the_client_changes_server(void **state)
{
	(void)state;
	change_identities(false);
}

static void security_identity_of_a_client_whose_chain_is_forgotten_server(void **state)
{
	(void)state;
	change_identities(true);
}

/* When it can't be done, all is as before. */
static void keeps_it_for_want_of_memory(void **state)
{
	tls_certificate_credentials_t cred = from_files("rsa.crt.pem", "rsa.pkcs8.pem");
	struct duo d;

	(void)state;
	duo_init(&d, NULL, cred);
	duo_only12(&d);
	tls_certificate_server_set_request(d.server, TLS_CERT_REQUIRE);
	assert_int_equal(tls_certificate_forget_peers(d.server), TLS_E_INVALID_REQUEST);
	duo_connect(&d);
	tls_mem_fail_at(1);
	assert_int_equal(tls_certificate_forget_peers(d.server), TLS_E_MEMORY_ERROR);
	assert_int_equal(n_peers(d.server), 1);
	assert_int_equal(tls_certificate_forget_peers(d.server), 0);
	assert_int_equal(tls_certificate_forget_peers(d.server), 0);
	assert_int_equal(n_peers(d.server), 0);
	duo_clear(&d);
	tls_certificate_free_credentials(cred);
}

/* Through a handshake that asks for none no other identity comes in. */
static void security_identity_is_not_forgotten_server(void **state)
{
	tls_certificate_credentials_t cred[2] = {from_files("rsa.crt.pem", "rsa.pkcs8.pem"),
	    from_files("p384.crt.pem", "p384.pkcs8.pem")};
	struct duo d;

	(void)state;
	duo_init(&d, NULL, cred[0]);
	duo_only12(&d);
	d.client->flags |= TLS_ALLOW_RENEGOTIATION;
	tls_certificate_server_set_request(d.server, TLS_CERT_REQUEST);
	duo_connect(&d);
	tls_certificate_server_set_request(d.server, TLS_CERT_IGNORE);
	assert_true(again(&d));
	tls_certificate_server_set_request(d.server, TLS_CERT_REQUEST);
	assert_int_equal(tls_credentials_set(d.client, TLS_CRD_CERTIFICATE, cred[1]), 0);
	assert_false(again(&d));
	assert_int_equal(d.server_err, TLS_E_SESSION_USER_ID_CHANGED);
	duo_clear(&d);
	tls_certificate_free_credentials(cred[0]);
	tls_certificate_free_credentials(cred[1]);
}

/* ---- Without memory: each call of the client runs with the failure armed. */

static unsigned long fail_in;

static int armed(tls_session_t s, bool shaking)
{
	char byte;
	int err;

	tls_mem_fail_at(fail_in);
	err = shaking ? tls_handshake(s) : (int)tls_record_recv(s, &byte, 1);
	fail_in = tls_mem_fail_left();
	tls_mem_fail_at(0);
	return err;
}

static void every_allocation_of_the_client_fails(void **state)
{
	tls_certificate_credentials_t cred = from_files("rsa.crt.pem", "rsa.pkcs8.pem");
	unsigned long n = 0;

	(void)state;
	do {
		struct duo d;
		char byte;
		int err, server = TLS_E_AGAIN;

		assert_true(n < 1000);
		connect12(&d, cred, 0);
		tls_certificate_server_set_request(d.server, TLS_CERT_REQUIRE);
		assert_int_equal(tls_rehandshake(d.server), 0);
		fail_in = ++n;
		err = armed(d.client, false);
		for (unsigned i = 0; i < 20 && (err == TLS_E_REHANDSHAKE || waits(err)); i++) {
			err = armed(d.client, true);
			if (waits(server))
				server = tls_handshake(d.server);
		}
		if (fail_in == 0) {
			assert_int_equal(err, TLS_E_MEMORY_ERROR);
			assert_int_equal(tls_record_send(d.client, "x", 1), TLS_E_MEMORY_ERROR);
			assert_int_equal(tls_record_recv(d.client, &byte, 1), TLS_E_MEMORY_ERROR);
		} else {
			assert_int_equal(err, 0);
		}
		duo_clear(&d);
	} while (fail_in == 0);
	assert_true(n > 10);
	tls_certificate_free_credentials(cred);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(contract_H1_R3_R4_R8_H4_at_random_12_server_client),
		cmocka_unit_test(contract_Q5_both_send_in_a_renegotiation_12_server_client),
		cmocka_unit_test(contract_Q5_the_hello_waits_behind_data_12_server_client),
		cmocka_unit_test(security_identity_of_the_client_changes_server),
		cmocka_unit_test(security_identity_of_a_client_whose_chain_is_forgotten_server),
		cmocka_unit_test(keeps_it_for_want_of_memory),
		cmocka_unit_test(security_identity_is_not_forgotten_server),
		cmocka_unit_test(every_allocation_of_the_client_fails),
	};

	return cmocka_run_group_tests_name("reneg_duo", tests, NULL, NULL);
}

/* segmentation_test.c - the handshakes of our client and server with each other, cut in every way the network may cut
 * them: each flight in two at every byte, in segments of one byte, in records of one byte. The names say the
 * version, the kind of handshake, and whose input is cut. */
#include "unit.h"

#include <errno.h>

#include "tests/lib/duo.h"
#include "tests/lib/pair.h"
#include "tests/lib/resumed.h"
#include "tls/state.h"

enum kind { FULL, MUTUAL, RESUMED };

struct scenario {
	tls_protocol_t version;
	enum kind kind;
	unsigned role; /* of the side whose input is cut */
};

/* Gives the first split bytes of a flight, then for one call nothing, then the rest; at most piece bytes a call. 0:
 * not so. A flight is what is there when the one before is used up. */
struct gate {
	struct duo d;
	size_t split, piece, longest;
	size_t given, flight_len;
	bool waited;
};

static ssize_t gate_pull(struct gate *g, struct wire_pipe *pipe, void *data, size_t len)
{
	if (g->given == g->flight_len) {
		g->flight_len = wire_len(pipe);
		g->given = 0;
		g->waited = g->flight_len == 0 || g->split == 0;
		g->longest = g->flight_len > g->longest ? g->flight_len : g->longest;
	}
	if (!g->waited && g->given < g->split) {
		len = len < g->split - g->given ? len : g->split - g->given;
	} else if (!g->waited) {
		g->waited = true;
		len = 0;
	}
	len = len < g->flight_len - g->given ? len : g->flight_len - g->given;
	len = g->piece > 0 && len > g->piece ? g->piece : len;
	g->given += len;
	if (len > 0)
		return (ssize_t)wire_get(pipe, data, len);
	errno = EAGAIN;
	return -1;
}

static ssize_t server_pull(void *ptr, void *data, size_t len)
{
	struct gate *g = ptr;

	return gate_pull(g, &g->d.wire.c2s, data, len);
}

static ssize_t client_pull(void *ptr, void *data, size_t len)
{
	struct gate *g = ptr;

	return gate_pull(g, &g->d.wire.s2c, data, len);
}

static int accept_peer(tls_session_t s)
{
	(void)s;
	return 0;
}

static tls_certificate_credentials_t client_credentials(void)
{
	static tls_certificate_credentials_t cred;
	static const char *const names[] = {"client"};

	if (cred == NULL) {
		assert_int_equal(tls_certificate_allocate_credentials(&cred), 0);
		assert_int_equal(tls_certificate_set_self_signed(cred, names, 1, 0, 1), 0);
		assert_int_equal(tls_certificate_set_verify_function(cred, accept_peer), 0);
	}
	return cred;
}

/* Every session of a test resumes the same one. */
static struct resumed first;

static int set_up(void **state)
{
	const struct scenario *sc = *state;

	if (sc->kind != RESUMED)
		return 0;
	resumed_init(&first, sc->version, RESUMED_TICKETS);
	(void)resumed_session(&first);
	return 0;
}

static int tear_down(void **state)
{
	const struct scenario *sc = *state;

	if (sc->kind == RESUMED)
		resumed_clear(&first);
	return 0;
}

static void begin(struct gate *g, const struct scenario *sc)
{
	*g = (struct gate){.split = 0};
	if (sc->kind == RESUMED) {
		resumed_begin(&first, &g->d);
		return;
	}
	duo_init(&g->d, NULL, sc->kind == MUTUAL ? client_credentials() : NULL);
	if (sc->version == TLS_1_2)
		duo_only12(&g->d);
	if (sc->kind == MUTUAL)
		tls_certificate_server_set_request(g->d.server, TLS_CERT_REQUIRE);
}

static void close_gate(struct gate *g, const struct scenario *sc)
{
	tls_session_t s = sc->role == TLS_SERVER ? g->d.server : g->d.client;

	tls_transport_set_ptr2(s, g, &g->d.wire);
	tls_transport_set_pull_function(s, sc->role == TLS_SERVER ? server_pull : client_pull);
}

/* The handshake, and data both ways. */
static void run(struct gate *g, const struct scenario *sc)
{
	unsigned n_peers = 0;

	duo_connect(&g->d);
	assert_int_equal(tls_protocol_get_version(g->d.server), sc->version);
	assert_int_equal(tls_protocol_get_version(g->d.client), sc->version);
	(void)tls_certificate_get_peers(g->d.server, &n_peers);
	assert_int_equal(n_peers, sc->kind == MUTUAL ? 1 : 0);
	assert_int_equal(tls_session_is_resumed(g->d.server), sc->kind == RESUMED);
	assert_int_equal(tls_session_is_resumed(g->d.client), sc->kind == RESUMED);
	duo_pass(g->d.server, g->d.client, "answer", 6);
	duo_pass(g->d.client, g->d.server, "question", 8);
}

static void each_split(void **state)
{
	const struct scenario *sc = *state;
	size_t longest = 2;

	for (size_t split = 1; split < longest; split++) {
		struct gate g;

		begin(&g, sc);
		close_gate(&g, sc);
		g.split = split;
		run(&g, sc);
		longest = g.longest;
		duo_clear(&g.d);
	}
	/* a hello, or the server's certificate */
	assert_true(longest > 120);
}

static void one_byte_segments(void **state)
{
	const struct scenario *sc = *state;
	struct gate g;

	begin(&g, sc);
	close_gate(&g, sc);
	g.piece = 1;
	run(&g, sc);
	duo_clear(&g.d);
}

static void one_byte_records(void **state)
{
	const struct scenario *sc = *state;
	struct gate g;

	begin(&g, sc);
	/* smaller than an application may set it */
	(sc->role == TLS_SERVER ? g.d.client : g.d.server)->max_send = 1;
	run(&g, sc);
	duo_clear(&g.d);
}

#define TEST(func, version, kind, role)                                                            \
	{"segmentation_" #func "_" #version "_" #kind "_" #role, func, set_up, tear_down,            \
	    (void *)(uintptr_t)&(const struct scenario){V##version, K_##kind, R_##role}}
#define CASES(version, kind)                                                                       \
	TEST(each_split, version, kind, server), TEST(each_split, version, kind, client),           \
	    TEST(one_byte_segments, version, kind, server), TEST(one_byte_segments, version, kind, client), \
	    TEST(one_byte_records, version, kind, server), TEST(one_byte_records, version, kind, client)
#define V12 TLS_1_2
#define V13 TLS_1_3
#define K_full FULL
#define K_mutual MUTUAL
#define K_resumed RESUMED
#define R_server TLS_SERVER
#define R_client TLS_CLIENT

static const struct CMUnitTest tests[] = {
	CASES(12, full),
	CASES(12, mutual),
	CASES(12, resumed),
	CASES(13, full),
	CASES(13, mutual),
	CASES(13, resumed),
};

int main(void)
{
	return cmocka_run_group_tests_name("segmentation", tests, NULL, NULL);
}

/* server12_fuzz.c - a server session in TLS 1.2 against a client that may do anything: the steps of a good
 * client in any order, also of another handshake in the session, any message, any record, plain or protected, and
 * plain bytes between them.
 *
 * The input is a byte of choices and a program of {operation, length, bytes}. Checked: what the server sends is
 * well-formed and opens; the first handshake completes only if key exchange, change_cipher_spec and Finished
 * came; receiving never waits to write and sending never waits to read; a fatal error stays.
 */
#include <assert.h>
#include <stdlib.h>

#include "fuzz.h"
#include "tests/lib/peer12.h"
#include "tls/credentials.h"
#include "tls/error.h"
#include "tls/tls.h"

#define MAX_OPS 48

struct game {
	struct wire wire;
	struct peer peer;
	tls_session_t server;
	bool exchanged, changed, finished; /* what the client has sent in this handshake */
	bool is_again; /* which is not the first */
};

static tls_certificate_credentials_t cred;
static tls_policy_t policy;
static struct tls_workspace_st *ws;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *names[] = {"localhost"};

	(void)argc;
	(void)argv;
	if (tls_certificate_allocate_credentials(&cred) != 0 ||
	    tls_certificate_set_self_signed(cred, names, 1, 0, 1) != 0 ||
	    tls_policy_init(&policy, "intermediate") != 0 || tls_workspace_init(&ws, 1) != 0)
		abort();
	return 0;
}

static void begin(struct game *g, unsigned choices)
{
	unsigned flags = ((choices & 1) != 0 ? TLS_ALLOW_RENEGOTIATION : 0) |
	    ((choices & 2) != 0 ? TLS_ALLOW_ID_CHANGE : 0);

	wire_init(&g->wire);
	peer_init12(&g->peer, &g->wire);
	g->peer.hold_finished = true;
	if ((choices & 4) != 0)
		g->peer.entry = cred->entries[0];
	g->peer.client_scheme = TLS_SIGN_ECDSA_SECP256R1_SHA256;
	if (tls_init(&g->server, TLS_SERVER | TLS_NONBLOCK | flags) != 0 ||
	    tls_session_set_workspace(g->server, ws) != 0 || tls_policy_set(g->server, policy) != 0 ||
	    tls_credentials_set(g->server, TLS_CRD_CERTIFICATE, cred) != 0)
		abort();
	tls_transport_set_ptr(g->server, &g->wire);
	tls_transport_set_pull_function(g->server, wire_pull);
	tls_transport_set_push_function(g->server, wire_push);
	tls_certificate_server_set_request(g->server,
	    (choices & 8) == 0 ? TLS_CERT_IGNORE : (choices & 16) == 0 ? TLS_CERT_REQUEST : TLS_CERT_REQUIRE);
}

static void end(struct game *g)
{
	tls_deinit(g->server);
	peer_clear(&g->peer);
	wire_clear(&g->wire);
}

static void exchange_keys(struct game *g)
{
	if (g->peer.keys[0].group == NULL || g->exchanged)
		return;
	peer12_key_exchange(&g->peer);
	g->exchanged = true;
}

/* Another handshake, from where the last one has ended. */
static void again(struct game *g)
{
	if (!g->peer.done)
		return;
	peer12_again(&g->peer);
	tls_group_key_clear(&g->peer.keys[0]);
	g->exchanged = g->changed = g->finished = false;
	g->is_again = true;
}

/* What a good client does next, wherever it stands: the keys it needs are there, or it does nothing. */
static void step(struct game *g, unsigned which)
{
	struct peer *p = &g->peer;

	if (which % 8 == 0 && !p->got_hello) {
		peer_hello(p);
	} else if (which % 8 == 1) {
		exchange_keys(g);
	} else if (which % 8 == 2 && g->exchanged && !g->changed) {
		peer12_ccs(p);
		g->changed = true;
	} else if (which % 8 == 3 && g->changed && !g->finished) {
		peer12_finished(p);
		g->finished = true;
	} else if (which % 8 == 4) {
		again(g);
	} else if (which % 8 == 5 && !g->exchanged) {
		peer12_certificate(p);
	} else if (which % 8 == 6 && g->exchanged && !g->changed && p->asked && p->entry != NULL) {
		peer12_verify(p);
	} else if (which % 8 == 7) {
		(void)tls_rehandshake(g->server);
	}
}

static void act(struct game *g, unsigned op, struct tls_span bytes)
{
	switch (op % 6) {
	case 0:
	case 1:
		step(g, op >> 3);
		break;
	case 2:
		peer_send_raw(&g->peer, bytes.p, bytes.len);
		break;
	case 3:
		peer_send_plain_record(&g->peer, op >> 3, bytes.p, bytes.len);
		break;
	case 4:
		peer_send_record(&g->peer, 20 + (op >> 3) % 5, bytes.p, bytes.len);
		break;
	default:
		g->wire.s2c.window = op >> 3 == 0 ? 0 : wire_len(&g->wire.s2c) + (op >> 3);
	}
}

static void check(struct game *g, ssize_t n, int direction)
{
	if (n == TLS_E_AGAIN && direction >= 0)
		assert(tls_record_get_direction(g->server) == direction);
	if (n < 0 && tls_error_is_fatal((int)n))
		assert(tls_handshake(g->server) == (int)n);
}

static void run(struct game *g)
{
	uint8_t data[256];
	int err = tls_handshake(g->server);

	check(g, err, -1);
	if (err == 0) {
		assert(g->is_again || (g->exchanged && g->changed && g->finished));
		assert(tls_protocol_get_version(g->server) == TLS_1_2);
		check(g, tls_record_recv(g->server, data, sizeof(data)), 0);
		check(g, tls_record_send(g->server, "answer", 6), 1);
	}
	(void)tls_alert_flush(g->server);
	peer_run(&g->peer);
	assert(g->peer.wrong == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_span s = tls_span(data, size);
	struct game g = {.exchanged = false};

	begin(&g, tls_span_u8(&s));
	for (unsigned i = 0; i < MAX_OPS && tls_span_more(&s); i++) {
		unsigned op = tls_span_u8(&s);
		size_t len = op % 6 < 2 || op % 6 == 5 ? 0 : tls_span_u8(&s);

		act(&g, op, tls_span_take(&s, len < s.len ? len : s.len));
		run(&g);
	}
	end(&g);
	assert(tls_workspace_lent(ws) == 0);
	return 0;
}

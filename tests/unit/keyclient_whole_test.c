/* keyclient_whole_test.c - whole handshakes whose key is the keeper's: its two ends, a socket between them. */
#include "unit.h"

#include <sys/socket.h>
#include <unistd.h>

#include "daemon/keychannel.h"
#include "daemon/keyclient.h"
#include "keys.h"
#include "tests/lib/duo.h"
#include "tests/lib/wire.h"

struct whole {
	struct event_base *base;
	struct px_metrics metrics;
	struct px_keyclient client;
	struct px_key key;
	struct px_keystore store;
	struct px_keychannels set;
	tls_certificate_credentials_t cred;
	struct duo duo;
	unsigned n_woken;
};

static void wake(void *session_ptr)
{
	((struct whole *)session_ptr)->n_woken++;
}

static void ignore(void *arg)
{
	(void)arg;
}

/* A keeper with the key, or without. */
static void init_keeper(struct whole *w, bool held)
{
	struct keys_file key;
	int fds[2];

	keys_read(&key, "rsa.pkcs8.pem");
	memcpy(w->key.id, key.id, sizeof(key.id));
	px_keystore_init(&w->store);
	px_keystore_begin(&w->store);
	if (held)
		assert_int_equal(px_keystore_add(&w->store, key.id, &key.pem), 0);
	px_keystore_end(&w->store);
	px_keychannels_init(&w->set, w->base, &w->store, ignore, NULL);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	assert_int_equal(px_keychannels_add(&w->set, fds[0], 0), 0);
	assert_int_equal(px_keyclient_set_channel(&w->client, fds[1]), 0);
}

static void whole_init(struct whole *w, bool only12, bool held)
{
	struct data crt;
	tls_datum_t c;

	memset(w, 0, sizeof(*w));
	w->base = event_base_new();
	assert_int_equal(px_metrics_init(&w->metrics, NULL), 0);
	px_keyclient_init(&w->client, w->base, &w->metrics, wake);
	w->key.client = &w->client;
	init_keeper(w, held);
	w->cred = cred_new();
	data_read(&crt, "rsa.crt.pem");
	c = cred_datum(&crt);
	assert_int_equal(tls_certificate_set_x509_key_func(w->cred, &c, TLS_X509_FMT_PEM, px_keyclient_sign,
			     px_keyclient_cancel, &w->key),
	    0);
	duo_init(&w->duo, w->cred, NULL);
	if (only12)
		duo_only12(&w->duo);
	tls_session_set_ptr(w->duo.server, w);
	w->duo.client_err = TLS_E_AGAIN;
}

static void whole_clear(struct whole *w)
{
	duo_clear(&w->duo);
	assert_int_equal(w->client.n_waiting, 0);
	tls_certificate_free_credentials(w->cred);
	px_keychannels_clear(&w->set);
	px_keystore_clear(&w->store);
	px_keyclient_clear(&w->client);
	px_metrics_clear(&w->metrics);
	event_base_free(w->base);
}

static void wait_answer(struct whole *w)
{
	while (w->n_woken == 0)
		event_base_loop(w->base, EVLOOP_ONCE);
}

/* Until the server has a result, or waits for its key. */
static int run_to_key(struct whole *w)
{
	int err = TLS_E_AGAIN;

	for (unsigned i = 0; i < 1000 && err == TLS_E_AGAIN; i++) {
		if (w->duo.client_err != 0)
			w->duo.client_err = tls_handshake(w->duo.client);
		err = tls_handshake(w->duo.server);
		if (err == TLS_E_AGAIN && tls_record_get_direction(w->duo.server) == TLS_WAIT_KEY)
			break;
	}
	return err;
}

static void a_handshake(bool only12)
{
	struct whole w;

	whole_init(&w, only12, true);
	assert_int_equal(run_to_key(&w), TLS_E_AGAIN);
	assert_int_equal(w.client.n_waiting, 1);
	wait_answer(&w);
	assert_int_equal(run_to_key(&w), 0);
	if (w.duo.client_err != 0)
		w.duo.client_err = tls_handshake(w.duo.client);
	assert_int_equal(w.duo.client_err, 0);
	assert_int_equal(w.set.n_signed, 1);
	whole_clear(&w);
}

static void handshakes(void **state)
{
	(void)state;
	a_handshake(false);
	a_handshake(true);
}

static void a_key_that_is_not_held(void **state)
{
	struct whole w;

	(void)state;
	whole_init(&w, false, false);
	assert_int_equal(run_to_key(&w), TLS_E_AGAIN);
	wait_answer(&w);
	assert_int_equal(run_to_key(&w), TLS_E_KEY_NOT_HELD);
	assert_int_equal(w.set.n_refused, 1);
	whole_clear(&w);
}

static void the_session_ends_while_it_waits(void **state)
{
	struct whole w;

	(void)state;
	whole_init(&w, false, true);
	assert_int_equal(run_to_key(&w), TLS_E_AGAIN);
	whole_clear(&w);
}

static void the_keeper_ends_while_it_waits(void **state)
{
	struct whole w;

	(void)state;
	whole_init(&w, false, true);
	assert_int_equal(run_to_key(&w), TLS_E_AGAIN);
	px_keychannels_clear(&w.set);
	wait_answer(&w);
	assert_int_equal(w.n_woken, 1);
	assert_int_equal(run_to_key(&w), TLS_E_KEY_SERVER_GONE);
	whole_clear(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(handshakes),
	    cmocka_unit_test(a_key_that_is_not_held),
	    cmocka_unit_test(the_session_ends_while_it_waits),
	    cmocka_unit_test(the_keeper_ends_while_it_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

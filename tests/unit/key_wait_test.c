/* key_wait_test.c - private keys that somebody else has: the handshake waits for a signature, and goes on with
 * it, in each role and version that signs. */
#include "unit.h"

#include <stdlib.h>

#include "cred.h"
#include "tests/lib/keeper.h"
#include "tls/error.h"
#include "tls/state.h"

/* ---- Waiting */

static void wait_and_go_on(enum role role, unsigned key, unsigned n)
{
	struct scene c;
	unsigned pulls;

	scene_init(&c, role, key);
	c.keeper.not_yet = n;
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(scene_run_to_key(&c), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(c.s), TLS_WAIT_KEY);
		assert_int_equal(c.keeper.n_asked, i + 1);
	}
	pulls = c.wire->n_pulls;
	assert_int_equal(scene_run(&c), 0);
	assert_true(n == 0 || c.wire->n_pulls > pulls);
	assert_true(scene_other_content(&c));
	assert_int_equal(c.keeper.n_asked, n + 1);
	assert_int_equal(c.keeper.n_cancelled, 0);
	scene_clear(&c);
	assert_int_equal(c.keeper.n_cancelled, 0);
}

static void every_role_and_key(void **state)
{
	static const unsigned times[] = {0, 1, 2, 7};

	(void)state;
	for (unsigned role = 0; role < N_ROLES; role++)
		for (unsigned key = 0; key < N_KEYS; key++)
			for (unsigned i = 0; i < 4; i++)
				wait_and_go_on(role, key, times[i]);
}

/* The transport fails and cuts as it likes meanwhile. */
static void over_a_bad_transport(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		struct scene c;

		scene_init(&c, i % N_ROLES, 0);
		c.wire->again_percent = 60;
		c.wire->max_piece = 1 + i * 7;
		c.keeper.not_yet = i % 5;
		assert_int_equal(scene_run(&c), 0);
		for (unsigned n = 0; n < 10000 && !scene_other_content(&c); n++)
			scene_run_other(&c);
		assert_true(scene_other_content(&c));
		assert_int_equal(c.keeper.n_asked, c.keeper.not_yet + 1);
		scene_clear(&c);
	}
}

static void after_a_retry(void **state)
{
	tls_policy_t policy;
	struct scene c;

	(void)state;
	scene_init(&c, SERVER13, 0);
	assert_int_equal(tls_policy_init(&policy, "modern"), 0);
	assert_int_equal(tls_policy_add_group(policy, "secp384r1"), 0);
	assert_int_equal(tls_policy_set(c.s, policy), 0);
	tls_policy_deinit(policy);
	c.keeper.not_yet = 3;
	assert_int_equal(scene_run(&c), 0);
	assert_true(scene_other_content(&c));
	assert_true((tls_session_get_flags(c.s) & TLS_SFLAGS_HELLO_RETRY) != 0);
	scene_clear(&c);
}

/* CONTRACT Q1 and Q2 hold meanwhile: established, the session waits for its key in tls_handshake alone. */
static void in_a_renegotiation(void **state)
{
	struct scene c;
	char byte;

	(void)state;
	scene_init(&c, SERVER13, 0);
	duo_only12(&c.duo);
	duo_connect(&c.duo);
	c.keeper.n_asked = 0;
	c.keeper.not_yet = 4;
	assert_int_equal(tls_rehandshake(c.s), 0);
	assert_int_equal(tls_record_recv(c.duo.client, &byte, 1), TLS_E_REHANDSHAKE);
	assert_int_equal(tls_handshake(c.duo.client), TLS_E_AGAIN);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(tls_handshake(c.s), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(c.s), TLS_WAIT_KEY);
		assert_int_equal(tls_record_recv(c.s, &byte, 1), TLS_E_REHANDSHAKE);
		assert_int_equal(tls_record_send(c.s, "x", 1), TLS_E_REHANDSHAKE);
	}
	assert_int_equal(c.keeper.n_asked, 2);
	c.duo.client_err = c.duo.server_err = TLS_E_AGAIN;
	assert_int_equal(scene_run(&c), 0);
	duo_pass(c.s, c.duo.client, "new keys", 8);
	duo_pass(c.duo.client, c.s, "in both", 7);
	assert_int_equal(c.keeper.n_asked, 5);
	assert_int_equal(c.keeper.n_cancelled, 0);
	/* and given up in the middle of one */
	c.duo.client->flags |= TLS_ALLOW_RENEGOTIATION; /* it is the second that the server asks for */
	c.keeper.n_asked = 0;
	assert_int_equal(tls_rehandshake(c.s), 0);
	assert_int_equal(tls_record_recv(c.duo.client, &byte, 1), TLS_E_REHANDSHAKE);
	assert_int_equal(tls_handshake(c.duo.client), TLS_E_AGAIN);
	assert_int_equal(tls_handshake(c.s), TLS_E_AGAIN);
	assert_int_equal(c.keeper.n_asked, 1);
	scene_clear(&c);
	assert_int_equal(c.keeper.n_cancelled, 1);
}

/* While it waits it reads nothing, and what was sealed before is on its way. */
static void waiting_costs_nothing(void **state)
{
	(void)state;
	for (unsigned role = 0; role < N_ROLES; role++) {
		struct scene c;
		unsigned pulls, pushes;

		scene_init(&c, role, 0);
		c.keeper.not_yet = 1000;
		assert_int_equal(scene_run_to_key(&c), TLS_E_AGAIN);
		assert_false(tls_record_flush_pending(c.s));
		pulls = c.wire->n_pulls;
		pushes = c.wire->n_pushes;
		for (unsigned i = 0; i < 10; i++)
			assert_int_equal(tls_handshake(c.s), TLS_E_AGAIN);
		if (role != CLIENT13 && role != CLIENT12) { /* the wire counts the server's calls */
			assert_int_equal(c.wire->n_pulls, pulls);
			assert_int_equal(c.wire->n_pushes, pushes);
		}
		scene_clear(&c);
	}
}

/* A transport that takes nothing doesn't keep it from waiting for the key alone. */
static void waiting_with_a_full_transport(void **state)
{
	struct scene c;

	(void)state;
	scene_init(&c, SERVER13, 0);
	c.wire->s2c.window = 10;
	c.keeper.not_yet = 2;
	assert_int_equal(tls_handshake(c.duo.client), TLS_E_AGAIN);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(tls_handshake(c.s), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(c.s), TLS_WAIT_KEY);
		assert_true(tls_record_flush_pending(c.s));
	}
	assert_int_equal(tls_handshake(c.s), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(c.s), 1);
	c.wire->s2c.window = 0;
	assert_int_equal(scene_run(&c), 0);
	scene_clear(&c);
}

/* ---- What the peer does meanwhile is seen behind the signature */

static void an_alert_meanwhile(void **state)
{
	struct scene c;

	(void)state;
	scene_init(&c, SERVER12, 0);
	c.keeper.not_yet = 2;
	assert_int_equal(scene_run_to_key(&c), TLS_E_AGAIN);
	peer_send_plain_record(&c.pair.peer, 21, "\x02\x5a", 2);
	assert_int_equal(tls_handshake(c.s), TLS_E_AGAIN);
	assert_int_equal(tls_handshake(c.s), TLS_E_FATAL_ALERT_RECEIVED);
	assert_int_equal(tls_alert_get(c.s), TLS_ALERT_USER_CANCELED);
	assert_int_equal(c.keeper.n_cancelled, 0);
	scene_clear(&c);
}

static void the_end_meanwhile(void **state)
{
	(void)state;
	for (unsigned role = 0; role < N_ROLES; role++) {
		struct scene c;

		scene_init(&c, role, 0);
		c.keeper.not_yet = 2;
		assert_int_equal(scene_run_to_key(&c), TLS_E_AGAIN);
		c.wire->c2s.closed = c.wire->s2c.closed = true;
		assert_int_equal(tls_handshake(c.s), TLS_E_AGAIN);
		/* a client has nothing more to read, and learns it behind its Finished */
		assert_int_equal(tls_handshake(c.s), role == CLIENT13 ? 0 : TLS_E_PREMATURE_TERMINATION);
		scene_clear(&c);
	}
}

/* ---- What the function may do */

static void reads(tls_session_t s)
{
	char byte;

	assert_int_equal(tls_handshake(s), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_recv(s, &byte, 1), TLS_E_INVALID_REQUEST);
}

static void ends(tls_session_t s)
{
	assert_int_equal(tls_alert_send(s, TLS_AL_FATAL, TLS_ALERT_ACCESS_DENIED), 0);
}

static void the_function_is_a_callback(void **state)
{
	(void)state;
	for (unsigned role = 0; role < N_ROLES; role++) {
		struct scene c;

		scene_init(&c, role, 0);
		c.keeper.meddle = reads;
		c.keeper.not_yet = 2;
		assert_int_equal(scene_run(&c), 0);
		scene_clear(&c);
		for (unsigned i = 0; i < 2; i++) {
			scene_init(&c, role, 0);
			c.keeper.meddle = ends;
			c.keeper.not_yet = i;
			assert_int_equal(scene_run(&c), TLS_E_INVALID_SESSION);
			assert_int_equal(c.keeper.n_asked, 1);
			assert_int_equal(c.keeper.n_cancelled, i);
			scene_clear(&c);
			assert_int_equal(c.keeper.n_cancelled, i);
		}
	}
}

/* ---- Many at once, one queue of questions */

#define MANY 2000

struct question {
	unsigned which; /* the handshake */
	bool done;
	uint8_t sig[TLS_SIGNATURE_MAX_LEN];
	size_t sig_len;
};

static struct duo *many;
static struct question *questions[MANY];
static struct {
	unsigned queue[MANY], head, tail; /* numbers of handshakes, first come, first served */
	uint8_t (*data)[256];
	size_t data_len[MANY];
	uint16_t scheme[MANY];
} office;

static int ask(tls_session_t s, void *ptr, void **request, uint16_t scheme, const tls_datum_t *data,
    tls_datum_t *signature)
{
	struct question *q = *request;
	unsigned which = (unsigned)(uintptr_t)tls_session_get_ptr(s);

	(void)ptr;
	if (q == NULL) {
		q = calloc(1, sizeof(*q));
		assert_non_null(q);
		assert_null(questions[which]);
		q->which = which;
		*request = questions[which] = q;
		assert_true(data->size <= sizeof(office.data[0]));
		memcpy(office.data[which], data->data, data->size);
		office.data_len[which] = data->size;
		office.scheme[which] = scheme;
		office.queue[office.tail++] = which;
		return TLS_E_AGAIN;
	}
	assert_ptr_equal(q, questions[which]);
	assert_int_equal(data->size, office.data_len[which]);
	assert_memory_equal(data->data, office.data[which], data->size);
	if (!q->done)
		return TLS_E_AGAIN;
	memcpy(signature->data, q->sig, q->sig_len);
	signature->size = (unsigned)q->sig_len;
	questions[which] = NULL;
	free(q);
	return 0;
}

static void forget_question(void *ptr, void *request)
{
	struct question *q = request;

	(void)ptr;
	questions[q->which] = NULL;
	free(q);
}

/* Answers the next question that somebody still waits for; its handshake, or -1. */
static int answer_one(const struct tls_privkey *key)
{
	while (office.head < office.tail) {
		unsigned which = office.queue[office.head++];
		struct question *q = questions[which];

		if (q == NULL)
			continue;
		assert_int_equal(tls_sig_sign(q->sig, &q->sig_len, key, office.scheme[which],
		                     office.data[which], office.data_len[which], NULL),
		    0);
		q->done = true;
		return (int)which;
	}
	return -1;
}

static void begin(unsigned i, tls_certificate_credentials_t cred, tls_workspace_t ws)
{
	duo_init(&many[i], cred, NULL);
	tls_session_set_ptr(many[i].server, (void *)(uintptr_t)i);
	assert_int_equal(tls_session_set_workspace(many[i].server, ws), 0);
	assert_int_equal(tls_session_set_workspace(many[i].client, ws), 0);
	assert_int_equal(tls_handshake(many[i].client), TLS_E_AGAIN);
	assert_int_equal(tls_handshake(many[i].server), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(many[i].server), TLS_WAIT_KEY);
}

static void two_thousand_at_once(void **state)
{
	tls_certificate_credentials_t cred = cred_new();
	struct keeper k = {0};
	struct data crt;
	tls_workspace_t ws;
	tls_datum_t c;
	unsigned n_done = 0;
	int which;

	(void)state;
	many = calloc(MANY, sizeof(*many));
	office.data = calloc(MANY, sizeof(office.data[0]));
	assert_non_null(many);
	assert_non_null(office.data);
	tls_certificate_free_credentials(keeper_credentials(&k, KEY_ED25519));
	data_read(&crt, keeper_keys[KEY_ED25519].crt);
	c = cred_datum(&crt);
	assert_int_equal(tls_certificate_set_x509_key_func(cred, &c, TLS_X509_FMT_PEM, ask, forget_question, NULL),
	    0);
	assert_int_equal(tls_workspace_init(&ws, 4), 0);
	for (unsigned i = 0; i < MANY; i++)
		begin(i, cred, ws);
	/* who waits for a key holds no wire buffer */
	assert_int_equal(tls_workspace_lent(ws), 0);
	for (unsigned i = 0; i < MANY; i += 10)
		duo_clear(&many[i]); /* every tenth is given up */
	while ((which = answer_one(k.here->entries[0]->key)) >= 0) {
		duo_connect(&many[which]);
		duo_clear(&many[which]);
		n_done++;
	}
	assert_int_equal(n_done, MANY - MANY / 10);
	tls_workspace_deinit(ws);
	tls_certificate_free_credentials(cred);
	tls_certificate_free_credentials(k.here);
	free(office.data);
	free(many);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_role_and_key),
		cmocka_unit_test(over_a_bad_transport),
		cmocka_unit_test(after_a_retry),
		cmocka_unit_test(in_a_renegotiation),
		cmocka_unit_test(waiting_costs_nothing),
		cmocka_unit_test(waiting_with_a_full_transport),
		cmocka_unit_test(an_alert_meanwhile),
		cmocka_unit_test(the_end_meanwhile),
		cmocka_unit_test(the_function_is_a_callback),
		cmocka_unit_test(two_thousand_at_once),
	};

	return cmocka_run_group_tests_name("key_wait", tests, NULL, NULL);
}

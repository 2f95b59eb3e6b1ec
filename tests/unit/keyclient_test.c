/* keyclient_test.c - what a worker asks the keeper, which the test plays. */
#include "unit.h"

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/keyclient.h"
#include "keys.h"

#define N_SESSIONS 8

struct asker {
	tls_session_t session;
	void *request;
	unsigned n_woken;
};

struct fixture {
	struct event_base *base;
	struct px_keyclient client;
	struct px_metrics_slot *slot;
	struct px_metrics metrics;
	struct px_key key;
	struct asker askers[N_SESSIONS];
	int keeper; /* the other end, or -1 */
	unsigned n_lacks;
};

static void wake(void *session_ptr)
{
	((struct asker *)session_ptr)->n_woken++;
}

static void lacks(void *arg)
{
	((struct fixture *)arg)->n_lacks++;
}

static void new_channel(struct fixture *f)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(px_keyclient_set_channel(&f->client, fds[0]), 0);
	f->keeper = fds[1];
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->base = event_base_new();
	f->slot = calloc(1, sizeof(*f->slot));
	assert_non_null(f->slot);
	assert_int_equal(px_metrics_init(&f->metrics, f->slot), 0);
	px_keyclient_init(&f->client, f->base, &f->metrics, wake);
	f->client.lacks = lacks;
	f->client.arg = f;
	f->key.client = &f->client;
	memset(f->key.id, 0x77, sizeof(f->key.id));
	for (unsigned i = 0; i < N_SESSIONS; i++) {
		assert_int_equal(tls_init(&f->askers[i].session, TLS_SERVER), 0);
		tls_session_set_ptr(f->askers[i].session, &f->askers[i]);
	}
	new_channel(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(f->client.n_waiting, 0);
	px_keyclient_clear(&f->client);
	for (unsigned i = 0; i < N_SESSIONS; i++)
		tls_deinit(f->askers[i].session);
	if (f->keeper >= 0)
		close(f->keeper);
	event_base_free(f->base);
	px_metrics_clear(&f->metrics);
	free(f->slot);
	free(f);
	return 0;
}

static void assert_counted(struct fixture *f, const char *result, uint64_t n)
{
	const struct px_metrics_label label = {"result", result};

	assert_int_equal(px_metrics_cell(&f->metrics, PX_METRIC_KEEPER_REQUESTS, &label, 1)->value, n);
}

static void assert_waiting(struct fixture *f, unsigned n)
{
	assert_int_equal(f->client.n_waiting, n);
	assert_int_equal(px_metrics_cell(&f->metrics, PX_METRIC_KEEPER_WAITING, NULL, 0)->value, n);
}

static void turn(struct fixture *f)
{
	event_base_loop(f->base, EVLOOP_NONBLOCK);
}

static int sign(struct fixture *f, unsigned i, uint8_t out[TLS_SIGNATURE_MAX_LEN], unsigned *len)
{
	tls_datum_t data = {.data = (unsigned char *)(uintptr_t)"abc", .size = 3};
	tls_datum_t signature = {.data = out, .size = TLS_SIGNATURE_MAX_LEN};
	int r = px_keyclient_sign(f->askers[i].session, &f->key, &f->askers[i].request, 0x0403, &data, &signature);

	*len = signature.size;
	if (r != TLS_E_AGAIN)
		f->askers[i].request = NULL;
	return r;
}

static int ask(struct fixture *f, unsigned i)
{
	uint8_t out[TLS_SIGNATURE_MAX_LEN];
	unsigned len;

	return sign(f, i, out, &len);
}

static void cancel(struct fixture *f, unsigned i)
{
	px_keyclient_cancel(&f->key, f->askers[i].request);
	f->askers[i].request = NULL;
}

/* The next question, as the keeper sees it; false: there is none. */
static bool asked(const struct fixture *f, struct px_key_request *q)
{
	ssize_t n = recv(f->keeper, q, sizeof(*q), 0);

	if (n < 0) {
		assert_int_equal(errno, EAGAIN);
		return false;
	}
	assert_int_equal(n, PX_KEY_REQUEST_LEN(3));
	assert_int_equal(q->len, 3);
	assert_int_equal(q->scheme, 0x0403);
	assert_memory_equal(q->data, "abc", 3);
	assert_memory_equal(q->key_id, f->key.id, TLS_KEY_ID_LEN);
	return true;
}

/* len bytes of the id's lowest. */
static void answer(struct fixture *f, uint32_t id, int status, unsigned len)
{
	struct px_key_answer a = {.id = id, .status = status, .len = (uint16_t)len};

	memset(a.signature, (int)(id & 0xff), len);
	assert_int_equal(send(f->keeper, &a, PX_KEY_ANSWER_LEN(len), 0), PX_KEY_ANSWER_LEN(len));
}

static void asks_and_waits(void **state)
{
	struct fixture *f = *state;
	uint8_t out[TLS_SIGNATURE_MAX_LEN];
	struct px_key_request q[3];
	unsigned len;

	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(ask(f, i), TLS_E_AGAIN);
		assert_true(asked(f, &q[i]));
		/* to ask again asks nobody */
		assert_int_equal(ask(f, i), TLS_E_AGAIN);
		assert_false(asked(f, &q[i]));
	}
	assert_waiting(f, 3);
	answer(f, q[2].id, 0, 70);
	answer(f, q[0].id, 0, TLS_SIGNATURE_MAX_LEN);
	answer(f, q[1].id, TLS_E_KEY_NOT_HELD, 0);
	turn(f);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(f->askers[i].n_woken, 1);
	assert_int_equal(sign(f, 2, out, &len), 0);
	assert_int_equal(len, 70);
	assert_int_equal(out[69], q[2].id & 0xff);
	assert_int_equal(sign(f, 0, out, &len), 0);
	assert_int_equal(len, TLS_SIGNATURE_MAX_LEN);
	assert_int_equal(sign(f, 1, out, &len), TLS_E_KEY_NOT_HELD);
	assert_waiting(f, 0);
	assert_counted(f, "signed", 2);
	assert_counted(f, "refused", 1);
	assert_int_equal(px_metrics_cell(&f->metrics, PX_METRIC_KEEPER_SECONDS, NULL, 0)->value, 3);
}

/* Answers to nobody: the handshake has ended, the answer came before, and the slot has somebody else now. */
static void answers_to_nobody(void **state)
{
	struct fixture *f = *state;
	struct px_key_request q, other;

	assert_int_equal(ask(f, 0), TLS_E_AGAIN);
	assert_true(asked(f, &q));
	cancel(f, 0);
	assert_waiting(f, 0);
	assert_counted(f, "given up", 1);
	assert_int_equal(ask(f, 1), TLS_E_AGAIN);
	assert_true(asked(f, &other));
	assert_int_equal(q.id % PX_KEYCLIENT_MAX, other.id % PX_KEYCLIENT_MAX);
	answer(f, q.id, 0, 64);
	answer(f, q.id + 1, 0, 64);
	answer(f, 0xffffffff, TLS_E_INTERNAL_ERROR, 0);
	turn(f);
	assert_int_equal(f->askers[0].n_woken + f->askers[1].n_woken, 0);
	answer(f, other.id, 0, 64);
	answer(f, other.id, TLS_E_INTERNAL_ERROR, 0);
	turn(f);
	assert_int_equal(f->askers[1].n_woken, 1);
	assert_int_equal(ask(f, 1), 0);
	/* cancelled with its answer there */
	assert_int_equal(ask(f, 2), TLS_E_AGAIN);
	assert_true(asked(f, &q));
	answer(f, q.id, 0, 64);
	turn(f);
	cancel(f, 2);
}

static void no_more_than_may_wait(void **state)
{
	struct fixture *f = *state;
	struct px_key_request q;

	f->client.max_waiting = 3;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(ask(f, i), TLS_E_AGAIN);
	assert_int_equal(ask(f, 3), TLS_E_KEY_SERVER_BUSY);
	assert_counted(f, "too many", 1);
	assert_true(asked(f, &q));
	answer(f, q.id, 0, 64);
	turn(f);
	/* it waits until it has been fetched */
	assert_int_equal(ask(f, 3), TLS_E_KEY_SERVER_BUSY);
	assert_int_equal(ask(f, 0), 0);
	assert_int_equal(ask(f, 3), TLS_E_AGAIN);
	for (unsigned i = 1; i < 4; i++)
		cancel(f, i);
}

static void the_keeper_ends(void **state)
{
	struct fixture *f = *state;
	struct px_key_request q;

	assert_int_equal(ask(f, 0), TLS_E_AGAIN);
	assert_int_equal(ask(f, 1), TLS_E_AGAIN);
	assert_true(asked(f, &q));
	answer(f, q.id, 0, 64);
	close(f->keeper);
	turn(f);
	/* what it has said before it went is taken */
	assert_int_equal(f->askers[0].n_woken, 1);
	assert_int_equal(f->askers[1].n_woken, 1);
	assert_int_equal(ask(f, 0), 0);
	assert_int_equal(ask(f, 1), TLS_E_KEY_SERVER_GONE);
	assert_counted(f, "lost", 1);
	/* who comes now waits for the next one, or ends */
	assert_int_equal(ask(f, 2), TLS_E_AGAIN);
	assert_int_equal(ask(f, 3), TLS_E_AGAIN);
	turn(f);
	assert_int_equal(ask(f, 2), TLS_E_AGAIN);
	cancel(f, 3);
	new_channel(f);
	assert_true(asked(f, &q));
	answer(f, q.id, 0, 64);
	turn(f);
	assert_int_equal(ask(f, 2), 0);
	assert_false(asked(f, &q));
}

/* The end shows itself to whoever asks next. */
static void the_keeper_ends_unseen(void **state)
{
	struct fixture *f = *state;
	struct px_key_request q;

	assert_int_equal(ask(f, 0), TLS_E_AGAIN);
	close(f->keeper);
	assert_int_equal(ask(f, 1), TLS_E_AGAIN);
	assert_int_equal(f->askers[0].n_woken, 1);
	assert_int_equal(f->askers[1].n_woken, 0);
	assert_int_equal(ask(f, 0), TLS_E_KEY_SERVER_GONE);
	new_channel(f);
	assert_true(asked(f, &q));
	/* a new channel while the old one lives */
	close(f->keeper);
	new_channel(f);
	assert_int_equal(ask(f, 1), TLS_E_KEY_SERVER_GONE);
}

static bool watches(const struct fixture *f)
{
	return evtimer_pending(&f->client.lack, NULL) != 0;
}

static void time_is_over(struct fixture *f)
{
	assert_true(watches(f));
	event_active(&f->client.lack, EV_TIMEOUT, 1);
	turn(f);
}

/* Only who has questions asks for another channel: after a while, and again until there is one. */
static void a_lost_channel_is_asked_for(void **state)
{
	struct fixture *f = *state;
	struct px_key_request q;

	close(f->keeper);
	turn(f);
	assert_int_equal(f->client.fd, -1);
	assert_false(watches(f));
	assert_int_equal(ask(f, 0), TLS_E_AGAIN);
	turn(f);
	assert_int_equal(f->n_lacks, 0);
	time_is_over(f);
	assert_int_equal(f->n_lacks, 1);
	time_is_over(f);
	assert_int_equal(f->n_lacks, 2);
	cancel(f, 0);
	time_is_over(f);
	assert_int_equal(f->n_lacks, 2);
	assert_false(watches(f));
	/* lost on its way: what can't be used */
	assert_int_equal(ask(f, 0), TLS_E_AGAIN);
	assert_int_equal(px_keyclient_set_channel(&f->client, -1), -1);
	time_is_over(f);
	assert_int_equal(f->n_lacks, 3);
	new_channel(f);
	assert_true(asked(f, &q));
	answer(f, q.id, 0, 64);
	turn(f);
	assert_int_equal(ask(f, 0), 0);
	event_active(&f->client.lack, EV_TIMEOUT, 1);
	turn(f);
	assert_int_equal(f->n_lacks, 3);
	assert_false(watches(f));
}

/* A keeper that doesn't read: what the socket doesn't take waits here, and goes in order. */
static void a_slow_keeper(void **state)
{
	struct fixture *f = *state;
	struct px_key_request q;
	void *requests[PX_KEYCLIENT_MAX];
	unsigned n_seen = 0;

	for (unsigned i = 0; i < PX_KEYCLIENT_MAX; i++) {
		f->askers[0].request = NULL;
		assert_int_equal(ask(f, 0), TLS_E_AGAIN);
		requests[i] = f->askers[0].request;
	}
	f->askers[0].request = NULL;
	assert_int_equal(ask(f, 0), TLS_E_KEY_SERVER_BUSY);
	assert_false(TAILQ_EMPTY(&f->client.unsent));
	for (unsigned i = 0; i < PX_KEYCLIENT_MAX && n_seen < PX_KEYCLIENT_MAX; i++) {
		while (asked(f, &q)) {
			assert_int_equal(q.id, n_seen * PX_KEYCLIENT_MAX + n_seen);
			n_seen++;
		}
		turn(f);
	}
	assert_int_equal(n_seen, PX_KEYCLIENT_MAX);
	assert_true(TAILQ_EMPTY(&f->client.unsent));
	for (unsigned i = 0; i < PX_KEYCLIENT_MAX; i++)
		px_keyclient_cancel(&f->key, requests[i]);
}

/* What is no answer ends the channel. */
static void a_broken_keeper(void **state)
{
	struct fixture *f = *state;
	struct {
		struct px_key_answer a;
		char more[8];
	} big = {.a = {.id = 0, .len = TLS_SIGNATURE_MAX_LEN + 1}};
	const struct {
		unsigned len, size;
		int status;
	} cases[] = {{0, 1, 0}, {0, PX_KEY_ANSWER_LEN(0) - 1, -1}, {0, PX_KEY_ANSWER_LEN(0), 0},
	    {1, PX_KEY_ANSWER_LEN(0), 0}, {1, PX_KEY_ANSWER_LEN(2), 0}, {1, PX_KEY_ANSWER_LEN(1), -1},
	    {TLS_SIGNATURE_MAX_LEN + 1, PX_KEY_ANSWER_LEN(TLS_SIGNATURE_MAX_LEN + 1), 0}};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(ask(f, 0), TLS_E_AGAIN);
		big.a.len = (uint16_t)cases[i].len;
		big.a.status = cases[i].status;
		assert_int_equal(send(f->keeper, &big, cases[i].size, 0), cases[i].size);
		turn(f);
		assert_int_equal(f->client.fd, -1);
		assert_int_equal(ask(f, 0), TLS_E_KEY_SERVER_GONE);
		close(f->keeper);
		new_channel(f);
	}
}

static void too_long_for_a_question(void **state)
{
	struct fixture *f = *state;
	uint8_t data[PX_KEY_DATA_MAX + 1] = {0}, out[TLS_SIGNATURE_MAX_LEN];
	tls_datum_t d = {.data = data, .size = sizeof(data)}, s = {.data = out, .size = sizeof(out)};
	void *request = NULL;

	assert_int_equal(px_keyclient_sign(f->askers[0].session, &f->key, &request, 0x0403, &d, &s), TLS_E_INTERNAL_ERROR);
	assert_null(request);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(asks_and_waits), TEST(answers_to_nobody), TEST(no_more_than_may_wait),
	    TEST(the_keeper_ends), TEST(the_keeper_ends_unseen), TEST(a_lost_channel_is_asked_for),
	    TEST(a_slow_keeper), TEST(a_broken_keeper),
	    TEST(too_long_for_a_question)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

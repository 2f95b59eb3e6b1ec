/* keychannel_test.c - the keeper's ends of its channels, asked by workers that ask well, badly, and too much. */
#include "unit.h"

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/keychannel.h"
#include "keys.h"
#include "tls/crypto/sig.h"
#include "tls/x509/key.h"

#define N_WORKERS 3

struct fixture {
	struct event_base *base;
	struct px_keystore store;
	struct px_keychannels set;
	struct keys_file key;
	int workers[N_WORKERS];
	unsigned n_none;
};

static void on_none(void *arg)
{
	struct fixture *f = arg;

	f->n_none++;
}

static int new_worker(struct fixture *f, unsigned nr)
{
	/* few answers fit, many requests */
	const int few = 4096;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &few, sizeof(few)), 0);
	assert_int_equal(px_keychannels_add(&f->set, fds[0], nr), 0);
	return fds[1];
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->base = event_base_new();
	keys_read(&f->key, "p256.pkcs8.pem");
	px_keystore_init(&f->store);
	px_keystore_begin(&f->store);
	assert_int_equal(px_keystore_add(&f->store, f->key.id, &f->key.pem), 0);
	px_keystore_end(&f->store);
	px_keychannels_init(&f->set, f->base, &f->store, on_none, f);
	for (unsigned i = 0; i < N_WORKERS; i++)
		f->workers[i] = new_worker(f, i);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	px_keychannels_clear(&f->set);
	px_keystore_clear(&f->store);
	for (unsigned i = 0; i < N_WORKERS; i++)
		close(f->workers[i]);
	event_base_free(f->base);
	free(f);
	return 0;
}

static void turn(struct fixture *f)
{
	event_base_loop(f->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static struct px_key_request request(const struct fixture *f, uint32_t id)
{
	struct px_key_request r = {.id = id, .scheme = TLS_SIGN_ECDSA_SECP256R1_SHA256, .len = KEYS_INPUT_LEN};

	memcpy(r.key_id, f->key.id, sizeof(r.key_id));
	keys_input(r.data, id);
	return r;
}

static bool ask(const struct fixture *f, unsigned worker, uint32_t id)
{
	struct px_key_request r = request(f, id);

	return send(f->workers[worker], &r, PX_KEY_REQUEST_LEN(r.len), 0) > 0;
}

/* The length of the next answer, 0 when there is none. */
static size_t take(const struct fixture *f, unsigned worker, struct px_key_answer *a)
{
	ssize_t n = recv(f->workers[worker], a, sizeof(*a), 0);

	if (n < 0) {
		assert_int_equal(errno, EAGAIN);
		return 0;
	}
	assert_true((size_t)n >= PX_KEY_ANSWER_LEN(0));
	assert_int_equal(n, PX_KEY_ANSWER_LEN(a->len));
	return (size_t)n;
}

static void verify(const struct fixture *f, const struct px_key_answer *a)
{
	struct px_key_request r = request(f, a->id);
	struct tls_privkey *key;
	unsigned line;

	assert_int_equal(a->status, 0);
	assert_int_equal(tls_key_decode_pem(&key, &line, tls_span(f->key.pem.data, f->key.pem.size)), 0);
	assert_true(tls_sig_verify(tls_privkey_public(key), r.scheme, r.data, r.len, a->signature, a->len));
	tls_privkey_free(key);
}

static void signs(void **state)
{
	struct fixture *f = *state;
	struct px_key_answer a;

	assert_true(ask(f, 0, 7));
	assert_true(ask(f, 1, 0xffffffff));
	turn(f);
	assert_true(take(f, 0, &a) > 0);
	assert_int_equal(a.id, 7);
	verify(f, &a);
	assert_true(take(f, 1, &a) > 0);
	assert_int_equal(a.id, 0xffffffff);
	verify(f, &a);
	assert_int_equal(take(f, 2, &a), 0);
	assert_int_equal(f->set.n_signed, 2);
	assert_int_equal(f->set.n_refused, 0);
}

static void expect(struct fixture *f, const struct px_key_request *r, size_t len, uint32_t id, int status)
{
	uint64_t before = f->set.n_refused;
	struct px_key_answer a;

	assert_int_equal(send(f->workers[0], r, len, 0), len);
	turn(f);
	assert_int_equal(take(f, 0, &a), PX_KEY_ANSWER_LEN(0));
	assert_int_equal(a.id, id);
	assert_int_equal(a.status, status);
	assert_int_equal(f->set.n_refused, before + 1);
}

/* Each is answered, counted, and costs nobody anything. */
static void bad_requests(void **state)
{
	struct fixture *f = *state;
	struct px_key_request r = request(f, 5), good = r;
	struct {
		struct px_key_request r;
		char more[64];
	} big = {.r = r};
	size_t len = PX_KEY_REQUEST_LEN(r.len);

	for (size_t n = 1; n < len; n++)
		expect(f, &r, n, n < 4 ? 0 : 5, TLS_E_INVALID_REQUEST);
	expect(f, &r, len + 1, 5, TLS_E_INVALID_REQUEST);
	expect(f, &big.r, sizeof(big), 5, TLS_E_INVALID_REQUEST);
	r.len = 0;
	expect(f, &r, PX_KEY_REQUEST_LEN(0), 5, TLS_E_INVALID_REQUEST);
	big.r.len = PX_KEY_DATA_MAX + 1;
	expect(f, &big.r, PX_KEY_REQUEST_LEN(PX_KEY_DATA_MAX + 1), 5, TLS_E_INVALID_REQUEST);
	r = good;
	r.key_id[31] ^= 1;
	expect(f, &r, len, 5, TLS_E_KEY_NOT_HELD);
	r = good;
	r.scheme = TLS_SIGN_ED25519;
	expect(f, &r, len, 5, TLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM);
	r.scheme = 0;
	expect(f, &r, len, 5, TLS_E_INVALID_REQUEST);
	r = good;
	r.data[70] ^= 1;
	expect(f, &r, len, 5, TLS_E_INVALID_REQUEST);
	assert_int_equal(f->set.n_signed, 0);
	assert_int_equal(f->set.n, N_WORKERS);
}

/* One that asks without end, and takes no answers, delays itself alone. */
static void floods(void **state)
{
	struct fixture *f = *state;
	struct px_key_answer a;
	uint32_t n_asked = 0, n_answered = 0;

	while (ask(f, 0, n_asked))
		n_asked++;
	assert_true(n_asked > 20);
	for (uint32_t i = 0; i < 50; i++) {
		assert_true(ask(f, 1, i));
		turn(f);
		assert_true(take(f, 1, &a) > 0);
		assert_int_equal(a.id, i);
	}
	while (ask(f, 0, n_asked))
		n_asked++;
	/* its socket is full of answers, and the keeper reads no more from it */
	for (unsigned i = 0; i < 2000; i++)
		turn(f);
	assert_true(f->set.n_signed < 50 + 20);
	for (unsigned i = 0; i < 5000 && n_answered < n_asked; i++) {
		turn(f);
		while (take(f, 0, &a) > 0)
			assert_int_equal(a.id, n_answered++);
	}
	assert_int_equal(n_answered, n_asked);
	assert_int_equal(f->set.n_signed, n_asked + 50);
}

/* Two that flood have as many turns as each other. */
static void turns(void **state)
{
	struct fixture *f = *state;
	struct px_key_answer a;
	unsigned n[2] = {0, 0};

	for (unsigned i = 0; i < 40; i++)
		for (unsigned w = 0; w < 2; w++)
			assert_true(ask(f, w, i));
	for (unsigned i = 0; i < 40; i++) {
		turn(f);
		for (unsigned w = 0; w < 2; w++)
			while (take(f, w, &a) > 0)
				n[w]++;
		assert_int_equal(n[0], n[1]);
		assert_int_equal(n[0], i + 1);
	}
}

static void workers_that_end(void **state)
{
	struct fixture *f = *state;
	struct px_key_answer a;
	unsigned n = 0;

	assert_int_equal(shutdown(f->workers[0], SHUT_RDWR), 0);
	turn(f);
	assert_int_equal(f->set.n, N_WORKERS - 1);
	/* with questions on their way, and with answers that nobody took */
	while (ask(f, 1, n))
		n++;
	for (unsigned i = 0; i < n + 10; i++)
		turn(f);
	close(f->workers[1]);
	for (unsigned i = 0; i < n + 10; i++)
		turn(f);
	assert_int_equal(f->set.n, N_WORKERS - 2);
	assert_true(ask(f, 2, 1));
	turn(f);
	assert_true(take(f, 2, &a) > 0);
	f->workers[1] = new_worker(f, 1);
	assert_true(ask(f, 1, 2));
	turn(f);
	assert_true(take(f, 1, &a) > 0);
	verify(f, &a);
	assert_int_equal(f->n_none, 0);
	for (unsigned i = 1; i < N_WORKERS; i++)
		assert_int_equal(shutdown(f->workers[i], SHUT_RDWR), 0);
	turn(f);
	assert_int_equal(f->n_none, 1);
}

/* However many a worker asks for, it has one, and the others keep theirs. */
static void one_for_each_worker(void **state)
{
	struct fixture *f = *state;
	struct px_key_answer a;
	int old;

	for (unsigned i = 0; i < 5; i++) {
		old = f->workers[0];
		f->workers[0] = new_worker(f, 0);
		assert_int_equal(f->set.n, N_WORKERS);
		assert_int_equal(recv(old, &a, sizeof(a), 0), 0);
		close(old);
	}
	for (unsigned i = 0; i < N_WORKERS; i++)
		assert_true(ask(f, i, i));
	for (unsigned i = 0; i < N_WORKERS; i++)
		turn(f);
	for (unsigned i = 0; i < N_WORKERS; i++)
		assert_true(take(f, i, &a) > 0);
	assert_int_equal(f->n_none, 0);
}

static void not_too_many(void **state)
{
	struct fixture *f = *state;
	int fds[2];

	f->set.n = PX_KEYCHANNELS_MAX;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(px_keychannels_add(&f->set, fds[0], 9), -1);
	assert_int_equal(recv(fds[1], fds, 1, 0), 0);
	close(fds[1]);
	f->set.n = N_WORKERS;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(signs), TEST(bad_requests), TEST(floods), TEST(turns),
	    TEST(workers_that_end), TEST(one_for_each_worker), TEST(not_too_many)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* refuse.h - what may fail inside our server, in either version. */
#ifndef TESTS_UNIT_REFUSE_H
#define TESTS_UNIT_REFUSE_H

#include "unit.h"

#include "testrng.h"
#include "tests/lib/pair.h"
#include "tls/bytes/mem.h"

/* Each draw of random bytes fails in turn; a handshake makes at least n_draws. */
static inline void refuse_random_failures(void (*init)(struct pair *p, tls_certificate_credentials_t cred),
    unsigned n_draws)
{
	struct testrng rng = {.counter = 7};
	unsigned n = 0;
	int err = -1;

	while (err != 0) {
		struct pair p;

		rng.n_calls = 0;
		rng.fail_at = ++n;
		init(&p, NULL);
		tls_session_set_random_function(p.server, testrng_fill, &rng);
		err = pair_handshake(&p);
		if (err != 0)
			pair_refused(&p, err, TLS_E_RANDOM_FAILED);
		pair_clear(&p);
	}
	assert_true(n > n_draws);
}

/* Each allocation fails in turn that answering the hello takes. What is only nice to have may be missing. */
static inline void refuse_allocation_failures(void (*init)(struct pair *p, tls_certificate_credentials_t cred))
{
	unsigned n_failed = 0;
	bool failed = true;

	pair_credentials();
	for (unsigned long n = 1; failed; n++) {
		struct tls_buf hello = {0};
		struct pair p;
		int err;

		init(&p, NULL);
		peer_encode_hello(&p.peer, &hello);
		peer_send_plain_record(&p.peer, 22, hello.p, hello.len);
		tls_mem_fail_at(n);
		err = tls_handshake(p.server);
		failed = tls_mem_fail_left() == 0;
		tls_mem_fail_at(0);
		if (failed && err != TLS_E_AGAIN)
			assert_int_equal(err, TLS_E_MEMORY_ERROR);
		n_failed += failed;
		tls_buf_clear(&hello);
		pair_clear(&p);
	}
	assert_true(n_failed > 10);
}

#endif

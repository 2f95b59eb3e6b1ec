/* resume.h - what resumption has to stand in both versions: certificates that are judged again, no memory. */
#ifndef TESTS_UNIT_RESUME_H
#define TESTS_UNIT_RESUME_H

#include "unit.h"

#include "tests/lib/pair.h"
#include "tests/lib/resumed.h"
#include "tls/bytes/mem.h"

static unsigned n_verified;
static int verdict;

static inline int verify(tls_session_t s)
{
	const tls_datum_t *peers;
	unsigned n;

	peers = tls_certificate_get_peers(s, &n);
	assert_non_null(peers);
	assert_int_equal(n, 1);
	assert_true(peers[0].size > 100);
	n_verified++;
	return verdict;
}

static inline tls_certificate_credentials_t verifying(void)
{
	static const char *const names[] = {"localhost"};
	tls_certificate_credentials_t cred;

	assert_int_equal(tls_certificate_allocate_credentials(&cred), 0);
	assert_int_equal(tls_certificate_set_self_signed(cred, names, 1, 1700000000, 30), 0);
	assert_int_equal(tls_certificate_set_verify_function(cred, verify), 0);
	return cred;
}

/* One side verifies the other's certificate again when their session is resumed, and then refuses it. */
static inline void resume_verifies_again(tls_protocol_t version, enum resumed_store store, bool by_client)
{
	tls_certificate_credentials_t cred = verifying();
	struct resumed r;
	struct duo d;

	resumed_init(&r, version, store);
	r.request = TLS_CERT_REQUIRE;
	r.cred = by_client ? NULL : cred;
	r.client_cred = by_client ? cred : pair_credentials();
	n_verified = 0;
	verdict = 0;
	assert_false(resumed_session(&r));
	assert_int_equal(n_verified, 1);
	assert_true(resumed_session(&r));
	assert_int_equal(n_verified, 2);
	verdict = 1; /* revoked meanwhile */
	resumed_begin(&r, &d);
	assert_false(duo_handshake(&d));
	assert_int_equal(by_client ? d.client_err : d.server_err, TLS_E_CERTIFICATE_VERIFICATION_ERROR);
	assert_int_equal(n_verified, 3);
	duo_clear(&d);
	resumed_clear(&r);
	tls_certificate_free_credentials(cred);
}

static inline bool run_with_failure(struct resumed *r, unsigned long n)
{
	struct duo d;
	bool delivered, done;

	resumed_begin(r, &d);
	tls_mem_fail_at(n);
	done = duo_handshake(&d);
	delivered = tls_mem_fail_left() == 0;
	tls_mem_fail_at(0);
	if (!done)
		assert_true(d.client_err == TLS_E_MEMORY_ERROR || d.server_err == TLS_E_MEMORY_ERROR);
	duo_clear(&d);
	return delivered;
}

/* Each allocation of both ends fails, more than n_min of them: resumed, or in a full handshake. */
static inline void resume_without_memory(
    tls_protocol_t version, enum resumed_store store, bool resumes, unsigned long n_min)
{
	struct resumed r;
	unsigned long n = 1;

	resumed_init(&r, version, store);
	r.client_cred = pair_credentials();
	r.request = TLS_CERT_REQUIRE;
	if (resumes)
		assert_false(resumed_session(&r));
	while (run_with_failure(&r, n))
		n++;
	assert_true(n > n_min);
	resumed_clear(&r);
}

#endif

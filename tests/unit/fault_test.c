/* fault_test.c - goto fail (CVE-2014-1266) and its like: every call into the cryptography that can fail is made to
 * fail in turn, in each kind of handshake; whoever called must refuse then, and hand out nothing. The linker
 * puts the functions below in front of the real ones (--wrap, see Makefile.am). */
#include "unit.h"

#include <string.h>

#include "tests/lib/rogue.h"
#include "tls/crypto/aead.h"
#include "tls/crypto/group.h"
#include "tls/crypto/rng.h"
#include "tls/crypto/sig.h"
#include "tls/error.h"
#include "tls/state.h"
#include "tls/x509/cert.h"
#include "tls/x509/chain.h"
#include "tls/x509/key.h"

enum call {
	SIGN,
	VERIFY,
	GENERATE,
	RESPOND,
	FINISH,
	OPEN,
	RANDOM,
	EQUAL,
	CERT_DECODE,
	CERT_PUBKEY,
	CHAIN_CHECK,
	NEW_PUBKEY,
	NEW_PRIVKEY,
	N_CALLS
};

static const char *const names[] = {"sign", "verify", "generate", "respond", "finish", "open", "random", "equal",
    "certificate", "public key of a certificate", "chain", "public key", "private key"};

static enum call victim_call; /* which fails */
static unsigned long left; /* calls of it that still succeed; 0: none fails */
static bool hit;

/* A call that went well: does it fail all the same? */
static bool fails(enum call call)
{
	if (call != victim_call || left == 0 || --left > 0)
		return false;
	hit = true;
	return true;
}

#define WRAP_INT(call, error, name, parameters, ...) \
	int __real_##name parameters; \
	int __wrap_##name parameters; \
	int __wrap_##name parameters \
	{ \
		int err = __real_##name(__VA_ARGS__); \
		return err == 0 && fails(call) ? (error) : err; \
	}

#define WRAP_BOOL(call, name, parameters, ...) \
	bool __real_##name parameters; \
	bool __wrap_##name parameters; \
	bool __wrap_##name parameters \
	{ \
		return __real_##name(__VA_ARGS__) && !fails(call); \
	}

/* clang-format off */
WRAP_INT(SIGN, TLS_E_INTERNAL_ERROR, tls_sig_sign, (uint8_t *sig, size_t *sig_len, const struct tls_privkey *key,
    uint16_t scheme, const uint8_t *msg, size_t msg_len, const struct tls_rng *rng),
    sig, sig_len, key, scheme, msg, msg_len, rng)
WRAP_BOOL(VERIFY, tls_sig_verify, (const struct tls_pubkey *pub, uint16_t scheme, const uint8_t *msg, size_t msg_len,
    const uint8_t *sig, size_t sig_len), pub, scheme, msg, msg_len, sig, sig_len)
WRAP_INT(GENERATE, TLS_E_RANDOM_FAILED, tls_group_generate, (struct tls_group_key *key, uint8_t *share,
    const struct tls_group *group, const struct tls_rng *rng), key, share, group, rng)
WRAP_INT(RESPOND, TLS_E_ILLEGAL_KEY_SHARE, tls_group_respond, (uint8_t *share, uint8_t *secret,
    const struct tls_group *group, const uint8_t *peer, size_t peer_len, const struct tls_rng *rng),
    share, secret, group, peer, peer_len, rng)
WRAP_INT(FINISH, TLS_E_ILLEGAL_KEY_SHARE, tls_group_finish, (uint8_t *secret, const struct tls_group_key *key,
    const uint8_t *peer, size_t peer_len), secret, key, peer, peer_len)
WRAP_BOOL(OPEN, tls_aead_open, (struct tls_aead_ctx *ctx, uint8_t *dst, const uint8_t nonce[TLS_AEAD_NONCE_LEN],
    const uint8_t *ad, size_t ad_len, const uint8_t *src, size_t src_len), ctx, dst, nonce, ad, ad_len, src, src_len)
WRAP_INT(RANDOM, TLS_E_RANDOM_FAILED, tls_rng_fill, (const struct tls_rng *rng, void *out, size_t n), rng, out, n)
WRAP_BOOL(EQUAL, tls_mem_equal, (const void *a, const void *b, size_t len), a, b, len)
WRAP_INT(CERT_DECODE, TLS_E_CERTIFICATE_ERROR, tls_cert_decode, (struct tls_cert *cert, struct tls_span der), cert, der)
WRAP_INT(CERT_PUBKEY, TLS_E_ILLEGAL_KEY, tls_cert_new_pubkey, (struct tls_pubkey **out, const struct tls_cert *cert),
    out, cert)
WRAP_INT(CHAIN_CHECK, TLS_E_CERTIFICATE_LIST_UNSORTED, tls_chain_check, (size_t *at, const struct tls_cert *certs,
    size_t n), at, certs, n)
WRAP_INT(NEW_PUBKEY, TLS_E_ILLEGAL_KEY, tls_pubkey_new_ecdsa, (struct tls_pubkey **out, enum tls_pk kind,
    struct tls_span point), out, kind, point)
WRAP_INT(NEW_PRIVKEY, TLS_E_ILLEGAL_KEY, tls_privkey_new_ecdsa, (struct tls_privkey **out, enum tls_pk kind,
    struct tls_span scalar), out, kind, scalar)
/* clang-format on */

/* ---- Handshakes, and data behind them */

static bool waits(ssize_t n)
{
	return n == TLS_E_AGAIN || n == TLS_E_INTERRUPTED;
}

/* One call of each side in turn; the side in whose call the failure came. */
static tls_session_t play(struct rogue *r)
{
	tls_session_t end[2], hit_in = NULL;
	int *err[2];

	end[0] = r->d.client;
	end[1] = r->d.server;
	err[0] = &r->d.client_err;
	err[1] = &r->d.server_err;
	for (unsigned i = 0; i < 40 && hit_in == NULL; i++) {
		if (waits(*err[i % 2]))
			*err[i % 2] = tls_handshake(end[i % 2]);
		hit_in = hit ? end[i % 2] : NULL;
	}
	for (unsigned i = 0; i < 4 && hit_in == NULL; i++) {
		uint8_t byte;
		ssize_t n = tls_record_send(end[i % 2], "x", 1);

		assert_int_equal(n, 1);
		n = tls_record_recv(end[1 - i % 2], &byte, 1);
		hit_in = hit ? end[1 - i % 2] : NULL;
		assert_true(hit || n == 1);
	}
	return hit_in;
}

/* How often each call failed, by version and by the server. */
static unsigned n_hits[N_CALLS][2][2];

/* A ticket that isn't ours or doesn't open, a session that is bound to something else: a full handshake. */
static bool is_full_instead(struct rogue *r, enum call call)
{
	return (call == OPEN || call == EQUAL) && (r->kind->what & ROGUE_RESUMED) != 0 && duo_handshake(&r->d) &&
	    !tls_session_is_resumed(r->d.client) && !tls_session_is_resumed(r->d.server);
}

/* False when there are fewer than n calls that succeed. */
static bool one_failure(const struct rogue_case *kind, enum call call, unsigned long n)
{
	tls_session_t victim;
	struct rogue r;
	uint8_t byte;
	bool was_hit;
	int err;

	rogue_init(&r, kind, false);
	victim_call = call;
	hit = false;
	left = n;
	victim = play(&r);
	was_hit = hit;
	left = 0;
	if (was_hit && !is_full_instead(&r, call)) {
		err = (int)tls_record_recv(victim, &byte, 1);
		if (err >= 0 || !tls_error_is_fatal(err))
			fail_msg("%s: %s no. %lu fails and nobody minds", kind->name, names[call], n);
		assert_int_equal(tls_handshake(victim), err);
		assert_int_equal(tls_record_send(victim, "x", 1), err);
		assert_int_not_equal(tls_alert_get_sent(victim), -1);
		n_hits[call][kind->version == TLS_1_3][victim == r.d.server]++;
	}
	rogue_clear(&r);
	return was_hit;
}

static void every_call_fails_in_turn(const struct rogue_case *kind, bool bad_server)
{
	/* a renegotiation makes the same calls as another handshake */
	if (bad_server || (kind->what & ROGUE_RENEGOTIATION) != 0)
		return;
	for (unsigned call = 0; call < NEW_PRIVKEY; call++)
		for (unsigned long n = 1; one_failure(kind, (enum call)call, n); n++)
			assert_true(n < 200);
}

/* Who calls what, typed from the protocol: of a client and a server, in TLS 1.2 and 1.3. */
static void security_error_bits_every_call_of_a_handshake_12_13_server_client(void **state)
{
	static const enum call by_both[] = {OPEN, RANDOM, EQUAL}, by_clients[] = {VERIFY, CERT_DECODE,
	    CERT_PUBKEY, NEW_PUBKEY};

	(void)state;
	memset(n_hits, 0, sizeof(n_hits));
	rogue_for_each(every_call_fails_in_turn);
	for (unsigned v = 0; v < 2; v++) {
		for (unsigned i = 0; i < sizeof(by_both) / sizeof(by_both[0]); i++)
			assert_true(n_hits[by_both[i]][v][0] > 0 && n_hits[by_both[i]][v][1] > 0);
		for (unsigned i = 0; i < sizeof(by_clients) / sizeof(by_clients[0]); i++)
			assert_true(n_hits[by_clients[i]][v][0] > 0);
		assert_true(n_hits[SIGN][v][1] > 0);
	}
	/* the one who speaks first: the client in TLS 1.3, the server in TLS 1.2 */
	assert_true(n_hits[GENERATE][1][0] > 0 && n_hits[FINISH][1][0] > 0 && n_hits[RESPOND][1][1] > 0);
	assert_true(n_hits[GENERATE][0][1] > 0 && n_hits[FINISH][0][1] > 0 && n_hits[RESPOND][0][0] > 0);
	/* with certificates on both sides */
	for (unsigned v = 0; v < 2; v++)
		assert_true(n_hits[SIGN][v][0] > 0 && n_hits[VERIFY][v][1] > 0);
}

/* ---- Loading keys and certificates */

static void every_call_of_loading_credentials(void **state)
{
	static const char *const host[] = {"localhost"};

	(void)state;
	for (unsigned call = 0; call < N_CALLS; call++) {
		hit = true;
		for (unsigned long n = 1; hit; n++) {
			tls_certificate_credentials_t cred;
			int err;

			assert_int_equal(tls_certificate_allocate_credentials(&cred), 0);
			victim_call = (enum call)call;
			hit = false;
			left = n;
			err = tls_certificate_set_self_signed(cred, host, 1, 1700000000, 30);
			left = 0;
			if (hit ? err >= 0 : err != 0)
				fail_msg("%s no. %lu: %d", names[call], n, err);
			tls_certificate_free_credentials(cred);
			n_hits[call][0][0] += hit;
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(security_error_bits_every_call_of_a_handshake_12_13_server_client),
		cmocka_unit_test(every_call_of_loading_credentials),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}

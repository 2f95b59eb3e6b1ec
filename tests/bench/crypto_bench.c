/* crypto_bench.c - how fast the primitives are here, in CPU time of this process: megabytes a
 * second of records of 16 KiB, and operations a second of what a handshake needs. `make bench` runs
 * it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/unit/rsa_figures.h"
#include "tls/crypto/aead_provider.h"
#include "tls/crypto/group.h"
#include "tls/crypto/hkdf.h"
#include "tls/crypto/sig.h"
#include "tls/tls.h"

#define SECONDS 0.3
#define RECORD_LEN 16384

static const char *failed; /* the operation that went wrong, if any */

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Operations a second: op(arg) again and again for a while. */
static double rate(int (*op)(void *), void *arg, const char *name)
{
	double start, spent;
	unsigned long n = 0;

	if (op(arg) != 0)
		failed = name;
	start = cpu_seconds();
	do {
		if (op(arg) != 0)
			failed = name;
		n++;
		spent = cpu_seconds() - start;
	} while (spent < SECONDS);
	return (double)n / spent;
}

struct aead_job {
	struct tls_aead_ctx ctx;
	uint8_t nonce[TLS_AEAD_NONCE_LEN], ad[5];
	uint8_t plain[RECORD_LEN + TLS_AEAD_TAG_LEN], sealed[RECORD_LEN + TLS_AEAD_TAG_LEN];
};

static int seal(void *arg)
{
	struct aead_job *j = arg;

	tls_aead_seal(&j->ctx, j->sealed, j->nonce, j->ad, 5, j->plain, RECORD_LEN, NULL, 0);
	return 0;
}

static int open_record(void *arg)
{
	struct aead_job *j = arg;

	return !tls_aead_open(&j->ctx, j->plain, j->nonce, j->ad, 5, j->sealed, sizeof(j->sealed));
}

static int init_key(void *arg)
{
	struct aead_job *j = arg;

	tls_aead_init(&j->ctx, j->ctx.aead, j->plain);
	return 0;
}

static void bench_provider(const struct tls_aead_provider *p)
{
	static const char *const names[] = {"AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305"};
	static struct aead_job job;
	double mb = RECORD_LEN / 1e6, seals, opens, keys;

	tls_aead_provider_use(p);
	printf("%s\n", p->name);
	for (enum tls_aead a = TLS_AEAD_AES_128_GCM; a <= TLS_AEAD_CHACHA20_POLY1305; a++) {
		tls_aead_init(&job.ctx, a, job.plain);
		seals = mb * rate(seal, &job, "seal");
		opens = mb * rate(open_record, &job, "open");
		keys = rate(init_key, &job, "key");
		printf("%-18s seal %6.0f MB/s  open %6.0f MB/s  key %9.0f /s\n", names[a], seals,
		    opens, keys);
	}
	tls_aead_provider_use(NULL);
}

static void bench_aeads(void)
{
	for (size_t i = 0; tls_aead_provider_at(i) != NULL; i++) {
		const struct tls_aead_provider *p = tls_aead_provider_at(i);

		if (p->usable == NULL || p->usable())
			bench_provider(p);
	}
}

static int respond(void *arg)
{
	const struct tls_group_key *peer = arg;
	uint8_t share[TLS_GROUP_SHARE_MAX_LEN], secret[TLS_GROUP_SECRET_MAX_LEN];
	struct tls_group_key key;
	int ret = tls_group_generate(&key, share, peer->group, NULL);

	/* A server's part: a key pair and one multiplication with the peer's share. */
	return ret != 0 ? ret
			: tls_group_finish(secret, &key, share, peer->group->server_share_len);
}

static void bench_groups(void)
{
	static const uint16_t ids[] = {
	    TLS_GROUP_X25519, TLS_GROUP_SECP256R1, TLS_GROUP_SECP384R1, TLS_GROUP_SECP521R1};

	for (size_t i = 0; i < 4; i++) {
		struct tls_group_key peer = {.group = tls_group_by_id(ids[i])};

		printf("%-18s respond %8.0f /s\n", peer.group->name,
		    rate(respond, &peer, peer.group->name));
	}
}

struct sig_job {
	struct tls_privkey *key;
	uint16_t scheme;
	uint8_t msg[130], sig[TLS_SIG_MAX_LEN];
	size_t sig_len;
};

static int sign(void *arg)
{
	struct sig_job *j = arg;

	return tls_sig_sign(j->sig, &j->sig_len, j->key, j->scheme, j->msg, sizeof(j->msg), NULL);
}

static int verify(void *arg)
{
	struct sig_job *j = arg;

	return !tls_sig_verify(
	    tls_privkey_public(j->key), j->scheme, j->msg, sizeof(j->msg), j->sig, j->sig_len);
}

static void bench_sig(struct tls_privkey *key, uint16_t scheme)
{
	struct sig_job job = {.key = key, .scheme = scheme};
	const char *name = tls_sig_by_id(scheme)->name;
	double signs = rate(sign, &job, name), verifies = rate(verify, &job, name);

	printf("%-24s %5u bits  sign %7.0f /s  verify %7.0f /s\n", name,
	    tls_pubkey_bits(tls_privkey_public(key)), signs, verifies);
	tls_privkey_free(key);
}

static struct tls_span unhex(const char *text, uint8_t *out)
{
	size_t n = 0;
	unsigned v;

	for (; sscanf(text + 2 * n, "%2x", &v) == 1; n++)
		out[n] = (uint8_t)v;
	return tls_span(out, n);
}

static struct tls_privkey *rsa_key(void)
{
	static uint8_t bytes[8][512];
	struct tls_span parts[8];
	struct tls_privkey *key;

	for (int i = 0; i < 8; i++)
		parts[i] = unhex(rsa_figures[0].parts[i], bytes[i]);
	if (tls_privkey_new_rsa(&key, parts) != 0)
		abort();
	return key;
}

static void bench_sigs(void)
{
	static const struct {
		enum tls_pk kind;
		uint16_t scheme;
	} rows[] = {{TLS_PK_ECDSA_P256, 0x0403}, {TLS_PK_ECDSA_P384, 0x0503},
	    {TLS_PK_ECDSA_P521, 0x0603}, {TLS_PK_ED25519, 0x0807}};
	struct tls_privkey *key;

	for (size_t i = 0; i < 4; i++) {
		if (tls_privkey_generate(&key, rows[i].kind, NULL) != 0)
			abort();
		bench_sig(key, rows[i].scheme);
	}
	bench_sig(rsa_key(), 0x0804);
	bench_sig(rsa_key(), 0x0401);
}

static int expand_label(void *arg)
{
	uint8_t out[32];

	tls_hkdf_expand_label(TLS_HASH_SHA256, out, 32, arg, "derived", arg, 32);
	return 0;
}

int main(void)
{
	uint8_t secret[32] = {0};

	bench_aeads();
	bench_groups();
	bench_sigs();
	printf("%-18s %8.0f /s\n", "hkdf_expand_label", rate(expand_label, secret, "hkdf"));
	if (failed != NULL)
		fprintf(stderr, "crypto_bench: %s went wrong\n", failed);
	return failed != NULL;
}

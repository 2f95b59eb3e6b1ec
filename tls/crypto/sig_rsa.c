/* sig_rsa.c - RSASSA-PSS and RSASSA-PKCS1-v1_5 (RFC 8017 section 8).
 *
 * PSS as TLS has it (RFC 8446 section 4.2.3): MGF1 with the same hash, a salt as long as the
 * digest. The private operation is blinded, and its result is checked before it leaves (a fault in
 * one CRT half would give the factors away).
 */
#include <nettle/bignum.h>

#include "../bytes/mem.h"
#include "../tls.h"
#include "mpz.h"
#include "sigkey.h"

/* RFC 8017 section 9.2, note 1: DigestInfo up to the digest, and that. */
#define PREFIX_LEN 19
#define DIGEST_INFO_MAX_LEN (PREFIX_LEN + TLS_HASH_MAX_LEN)

static const uint8_t prefixes[][PREFIX_LEN] = {
    [TLS_HASH_SHA256] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
	0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
    [TLS_HASH_SHA384] = {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
	0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
    [TLS_HASH_SHA512] = {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
	0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
};

typedef int pss_sign_func(const struct rsa_public_key *pub, const struct rsa_private_key *key,
    void *random_ctx, nettle_random_func *random, size_t salt_len, const uint8_t *salt,
    const uint8_t *digest, mpz_t s);
typedef int pss_verify_func(
    const struct rsa_public_key *pub, size_t salt_len, const uint8_t *digest, const mpz_t s);

static pss_sign_func *const pss_sign[] = {
    [TLS_HASH_SHA256] = rsa_pss_sha256_sign_digest_tr,
    [TLS_HASH_SHA384] = rsa_pss_sha384_sign_digest_tr,
    [TLS_HASH_SHA512] = rsa_pss_sha512_sign_digest_tr,
};

static pss_verify_func *const pss_verify[] = {
    [TLS_HASH_SHA256] = rsa_pss_sha256_verify_digest,
    [TLS_HASH_SHA384] = rsa_pss_sha384_verify_digest,
    [TLS_HASH_SHA512] = rsa_pss_sha512_verify_digest,
};

static size_t digest_info(uint8_t *out, enum tls_hash hash, const uint8_t *digest)
{
	tls_mem_copy(out, prefixes[hash], PREFIX_LEN);
	tls_mem_copy(out + PREFIX_LEN, digest, tls_hash_len(hash));
	return PREFIX_LEN + tls_hash_len(hash);
}

static bool verify(const struct rsa_public_key *rsa, bool pss, enum tls_hash hash,
    const uint8_t *digest, const mpz_t s)
{
	uint8_t info[DIGEST_INFO_MAX_LEN];

	if (pss)
		return pss_verify[hash](rsa, tls_hash_len(hash), digest, s) != 0;
	return rsa_pkcs1_verify(rsa, digest_info(info, hash, digest), info, s) != 0;
}

bool tls_sig_rsa_verify(const struct tls_pubkey *pub, bool pss, enum tls_hash hash,
    const uint8_t *digest, const uint8_t *sig, size_t sig_len)
{
	bool good;
	mpz_t s;

	if (sig_len != pub->rsa.size) /* RFC 8017 sections 8.1.2 and 8.2.2, step 1 */
		return false;
	mpz_init(s);
	tls_mpz_set_bytes(s, sig, sig_len);
	good = verify(&pub->rsa, pss, hash, digest, s);
	mpz_clear(s);
	return good;
}

static int compute(mpz_t s, const struct tls_privkey *key, bool pss, enum tls_hash hash,
    const uint8_t *digest, const struct tls_rng *rng, struct tls_sigkey_stream *stream)
{
	uint8_t salt[TLS_HASH_MAX_LEN], info[DIGEST_INFO_MAX_LEN];
	size_t len = tls_hash_len(hash);
	int good;

	if (pss) {
		if (tls_rng_fill(rng, salt, len) < 0)
			return TLS_E_RANDOM_FAILED;
		good = pss_sign[hash](
		    &key->pub.rsa, &key->rsa, stream, tls_sigkey_stream_read, len, salt, digest, s);
	} else {
		len = digest_info(info, hash, digest);
		good = rsa_pkcs1_sign_tr(
		    &key->pub.rsa, &key->rsa, stream, tls_sigkey_stream_read, len, info, s);
	}
	return good ? 0 : TLS_E_INTERNAL_ERROR;
}

int tls_sig_rsa_sign(uint8_t *sig, size_t *sig_len, const struct tls_privkey *key, bool pss,
    enum tls_hash hash, const uint8_t *digest, const struct tls_rng *rng)
{
	struct tls_sigkey_stream stream;
	mpz_t s;
	int ret = tls_sigkey_stream_init(
	    &stream, rng, tls_span(NULL, 0), tls_span(digest, tls_hash_len(hash)));

	if (ret < 0)
		return ret;
	mpz_init(s);
	ret = compute(s, key, pss, hash, digest, rng, &stream);
	if (ret == 0 && !verify(&key->pub.rsa, pss, hash, digest, s))
		ret = TLS_E_INTERNAL_ERROR;
	if (ret == 0) {
		*sig_len = key->pub.rsa.size;
		tls_mpz_get_bytes(sig, *sig_len, s);
	}
	tls_mpz_clear_wiped(s);
	tls_sigkey_stream_clear(&stream);
	return ret;
}

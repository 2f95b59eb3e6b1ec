/* privkey.c - private keys of sig.h: made, drawn, wiped. */
#include "../bytes/mem.h"
#include "../tls.h"
#include "sigkey.h"

int tls_privkey_new_rsa_min(
    struct tls_privkey **out, const struct tls_span parts[8], unsigned min_bits)
{
	struct tls_privkey *key = tls_mem_alloc(sizeof(*key));
	int ret;

	*out = NULL;
	if (key == NULL)
		return TLS_E_MEMORY_ERROR;
	ret = tls_sigkey_fill_rsa(&key->pub, parts[0], parts[1], min_bits);
	if (ret < 0)
		goto free_key;
	ret = tls_sigkey_fill_rsa_private(key, parts);
	if (ret < 0)
		goto clear_public;
	*out = key;
	return 0;
clear_public:
	tls_sigkey_clear(&key->pub);
free_key:
	tls_mem_free(key);
	return ret;
}

int tls_privkey_new_rsa(struct tls_privkey **out, const struct tls_span parts[8])
{
	return tls_privkey_new_rsa_min(out, parts, TLS_RSA_MIN_BITS);
}

/* An ECDSA key with its scalar still to be set and its point still to be computed. */
static struct tls_privkey *alloc_ecdsa(enum tls_pk kind, const struct ecc_curve *curve)
{
	struct tls_privkey *key = tls_mem_alloc(sizeof(*key));

	if (key == NULL)
		return NULL;
	key->pub.kind = kind;
	key->pub.bits = ecc_bit_size(curve);
	ecc_point_init(&key->pub.point, curve);
	ecc_scalar_init(&key->scalar, curve);
	return key;
}

int tls_privkey_new_ecdsa(struct tls_privkey **out, enum tls_pk kind, struct tls_span scalar)
{
	const struct ecc_curve *curve = tls_sigkey_curve(kind);
	struct tls_privkey *key;

	*out = NULL;
	if (curve == NULL)
		return TLS_E_UNSUPPORTED_KEY;
	if (scalar.len == 0 || scalar.len > tls_ecc_coord_len(curve))
		return TLS_E_ILLEGAL_KEY;
	key = alloc_ecdsa(kind, curve);
	if (key == NULL)
		return TLS_E_MEMORY_ERROR;
	if (!tls_ecc_scalar_read(&key->scalar, scalar.p, scalar.len)) {
		tls_privkey_free(key);
		return TLS_E_ILLEGAL_KEY;
	}
	ecc_point_mul_g(&key->pub.point, &key->scalar);
	*out = key;
	return 0;
}

int tls_privkey_new_ed25519(struct tls_privkey **out, struct tls_span seed)
{
	struct tls_privkey *key;

	*out = NULL;
	if (seed.len != ED25519_KEY_SIZE)
		return TLS_E_ILLEGAL_KEY;
	key = tls_mem_alloc(sizeof(*key));
	if (key == NULL)
		return TLS_E_MEMORY_ERROR;
	key->pub.kind = TLS_PK_ED25519;
	key->pub.bits = 8 * ED25519_KEY_SIZE;
	tls_mem_copy(key->seed, seed.p, seed.len);
	ed25519_sha512_public_key(key->pub.ed25519, key->seed);
	*out = key;
	return 0;
}

static int generate_ed25519(struct tls_privkey **out, const struct tls_rng *rng)
{
	uint8_t seed[ED25519_KEY_SIZE];
	int ret = tls_rng_fill(rng, seed, sizeof(seed));

	if (ret == 0)
		ret = tls_privkey_new_ed25519(out, tls_span(seed, sizeof(seed)));
	tls_mem_wipe(seed, sizeof(seed));
	return ret;
}

int tls_privkey_generate(struct tls_privkey **out, enum tls_pk kind, const struct tls_rng *rng)
{
	const struct ecc_curve *curve = tls_sigkey_curve(kind);
	uint8_t scalar[TLS_ECC_COORD_MAX_LEN];
	struct tls_privkey *key;
	int ret;

	*out = NULL;
	if (kind == TLS_PK_ED25519)
		return generate_ed25519(out, rng);
	if (curve == NULL)
		return TLS_E_UNSUPPORTED_KEY;
	key = alloc_ecdsa(kind, curve);
	if (key == NULL)
		return TLS_E_MEMORY_ERROR;
	ret = tls_ecc_scalar_random(&key->scalar, scalar, curve, rng);
	tls_mem_wipe(scalar, sizeof(scalar));
	if (ret < 0) {
		tls_privkey_free(key);
		return ret;
	}
	ecc_point_mul_g(&key->pub.point, &key->scalar);
	*out = key;
	return 0;
}

void tls_privkey_free(struct tls_privkey *key)
{
	if (key == NULL)
		return;
	if (key->pub.kind == TLS_PK_RSA)
		tls_sigkey_clear_rsa_private(key);
	else if (key->pub.kind != TLS_PK_ED25519)
		tls_ecc_scalar_clear(&key->scalar);
	tls_sigkey_clear(&key->pub);
	tls_mem_free_wiped(key, sizeof(*key));
}

const struct tls_pubkey *tls_privkey_public(const struct tls_privkey *key)
{
	return &key->pub;
}

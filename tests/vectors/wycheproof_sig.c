/* wycheproof_sig.c - ECDSA, Ed25519, RSA. See wycheproof.h. */
#include "tests/unit/unit.h"

#include <string.h>

#include "tls/crypto/sig.h"
#include "tls/tls.h"
#include "wycheproof.h"

static const uint16_t ecdsa_schemes[] = {TLS_SIGN_ECDSA_SECP256R1_SHA256,
    TLS_SIGN_ECDSA_SECP384R1_SHA384, TLS_SIGN_ECDSA_SECP521R1_SHA512};
static const uint16_t pss_schemes[] = {
    TLS_SIGN_RSA_PSS_RSAE_SHA256, TLS_SIGN_RSA_PSS_RSAE_SHA384, TLS_SIGN_RSA_PSS_RSAE_SHA512};
static const uint16_t pkcs1_schemes[] = {
    TLS_SIGN_RSA_PKCS1_SHA256, TLS_SIGN_RSA_PKCS1_SHA384, TLS_SIGN_RSA_PKCS1_SHA512};

static enum wyche_verdict verify(struct tls_pubkey *pub, uint16_t scheme, const json_t *v)
{
	struct wyche_bytes msg = wyche_hex(v, "msg"), sig = wyche_hex(v, "sig");
	bool good = tls_sig_verify(pub, scheme, msg.p, msg.len, sig.p, sig.len);

	wyche_free(msg);
	wyche_free(sig);
	tls_pubkey_free(pub);
	return good ? WYCHE_ACCEPTED : WYCHE_REFUSED;
}

static enum tls_pk kind_of(const char *curve)
{
	if (strcmp(curve, "secp256r1") == 0)
		return TLS_PK_ECDSA_P256;
	if (strcmp(curve, "secp384r1") == 0)
		return TLS_PK_ECDSA_P384;
	assert_string_equal(curve, "secp521r1");
	return TLS_PK_ECDSA_P521;
}

enum wyche_verdict wyche_ecdsa(const json_t *group, const json_t *vector)
{
	const json_t *key = json_object_get(group, "publicKey");
	struct wyche_bytes point = wyche_hex(key, "uncompressed");
	struct tls_pubkey *pub;
	enum tls_hash hash;

	assert_true(wyche_hash(&hash, wyche_text(group, "sha")));
	assert_int_equal(tls_pubkey_new_ecdsa(
			     &pub, kind_of(wyche_text(key, "curve")), tls_span(point.p, point.len)),
	    0);
	wyche_free(point);
	return verify(pub, ecdsa_schemes[hash], vector);
}

enum wyche_verdict wyche_ed25519(const json_t *group, const json_t *vector)
{
	struct wyche_bytes pk = wyche_hex(json_object_get(group, "publicKey"), "pk");
	struct tls_pubkey *pub;

	assert_int_equal(tls_pubkey_new_ed25519(&pub, tls_span(pk.p, pk.len)), 0);
	wyche_free(pk);
	return verify(pub, TLS_SIGN_ED25519, vector);
}

static struct tls_pubkey *rsa_key(const json_t *group)
{
	const json_t *key = json_object_get(group, "publicKey");
	struct wyche_bytes n = wyche_hex(key, "modulus"), e = wyche_hex(key, "publicExponent");
	struct tls_pubkey *pub;

	assert_int_equal(tls_pubkey_new_rsa(&pub, tls_span(n.p, n.len), tls_span(e.p, e.len)), 0);
	assert_int_equal(tls_pubkey_bits(pub), wyche_number(group, "keySize"));
	wyche_free(n);
	wyche_free(e);
	return pub;
}

/* PSS in TLS: MGF1 with the same hash, salt as long as the digest. Signatures made with other
 * parameters are not of our schemes: they must be refused, and count as skipped. */
enum wyche_verdict wyche_rsa_pss(const json_t *group, const json_t *vector)
{
	const char *sha = wyche_text(group, "sha");
	enum wyche_verdict verdict;
	enum tls_hash hash;

	assert_string_equal(wyche_text(group, "mgf"), "MGF1");
	if (!wyche_hash(&hash, sha))
		return WYCHE_SKIPPED;
	verdict = verify(rsa_key(group), pss_schemes[hash], vector);
	if (strcmp(wyche_text(group, "mgfSha"), sha) == 0 &&
	    (size_t)wyche_number(group, "sLen") == tls_hash_len(hash))
		return verdict;
	assert_int_equal(verdict, WYCHE_REFUSED);
	return WYCHE_SKIPPED;
}

enum wyche_verdict wyche_rsa_pkcs1(const json_t *group, const json_t *vector)
{
	enum tls_hash hash;

	assert_true(wyche_hash(&hash, wyche_text(group, "sha")));
	return verify(rsa_key(group), pkcs1_schemes[hash], vector);
}

/* sig.c - see sig.h: the table of schemes, and the way from a scheme to its arithmetic. */
#include "sig.h"

#include <string.h>

#include "../bytes/mem.h"
#include "../tls.h"
#include "sigkey.h"

enum family { RSA_PSS, RSA_PKCS1, ECDSA, ED25519 };

struct scheme {
	struct tls_sig_scheme public;
	enum family family;
	enum tls_hash hash;
	enum tls_pk curve; /* the kind of key; ECDSA: on the curve it is bound to in TLS 1.3 */
};

static const struct scheme schemes[] = {
    {{TLS_SIGN_ECDSA_SECP256R1_SHA256, "ecdsa_secp256r1_sha256", true}, ECDSA, TLS_HASH_SHA256,
	TLS_PK_ECDSA_P256},
    {{TLS_SIGN_ECDSA_SECP384R1_SHA384, "ecdsa_secp384r1_sha384", true}, ECDSA, TLS_HASH_SHA384,
	TLS_PK_ECDSA_P384},
    {{TLS_SIGN_ECDSA_SECP521R1_SHA512, "ecdsa_secp521r1_sha512", true}, ECDSA, TLS_HASH_SHA512,
	TLS_PK_ECDSA_P521},
    {{TLS_SIGN_ED25519, "ed25519", true}, ED25519, TLS_HASH_SHA512, TLS_PK_ED25519},
    {{TLS_SIGN_RSA_PSS_RSAE_SHA256, "rsa_pss_rsae_sha256", true}, RSA_PSS, TLS_HASH_SHA256,
	TLS_PK_RSA},
    {{TLS_SIGN_RSA_PSS_RSAE_SHA384, "rsa_pss_rsae_sha384", true}, RSA_PSS, TLS_HASH_SHA384,
	TLS_PK_RSA},
    {{TLS_SIGN_RSA_PSS_RSAE_SHA512, "rsa_pss_rsae_sha512", true}, RSA_PSS, TLS_HASH_SHA512,
	TLS_PK_RSA},
    {{TLS_SIGN_RSA_PKCS1_SHA256, "rsa_pkcs1_sha256", false}, RSA_PKCS1, TLS_HASH_SHA256,
	TLS_PK_RSA},
    {{TLS_SIGN_RSA_PKCS1_SHA384, "rsa_pkcs1_sha384", false}, RSA_PKCS1, TLS_HASH_SHA384,
	TLS_PK_RSA},
    {{TLS_SIGN_RSA_PKCS1_SHA512, "rsa_pkcs1_sha512", false}, RSA_PKCS1, TLS_HASH_SHA512,
	TLS_PK_RSA},
};

#define N_SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

static const struct scheme *scheme_by_id(uint16_t id)
{
	for (size_t i = 0; i < N_SCHEMES; i++)
		if (schemes[i].public.id == id)
			return &schemes[i];
	return NULL;
}

const struct tls_sig_scheme *tls_sig_by_id(uint16_t id)
{
	const struct scheme *s = scheme_by_id(id);

	return s != NULL ? &s->public : NULL;
}

const struct tls_sig_scheme *tls_sig_by_name(const char *name)
{
	for (size_t i = 0; i < N_SCHEMES; i++)
		if (strcmp(schemes[i].public.name, name) == 0)
			return &schemes[i].public;
	return NULL;
}

bool tls_sig_is_rsa(uint16_t scheme)
{
	const struct scheme *s = scheme_by_id(scheme);

	return s != NULL && s->curve == TLS_PK_RSA;
}

/* A key of this kind can sign so at all: any curve goes with any ECDSA scheme's hash. */
static bool kind_fits(const struct scheme *s, const struct tls_pubkey *pub)
{
	switch (s->family) {
	case RSA_PSS:
		/* RFC 8017 section 9.1.1, step 3. */
		return pub->kind == TLS_PK_RSA &&
		       (pub->bits + 6) / 8 >= 2 * tls_hash_len(s->hash) + 2;
	case RSA_PKCS1:
		return pub->kind == TLS_PK_RSA;
	case ECDSA:
		return tls_sigkey_curve(pub->kind) != NULL;
	case ED25519:
		return pub->kind == TLS_PK_ED25519;
	}
	return false;
}

bool tls_sig_fits(uint16_t scheme, const struct tls_pubkey *pub)
{
	const struct scheme *s = scheme_by_id(scheme);

	return s != NULL && s->public.tls13 && s->curve == pub->kind && kind_fits(s, pub);
}

bool tls_sig_fits12(uint16_t scheme, const struct tls_pubkey *pub)
{
	const struct scheme *s = scheme_by_id(scheme);

	return s != NULL && kind_fits(s, pub);
}

int tls_sig_sign(uint8_t *sig, size_t *sig_len, const struct tls_privkey *key, uint16_t scheme,
    const uint8_t *msg, size_t msg_len, const struct tls_rng *rng)
{
	const struct scheme *s = scheme_by_id(scheme);
	uint8_t digest[TLS_HASH_MAX_LEN];

	*sig_len = 0;
	if (s == NULL || !kind_fits(s, &key->pub))
		return TLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM;
	if (s->family == ED25519) {
		ed25519_sha512_sign(key->pub.ed25519, key->seed, msg_len, msg, sig);
		*sig_len = ED25519_SIGNATURE_SIZE;
		return 0;
	}
	tls_hash_once(s->hash, digest, msg, msg_len);
	if (s->family == ECDSA)
		return tls_sig_ecdsa_sign(sig, sig_len, key, s->hash, digest, rng);
	return tls_sig_rsa_sign(sig, sig_len, key, s->family == RSA_PSS, s->hash, digest, rng);
}

bool tls_sig_verify(const struct tls_pubkey *pub, uint16_t scheme, const uint8_t *msg,
    size_t msg_len, const uint8_t *sig, size_t sig_len)
{
	const struct scheme *s = scheme_by_id(scheme);
	uint8_t digest[TLS_HASH_MAX_LEN];

	if (s == NULL || !kind_fits(s, pub))
		return false;
	if (s->family == ED25519)
		return sig_len == ED25519_SIGNATURE_SIZE &&
		       ed25519_sha512_verify(pub->ed25519, msg_len, msg, sig) != 0;
	tls_hash_once(s->hash, digest, msg, msg_len);
	if (s->family == ECDSA)
		return tls_sig_ecdsa_verify(pub, s->hash, digest, sig, sig_len);
	return tls_sig_rsa_verify(pub, s->family == RSA_PSS, s->hash, digest, sig, sig_len);
}

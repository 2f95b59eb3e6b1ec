/* key_fuzz.c - arbitrary bytes as a private key. A key that is taken signs, and its signature verifies
 * with the public half. */
#include <assert.h>

#include "fuzz.h"
#include "tls/tls.h"
#include "tls/x509/key.h"

static uint16_t scheme_of(const struct tls_privkey *key)
{
	static const uint16_t schemes[] = {TLS_SIGN_RSA_PSS_RSAE_SHA256, TLS_SIGN_ECDSA_SECP256R1_SHA256,
	    TLS_SIGN_ECDSA_SECP384R1_SHA384, TLS_SIGN_ECDSA_SECP521R1_SHA512, TLS_SIGN_ED25519};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (tls_sig_fits(schemes[i], tls_privkey_public(key)))
			return schemes[i];
	}
	return 0;
}

/* An RSA key that is none may refuse to sign; what it signs is right. */
static void use(const struct tls_privkey *key)
{
	static const uint8_t msg[] = "message";
	uint16_t scheme = scheme_of(key);
	uint8_t sig[TLS_SIG_MAX_LEN];
	size_t len = sizeof(sig);

	assert(scheme != 0);
	if (tls_sig_sign(sig, &len, key, scheme, msg, sizeof(msg), NULL) < 0) {
		assert(tls_pubkey_kind(tls_privkey_public(key)) == TLS_PK_RSA);
		return;
	}
	assert(tls_sig_verify(tls_privkey_public(key), scheme, msg, sizeof(msg), sig, len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_privkey *key;
	int ret = tls_key_decode_der(&key, tls_span(data, size));

	assert((key != NULL) == (ret == 0));
	if (ret == 0)
		use(key);
	tls_privkey_free(key);
	return 0;
}

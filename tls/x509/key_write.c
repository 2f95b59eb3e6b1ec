/* key_write.c - see key_write.h. Every copy of the secret is wiped. */
#include "key_write.h"

#include "../tls.h"
#include "asn.h"
#include "spki.h"

#define ALGORITHM_MAX_LEN 32
#define POINT_MAX_LEN (1 + 2 * 66)

/* RFC 5915 section 3: without parameters, which stand around it already, with the public key. */
static int write_curve(struct tls_buf *out, const struct tls_privkey *key, struct tls_span scalar)
{
	static const uint8_t version = 1;
	uint8_t point[POINT_MAX_LEN] = {0};
	size_t len = sizeof(point);
	struct tls_asn_form m;

	tls_asn_begin(&m, "QUENCH.ECPrivateKey");
	tls_asn_fail(&m, tls_pubkey_bytes(tls_privkey_public(key), point, &len));
	tls_asn_put(&m, "version", &version, 1);
	tls_asn_put(&m, "privateKey", scalar.p, scalar.len);
	tls_asn_put(&m, "publicKey", point, len * 8); /* bits */
	return tls_asn_finish(&m, out);
}

static int write_seed(struct tls_buf *out, struct tls_span seed)
{
	struct tls_asn_form m;

	tls_asn_begin(&m, "QUENCH.CurvePrivateKey");
	tls_asn_put(&m, "", seed.p, seed.len);
	return tls_asn_finish(&m, out);
}

/* What the OCTET STRING of PKCS#8 holds. */
static int write_inner(struct tls_buf *out, const struct tls_privkey *key)
{
	enum tls_pk kind = tls_pubkey_kind(tls_privkey_public(key));
	struct tls_buf secret;
	int ret = 0;

	tls_buf_init(&secret, 0);
	tls_privkey_write(&secret, key);
	if (!tls_buf_ok(&secret))
		ret = TLS_E_MEMORY_ERROR;
	else if (kind == TLS_PK_RSA)
		tls_buf_span(out, tls_buf_as_span(&secret));
	else if (kind == TLS_PK_ED25519)
		ret = write_seed(out, tls_buf_as_span(&secret));
	else
		ret = write_curve(out, key, tls_buf_as_span(&secret));
	tls_buf_clear(&secret);
	return ret == 0 && !tls_buf_ok(out) ? TLS_E_MEMORY_ERROR : ret;
}

int tls_key_write(struct tls_buf *out, const struct tls_privkey *key)
{
	static const uint8_t version = 0;
	uint8_t room[ALGORITHM_MAX_LEN];
	struct tls_buf inner, algorithm;
	struct tls_asn_form m;

	tls_buf_init_fixed(&algorithm, room, sizeof(room));
	tls_spki_write_algorithm(&algorithm, tls_pubkey_kind(tls_privkey_public(key)));
	tls_buf_init(&inner, 0);
	tls_asn_begin(&m, "QUENCH.PrivateKeyInfo");
	tls_asn_fail(&m, tls_buf_ok(&algorithm) ? write_inner(&inner, key) : TLS_E_INTERNAL_ERROR);
	tls_asn_put(&m, "version", &version, 1);
	tls_asn_put(&m, "privateKeyAlgorithm", algorithm.p, algorithm.len);
	tls_asn_put(&m, "privateKey", inner.p, inner.len);
	tls_buf_clear(&inner);
	return tls_asn_finish(&m, out);
}

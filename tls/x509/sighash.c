/* sighash.c - see sighash.h. RFC 8017 appendix A.2, RFC 5758, RFC 4055. */
#include "sighash.h"

#include <stdbool.h>

#include "../bytes/mem.h"
#include "../tls.h"
#include "der.h"
#include "oid.h"

#define PSS_HASH TLS_DER_CONTEXT_IN(0)
#define PSS_MASK TLS_DER_CONTEXT_IN(1)

struct known {
	const char *oid;
	uint8_t len;
	uint8_t hash;
};

#define ROW(oid, hash) {oid, sizeof(oid) - 1, hash}
#define PKCS1 "\x2a\x86\x48\x86\xf7\x0d\x01\x01"
#define ECDSA "\x2a\x86\x48\xce\x3d\x04"
#define NIST_HASH "\x60\x86\x48\x01\x65\x03\x04\x02"

static const struct known signatures[] = {
	ROW(PKCS1 "\x04", TLS_HASH_SHA256), /* with MD5 */
	ROW(PKCS1 "\x05", TLS_HASH_SHA256), /* with SHA-1 */
	ROW(PKCS1 "\x0b", TLS_HASH_SHA256),
	ROW(PKCS1 "\x0c", TLS_HASH_SHA384),
	ROW(PKCS1 "\x0d", TLS_HASH_SHA512),
	ROW(ECDSA "\x01", TLS_HASH_SHA256), /* with SHA-1 */
	ROW(ECDSA "\x03\x02", TLS_HASH_SHA256),
	ROW(ECDSA "\x03\x03", TLS_HASH_SHA384),
	ROW(ECDSA "\x03\x04", TLS_HASH_SHA512),
};

static const struct known hashes[] = {
	ROW("\x2b\x0e\x03\x02\x1a", TLS_HASH_SHA256), /* SHA-1 */
	ROW(NIST_HASH "\x01", TLS_HASH_SHA256),
	ROW(NIST_HASH "\x02", TLS_HASH_SHA384),
	ROW(NIST_HASH "\x03", TLS_HASH_SHA512),
};

#define RSASSA_PSS PKCS1 "\x0a"
#define MGF1 PKCS1 "\x08"

static int find(enum tls_hash *hash, struct tls_span oid, const struct known *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!tls_mem_same(oid.p, oid.len, list[i].oid, list[i].len))
			continue;
		*hash = (enum tls_hash)list[i].hash;
		return 0;
	}
	return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
}

/* The OID of [n] EXPLICIT AlgorithmIdentifier, or of the default, SHA-1. *alg: what stands behind the OID. */
static struct tls_span optional_oid(struct tls_span *params, struct tls_span *alg, unsigned tag,
    struct tls_span usual)
{
	struct tls_span explicit;

	*alg = tls_span(NULL, 0);
	if (!tls_der_is(params, tag))
		return usual;
	explicit = tls_der_take(params, tag);
	*alg = tls_der_take(&explicit, TLS_DER_SEQUENCE);
	return tls_der_take(alg, TLS_DER_OID);
}

/* RFC 4055 section 3.1. Another hash in the mask generation makes two. */
static int pss_hash(enum tls_hash *hash, struct tls_span params)
{
	struct tls_span sha1 = tls_span(hashes[0].oid, hashes[0].len), rest, mask;
	struct tls_span oid = optional_oid(&params, &rest, PSS_HASH, sha1), mask_oid = sha1;

	mask = optional_oid(&params, &rest, PSS_MASK, tls_span(MGF1, sizeof(MGF1) - 1));
	if (rest.len > 0) {
		struct tls_span alg = tls_der_take(&rest, TLS_DER_SEQUENCE);

		mask_oid = tls_der_take(&alg, TLS_DER_OID);
	}
	if (params.failed || rest.failed || !tls_oid_is(mask, MGF1) || !tls_mem_same(oid.p, oid.len, mask_oid.p, mask_oid.len))
		return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	return find(hash, oid, hashes, sizeof(hashes) / sizeof(hashes[0]));
}

int tls_sighash_of(enum tls_hash *hash, struct tls_span sig_alg)
{
	struct tls_span alg = tls_der_take(&sig_alg, TLS_DER_SEQUENCE);
	struct tls_span oid = tls_der_take(&alg, TLS_DER_OID);

	if (tls_oid_is(oid, RSASSA_PSS))
		return pss_hash(hash, tls_der_take(&alg, TLS_DER_SEQUENCE));
	return find(hash, oid, signatures, sizeof(signatures) / sizeof(signatures[0]));
}

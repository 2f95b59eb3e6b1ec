/* certsig.c - see certsig.h. */
#include "certsig.h"

#include "../bytes/mem.h"
#include "../tls.h"
#include "der.h"
#include "oid.h"

enum parameters { ABSENT, ABSENT_OR_NULL };

#define OID(literal) literal, sizeof(literal) - 1

/* RFC 4055 section 5 has NULL for RSA and wants absence to be taken as well; RFC 5758 section 3.2 and
 * RFC 8410 section 3 have none. */
static const struct {
	const char *oid;
	uint8_t oid_len;
	enum parameters parameters;
	uint16_t scheme;
} algorithms[] = {
    {OID(TLS_OID_ECDSA_SHA256), ABSENT, TLS_SIGN_ECDSA_SECP256R1_SHA256},
    {OID(TLS_OID_ECDSA_SHA384), ABSENT, TLS_SIGN_ECDSA_SECP384R1_SHA384},
    {OID(TLS_OID_ECDSA_SHA512), ABSENT, TLS_SIGN_ECDSA_SECP521R1_SHA512},
    {OID(TLS_OID_RSA_SHA256), ABSENT_OR_NULL, TLS_SIGN_RSA_PKCS1_SHA256},
    {OID(TLS_OID_RSA_SHA384), ABSENT_OR_NULL, TLS_SIGN_RSA_PKCS1_SHA384},
    {OID(TLS_OID_RSA_SHA512), ABSENT_OR_NULL, TLS_SIGN_RSA_PKCS1_SHA512},
    {OID(TLS_OID_ED25519), ABSENT, TLS_SIGN_ED25519},
};

static const struct {
	const char *oid;
	uint8_t oid_len;
	uint16_t scheme;
	uint8_t hash_len;
} pss_hashes[] = {
    {OID(TLS_OID_SHA256), TLS_SIGN_RSA_PSS_RSAE_SHA256, 32},
    {OID(TLS_OID_SHA384), TLS_SIGN_RSA_PSS_RSAE_SHA384, 48},
    {OID(TLS_OID_SHA512), TLS_SIGN_RSA_PSS_RSAE_SHA512, 64},
};

#define N_ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))
#define N_PSS_HASHES (sizeof(pss_hashes) / sizeof(pss_hashes[0]))

/* An AlgorithmIdentifier of a hash, NULL or absent parameters (RFC 4055 section 2.1): its row, or
 * N_PSS_HASHES. */
static size_t take_hash(struct tls_span *s)
{
	struct tls_span seq = tls_der_take(s, TLS_DER_SEQUENCE), oid = tls_der_take(&seq, TLS_DER_OID);

	if (tls_span_more(&seq) && tls_der_take(&seq, TLS_DER_NULL).len > 0)
		return N_PSS_HASHES;
	for (size_t i = 0; tls_span_end(&seq) && i < N_PSS_HASHES; i++) {
		if (tls_mem_same(oid.p, oid.len, pss_hashes[i].oid, pss_hashes[i].oid_len))
			return i;
	}
	return N_PSS_HASHES;
}

/* RFC 4055 section 3.1. The defaults are SHA-1, so the first three must be there. */
static bool read_pss(uint16_t *scheme, struct tls_span parameters)
{
	struct tls_span seq = tls_der_take(&parameters, TLS_DER_SEQUENCE), box, mgf, oid;
	size_t hash;

	box = tls_der_take(&seq, TLS_DER_CONTEXT_IN(0));
	hash = take_hash(&box);
	if (hash == N_PSS_HASHES || !tls_span_end(&box))
		return false;
	box = tls_der_take(&seq, TLS_DER_CONTEXT_IN(1));
	mgf = tls_der_take(&box, TLS_DER_SEQUENCE);
	oid = tls_der_take(&mgf, TLS_DER_OID);
	if (!tls_oid_is(oid, TLS_OID_MGF1) || take_hash(&mgf) != hash || !tls_span_end(&mgf) ||
	    !tls_span_end(&box))
		return false;
	box = tls_der_take(&seq, TLS_DER_CONTEXT_IN(2));
	if (tls_der_take_number(&box, UINT16_MAX) != pss_hashes[hash].hash_len || !tls_span_end(&box))
		return false;
	*scheme = pss_hashes[hash].scheme;
	return tls_span_end(&seq) && tls_span_end(&parameters);
}

static bool parameters_fit(struct tls_span rest, enum parameters allowed)
{
	if (rest.len == 0)
		return true;
	return allowed == ABSENT_OR_NULL && tls_der_take(&rest, TLS_DER_NULL).len == 0 && tls_span_end(&rest);
}

enum tls_flaw tls_certsig_scheme(uint16_t *scheme, struct tls_span algorithm)
{
	struct tls_span seq = tls_der_take(&algorithm, TLS_DER_SEQUENCE);
	struct tls_span oid = tls_der_take(&seq, TLS_DER_OID);

	*scheme = 0;
	if (tls_oid_is(oid, TLS_OID_RSA_PSS))
		return read_pss(scheme, seq) ? TLS_FLAW_NONE : TLS_FLAW_WEAK_SIGNATURE;
	for (size_t i = 0; i < N_ALGORITHMS; i++) {
		if (!tls_mem_same(oid.p, oid.len, algorithms[i].oid, algorithms[i].oid_len))
			continue;
		*scheme = algorithms[i].scheme;
		return parameters_fit(seq, algorithms[i].parameters) ? TLS_FLAW_NONE : TLS_FLAW_WEAK_SIGNATURE;
	}
	return TLS_FLAW_WEAK_SIGNATURE;
}

enum tls_flaw tls_certsig_check(const struct tls_certsig *sig, const struct tls_pubkey *key)
{
	enum tls_flaw fault;
	uint16_t scheme;

	fault = tls_certsig_scheme(&scheme, sig->algorithm);
	if (fault != TLS_FLAW_NONE)
		return fault;
	return tls_sig_verify(key, scheme, sig->tbs.p, sig->tbs.len, sig->signature.p, sig->signature.len)
	    ? TLS_FLAW_NONE
	    : TLS_FLAW_SIGNATURE;
}

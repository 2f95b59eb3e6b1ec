/* algid.c - see algid.h. */
#include "algid.h"

#include "../tls.h"
#include "der.h"
#include "oid.h"

int tls_algid_take_curve(struct tls_span *s, enum tls_pk *kind)
{
	struct tls_span oid;

	if (tls_der_is(s, TLS_DER_SEQUENCE)) {
		/* RFC 5480 section 2.1.1: specifiedCurve MUST NOT be used. */
		tls_der_take(s, TLS_DER_SEQUENCE);
		return s->failed ? TLS_E_ILLEGAL_KEY : TLS_E_UNSUPPORTED_KEY;
	}
	oid = tls_der_take(s, TLS_DER_OID);
	if (oid.failed)
		return TLS_E_ILLEGAL_KEY;
	if (tls_oid_is(oid, TLS_OID_P256))
		*kind = TLS_PK_ECDSA_P256;
	else if (tls_oid_is(oid, TLS_OID_P384))
		*kind = TLS_PK_ECDSA_P384;
	else if (tls_oid_is(oid, TLS_OID_P521))
		*kind = TLS_PK_ECDSA_P521;
	else
		return TLS_E_UNSUPPORTED_KEY;
	return 0;
}

static int take_parameters(struct tls_span *alg, enum tls_pk *kind, struct tls_span oid)
{
	if (tls_oid_is(oid, TLS_OID_EC))
		return tls_algid_take_curve(alg, kind);
	if (tls_oid_is(oid, TLS_OID_ED25519)) {
		*kind = TLS_PK_ED25519;
		return 0;
	}
	if (!tls_oid_is(oid, TLS_OID_RSA))
		return TLS_E_UNSUPPORTED_KEY;
	*kind = TLS_PK_RSA;
	if (tls_span_more(alg) && tls_der_take(alg, TLS_DER_NULL).len > 0)
		return TLS_E_ILLEGAL_KEY;
	return 0;
}

int tls_algid_take(struct tls_span *s, enum tls_pk *kind)
{
	struct tls_span alg = tls_der_take(s, TLS_DER_SEQUENCE);
	struct tls_span oid = tls_der_take(&alg, TLS_DER_OID);
	int ret;

	if (oid.failed || oid.len == 0)
		return TLS_E_ILLEGAL_KEY;
	ret = take_parameters(&alg, kind, oid);
	if (ret == 0 && !tls_span_end(&alg))
		ret = TLS_E_ILLEGAL_KEY;
	return ret;
}

static const struct tls_algid_signature signatures[] = {
    [TLS_PK_RSA] = {"1.2.840.113549.1.1.11", "\x05\x00", 2, TLS_SIGN_RSA_PKCS1_SHA256},
    [TLS_PK_ECDSA_P256] = {"1.2.840.10045.4.3.2", NULL, 0, TLS_SIGN_ECDSA_SECP256R1_SHA256},
    [TLS_PK_ECDSA_P384] = {"1.2.840.10045.4.3.3", NULL, 0, TLS_SIGN_ECDSA_SECP384R1_SHA384},
    [TLS_PK_ECDSA_P521] = {"1.2.840.10045.4.3.4", NULL, 0, TLS_SIGN_ECDSA_SECP521R1_SHA512},
    [TLS_PK_ED25519] = {"1.3.101.112", NULL, 0, TLS_SIGN_ED25519},
};

const struct tls_algid_signature *tls_algid_signature(enum tls_pk kind)
{
	return &signatures[kind];
}

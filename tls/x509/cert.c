/* cert.c - see cert.h. */
#include "cert.h"

#include "../bytes/mem.h"
#include "../tls.h"
#include "algid.h"
#include "der.h"
#include "dn.h"
#include "oid.h"

bool tls_cert_next_extension(struct tls_span *rest, struct tls_cert_extension *ext)
{
	struct tls_span seq;

	if (!tls_span_more(rest))
		return false;
	seq = tls_der_take(rest, TLS_DER_SEQUENCE);
	*ext = (struct tls_cert_extension){.oid = tls_der_take(&seq, TLS_DER_OID)};
	/* An encoded FALSE is against DER but in use. */
	if (tls_der_is(&seq, TLS_DER_BOOLEAN))
		ext->critical = tls_der_take_bool(&seq);
	ext->value = tls_der_take(&seq, TLS_DER_OCTET_STRING);
	if (!tls_span_end(&seq) || ext->oid.len == 0)
		tls_span_fail(rest);
	return !rest->failed;
}

bool tls_cert_next_name(struct tls_span *rest, unsigned *kind, struct tls_span *value)
{
	if (!tls_span_more(rest))
		return false;
	*value = tls_der_take_any(rest, kind);
	if (*kind == TLS_CERT_NAME_IP && value->len != 4 && value->len != 16)
		tls_span_fail(rest);
	return !rest->failed;
}

/* RFC 5280 section 4.2: no extension twice. before: the list up to ext. */
static bool is_repeated(struct tls_span all, struct tls_span rest, struct tls_span oid)
{
	struct tls_span before = tls_span(all.p, all.len - rest.len);
	struct tls_cert_extension ext;
	unsigned n = 0;

	while (tls_cert_next_extension(&before, &ext))
		n += tls_mem_same(ext.oid.p, ext.oid.len, oid.p, oid.len);
	return n > 1;
}

/* RFC 5280 section 4.2.1.6: SEQUENCE SIZE (1..MAX). */
static bool read_san(struct tls_cert *cert, struct tls_span value)
{
	struct tls_span names = tls_der_take(&value, TLS_DER_SEQUENCE), name;
	unsigned kind;

	cert->san = names;
	if (!tls_span_end(&value) || names.len == 0)
		return false;
	while (tls_cert_next_name(&names, &kind, &name))
		;
	return tls_span_end(&names);
}

/* RFC 5280 section 4.1.2.9: [3] EXPLICIT, only in version 3, and not empty. */
static bool take_extensions(struct tls_cert *cert, struct tls_span *tbs)
{
	struct tls_span box, rest;
	struct tls_cert_extension ext;

	if (!tls_der_is(tbs, TLS_DER_CONTEXT_IN(3)))
		return true;
	box = tls_der_take(tbs, TLS_DER_CONTEXT_IN(3));
	rest = cert->extensions = tls_der_take(&box, TLS_DER_SEQUENCE);
	if (cert->version != 3 || rest.len == 0 || !tls_span_end(&box))
		return false;
	while (tls_cert_next_extension(&rest, &ext)) {
		if (is_repeated(cert->extensions, rest, ext.oid))
			return false;
		if (tls_oid_is(ext.oid, TLS_OID_SUBJECT_ALT_NAME) && !read_san(cert, ext.value))
			return false;
	}
	return tls_span_end(&rest);
}

/* [0] EXPLICIT INTEGER DEFAULT v1: an encoded default isn't DER. */
static bool take_version(struct tls_cert *cert, struct tls_span *tbs)
{
	struct tls_span box;

	cert->version = 1;
	if (!tls_der_is(tbs, TLS_DER_CONTEXT_IN(0)))
		return true;
	box = tls_der_take(tbs, TLS_DER_CONTEXT_IN(0));
	cert->version = 1 + tls_der_take_number(&box, 2);
	return cert->version > 1 && tls_span_end(&box);
}

/* RFC 5280 section 4.1.2.5: UTCTime through 2049, GeneralizedTime from then on. */
static int64_t take_date(struct tls_cert *cert, struct tls_span *seq)
{
	static const int64_t year_2050 = 2524608000;
	bool general = tls_der_is(seq, TLS_DER_GENERALIZED_TIME);
	int64_t t = tls_der_take_time(seq);

	if (general && t < year_2050)
		cert->odd_dates = true;
	return t;
}

static bool take_validity(struct tls_cert *cert, struct tls_span *tbs)
{
	struct tls_span seq = tls_der_take(tbs, TLS_DER_SEQUENCE);

	cert->not_before = take_date(cert, &seq);
	cert->not_after = take_date(cert, &seq);
	return tls_span_end(&seq);
}

static struct tls_span take_dn(struct tls_span *tbs)
{
	struct tls_span name = tls_der_take_whole(tbs, TLS_DER_SEQUENCE);

	if (!tls_dn_is_valid(name))
		tls_span_fail(tbs);
	return name;
}

static struct tls_span take_serial(struct tls_span *tbs)
{
	struct tls_span whole = tls_der_take_whole(tbs, TLS_DER_INTEGER), rest = whole;

	if (tls_der_take_integer(&rest).failed)
		tls_span_fail(tbs);
	return whole;
}

/* SEQUENCE of an OBJECT IDENTIFIER and at most one parameter of any type. */
static struct tls_span take_algorithm(struct tls_span *s)
{
	struct tls_span whole = tls_der_take_whole(s, TLS_DER_SEQUENCE), rest = whole;
	struct tls_span seq = tls_der_take(&rest, TLS_DER_SEQUENCE);
	unsigned tag;

	if (tls_der_take(&seq, TLS_DER_OID).len == 0)
		tls_span_fail(s);
	if (tls_span_more(&seq))
		tls_der_take_any(&seq, &tag);
	if (!tls_span_end(&seq))
		tls_span_fail(s);
	return whole;
}

/* SubjectPublicKeyInfo, section 4.1.2.7: of any algorithm. */
static struct tls_span take_spki(struct tls_span *tbs)
{
	struct tls_span whole = tls_der_take_whole(tbs, TLS_DER_SEQUENCE), rest = whole;
	struct tls_span seq = tls_der_take(&rest, TLS_DER_SEQUENCE);

	take_algorithm(&seq);
	tls_der_take(&seq, TLS_DER_BIT_STRING);
	if (!tls_span_end(&seq))
		tls_span_fail(tbs);
	return whole;
}

/* Section 4.1.2.8: only from version 2 on; never looked at. */
static void skip_unique_ids(const struct tls_cert *cert, struct tls_span *tbs)
{
	for (unsigned i = 1; i <= 2; i++) {
		if (!tls_der_is(tbs, TLS_DER_CONTEXT(i)))
			continue;
		tls_der_take(tbs, TLS_DER_CONTEXT(i));
		if (cert->version < 2)
			tls_span_fail(tbs);
	}
}

static bool read_tbs(struct tls_cert *cert, struct tls_span *inner_alg)
{
	struct tls_span whole = cert->tbs, tbs = tls_der_take(&whole, TLS_DER_SEQUENCE);

	if (!take_version(cert, &tbs))
		return false;
	cert->serial = take_serial(&tbs);
	*inner_alg = take_algorithm(&tbs);
	cert->issuer = take_dn(&tbs);
	if (!take_validity(cert, &tbs))
		return false;
	cert->subject = take_dn(&tbs);
	cert->spki = take_spki(&tbs);
	skip_unique_ids(cert, &tbs);
	return take_extensions(cert, &tbs) && tls_span_end(&tbs);
}

int tls_cert_decode(struct tls_cert *cert, struct tls_span der)
{
	struct tls_span whole = der, seq, inner_alg;

	*cert = (struct tls_cert){.der = der};
	if (der.len > TLS_DER_MAX_LEN ||
	    !tls_der_check(der, TLS_DER_MAX_DEPTH, TLS_DER_MAX_ELEMENTS))
		return TLS_E_CERTIFICATE_ERROR;
	seq = tls_der_take(&whole, TLS_DER_SEQUENCE);
	cert->tbs = tls_der_take_whole(&seq, TLS_DER_SEQUENCE);
	cert->sig_alg = take_algorithm(&seq);
	cert->signature = tls_der_take_bits(&seq);
	if (!tls_span_end(&seq) || !read_tbs(cert, &inner_alg))
		return TLS_E_CERTIFICATE_ERROR;
	/* RFC 5280 section 4.1.1.2: both fields MUST be the same. */
	if (!tls_mem_same(cert->sig_alg.p, cert->sig_alg.len, inner_alg.p, inner_alg.len))
		return TLS_E_CERTIFICATE_ERROR;
	return 0;
}

static int new_rsa(struct tls_pubkey **out, struct tls_span bits)
{
	struct tls_span seq = tls_der_take(&bits, TLS_DER_SEQUENCE);
	struct tls_span n = tls_der_take_unsigned(&seq), e = tls_der_take_unsigned(&seq);

	if (!tls_span_end(&seq) || !tls_span_end(&bits))
		return TLS_E_ILLEGAL_KEY;
	return tls_pubkey_new_rsa(out, n, e);
}

int tls_cert_new_pubkey(struct tls_pubkey **out, const struct tls_cert *cert)
{
	struct tls_span spki = cert->spki, seq = tls_der_take(&spki, TLS_DER_SEQUENCE), bits;
	enum tls_pk kind;
	int ret = tls_algid_take(&seq, &kind);

	*out = NULL;
	if (ret < 0)
		return ret;
	bits = tls_der_take_bits(&seq);
	if (!tls_span_end(&seq) || !tls_span_end(&spki))
		return TLS_E_ILLEGAL_KEY;
	if (kind == TLS_PK_RSA)
		return new_rsa(out, bits);
	if (kind == TLS_PK_ED25519)
		return tls_pubkey_new_ed25519(out, bits);
	return tls_pubkey_new_ecdsa(out, kind, bits);
}

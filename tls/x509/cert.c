/* cert.c - see cert.h. */
#include "cert.h"

#include "../bytes/mem.h"
#include "../tls.h"
#include "algid.h"
#include "asn.h"
#include "der.h"
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

/* RFC 5280 section 4.1.2.9: only in version 3, and not empty. */
static bool read_extensions(struct tls_cert *cert, struct tls_span box)
{
	struct tls_span inner, rest;
	struct tls_cert_extension ext;

	if (box.p == NULL)
		return true;
	inner = tls_der_take(&box, TLS_DER_CONTEXT_IN(3));
	rest = cert->extensions = tls_der_take(&inner, TLS_DER_SEQUENCE);
	if (cert->version != 3 || rest.len == 0 || !tls_span_end(&inner) || !tls_span_end(&box))
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
static bool read_version(struct tls_cert *cert, struct tls_span box)
{
	struct tls_span inner;

	cert->version = 1;
	if (box.p == NULL)
		return true;
	inner = tls_der_take(&box, TLS_DER_CONTEXT_IN(0));
	cert->version = 1 + tls_der_take_number(&inner, 2);
	return cert->version > 1 && tls_span_end(&inner) && tls_span_end(&box);
}

static bool read_validity(struct tls_cert *cert, struct tls_span validity)
{
	struct tls_span seq = tls_der_take(&validity, TLS_DER_SEQUENCE);

	cert->not_before = tls_der_take_time(&seq);
	cert->not_after = tls_der_take_time(&seq);
	return tls_span_end(&seq) && tls_span_end(&validity);
}

static bool read_parts(struct tls_cert *cert, asn1_node node)
{
	struct tls_span der = cert->der, signature, inner_alg;

	cert->tbs = tls_asn_part(node, "tbsCertificate", der);
	cert->serial = tls_asn_part(node, "tbsCertificate.serialNumber", der);
	cert->issuer = tls_asn_part(node, "tbsCertificate.issuer", der);
	cert->subject = tls_asn_part(node, "tbsCertificate.subject", der);
	cert->spki = tls_asn_part(node, "tbsCertificate.subjectPublicKeyInfo", der);
	cert->sig_alg = tls_asn_part(node, "signatureAlgorithm", der);
	inner_alg = tls_asn_part(node, "tbsCertificate.signature", der);
	/* RFC 5280 section 4.1.1.2: both fields MUST be the same. */
	if (!tls_mem_same(cert->sig_alg.p, cert->sig_alg.len, inner_alg.p, inner_alg.len))
		return false;
	signature = tls_asn_part(node, "signature", der);
	cert->signature = tls_der_take_bits(&signature);
	return tls_span_end(&signature) && cert->tbs.p != NULL && cert->serial.p != NULL &&
	    cert->issuer.p != NULL && cert->subject.p != NULL && cert->spki.p != NULL &&
	    cert->sig_alg.p != NULL &&
	    read_version(cert, tls_asn_part(node, "tbsCertificate.version", der)) &&
	    read_validity(cert, tls_asn_part(node, "tbsCertificate.validity", der)) &&
	    read_extensions(cert, tls_asn_part(node, "tbsCertificate.extensions", der));
}

int tls_cert_decode(struct tls_cert *cert, struct tls_span der)
{
	asn1_node node;
	int ret;

	*cert = (struct tls_cert){.der = der};
	if (der.len > TLS_DER_MAX_LEN ||
	    !tls_der_check(der, TLS_DER_MAX_DEPTH, TLS_DER_MAX_ELEMENTS))
		return TLS_E_CERTIFICATE_ERROR;
	ret = tls_asn_decode(&node, "QUENCH.Certificate", der);
	if (ret < 0)
		return ret;
	if (!read_parts(cert, node))
		ret = TLS_E_CERTIFICATE_ERROR;
	asn1_delete_structure(&node);
	return ret;
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

/* describe.c - certificates and OCSP responses, told and not judged. All of it is described in describe.h. */
#include "bytes/mem.h"
#include "crypto/hash.h"
#include "tls.h"
#include "x509/algid.h"
#include "x509/certsig.h"
#include "x509/der.h"
#include "x509/dn.h"
#include "x509/exts.h"
#include "x509/ocsp.h"
#include "x509/san.h"

static struct tls_span as_span(const tls_datum_t *d)
{
	return tls_span(d->data, d->size);
}

static tls_datum_t as_datum(struct tls_span s)
{
	return (tls_datum_t){.data = (unsigned char *)(uintptr_t)s.p, .size = (unsigned)s.len};
}

static unsigned bits_of(struct tls_span number)
{
	unsigned bits = 8 * (unsigned)number.len;

	for (unsigned mask = 0x80; number.len > 0 && mask > 0 && (number.p[0] & mask) == 0; mask >>= 1)
		bits--;
	return bits;
}

/* Of RSA the modulus counts, also of a key that would be refused. */
static unsigned rsa_bits(struct tls_span bits)
{
	struct tls_span seq = tls_der_take(&bits, TLS_DER_SEQUENCE);

	return bits_of(tls_der_take_unsigned(&seq));
}

static void tell_key(tls_certificate_info_t *info, const struct tls_cert *cert)
{
	static const struct {
		const char *name;
		unsigned bits;
	} kinds[] = {
	    [TLS_PK_RSA] = {"RSA", 0},
	    [TLS_PK_ECDSA_P256] = {"P-256", 256},
	    [TLS_PK_ECDSA_P384] = {"P-384", 384},
	    [TLS_PK_ECDSA_P521] = {"P-521", 521},
	    [TLS_PK_ED25519] = {"Ed25519", 256},
	};
	struct tls_span spki = cert->spki, seq = tls_der_take(&spki, TLS_DER_SEQUENCE);
	enum tls_pk kind;

	if (tls_algid_take(&seq, &kind) < 0)
		return;
	info->key = kinds[kind].name;
	info->key_bits = kind == TLS_PK_RSA ? rsa_bits(tls_der_take_bits(&seq)) : kinds[kind].bits;
}

static void tell_signature(tls_certificate_info_t *info, const struct tls_cert *cert)
{
	struct tls_span whole = cert->sig_alg, seq = tls_der_take(&whole, TLS_DER_SEQUENCE);

	info->sign_oid = as_datum(tls_der_take(&seq, TLS_DER_OID));
	if (tls_certsig_scheme(&info->sign_algorithm, cert->sig_alg) != TLS_FLAW_NONE)
		info->sign_algorithm = 0;
}

static void tell_extensions(tls_certificate_info_t *info, const struct tls_cert *cert)
{
	struct tls_exts exts;

	if (tls_exts_decode(&exts, cert) != TLS_FLAW_NONE)
		return;
	info->ca = exts.ca;
	info->must_staple = exts.must_staple;
}

int tls_certificate_get_info(const tls_datum_t *der, tls_certificate_info_t *info)
{
	struct tls_cert cert;
	struct tls_span serial;
	int err = tls_cert_decode(&cert, as_span(der));

	tls_mem_zero(info, sizeof(*info));
	if (err < 0)
		return err;
	serial = cert.serial;
	info->version = cert.version;
	info->not_before = cert.not_before;
	info->not_after = cert.not_after;
	info->serial = as_datum(tls_der_take(&serial, TLS_DER_INTEGER));
	info->self_issued = tls_dn_same(cert.subject, cert.issuer);
	tell_key(info, &cert);
	tell_signature(info, &cert);
	tell_extensions(info, &cert);
	tls_hash_once(TLS_HASH_SHA256, info->sha256, cert.der.p, cert.der.len);
	tls_hash_once(TLS_HASH_SHA256, info->spki_sha256, cert.spki.p, cert.spki.len);
	return 0;
}

int tls_certificate_get_issuer(const tls_datum_t *der, char *text, size_t size)
{
	struct tls_cert cert;
	struct tls_buf b;
	int err = tls_cert_decode(&cert, as_span(der));

	text[0] = '\0';
	if (err < 0)
		return err;
	tls_buf_init_fixed(&b, (uint8_t *)text, size - 1);
	tls_dn_print(&b, cert.issuer);
	text[b.len] = '\0';
	return 0;
}

int tls_certificate_get_subject_alt_name(const tls_datum_t *der, unsigned index, tls_x509_subject_alt_name_t *type,
    tls_datum_t *value)
{
	static const struct {
		unsigned kind;
		tls_x509_subject_alt_name_t type;
	} types[] = {
	    {TLS_CERT_NAME_DNS, TLS_SAN_DNSNAME},
	    {TLS_CERT_NAME_EMAIL, TLS_SAN_RFC822NAME},
	    {TLS_CERT_NAME_URI, TLS_SAN_URI},
	    {TLS_CERT_NAME_IP, TLS_SAN_IPADDRESS},
	};
	struct tls_cert cert;
	struct tls_span name;
	unsigned kind = 0;
	int err = tls_cert_decode(&cert, as_span(der));

	if (err < 0)
		return err;
	do {
		if (!tls_cert_next_name(&cert.san, &kind, &name))
			return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	} while (index-- > 0);
	*value = as_datum(name);
	*type = TLS_SAN_OTHERNAME;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].kind == kind)
			*type = types[i].type;
	return 0;
}

bool tls_certificate_check_hostname(const tls_datum_t *der, const char *hostname)
{
	uint8_t ip[TLS_SAN_IP_MAX_LEN];
	struct tls_san_wanted wanted = tls_san_wanted_host(hostname, ip);
	struct tls_cert cert;

	return tls_cert_decode(&cert, as_span(der)) == 0 && tls_san_has(&cert, &wanted);
}

int tls_certificate_get_ocsp_info(const tls_datum_t *der, const tls_datum_t *response, tls_ocsp_info_t *info)
{
	struct tls_cert cert;

	tls_mem_zero(info, sizeof(*info));
	if (tls_cert_decode(&cert, as_span(der)) < 0)
		return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	return tls_ocsp_find(info, as_span(response), cert.serial);
}

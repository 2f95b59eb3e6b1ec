/* cert_test.c - tls/x509/cert.c: certificates made by openssl and certtool (tests/data); what is in them
 * as their own tools print it. */
#include "unit.h"

#include "data.h"
#include "tls/x509/cert.h"
#include "tls/x509/der.h"

static void decode_file(struct tls_cert *cert, struct data *der, const char *name, unsigned index)
{
	data_read_der(der, name, index);
	assert_int_equal(tls_cert_decode(cert, data_span(der)), 0);
}

static void reads_the_fields(void **state)
{
	struct tls_cert cert;
	struct data der;

	(void)state;
	decode_file(&cert, &der, "chain.crt.pem", 0);
	assert_int_equal(cert.version, 3);
	assert_true(tls_mem_same(cert.serial.p, cert.serial.len, "\x02\x01\x03", 3));
	assert_int_equal(cert.not_before, 1704067200); /* 2024-01-01 00:00:00 UTC */
	assert_int_equal(cert.not_after, 2524608000);  /* 2050-01-01 00:00:00 UTC, GeneralizedTime */
	assert_int_equal(cert.tbs.p - cert.der.p, 4);
	assert_true(cert.signature.len > 90 && cert.signature.len < 106); /* ECDSA with P-384 */
	assert_ptr_equal(cert.signature.p + cert.signature.len, der.bytes + der.len);
	assert_true(tls_mem_same(cert.sig_alg.p, cert.sig_alg.len,
	    "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03", 12)); /* ecdsa-with-SHA384 */
	assert_false(tls_mem_same(cert.issuer.p, cert.issuer.len, cert.subject.p, cert.subject.len));
}

/* The common name stands at the end of these one-attribute names. */
static void reads_issuer_and_subject(void **state)
{
	static const char *const names[] = {"chain.example", "Quench test intermediate", "Quench test root",
	    "Quench test root"};
	struct tls_cert cert;
	struct data der;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		size_t n = strlen(names[i]), m = strlen(names[i + 1]);

		decode_file(&cert, &der, "chain.crt.pem", i);
		assert_memory_equal(cert.subject.p + cert.subject.len - n, names[i], n);
		assert_memory_equal(cert.issuer.p + cert.issuer.len - m, names[i + 1], m);
	}
}

static void walks_the_names(void **state)
{
	static const struct {
		unsigned kind;
		const char *value;
		size_t len;
	} rows[] = {
	    {TLS_CERT_NAME_DNS, "pair.example", 12},
	    {TLS_CERT_NAME_DNS, "www.pair.example", 16},
	    {TLS_CERT_NAME_IP, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16},
	    {TLS_CERT_NAME_EMAIL, "a@pair.example", 14},
	};
	struct tls_span rest, value;
	struct tls_cert cert;
	struct data der;
	unsigned kind;

	(void)state;
	decode_file(&cert, &der, "rsa.crt.pem", 0);
	rest = cert.san;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(tls_cert_next_name(&rest, &kind, &value));
		assert_int_equal(kind, rows[i].kind);
		assert_true(tls_mem_same(value.p, value.len, rows[i].value, rows[i].len));
	}
	assert_false(tls_cert_next_name(&rest, &kind, &value));
	decode_file(&cert, &der, "nosan.crt.pem", 0);
	rest = cert.san;
	assert_false(tls_cert_next_name(&rest, &kind, &value));
}

static void walks_the_extensions(void **state)
{
	struct tls_cert_extension ext;
	bool basic = false, usage = false;
	struct tls_span rest;
	struct tls_cert cert;
	struct data der;

	(void)state;
	decode_file(&cert, &der, "chain.crt.pem", 1);
	rest = cert.extensions;
	while (tls_cert_next_extension(&rest, &ext)) {
		if (tls_mem_same(ext.oid.p, ext.oid.len, "\x55\x1d\x13", 3)) {
			basic = true;
			assert_true(ext.critical);
			assert_true(tls_mem_same(ext.value.p, ext.value.len, "\x30\x06\x01\x01\xff\x02\x01\x00", 8));
		}
		usage = usage || tls_mem_same(ext.oid.p, ext.oid.len, "\x55\x1d\x0f", 3);
	}
	assert_true(tls_span_end(&rest));
	assert_true(basic && usage);
}

/* The signature verifies with the issuer's key over exactly the tbs span. */
static void finds_key_tbs_and_signature(void **state)
{
	static const uint16_t schemes[] = {TLS_SIGN_ECDSA_SECP384R1_SHA384, TLS_SIGN_RSA_PKCS1_SHA256,
	    TLS_SIGN_RSA_PKCS1_SHA256};
	struct tls_cert cert, issuer;
	struct data der, issuer_der;
	struct tls_pubkey *pub;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		decode_file(&cert, &der, "chain.crt.pem", i);
		decode_file(&issuer, &issuer_der, "chain.crt.pem", i < 2 ? i + 1 : i);
		assert_int_equal(tls_cert_new_pubkey(&pub, &issuer), 0);
		assert_true(tls_sig_verify(pub, schemes[i], cert.tbs.p, cert.tbs.len, cert.signature.p,
		    cert.signature.len));
		assert_false(tls_sig_verify(pub, schemes[i], cert.tbs.p, cert.tbs.len - 1, cert.signature.p,
		    cert.signature.len));
		tls_pubkey_free(pub);
	}
}

static void tells_which_keys_it_does_not_take(void **state)
{
	struct tls_pubkey *pub;
	struct tls_cert cert;
	struct data der;

	(void)state;
	decode_file(&cert, &der, "rsa1024.crt.pem", 0);
	assert_int_equal(tls_cert_new_pubkey(&pub, &cert), TLS_E_UNSUPPORTED_KEY);
	assert_null(pub);
	decode_file(&cert, &der, "ed448.crt.pem", 0);
	assert_int_equal(tls_cert_new_pubkey(&pub, &cert), TLS_E_UNSUPPORTED_KEY);
	assert_null(pub);
}

/* ---- Certificates by hand: what RFC 5280 forbids ------------------------------------------------- */

/* Writes an element around what was written since mark. */
static void wrap(struct data *d, size_t mark, uint8_t tag)
{
	size_t n = d->len - mark, head = n < 128 ? 2 : n < 256 ? 3 : 4;

	memmove(d->bytes + mark + head, d->bytes + mark, n);
	d->bytes[mark] = tag;
	d->bytes[mark + 1] = n < 128 ? (uint8_t)n : (uint8_t)(0x80 | (head - 2));
	if (head == 4)
		d->bytes[mark + 2] = (uint8_t)(n >> 8);
	d->bytes[mark + head - 1] = (uint8_t)n;
	d->len += head;
}

static void put(struct data *d, const void *bytes, size_t n)
{
	assert_true(d->len + n + 16 < sizeof(d->bytes));
	memcpy(d->bytes + d->len, bytes, n);
	d->len += n;
}

#define PUT(d, literal) put(d, literal, sizeof(literal) - 1)

#define ALG "\x30\x05\x06\x03\x2b\x65\x70"
#define NAME "\x30\x00"
#define VALIDITY "\x30\x1e\x17\x0d""240101000000Z\x17\x0d""250101000000Z"
#define SPKI "\x30\x0c" ALG "\x03\x03\x00\x01\x02"
#define SAN_A "\x30\x0d\x06\x03\x55\x1d\x11\x04\x06\x30\x04\x82\x02" "a."
#define OTHER_EXT "\x30\x07\x06\x02\x2a\x03\x04\x01x"

/* The optional parts; NULL for serial, inner_alg and validity is the usual one. */
struct fields {
	const char *version, *serial, *inner_alg, *validity, *unique_ids, *extensions;
	size_t version_len, extensions_len;
};

#define V3 .version = "\xa0\x03\x02\x01\x02", .version_len = 5
#define EXTENSIONS(literal) .extensions = literal, .extensions_len = sizeof(literal) - 1

/* A literal may hold zeros; every one here is a single element with a short length. */
static void put_element(struct data *d, const char *element)
{
	put(d, element, 2U + (uint8_t)element[1]);
}

static void build(struct data *d, const struct fields *f)
{
	size_t mark;

	d->len = 0;
	put(d, f->version, f->version_len);
	put_element(d, f->serial != NULL ? f->serial : "\x02\x01\x01");
	put_element(d, f->inner_alg != NULL ? f->inner_alg : ALG);
	put(d, NAME, 2);
	put_element(d, f->validity != NULL ? f->validity : VALIDITY);
	put(d, NAME, 2);
	PUT(d, SPKI);
	if (f->unique_ids != NULL)
		put_element(d, f->unique_ids);
	if (f->extensions != NULL) {
		mark = d->len;
		put(d, f->extensions, f->extensions_len);
		wrap(d, mark, 0x30);
		wrap(d, mark, 0xa3);
	}
	wrap(d, 0, 0x30);
	PUT(d, ALG);
	PUT(d, "\x03\x02\x00x");
	wrap(d, 0, 0x30);
}

static int decode_fields(const struct fields *f)
{
	struct tls_cert cert;
	struct data d;

	build(&d, f);
	return tls_cert_decode(&cert, data_span(&d));
}

static void accepts_what_rfc_5280_has(void **state)
{
	static const struct fields good[] = {
	    {.version = "", .version_len = 0},
	    {.version = "\xa0\x03\x02\x01\x01", .version_len = 5, .unique_ids = "\x81\x02\x00x"},
	    {V3},
	    {V3, EXTENSIONS(SAN_A)},
	    {V3, EXTENSIONS(OTHER_EXT SAN_A)},
	    {V3, EXTENSIONS("\x30\x0a\x06\x02\x2a\x03\x01\x01\x00\x04\x01x")}, /* FALSE encoded */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(decode_fields(&good[i]), 0);
}

static void refuses_what_rfc_5280_forbids(void **state)
{
	static const struct fields bad[] = {
	    {.version = "\xa0\x03\x02\x01\x00", .version_len = 5},                    /* v1 encoded */
	    {.version = "\xa0\x03\x02\x01\x03", .version_len = 5},                    /* version 4 */
	    {.version = "\xa0\x06\x02\x01\x02\x02\x01\x02", .version_len = 8},
	    {.version = "", EXTENSIONS(SAN_A)},                                       /* v1 with extensions */
	    {.version = "\xa0\x03\x02\x01\x01", .version_len = 5, EXTENSIONS(SAN_A)}, /* v2 */
	    {V3, EXTENSIONS("")},                                                     /* empty list */
	    {V3, EXTENSIONS(SAN_A SAN_A)},                                            /* twice */
	    {V3, EXTENSIONS(OTHER_EXT SAN_A OTHER_EXT)},
	    {V3, EXTENSIONS("\x30\x09\x06\x03\x55\x1d\x11\x04\x02\x30\x00")},         /* empty SAN */
	    {V3, EXTENSIONS("\x30\x0a\x06\x03\x55\x1d\x11\x04\x03\x30\x01\x82")},     /* cut SAN */
	    {V3, EXTENSIONS("\x30\x0b\x06\x03\x55\x1d\x11\x04\x04\x30\x00\x05\x00")}, /* two in it */
	    {V3, EXTENSIONS("\x30\x0e\x06\x03\x55\x1d\x11\x04\x07\x30\x05\x87\x03\x01\x02\x03")}, /* IP of 3 */
	    {V3, EXTENSIONS("\x30\x0a\x06\x02\x2a\x03\x01\x01\x01\x04\x01x")},        /* BER BOOLEAN */
	    {V3, .inner_alg = "\x30\x05\x06\x03\x2b\x65\x71"},                        /* not the outer one */
	    {V3, .validity = "\x30\x0f\x17\x0d""240101000000Z"},                      /* half of it */
	    {V3, .validity = "\x30\x1e\x17\x0d""240132000000Z\x17\x0d""250101000000Z"},
	    {V3, .serial = "\x04\x01x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(decode_fields(&bad[i]), TLS_E_CERTIFICATE_ERROR);
}

static void judge(struct tls_span der)
{
	struct tls_pubkey *pub = NULL;
	struct tls_cert_extension ext;
	struct tls_cert cert;
	int ret = tls_cert_decode(&cert, der);
	struct tls_span rest;

	assert_true(ret == 0 || ret == TLS_E_CERTIFICATE_ERROR);
	if (ret < 0)
		return;
	rest = cert.extensions;
	while (tls_cert_next_extension(&rest, &ext))
		assert_true(ext.value.p >= der.p && ext.value.p + ext.value.len <= der.p + der.len);
	assert_true(tls_span_end(&rest));
	ret = tls_cert_new_pubkey(&pub, &cert);
	assert_true(ret == 0 || ret == TLS_E_UNSUPPORTED_KEY || ret == TLS_E_ILLEGAL_KEY);
	assert_int_equal(pub != NULL, ret == 0);
	tls_pubkey_free(pub);
}

static void survives_every_change(void **state)
{
	static const char *const files[] = {"p256.crt.pem", "rsa.crt.pem", "ed25519.crt.pem", "chain.crt.pem"};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct data der;

		data_read_der(&der, files[i], 0);
		data_mutate(&der, judge);
	}
}

static void refuses_every_truncation(void **state)
{
	struct tls_cert cert;
	struct data der;

	(void)state;
	data_read_der(&der, "p256.crt.pem", 0);
	for (size_t n = 0; n < der.len; n++)
		assert_int_equal(tls_cert_decode(&cert, tls_span(der.bytes, n)), TLS_E_CERTIFICATE_ERROR);
	der.bytes[der.len] = 0;
	assert_int_equal(tls_cert_decode(&cert, tls_span(der.bytes, der.len + 1)), TLS_E_CERTIFICATE_ERROR);
}

/* A certificate of many small parts is refused before anything walks them (SECURITY 2.3). */
static void bounds_the_number_of_elements(void **state)
{
	static const char rdn[] = "\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01x";
	struct fields f = {V3};
	struct tls_cert cert;
	struct data d;
	size_t mark;

	(void)state;
	for (unsigned n = 200; n < 300; n += 99) {
		d.len = 0;
		put(&d, f.version, f.version_len);
		PUT(&d, "\x02\x01\x01" ALG);
		mark = d.len;
		for (unsigned i = 0; i < n; i++)
			PUT(&d, rdn);
		wrap(&d, mark, 0x30);
		PUT(&d, VALIDITY NAME SPKI);
		wrap(&d, 0, 0x30);
		PUT(&d, ALG "\x03\x02\x00x");
		wrap(&d, 0, 0x30);
		assert_int_equal(tls_cert_decode(&cert, data_span(&d)), n == 200 ? 0 : TLS_E_CERTIFICATE_ERROR);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_the_fields),
	    cmocka_unit_test(reads_issuer_and_subject),
	    cmocka_unit_test(walks_the_names),
	    cmocka_unit_test(walks_the_extensions),
	    cmocka_unit_test(finds_key_tbs_and_signature),
	    cmocka_unit_test(tells_which_keys_it_does_not_take),
	    cmocka_unit_test(accepts_what_rfc_5280_has),
	    cmocka_unit_test(refuses_what_rfc_5280_forbids),
	    cmocka_unit_test(survives_every_change),
	    cmocka_unit_test(refuses_every_truncation),
	    cmocka_unit_test(bounds_the_number_of_elements),
	};

	return cmocka_run_group_tests_name("cert", tests, NULL, NULL);
}

/* make.c - see make.h. */
#include "make.h"

#include "../bytes/mem.h"
#include "../tls.h"
#include "algid.h"
#include "asn.h"
#include "cert.h"
#include "ip.h"
#include "make_ext.h"
#include "make_text.h"
#include "spki.h"

#define OID_COMMON_NAME "2.5.4.3"
#define SERIAL_LEN 20 /* RFC 5280 section 4.1.2.2: positive, at most 20 bytes */
#define COMMON_NAME_MAX_LEN 64 /* RFC 5280 appendix A: ub-common-name */
#define COMMON_NAME_OTHER "see subjectAltName"
#define TAG_UTF8_STRING 0x0c
#define TBS_MAX_LEN 65536

static const struct tls_privkey *signer(const struct tls_make_request *request)
{
	return request->issuer != NULL ? request->issuer->key : request->key;
}

/* The calendar day of a number of days since 1970 (Gregorian; years from 1 on). */
static void split_days(int64_t days, unsigned *year, unsigned *month, unsigned *day)
{
	/* Counted from 0000-03-01, the leap day is the last of a year, and 400 years are one period. */
	int64_t z = days + 719468, era = z / 146097, day_of_era = z % 146097;
	int64_t year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t march_month = (5 * day_of_year + 2) / 153;

	*day = (unsigned)(day_of_year - (153 * march_month + 2) / 5 + 1);
	*month = (unsigned)(march_month < 10 ? march_month + 3 : march_month - 9);
	*year = (unsigned)(year_of_era + era * 400 + (*month <= 2 ? 1 : 0));
}

static void put_digits(char *text, size_t *n, unsigned value, unsigned digits)
{
	for (unsigned i = digits; i > 0; i--) {
		text[*n + i - 1] = (char)('0' + value % 10);
		value /= 10;
	}
	*n += digits;
}

/* RFC 5280 section 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050 on. */
static void put_time(struct tls_asn_form *m, const char *name, const char *utc, const char *general,
    int64_t t)
{
	static const int64_t year_1950 = -631152000, year_10000 = 253402300800;
	unsigned year, month, day, seconds = (unsigned)((t % 86400 + 86400) % 86400);
	char text[16] = "";
	size_t n = 0;
	bool is_utc;

	if (t < year_1950 || t >= year_10000) {
		tls_asn_fail(m, TLS_E_INVALID_REQUEST);
		return;
	}
	split_days((t - (int64_t)seconds) / 86400, &year, &month, &day);
	is_utc = year < 2050;
	put_digits(text, &n, is_utc ? year % 100 : year, is_utc ? 2 : 4);
	put_digits(text, &n, month, 2);
	put_digits(text, &n, day, 2);
	put_digits(text, &n, seconds / 3600, 2);
	put_digits(text, &n, seconds / 60 % 60, 2);
	put_digits(text, &n, seconds % 60, 2);
	text[n++] = 'Z';
	tls_asn_put_text(m, name, is_utc ? "utcTime" : "generalTime");
	tls_asn_put(m, is_utc ? utc : general, text, n);
}

/* The common name is for people only: a name of a form that nobody takes for anything else, if there is one. */
static struct tls_span common_name(const struct tls_make_request *request)
{
	uint8_t ip[16];

	if (request->common_name != NULL)
		return tls_make_text_span(request->common_name);
	for (size_t i = 0; i < request->n_names; i++) {
		struct tls_span text = tls_make_text_span(request->names[i].text);

		if (text.len <= COMMON_NAME_MAX_LEN && tls_ip_read(ip, text) != sizeof(ip))
			return text;
	}
	return tls_make_text_span(COMMON_NAME_OTHER);
}

static int make_subject(struct tls_buf *out, const struct tls_make_request *request)
{
	uint8_t value[2 + COMMON_NAME_MAX_LEN] = {TAG_UTF8_STRING};
	struct tls_span name = common_name(request);
	struct tls_asn_form m;

	value[1] = (uint8_t)name.len;
	tls_mem_copy(value + 2, name.p, name.len);
	tls_asn_begin(&m, "QUENCH.Name");
	tls_asn_put_text(&m, "", "rdnSequence");
	tls_asn_put_text(&m, "rdnSequence", "NEW");
	tls_asn_put_text(&m, "rdnSequence.?LAST", "NEW");
	tls_asn_put_text(&m, "rdnSequence.?LAST.?LAST.type", OID_COMMON_NAME);
	tls_asn_put(&m, "rdnSequence.?LAST.?LAST.value", value, 2 + name.len);
	return tls_asn_finish(&m, out);
}

static void put_names(struct tls_asn_form *m, const struct tls_make_request *request)
{
	struct tls_span issuer;
	struct tls_buf subject;

	tls_buf_init(&subject, 0);
	tls_asn_fail(m, make_subject(&subject, request));
	issuer = request->issuer != NULL ? request->issuer->subject : tls_buf_as_span(&subject);
	tls_asn_put(m, "tbsCertificate.issuer", issuer.p, issuer.len);
	tls_asn_put(m, "tbsCertificate.subject", subject.p, subject.len);
	tls_buf_clear(&subject);
}

static void put_serial(struct tls_asn_form *m, const struct tls_rng *rng)
{
	uint8_t serial[SERIAL_LEN] = {0};

	tls_asn_fail(m, tls_rng_fill(rng, serial, sizeof(serial)));
	/* Positive, and never zero nor with a leading zero byte that DER would have to drop. */
	serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40);
	tls_asn_put(m, "tbsCertificate.serialNumber", serial, sizeof(serial));
}

static void put_public_key(struct tls_asn_form *m, const struct tls_privkey *key)
{
	uint8_t der[TLS_SPKI_MAX_LEN];
	struct tls_buf b;

	tls_buf_init_fixed(&b, der, sizeof(der));
	tls_spki_write(&b, tls_privkey_public(key));
	tls_asn_fail(m, tls_buf_ok(&b) ? 0 : TLS_E_INTERNAL_ERROR);
	tls_asn_put(m, "tbsCertificate.subjectPublicKeyInfo", b.p, b.len);
}

#define VALIDITY "tbsCertificate.validity."

static void put_tbs(struct tls_asn_form *m, const struct tls_make_request *request, const struct tls_rng *rng)
{
	const struct tls_algid_signature *alg = tls_algid_signature(tls_pubkey_kind(tls_privkey_public(signer(request))));
	static const uint8_t version_3 = 2;

	tls_asn_put(m, "tbsCertificate.version", &version_3, 1);
	put_serial(m, rng);
	tls_asn_put_text(m, "tbsCertificate.signature.algorithm", alg->oid);
	tls_asn_put(m, "tbsCertificate.signature.parameters", alg->parameters, alg->parameters_len);
	put_time(m, VALIDITY "notBefore", VALIDITY "notBefore.utcTime", VALIDITY "notBefore.generalTime",
	    request->not_before);
	put_time(m, VALIDITY "notAfter", VALIDITY "notAfter.utcTime", VALIDITY "notAfter.generalTime",
	    request->not_after);
	put_names(m, request);
	put_public_key(m, request->key);
	tls_asn_put(m, "tbsCertificate.issuerUniqueID", NULL, 0);
	tls_asn_put(m, "tbsCertificate.subjectUniqueID", NULL, 0);
	tls_make_ext_put(m, request);
}

static void put_signature(struct tls_asn_form *m, const struct tls_privkey *key, const struct tls_rng *rng)
{
	const struct tls_algid_signature *alg = tls_algid_signature(tls_pubkey_kind(tls_privkey_public(key)));
	uint8_t sig[TLS_SIG_MAX_LEN];
	size_t len = sizeof(sig);
	struct tls_buf tbs;

	tls_buf_init(&tbs, TBS_MAX_LEN);
	if (m->ret == 0)
		m->ret = tls_asn_encode(&tbs, m->node, "tbsCertificate");
	if (m->ret == 0)
		m->ret = tls_sig_sign(sig, &len, key, alg->scheme, tbs.p, tbs.len, rng);
	tls_buf_clear(&tbs);
	tls_asn_put_text(m, "signatureAlgorithm.algorithm", alg->oid);
	tls_asn_put(m, "signatureAlgorithm.parameters", alg->parameters, alg->parameters_len);
	if (m->ret == 0)
		tls_asn_put(m, "signature", sig, len * 8); /* bits */
}

int tls_make_certificate(struct tls_buf *out, const struct tls_make_request *request, const struct tls_rng *rng)
{
	struct tls_asn_form m;

	if (!tls_make_text_is_valid(request))
		return TLS_E_INVALID_REQUEST;
	tls_asn_begin(&m, "QUENCH.Certificate");
	put_tbs(&m, request, rng);
	put_signature(&m, signer(request), rng);
	return tls_asn_finish(&m, out);
}

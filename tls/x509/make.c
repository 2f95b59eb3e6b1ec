/* make.c - see make.h. */
#include "make.h"

#include "../bytes/mem.h"
#include "../tls.h"
#include "asn.h"
#include "ip.h"
#include "name.h"

#define OID_COMMON_NAME "2.5.4.3"
#define OID_SUBJECT_ALT_NAME "2.5.29.17"
#define OID_BASIC_CONSTRAINTS "2.5.29.19"
#define OID_KEY_USAGE "2.5.29.15"
#define OID_EXT_KEY_USAGE "2.5.29.37"
#define OID_SERVER_AUTH "1.3.6.1.5.5.7.3.1"
#define OID_EC_PUBLIC_KEY "1.2.840.10045.2.1"
#define OID_ECDSA_SHA256 "1.2.840.10045.4.3.2"

#define SERIAL_LEN 16 /* RFC 5280 section 4.1.2.2: positive, at most 20 bytes */
#define COMMON_NAME_MAX_LEN 64 /* RFC 5280 appendix A: ub-common-name */
#define COMMON_NAME_OTHER "self-signed"
#define TAG_UTF8_STRING 0x0c
#define EXT_MAX_LEN 32768
#define TBS_MAX_LEN 65536

static const uint8_t curve_p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};

/* A structure that is being filled; the first failure stays. */
struct maker {
	asn1_node node;
	int ret;
};

static void put(struct maker *m, const char *name, const void *value, size_t len)
{
	int ret;

	if (m->ret < 0)
		return;
	ret = asn1_write_value(m->node, name, value, (int)len);
	if (ret == ASN1_MEM_ERROR || ret == ASN1_MEM_ALLOC_ERROR)
		m->ret = TLS_E_MEMORY_ERROR;
	else if (ret != ASN1_SUCCESS)
		m->ret = TLS_E_INTERNAL_ERROR;
}

/* Object identifiers, choices, BOOLEANs and "NEW" are given as text. */
static void put_text(struct maker *m, const char *name, const char *text)
{
	put(m, name, text, 1);
}

static void maker_init(struct maker *m, const char *type)
{
	m->ret = tls_asn_new(&m->node, type);
}

/* Encodes what was filled in and releases it. */
static int maker_finish(struct maker *m, struct tls_buf *out)
{
	int ret = m->ret == 0 ? tls_asn_encode(out, m->node, "") : m->ret;

	asn1_delete_structure(&m->node);
	return ret;
}

static size_t text_len(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0')
		n++;
	return n;
}

static struct tls_span text_span(const char *text)
{
	return tls_span(text, text_len(text));
}

static bool request_is_valid(const struct tls_make_request *request)
{
	uint8_t ip[16];

	if (request->n_names == 0 || request->n_names > TLS_MAKE_MAX_NAMES)
		return false;
	for (size_t i = 0; i < request->n_names; i++) {
		struct tls_span name = text_span(request->names[i]);

		if (!tls_name_is_valid_pattern(name) && tls_ip_read(ip, name) == 0)
			return false;
	}
	return request->not_before <= request->not_after;
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
static void put_time(struct maker *m, const char *name, const char *utc, const char *general,
    int64_t t)
{
	static const int64_t year_1950 = -631152000, year_10000 = 253402300800;
	unsigned year, month, day, seconds = (unsigned)((t % 86400 + 86400) % 86400);
	char text[16] = "";
	size_t n = 0;
	bool is_utc;

	if (t < year_1950 || t >= year_10000) {
		m->ret = m->ret < 0 ? m->ret : TLS_E_INVALID_REQUEST;
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
	put_text(m, name, is_utc ? "utcTime" : "generalTime");
	put(m, is_utc ? utc : general, text, n);
}

/* Where the parts of a Name with one attribute are. */
struct name_paths {
	const char *choice, *list, *attribute, *type, *value;
};

#define NAME_PATHS(part)                                                                           \
	{part, part ".rdnSequence", part ".rdnSequence.?LAST", part ".rdnSequence.?LAST.?LAST.type", \
	    part ".rdnSequence.?LAST.?LAST.value"}

/* The common name is for people only; a name too long for it is replaced. */
static void put_name(struct maker *m, const struct name_paths *at, const char *name)
{
	uint8_t value[2 + COMMON_NAME_MAX_LEN] = {TAG_UTF8_STRING};
	size_t len = text_len(name);

	if (len > COMMON_NAME_MAX_LEN) {
		name = COMMON_NAME_OTHER;
		len = sizeof(COMMON_NAME_OTHER) - 1;
	}
	value[1] = (uint8_t)len;
	tls_mem_copy(value + 2, name, len);
	put_text(m, at->choice, "rdnSequence");
	put_text(m, at->list, "NEW");
	put_text(m, at->attribute, "NEW");
	put_text(m, at->type, OID_COMMON_NAME);
	put(m, at->value, value, 2 + len);
}

static int make_names(struct tls_buf *out, const struct tls_make_request *request)
{
	struct maker m;
	uint8_t ip[16];

	maker_init(&m, "QUENCH.GeneralNames");
	for (size_t i = 0; i < request->n_names; i++) {
		const char *name = request->names[i];
		size_t ip_len = tls_ip_read(ip, text_span(name));

		put_text(&m, "", "NEW");
		put_text(&m, "?LAST", ip_len > 0 ? "iPAddress" : "dNSName");
		if (ip_len > 0)
			put(&m, "?LAST.iPAddress", ip, ip_len);
		else
			put(&m, "?LAST.dNSName", name, text_len(name));
	}
	return maker_finish(&m, out);
}

static int make_no_ca(struct tls_buf *out, const struct tls_make_request *request)
{
	struct maker m;

	(void)request;
	maker_init(&m, "QUENCH.BasicConstraints");
	put_text(&m, "cA", "FALSE");
	put(&m, "pathLenConstraint", NULL, 0);
	return maker_finish(&m, out);
}

static int make_key_usage(struct tls_buf *out, const struct tls_make_request *request)
{
	static const uint8_t digital_signature = 0x80;
	struct maker m;

	(void)request;
	maker_init(&m, "QUENCH.KeyUsage");
	put(&m, "", &digital_signature, 1); /* bits, not bytes */
	return maker_finish(&m, out);
}

static int make_ext_key_usage(struct tls_buf *out, const struct tls_make_request *request)
{
	struct maker m;

	(void)request;
	maker_init(&m, "QUENCH.ExtKeyUsageSyntax");
	put_text(&m, "", "NEW");
	put_text(&m, "?LAST", OID_SERVER_AUTH);
	return maker_finish(&m, out);
}

static const struct {
	const char *oid;
	bool critical;
	int (*make)(struct tls_buf *out, const struct tls_make_request *request);
} extensions[] = {
    {OID_BASIC_CONSTRAINTS, true, make_no_ca},
    {OID_KEY_USAGE, true, make_key_usage},
    {OID_EXT_KEY_USAGE, false, make_ext_key_usage},
    {OID_SUBJECT_ALT_NAME, false, make_names},
};

#define EXTENSION "tbsCertificate.extensions"

static void put_extensions(struct maker *m, const struct tls_make_request *request)
{
	struct tls_buf value;
	int ret;

	tls_buf_init(&value, EXT_MAX_LEN);
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		tls_buf_reset(&value);
		ret = extensions[i].make(&value, request);
		if (ret < 0 && m->ret == 0)
			m->ret = ret;
		put_text(m, EXTENSION, "NEW");
		put_text(m, EXTENSION ".?LAST.extnID", extensions[i].oid);
		put_text(m, EXTENSION ".?LAST.critical", extensions[i].critical ? "TRUE" : "FALSE");
		put(m, EXTENSION ".?LAST.extnValue", value.p, value.len);
	}
	tls_buf_clear(&value);
}

static void put_serial(struct maker *m, const struct tls_rng *rng)
{
	uint8_t serial[SERIAL_LEN] = {0};
	int ret = tls_rng_fill(rng, serial, sizeof(serial));

	if (ret < 0 && m->ret == 0)
		m->ret = ret;
	/* Positive, and never zero nor with a leading zero byte that DER would have to drop. */
	serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40);
	put(m, "tbsCertificate.serialNumber", serial, sizeof(serial));
}

static void put_public_key(struct maker *m, const struct tls_privkey *key)
{
	uint8_t point[65];
	size_t len = sizeof(point);
	int ret = tls_pubkey_bytes(tls_privkey_public(key), point, &len);

	if (ret < 0 && m->ret == 0)
		m->ret = ret;
	put_text(m, "tbsCertificate.subjectPublicKeyInfo.algorithm.algorithm", OID_EC_PUBLIC_KEY);
	put(m, "tbsCertificate.subjectPublicKeyInfo.algorithm.parameters", curve_p256,
	    sizeof(curve_p256));
	put(m, "tbsCertificate.subjectPublicKeyInfo.subjectPublicKey", point, len * 8);
}

static void put_tbs(struct maker *m, const struct tls_privkey *key,
    const struct tls_make_request *request, const struct tls_rng *rng)
{
	static const struct name_paths issuer = NAME_PATHS("tbsCertificate.issuer");
	static const struct name_paths subject = NAME_PATHS("tbsCertificate.subject");
	static const uint8_t version_3 = 2;

	put(m, "tbsCertificate.version", &version_3, 1);
	put_serial(m, rng);
	put_text(m, "tbsCertificate.signature.algorithm", OID_ECDSA_SHA256);
	put(m, "tbsCertificate.signature.parameters", NULL, 0);
	put_name(m, &issuer, request->names[0]);
	put_time(m, "tbsCertificate.validity.notBefore", "tbsCertificate.validity.notBefore.utcTime",
	    "tbsCertificate.validity.notBefore.generalTime", request->not_before);
	put_time(m, "tbsCertificate.validity.notAfter", "tbsCertificate.validity.notAfter.utcTime",
	    "tbsCertificate.validity.notAfter.generalTime", request->not_after);
	put_name(m, &subject, request->names[0]);
	put_public_key(m, key);
	put(m, "tbsCertificate.issuerUniqueID", NULL, 0);
	put(m, "tbsCertificate.subjectUniqueID", NULL, 0);
	put_extensions(m, request);
}

static void put_signature(struct maker *m, const struct tls_privkey *key, const struct tls_rng *rng)
{
	uint8_t sig[TLS_SIG_MAX_LEN];
	size_t len = sizeof(sig);
	struct tls_buf tbs;

	tls_buf_init(&tbs, TBS_MAX_LEN);
	if (m->ret == 0)
		m->ret = tls_asn_encode(&tbs, m->node, "tbsCertificate");
	if (m->ret == 0)
		m->ret = tls_sig_sign(sig, &len, key, TLS_SIGN_ECDSA_SECP256R1_SHA256, tbs.p, tbs.len, rng);
	tls_buf_clear(&tbs);
	put_text(m, "signatureAlgorithm.algorithm", OID_ECDSA_SHA256);
	put(m, "signatureAlgorithm.parameters", NULL, 0);
	if (m->ret == 0)
		put(m, "signature", sig, len * 8); /* bits */
}

int tls_make_self_signed(struct tls_buf *out, const struct tls_privkey *key,
    const struct tls_make_request *request, const struct tls_rng *rng)
{
	struct maker m;

	if (tls_pubkey_kind(tls_privkey_public(key)) != TLS_PK_ECDSA_P256 || !request_is_valid(request))
		return TLS_E_INVALID_REQUEST;
	maker_init(&m, "QUENCH.Certificate");
	put_tbs(&m, key, request, rng);
	put_signature(&m, key, rng);
	return maker_finish(&m, out);
}

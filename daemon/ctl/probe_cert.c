/* probe_cert.c - see probe_cert.h. */
#include "probe_cert.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base64.h"

#define TEXT_LEN 512
#define DAY 86400

json_t *px_probe_cert_time(int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		return json_string("unknown");
	return px_story_printf("%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static json_t *hex(const unsigned char *data, size_t len)
{
	char text[TEXT_LEN] = "";

	for (size_t i = 0; i < len && 2 * i + 2 < sizeof(text); i++)
		snprintf(text + 2 * i, 3, "%02x", data[i]);
	return json_string(text);
}

/* The form that pins of keys have. */
static json_t *base64(const unsigned char hash[TLS_FINGERPRINT_LEN])
{
	char text[PX_BASE64_LEN(TLS_FINGERPRINT_LEN)];

	px_base64_encode(text, hash, TLS_FINGERPRINT_LEN);
	return json_string(text);
}

static json_t *key_name(const tls_certificate_info_t *info)
{
	if (info->key == NULL)
		return json_string("of a kind that is not supported");
	return strcmp(info->key, "RSA") == 0 ? px_story_printf("RSA, %u bits", info->key_bits) : json_string(info->key);
}

/* "1.2.840.113549.1.1.5" (X.690 section 8.19) */
static json_t *dotted(const tls_datum_t *oid)
{
	char text[TEXT_LEN] = "";
	unsigned long v = 0;
	size_t n = 0;

	for (unsigned i = 0; i < oid->size && n + 24 < sizeof(text); i++) {
		v = v << 7 | (oid->data[i] & 0x7f);
		if ((oid->data[i] & 0x80) != 0)
			continue;
		if (n == 0)
			n += (size_t)snprintf(text, sizeof(text), "%lu.%lu", v < 80 ? v / 40 : 2,
			    v < 80 ? v % 40 : v - 80);
		else
			n += (size_t)snprintf(text + n, sizeof(text) - n, ".%lu", v);
		v = 0;
	}
	return json_string(text);
}

/* Those that are not accepted any more, by the name that everybody else shows. */
static json_t *sign_name(const tls_certificate_info_t *info)
{
	static const struct {
		const char *oid, *name;
	} weak[] = {
		{ "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04", "md5WithRSAEncryption" },
		{ "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05", "sha1WithRSAEncryption" },
		{ "\x2a\x86\x48\xce\x3d\x04\x01", "ecdsa-with-SHA1" },
		{ "\x2b\x65\x71", "Ed448" },
	};
	const char *name = tls_sign_get_name(info->sign_algorithm);

	for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]) && name == NULL; i++) {
		if (info->sign_oid.size == strlen(weak[i].oid) &&
		    memcmp(info->sign_oid.data, weak[i].oid, info->sign_oid.size) == 0)
			name = weak[i].name;
	}
	return name != NULL ? json_string(name) : dotted(&info->sign_oid);
}

static json_t *alt_name(tls_x509_subject_alt_name_t type, const tls_datum_t *value)
{
	char text[INET6_ADDRSTRLEN];

	switch (type) {
	case TLS_SAN_DNSNAME:
		return px_story_bytes(value->data, value->size);
	case TLS_SAN_IPADDRESS:
		if (value->size == 4)
			return json_string(inet_ntop(AF_INET, value->data, text, sizeof(text)));
		if (value->size == 16)
			return json_string(inet_ntop(AF_INET6, value->data, text, sizeof(text)));
		return json_string("malformed address");
	case TLS_SAN_RFC822NAME:
	case TLS_SAN_URI:
		return px_story_bytes(value->data, value->size);
	default:
		return json_string("name of another kind");
	}
}

static void set_names(struct px_story *story, json_t *object, const tls_datum_t *cert)
{
	tls_x509_subject_alt_name_t type;
	json_t *names = json_array();
	tls_datum_t value;

	for (unsigned i = 0; tls_certificate_get_subject_alt_name(cert, i, &type, &value) == 0; i++)
		px_story_append(story, names, alt_name(type, &value));
	if (json_array_size(names) > 0)
		px_story_set(story, object, "names", names);
	else
		json_decref(names);
}

static int64_t days_left(int64_t until, int64_t now)
{
	int64_t left = until - now;

	return left >= 0 ? left / DAY : -((-left + DAY - 1) / DAY);
}

static json_t *subject_text(const char *text)
{
	return json_string(text[0] != '\0' ? text : "(no subject)");
}

json_t *px_probe_cert_object(struct px_story *story, const tls_datum_t *cert, int64_t now)
{
	json_t *object = json_object();
	tls_certificate_info_t info;
	char text[TEXT_LEN];

	if (tls_certificate_get_info(cert, &info) < 0) {
		px_story_set(story, object, "subject", json_null());
		px_story_set(story, object, "error", json_string("malformed certificate"));
		px_story_set(story, object, "bytes", json_integer(cert->size));
		return object;
	}
	(void)tls_certificate_get_subject(cert, text, sizeof(text));
	px_story_set(story, object, "subject", subject_text(text));
	(void)tls_certificate_get_issuer(cert, text, sizeof(text));
	px_story_set(story, object, "issuer", info.self_issued ? json_string("itself") : subject_text(text));
	set_names(story, object, cert);
	px_story_set(story, object, "not_before", px_probe_cert_time(info.not_before));
	px_story_set(story, object, "not_after", px_probe_cert_time(info.not_after));
	px_story_set(story, object, "days_left", json_integer(days_left(info.not_after, now)));
	px_story_set(story, object, "key", key_name(&info));
	px_story_set(story, object, "signature", sign_name(&info));
	px_story_set(story, object, "serial", hex(info.serial.data, info.serial.size));
	if (info.ca)
		px_story_set(story, object, "ca", json_true());
	if (info.must_staple)
		px_story_set(story, object, "must_staple", json_true());
	px_story_set(story, object, "sha256", hex(info.sha256, sizeof(info.sha256)));
	px_story_set(story, object, "pin_sha256", base64(info.spki_sha256));
	return object;
}

json_t *px_probe_cert_list(struct px_story *story, const tls_message_info_t *m)
{
	json_t *list = json_array();
	int64_t now = time(NULL);

	for (unsigned i = 0; i < m->n_certificates; i++)
		px_story_append(story, list, px_probe_cert_object(story, &m->certificates[i], now));
	return list;
}

void px_probe_cert_set_staple(struct px_story *story, json_t *object, const tls_datum_t *leaf,
    const tls_datum_t *response)
{
	static const char *const words[] = {
		[TLS_OCSP_CERT_GOOD] = "good", [TLS_OCSP_CERT_REVOKED] = "revoked", [TLS_OCSP_CERT_UNKNOWN] = "unknown"
	};
	tls_ocsp_info_t info;
	int err = tls_certificate_get_ocsp_info(leaf, response, &info);

	px_story_set(story, object, "says", json_string(err == 0 ? words[info.status]
		: err == TLS_E_OCSP_RESPONSE_ERROR ? "nothing that can be read" : "nothing of this certificate"));
	if (err == 0) {
		px_story_set(story, object, "this_update", px_probe_cert_time(info.this_update));
		px_story_set(story, object, "next_update",
		    info.next_update != 0 ? px_probe_cert_time(info.next_update) : json_null());
	}
	px_story_set(story, object, "bytes", json_integer(response->size));
}

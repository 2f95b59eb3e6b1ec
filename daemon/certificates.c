/* certificates.c - see certificates.h. */

#include "daemon/certificates.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAIN_MAX 16
#define SERIAL_MAX_LEN 64 /* bytes that are told of; RFC 5280 section 4.1.2.2 allows 20 */

/* A copy in printable ASCII; NULL for NULL, and *failed when memory is out. */
static char *copy(const char *text, bool *failed)
{
	char *out = text ? strdup(text) : NULL;

	if (text && !out)
		*failed = true;
	for (char *p = out; p && *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	return out;
}

static void to_hex(char *out, const unsigned char *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

/* ---- Names ------------------------------------------------------------------------------------------ */

struct text {
	char bytes[PX_CERTIFICATE_NAMES_LEN];
	size_t len;
};

static bool is_plain(const tls_datum_t *value)
{
	for (unsigned i = 0; i < value->size; i++)
		if (value->data[i] <= 0x20 || value->data[i] > 0x7e)
			return false;
	return value->size > 0;
}

/* False for what is no name that a client could ask for. */
static bool name_text(char *out, size_t room, tls_x509_subject_alt_name_t type, const tls_datum_t *value)
{
	if (type == TLS_SAN_IPADDRESS && (value->size == 4 || value->size == 16))
		return inet_ntop(value->size == 4 ? AF_INET : AF_INET6, value->data, out, (socklen_t)room) != NULL;
	if (type != TLS_SAN_DNSNAME || value->size >= room || !is_plain(value))
		return false;
	memcpy(out, value->data, value->size);
	out[value->size] = '\0';
	return true;
}

static bool append(struct text *names, const char *name)
{
	size_t len = strlen(name), space = names->len > 0;

	if (names->len + space + len >= sizeof(names->bytes))
		return false;
	if (space)
		names->bytes[names->len++] = ' ';
	memcpy(names->bytes + names->len, name, len + 1);
	names->len += len;
	return true;
}

static unsigned collect_names(struct text *names, const tls_datum_t *leaf)
{
	tls_x509_subject_alt_name_t type;
	tls_datum_t value;
	char name[256];
	unsigned n = 0;

	names->bytes[0] = '\0';
	names->len = 0;
	for (unsigned i = 0; tls_certificate_get_subject_alt_name(leaf, i, &type, &value) == 0; i++)
		if (name_text(name, sizeof(name), type, &value))
			n += append(names, name);
	return n;
}

/* ---- One -------------------------------------------------------------------------------------------- */

static void tell_serial(struct px_certificate *out, const tls_datum_t *serial, bool *failed)
{
	char hex[2 * SERIAL_MAX_LEN + 1];

	to_hex(hex, serial->data, serial->size < SERIAL_MAX_LEN ? serial->size : SERIAL_MAX_LEN);
	out->serial = copy(hex, failed);
}

static void tell_chain(struct px_certificate *out, tls_certificate_credentials_t credentials, unsigned index, bool *failed)
{
	tls_datum_t chain[CHAIN_MAX];
	tls_certificate_info_t info;
	unsigned n = CHAIN_MAX;
	struct text names;

	if (tls_certificate_get_chain(credentials, index, chain, &n) != 0 ||
	    tls_certificate_get_info(&chain[0], &info) != 0 ||
	    tls_certificate_get_expiration(credentials, index, &out->expires) != 0)
		return;
	out->n_names = collect_names(&names, &chain[0]);
	out->names = copy(names.bytes, failed);
	out->not_before = info.not_before;
	out->not_after = info.not_after;
	out->key_kind = info.key;
	out->key_bits = info.key_bits;
	tell_serial(out, &info.serial, failed);
	to_hex(out->fingerprint, info.sha256, sizeof(info.sha256));
}

static int tell(struct px_certificate *out, const struct conf_service *service, const struct conf_certificate *c)
{
	bool failed = false;

	out->service = copy(service->name, &failed);
	out->chain = copy(c->chain, &failed);
	out->key = copy(c->key, &failed);
	out->staple = copy(c->staple, &failed);
	out->aside = copy(c->aside, &failed);
	out->served = c->served;
	if (c->served)
		tell_chain(out, service->credentials, c->index, &failed);
	return failed ? -1 : 0;
}

static void forget(struct px_certificate *c)
{
	free(c->service);
	free(c->chain);
	free(c->key);
	free(c->staple);
	free(c->aside);
	free(c->names);
	free(c->serial);
}

/* ---- Those that look the same ------------------------------------------------------------------------ */

static int compare(const struct px_certificate *a, const struct px_certificate *b, const char *last_a, const char *last_b)
{
	int order = strcmp(a->service, b->service);

	if (order == 0)
		order = strcmp(a->chain, b->chain);
	return order ? order : strcmp(last_a ? last_a : "", last_b ? last_b : "");
}

static int compare_served(const struct px_certificate *a, const struct px_certificate *b)
{
	return compare(a, b, a->names, b->names);
}

static int compare_aside(const struct px_certificate *a, const struct px_certificate *b)
{
	return compare(a, b, a->aside, b->aside);
}

/* In the order of the configuration if they look the same. */
static int order_served(const void *left, const void *right)
{
	const struct px_certificate *a = *(struct px_certificate *const *)left, *b = *(struct px_certificate *const *)right;
	int order = compare_served(a, b);

	return order ? order : (a > b) - (a < b);
}

static int order_aside(const void *left, const void *right)
{
	const struct px_certificate *a = *(struct px_certificate *const *)left, *b = *(struct px_certificate *const *)right;
	int order = compare_aside(a, b);

	return order ? order : (a > b) - (a < b);
}

static void mark_served(struct px_certificates *out, struct px_certificate **room)
{
	unsigned n = 0;

	for (unsigned i = 0; i < out->n; i++)
		if (out->list[i].served)
			room[n++] = &out->list[i];
	qsort(room, n, sizeof(struct px_certificate *), order_served);
	for (unsigned i = 1; i < n; i++)
		room[i]->served_again = compare_served(room[i - 1], room[i]) == 0;
}

static void mark_aside(struct px_certificates *out, struct px_certificate **room)
{
	unsigned n = 0;

	for (unsigned i = 0; i < out->n; i++)
		if (out->list[i].aside)
			room[n++] = &out->list[i];
	qsort(room, n, sizeof(struct px_certificate *), order_aside);
	for (unsigned i = 1; i < n; i++)
		room[i]->aside_again = compare_aside(room[i - 1], room[i]) == 0;
}

static int mark_all(struct px_certificates *out)
{
	struct px_certificate **room = calloc(out->n ? out->n : 1, sizeof(struct px_certificate *));

	if (!room)
		return -1;
	mark_served(out, room);
	mark_aside(out, room);
	free(room);
	return 0;
}

/* ---- All -------------------------------------------------------------------------------------------- */

static int make_service(struct px_certificates *out, const struct conf_service *service)
{
	for (unsigned i = 0; i < service->n_certificates; i++)
		if (tell(&out->list[out->n++], service, &service->certificates[i]) != 0)
			return -1;
	return 0;
}

int px_certificates_make(struct px_certificates *out, const struct conf *conf)
{
	unsigned n = 0;
	int r = 0;

	for (unsigned i = 0; i < conf->n_services; i++)
		n += conf->services[i].n_certificates;
	out->n = 0;
	out->list = calloc(n ? n : 1, sizeof(*out->list));
	if (!out->list)
		return -1;
	for (unsigned i = 0; i < conf->n_services && r == 0; i++)
		r = make_service(out, &conf->services[i]);
	if (r == 0)
		r = mark_all(out);
	if (r != 0)
		px_certificates_clear(out);
	return r;
}

void px_certificates_clear(struct px_certificates *certificates)
{
	for (unsigned i = 0; i < certificates->n; i++)
		forget(&certificates->list[i]);
	free(certificates->list);
	certificates->list = NULL;
	certificates->n = 0;
}

unsigned px_certificates_expiring(const struct px_certificates *certificates, int64_t before)
{
	unsigned n = 0;

	for (unsigned i = 0; i < certificates->n; i++)
		n += certificates->list[i].served && certificates->list[i].expires < before;
	return n;
}

unsigned px_certificates_aside(const struct px_certificates *certificates)
{
	unsigned n = 0;

	for (unsigned i = 0; i < certificates->n; i++)
		n += certificates->list[i].aside != NULL;
	return n;
}

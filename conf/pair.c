/* pair.c - see pair.h. Files are read here because the core reads none. The bytes of a key live from its
 * reading to the end of conf_pair_load and are wiped then.
 *
 * A chain and its key come into force together or not at all: the core takes both in one call, and
 * refuses a key that isn't the leaf's. So a renewal that was caught half-way is set aside, and what was
 * in force before stays so until the other half is there. */
#include "pair.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "files.h"
#include "mem.h"
#include "when.h"

#define REASON_MAX_LEN 1024
#define CHAIN_MAX 16 /* the core takes no more */

struct part {
	const char *name; /* of the key in the configuration, for messages */
	const struct conf_origin *origin;
	const char *path; /* NULL: none */
	struct conf_file bytes;
};

struct fault {
	const struct part *part;
	char text[REASON_MAX_LEN];
};

struct pair {
	struct conf_service *service;
	struct conf_loader *l;
	struct conf_certificate *certificate;
	struct part chain, key, staple;
	struct fault faults[2]; /* at most one of each file */
	unsigned n_faults;
	bool no_memory;
};

/* ---- What is wrong ----------------------------------------------------------------------------- */

static void add_fault(struct pair *p, const struct part *part, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add_fault(struct pair *p, const struct part *part, const char *format, ...)
{
	struct fault *fault = &p->faults[p->n_faults++];
	va_list args;

	fault->part = part;
	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
}

static void report(const struct pair *p, enum conf_severity severity, const char *outcome)
{
	for (unsigned i = 0; i < p->n_faults; i++)
		conf_errors_add(p->l->errs, severity, p->faults[i].part->origin, "%s: %s%s",
		    p->faults[i].part->name, p->faults[i].text, outcome);
}

static void fail_memory(struct pair *p)
{
	p->no_memory = true;
	conf_errors_no_memory(p->l->errs);
}

/* What the core found, with the line of the PEM file where it knows one. */
static void add_core_fault(struct pair *p, int error)
{
	bool in_key = false;
	unsigned line = tls_certificate_error_line(p->service->credentials, &in_key);
	const struct part *at = in_key ? &p->key : &p->chain;

	if (error == TLS_E_MEMORY_ERROR)
		fail_memory(p);
	else if (error == TLS_E_CERTIFICATE_KEY_MISMATCH)
		add_fault(p, &p->key, "%s: %s in %s", p->key.path, tls_strerror(error), p->chain.path);
	else if (line > 0)
		add_fault(p, at, "%s:%u: %s", at->path, line, tls_strerror(error));
	else
		add_fault(p, at, "%s: %s", at->path, tls_strerror(error));
}

static void warn_expired(const struct pair *p)
{
	struct conf_when when = {p->chain.origin, p->chain.name, p->chain.path, "a certificate in it"};
	int64_t last;

	if (tls_certificate_get_expiration(p->service->credentials, p->certificate->index, &last) == 0)
		conf_when_warn(p->l->errs, &when, last, 0);
}

static void warn_open(const struct pair *p)
{
	if ((p->key.bytes.mode & 007) != 0)
		conf_errors_add(p->l->errs, CONF_WARNING, p->key.origin,
		    "%s: %s: everybody on this machine may use it (mode %04o)", p->key.name,
		    p->key.path, (unsigned)p->key.bytes.mode);
}

/* ---- Chain and key ----------------------------------------------------------------------------- */

static void read_part(struct pair *p, struct part *part, enum conf_source_kind kind)
{
	const struct conf_source *source = p->l->source;
	const char *reason = source->read(source->ptr, &part->bytes, kind, part->path);

	if (reason == conf_files_no_memory)
		fail_memory(p);
	else if (reason != NULL)
		add_fault(p, part, "%s: %s", part->path, reason);
}

static tls_datum_t datum(const struct part *part)
{
	return (tls_datum_t){(unsigned char *)part->bytes.data, (unsigned)part->bytes.len};
}

static int set_key(struct pair *p, const char **reason)
{
	const struct conf_source *source = p->l->source;
	tls_certificate_credentials_t credentials = p->service->credentials;
	tls_datum_t chain = datum(&p->chain), key = datum(&p->key);

	if (source->set_key != NULL)
		return source->set_key(source->ptr, credentials, reason, &chain, p->key.path);
	return tls_certificate_set_x509_key_mem(credentials, &chain, &key, TLS_X509_FMT_PEM);
}

/* True if the bytes are in the credentials now. */
static bool set(struct pair *p)
{
	const char *reason = NULL;
	int error = set_key(p, &reason);

	if (error >= 0) {
		p->certificate->index = p->service->n_served++;
		p->certificate->served = true;
		return true;
	}
	if (reason != NULL)
		add_fault(p, &p->key, "%s: %s", p->key.path, reason);
	else
		add_core_fault(p, error);
	return false;
}

static bool read_and_set(struct pair *p)
{
	read_part(p, &p->chain, CONF_SOURCE_CHAIN);
	if (p->l->source->set_key == NULL)
		read_part(p, &p->key, CONF_SOURCE_KEY);
	warn_open(p);
	return p->n_faults == 0 && !p->no_memory && set(p);
}

/* ---- The staple -------------------------------------------------------------------------------- */

/* What the response says of the leaf: a reason why it can't be used, or NULL. */
static const char *judge_staple(struct pair *p, const tls_datum_t *der)
{
	struct conf_when when = {p->staple.origin, p->staple.name, p->staple.path, "the response"};
	tls_datum_t chain[CHAIN_MAX];
	unsigned n = CHAIN_MAX;
	tls_ocsp_info_t info;
	int error = tls_certificate_get_chain(p->service->credentials, p->certificate->index, chain, &n);

	if (error == 0)
		error = tls_certificate_get_ocsp_info(&chain[0], der, &info);
	if (error == TLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		return "it is about another certificate";
	if (error < 0)
		return tls_strerror(error);
	if (info.status != TLS_OCSP_CERT_GOOD)
		conf_errors_add(p->l->errs, CONF_WARNING, p->staple.origin,
		    "%s: %s: it says that the certificate is %s", p->staple.name, p->staple.path,
		    info.status == TLS_OCSP_CERT_REVOKED ? "revoked" : "unknown");
	if (info.next_update != 0)
		conf_when_warn(p->l->errs, &when, info.next_update, CONF_WHEN_SOON_S);
	return NULL;
}

/* Returns a reason, or NULL. */
static const char *set_staple(struct pair *p)
{
	tls_datum_t der = datum(&p->staple);
	const char *reason = judge_staple(p, &der);
	int error;

	if (reason != NULL)
		return reason;
	error = tls_certificate_set_ocsp_status_request_mem(
	    p->service->credentials, &der, p->certificate->index, TLS_X509_FMT_DER);
	if (error == TLS_E_MEMORY_ERROR)
		fail_memory(p);
	return error < 0 && error != TLS_E_MEMORY_ERROR ? tls_strerror(error) : NULL;
}

/* Clients do without a staple, so that one which can't be used is no reason to set its certificate aside. */
static void load_staple(struct pair *p)
{
	const struct conf_source *source = p->l->source;
	bool strict = p->l->conf->strict;
	const char *reason = NULL;

	if (p->staple.path == NULL || !p->certificate->served)
		return;
	if (p->staple.bytes.data == NULL)
		reason = source->read(
		    source->ptr, &p->staple.bytes, CONF_SOURCE_STAPLE, p->staple.path);
	if (reason == NULL)
		reason = set_staple(p);
	if (reason == conf_files_no_memory)
		fail_memory(p);
	else if (reason != NULL)
		conf_errors_add(p->l->errs, strict ? CONF_ERROR : CONF_WARNING, p->staple.origin,
		    "%s: %s: %s%s", p->staple.name, p->staple.path, reason,
		    strict ? "" : "; the certificate is served without it");
}

/* ---- Setting aside ----------------------------------------------------------------------------- */

static void take(struct part *part, const struct conf_file *file)
{
	conf_source_drop(&part->bytes);
	part->bytes = *file;
}

/* Another certificate is served as one of these files is now. */
static bool is_shared(const struct pair *p)
{
	const struct conf *conf = p->l->conf;

	for (unsigned i = 0; i < conf->n_services; i++) {
		const struct conf_service *s = &conf->services[i];

		for (unsigned k = 0; k < s->n_certificates; k++) {
			const struct conf_certificate *c = &s->certificates[k];

			if (c->served && c->aside == NULL &&
			    (strcmp(c->chain, p->chain.path) == 0 || strcmp(c->key, p->key.path) == 0))
				return true;
		}
	}
	return false;
}

/* What was in force before: it was good then, and is served on. A file is the same for all, so that
 * one which is in use already as it is now stays so. */
static bool use_previous(struct pair *p)
{
	const struct conf_source *source = p->l->source;
	struct conf_pair before = {0};

	if (source->previous == NULL || is_shared(p) ||
	    !source->previous(source->ptr, &before, p->chain.path, p->key.path))
		return false;
	take(&p->chain, &before.chain);
	take(&p->key, &before.key);
	take(&p->staple, &before.staple);
	if (before.staple.data == NULL)
		p->staple.path = NULL;
	return set(p);
}

static void note_aside(struct pair *p, const char *reason)
{
	p->certificate->aside = conf_mem_text(reason);
	if (p->certificate->aside == NULL)
		fail_memory(p);
}

static void give_up(struct pair *p)
{
	struct pair now = *p; /* its faults: those of the files of before are nobody's business */

	if (p->no_memory)
		return;
	if (p->l->conf->strict) {
		report(p, CONF_ERROR, "");
		return;
	}
	note_aside(p, p->faults[0].text);
	p->n_faults = 0;
	if (use_previous(p))
		report(&now, CONF_WARNING, "; its last good version is served on");
	else
		report(&now, CONF_WARNING, "; the certificate is set aside");
}

static void load(struct pair *p)
{
	const struct conf_source *source = p->l->source;
	const char *told = NULL;

	if (source->aside != NULL)
		told = source->aside(source->ptr, p->chain.path, p->key.path);
	if (told != NULL)
		note_aside(p, told);
	if (!read_and_set(p) && told == NULL)
		give_up(p);
	if (!p->certificate->served)
		return;
	warn_expired(p);
	load_staple(p);
}

void conf_pair_load(struct conf_service *service, struct conf_loader *l,
    struct conf_certificate *certificate, const struct conf_pair_place *place)
{
	struct pair p = {
	    .service = service,
	    .l = l,
	    .certificate = certificate,
	    .chain = {.name = place->chain, .origin = &place->chain_at, .path = certificate->chain},
	    .key = {.name = place->key, .origin = &place->key_at, .path = certificate->key},
	    .staple = {.name = place->staple, .origin = &place->staple_at, .path = certificate->staple},
	};

	load(&p);
	conf_source_drop(&p.chain.bytes);
	conf_source_drop(&p.key.bytes);
	conf_source_drop(&p.staple.bytes);
}

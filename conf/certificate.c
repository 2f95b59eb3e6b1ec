/* certificate.c - the list certificates of a service. Files are read here because the core reads
 * none; the bytes of a key live from its reading to the end of load_one and are wiped then. */
#include <limits.h>
#include <time.h>

#include "errors.h"
#include "files.h"
#include "mem.h"
#include "service.h"

struct file {
	struct conf_file bytes;
	struct conf_origin origin;
	const char *path; /* borrowed */
};

static void refuse_file(struct conf_loader *l, const struct file *file, const char *key, const char *reason)
{
	conf_errors_add(l->errs, CONF_ERROR, &file->origin, "services.certificates.%s: %s: %s", key,
	    file->path, reason);
}

static void read_file(
    struct file *file, struct conf_loader *l, const char *key, enum conf_source_kind kind)
{
	const char *reason = l->source->read(l->source->ptr, &file->bytes, kind, file->path);

	if (reason != NULL)
		refuse_file(l, file, key, reason);
}

static tls_datum_t datum(const struct file *file)
{
	return (tls_datum_t){(unsigned char *)file->bytes.data, (unsigned)file->bytes.len};
}

/* Says what the core found, with the line of the PEM file where it knows one. */
static void refuse(struct conf_service *service, struct conf_loader *l, const struct file *chain,
    const struct file *key, int error)
{
	bool in_key = false;
	unsigned line = tls_certificate_error_line(service->credentials, &in_key);
	const struct file *at = in_key ? key : chain;
	const char *name = in_key ? "key" : "chain";

	if (error == TLS_E_MEMORY_ERROR)
		conf_errors_no_memory(l->errs);
	else if (error == TLS_E_CERTIFICATE_KEY_MISMATCH)
		conf_errors_add(l->errs, CONF_ERROR, &key->origin,
		    "services.certificates.key: %s: %s in %s", key->path, tls_strerror(error),
		    chain->path);
	else if (line > 0)
		conf_errors_add(l->errs, CONF_ERROR, &at->origin,
		    "services.certificates.%s: %s:%u: %s", name, at->path, line,
		    tls_strerror(error));
	else
		conf_errors_add(l->errs, CONF_ERROR, &at->origin,
		    "services.certificates.%s: %s: %s", name, at->path, tls_strerror(error));
}

/* A warning, not an error: the other certificates go on being of use, and so does a restart. */
static void warn_expired(
    struct conf_service *service, struct conf_loader *l, const struct file *chain, unsigned index)
{
	int64_t last;
	char date[32];
	struct tm tm;
	time_t at;

	if (tls_certificate_get_expiration(service->credentials, index, &last) < 0)
		return;
	at = (time_t)last;
	if (last >= (int64_t)time(NULL) || gmtime_r(&at, &tm) == NULL)
		return;
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
	conf_errors_add(l->errs, CONF_WARNING, &chain->origin,
	    "services.certificates.chain: %s: a certificate in it expired at %s UTC", chain->path,
	    date);
}

static void set_pair(struct conf_service *service, struct conf_loader *l, const struct file *chain,
    const struct file *key)
{
	const struct conf_source *source = l->source;
	tls_datum_t chain_pem = datum(chain), key_pem = datum(key);
	const char *reason = NULL;
	int error;

	if (chain->bytes.data == NULL || service->credentials == NULL)
		return;
	if (source->set_key != NULL)
		error = source->set_key(
		    source->ptr, service->credentials, &reason, &chain_pem, key->path);
	else if (key->bytes.data == NULL)
		return;
	else
		error = tls_certificate_set_x509_key_mem(
		    service->credentials, &chain_pem, &key_pem, TLS_X509_FMT_PEM);
	if (reason != NULL)
		refuse_file(l, key, "key", reason);
	else if (error < 0)
		refuse(service, l, chain, key, error);
	else
		warn_expired(service, l, chain, service->n_certificates - 1);
}

static void read_pair(
    struct conf_service *service, struct conf_loader *l, struct file *chain, struct file *key)
{
	if (chain->path == NULL || key->path == NULL)
		return;
	read_file(chain, l, "chain", CONF_SOURCE_CHAIN);
	if (l->source->set_key == NULL)
		read_file(key, l, "key", CONF_SOURCE_KEY);
	if ((key->bytes.mode & 007) != 0)
		conf_errors_add(l->errs, CONF_WARNING, &key->origin,
		    "services.certificates.key: %s: everybody on this machine may use it (mode "
		    "%04o)",
		    key->path, (unsigned)key->bytes.mode);
	set_pair(service, l, chain, key);
	conf_source_drop(&chain->bytes);
	conf_source_drop(&key->bytes);
}

/* The path that name says, joined to the folder; NULL if there is none. */
static char *path_of(const struct conf_group *group, const char *name, struct conf_origin *origin)
{
	const char *value = conf_value_string(group, name, origin);
	char *path;

	if (value == NULL)
		return NULL;
	path = conf_files_join(group->l->folder, value);
	if (path == NULL)
		conf_errors_no_memory(group->l->errs);
	return path;
}

/* Without its chain, whose fault is told already, there is nothing to staple it to. */
static void set_staple(struct conf_service *service, struct conf_loader *l, const struct file *staple)
{
	tls_datum_t der = datum(staple);
	int error;

	if (staple->bytes.data == NULL || service->credentials == NULL)
		return;
	error = tls_certificate_set_ocsp_status_request_mem(
	    service->credentials, &der, service->n_certificates - 1, TLS_X509_FMT_DER);
	if (error == TLS_E_MEMORY_ERROR)
		conf_errors_no_memory(l->errs);
	else if (error < 0 && error != TLS_E_INVALID_REQUEST)
		conf_errors_add(l->errs, CONF_ERROR, &staple->origin,
		    "services.certificates.staple: %s: %s", staple->path, tls_strerror(error));
}

static void load_staple(struct conf_service *service, const struct conf_group *group)
{
	struct conf_loader *l = group->l;
	struct file staple = {0};
	const char *value = conf_value_string(group, "staple", &staple.origin);
	char *path;

	if (value[0] == '\0' || (l->flags & CONF_TEXT_NO_FILES) != 0)
		return;
	path = path_of(group, "staple", &staple.origin);
	staple.path = path;
	if (path != NULL)
		read_file(&staple, l, "staple", CONF_SOURCE_STAPLE);
	set_staple(service, l, &staple);
	conf_source_drop(&staple.bytes);
	conf_mem_free(path);
}

static void load_one(struct conf_service *service, const struct conf_group *group)
{
	struct conf_loader *l = group->l;
	struct conf_certificate *certificate;
	struct file chain = {0}, key = {0};

	certificate =
	    conf_mem_more(&service->certificates, service->n_certificates, sizeof(*certificate));
	if (certificate == NULL) {
		conf_errors_no_memory(l->errs);
		return;
	}
	service->n_certificates++;
	certificate->origin = group->origin;
	certificate->chain = path_of(group, "chain", &chain.origin);
	certificate->key = path_of(group, "key", &key.origin);
	chain.path = certificate->chain;
	key.path = certificate->key;
	if ((l->flags & CONF_TEXT_NO_FILES) == 0)
		read_pair(service, l, &chain, &key);
	load_staple(service, group);
}

void conf_certificate_load_all(struct conf_service *service, const struct conf_group *group)
{
	struct conf_loader *l = group->l;
	unsigned n = conf_value_n_items(group, "certificates");
	bool strict = service->tls.unknown_sni == CONF_UNKNOWN_SNI_REFUSE;

	if (tls_certificate_allocate_credentials(&service->credentials) < 0) {
		service->credentials = NULL;
		conf_errors_no_memory(l->errs);
	} else if (tls_certificate_set_strict_sni(service->credentials, strict) < 0) {
		conf_errors_no_memory(l->errs);
	}
	for (unsigned i = 0; i < n; i++) {
		struct conf_item item = conf_value_item(group, "certificates", i);

		if (item.group.setting != NULL)
			load_one(service, &item.group);
	}
}

void conf_certificate_clear_all(struct conf_service *service)
{
	for (unsigned i = 0; i < service->n_certificates; i++) {
		conf_mem_free(service->certificates[i].chain);
		conf_mem_free(service->certificates[i].key);
	}
	conf_mem_free(service->certificates);
	if (service->credentials != NULL)
		tls_certificate_free_credentials(service->credentials);
}

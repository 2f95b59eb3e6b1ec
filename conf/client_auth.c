/* client_auth.c - the group client_auth of a service: whether clients are asked for certificates, and the
 * CAs and revocation lists that judge these, which end up in the service's credentials. */
#include "errors.h"
#include "files.h"
#include "mem.h"
#include "service.h"
#include "when.h"

typedef int add_function(
    tls_certificate_credentials_t credentials, const tls_datum_t *pem, tls_x509_crt_fmt_t type);

/* One of the two keys that name files. */
struct kind {
	const char *key;
	enum conf_source_kind file;
	add_function *add;
};

static const struct kind ca_kind = {"ca", CONF_SOURCE_CA, tls_certificate_set_x509_trust_mem};
static const struct kind crl_kind = {"crl", CONF_SOURCE_CRL, tls_certificate_set_x509_crl_mem};

static void refuse(struct conf_service *service, const struct conf_item *item,
    const struct kind *kind, const char *path, int error)
{
	struct conf_errors *errs = item->group.l->errs;
	unsigned line = tls_certificate_error_line(service->credentials, NULL);

	if (error == TLS_E_MEMORY_ERROR)
		conf_errors_no_memory(errs);
	else if (line > 0)
		conf_errors_add(errs, CONF_ERROR, &item->origin,
		    "services.client_auth.%s: %s:%u: %s", kind->key, path, line,
		    tls_strerror(error));
	else
		conf_errors_add(errs, CONF_ERROR, &item->origin, "services.client_auth.%s: %s: %s",
		    kind->key, path, tls_strerror(error));
}

/* Of the n lists that were added last. Whoever is of a CA with a list out of date is refused. */
static void warn_expired(
    struct conf_service *service, const struct conf_item *item, const char *path, unsigned n)
{
	struct conf_when when = {&item->origin, "services.client_auth.crl", path, "a list in it"};
	unsigned end = service->client_auth.n_crls + n;
	int64_t last;

	for (unsigned i = service->client_auth.n_crls; i < end; i++)
		if (tls_certificate_get_crl_expiration(service->credentials, i, &last) == 0)
			conf_when_warn(item->group.l->errs, &when, last, CONF_WHEN_SOON_S);
	service->client_auth.n_crls = end;
}

static void read_file(struct conf_service *service, const struct conf_item *item,
    const struct kind *kind, const char *path)
{
	const struct conf_source *source = item->group.l->source;
	struct conf_file file = {0};
	const char *reason = source->read(source->ptr, &file, kind->file, path);
	tls_datum_t pem = {(unsigned char *)file.data, (unsigned)file.len};
	int error;

	if (reason != NULL) {
		conf_errors_add(item->group.l->errs, CONF_ERROR, &item->origin,
		    "services.client_auth.%s: %s: %s", kind->key, path, reason);
		return;
	}
	error = kind->add(service->credentials, &pem, TLS_X509_FMT_PEM);
	if (error < 0)
		refuse(service, item, kind, path, error);
	else if (kind == &crl_kind)
		warn_expired(service, item, path, (unsigned)error);
	conf_source_drop(&file);
}

/* item->string is the path as written. */
static void load_file(
    struct conf_service *service, const struct conf_item *item, const struct kind *kind)
{
	struct conf_loader *l = item->group.l;
	char *path;

	if ((l->flags & CONF_TEXT_NO_FILES) != 0 || service->credentials == NULL)
		return;
	path = conf_files_join(l->folder, item->string);
	if (path == NULL)
		conf_errors_no_memory(l->errs);
	else
		read_file(service, item, kind, path);
	conf_mem_free(path);
}

/* Who has CAs and doesn't ask, or asks and has none, has not said what was meant. The first is how
 * asking is switched off for a while. */
static void load_ca(struct conf_service *service, const struct conf_group *group)
{
	struct conf_item item = {.group = *group};
	bool asks = service->client_auth.mode != CONF_CLIENT_AUTH_NONE;

	item.string = conf_value_string(group, "ca", &item.origin);
	if (item.string[0] == '\0') {
		if (asks)
			conf_errors_add(group->l->errs, CONF_ERROR, &item.origin,
			    "services.client_auth.ca is missing: the mode needs it");
		return;
	}
	if (!asks)
		conf_errors_add(group->l->errs, CONF_WARNING, &item.origin,
		    "services.client_auth.ca is of no use: the mode is none");
	load_file(service, &item, &ca_kind);
}

void conf_client_auth_load(struct conf_service *service, const struct conf_group *group)
{
	static const enum conf_client_auth_mode modes[] = {
	    CONF_CLIENT_AUTH_NONE, CONF_CLIENT_AUTH_REQUEST, CONF_CLIENT_AUTH_REQUIRE};
	unsigned n;

	service->client_auth.origin = group->origin;
	service->client_auth.mode = modes[conf_value_choice(group, "mode")];
	load_ca(service, group);
	n = conf_value_n_items(group, "crl");
	for (unsigned i = 0; i < n; i++) {
		struct conf_item item = conf_value_item(group, "crl", i);

		if (item.string != NULL)
			load_file(service, &item, &crl_kind);
	}
}

/* certificate.c - the certificates of a service: the list certificates, then what certificate_dir holds. The
 * first one that can be used is the one for clients that name no server. */
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "files.h"
#include "mem.h"
#include "pair.h"
#include "service.h"

#define CHAIN_END ".pem"
#define KEY_END ".key"
#define STAPLE_END ".ocsp"

static struct conf_certificate *more(struct conf_service *service, struct conf_loader *l)
{
	struct conf_certificate *certificate = conf_mem_more(
	    &service->certificates, service->n_certificates, sizeof(*certificate));

	if (certificate == NULL)
		conf_errors_no_memory(l->errs);
	else
		service->n_certificates++;
	return certificate;
}

static bool has_files(const struct conf_service *service, const struct conf_loader *l)
{
	return (l->flags & CONF_TEXT_NO_FILES) == 0 && service->credentials != NULL;
}

/* ---- The list ---------------------------------------------------------------------------------- */

/* The path that name says, joined to the folder; NULL if there is none. */
static char *path_of(const struct conf_group *group, const char *name, struct conf_origin *origin)
{
	const char *value = conf_value_string(group, name, origin);
	char *path;

	if (value == NULL || value[0] == '\0')
		return NULL;
	path = conf_files_join(group->l->folder, value);
	if (path == NULL)
		conf_errors_no_memory(group->l->errs);
	return path;
}

static void load_one(struct conf_service *service, const struct conf_group *group)
{
	struct conf_pair_place place = {
	    "services.certificates.chain", "services.certificates.key", "services.certificates.staple",
	    {0}, {0}, {0}};
	struct conf_certificate *certificate = more(service, group->l);

	if (certificate == NULL)
		return;
	certificate->origin = group->origin;
	certificate->chain = path_of(group, "chain", &place.chain_at);
	certificate->key = path_of(group, "key", &place.key_at);
	certificate->staple = path_of(group, "staple", &place.staple_at);
	if (certificate->chain != NULL && certificate->key != NULL && has_files(service, group->l))
		conf_pair_load(service, group->l, certificate, &place);
}

static void load_list(struct conf_service *service, const struct conf_group *group)
{
	unsigned n = 0;

	if (service->certificate_dir == NULL || conf_value_is_there(group, "certificates"))
		n = conf_value_n_items(group, "certificates");
	for (unsigned i = 0; i < n; i++) {
		struct conf_item item = conf_value_item(group, "certificates", i);

		if (item.group.setting != NULL)
			load_one(service, &item.group);
	}
}

/* ---- The folder -------------------------------------------------------------------------------- */

/* Hidden files, and those that editors leave behind, are nobody's certificates. */
static bool is_chain(const char *name)
{
	size_t len = strlen(name), end_len = strlen(CHAIN_END);

	return len > end_len && strcmp(name + len - end_len, CHAIN_END) == 0 && name[0] != '.' &&
	       name[0] != '#';
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool holds(const struct conf_names *names, const char *name)
{
	return names->n > 0 &&
	       bsearch(&name, names->list, names->n, sizeof(*names->list), by_name) != NULL;
}

/* folder/NAME.key for NAME.pem, and so on; *name gets where the file's own name begins. */
static char *sibling(const char **name, const char *folder, const char *chain, const char *end)
{
	size_t stem_len = strlen(chain) - strlen(CHAIN_END), folder_len = strlen(folder);
	char *path = conf_mem_zalloc(folder_len + stem_len + strlen(end) + 1);

	if (path == NULL)
		return NULL;
	memcpy(path, folder, folder_len);
	memcpy(path + folder_len, chain, stem_len);
	memcpy(path + folder_len + stem_len, end, strlen(end));
	*name = path + folder_len;
	return path;
}

static void load_found(struct conf_service *service, struct conf_loader *l,
    const struct conf_names *names, const char *chain, const struct conf_origin *origin)
{
	static const char key[] = "services.certificate_dir";
	struct conf_pair_place place = {key, key, key, *origin, *origin, *origin};
	struct conf_certificate *certificate = more(service, l);
	const char *name;

	if (certificate == NULL)
		return;
	certificate->origin = *origin;
	certificate->chain = sibling(&name, service->certificate_dir, chain, CHAIN_END);
	certificate->key = sibling(&name, service->certificate_dir, chain, KEY_END);
	certificate->staple = sibling(&name, service->certificate_dir, chain, STAPLE_END);
	if (certificate->chain == NULL || certificate->key == NULL || certificate->staple == NULL) {
		conf_errors_no_memory(l->errs);
		return;
	}
	if (!holds(names, name)) {
		conf_mem_free(certificate->staple);
		certificate->staple = NULL;
	}
	conf_pair_load(service, l, certificate, &place);
}

static void load_names(struct conf_service *service, struct conf_loader *l, struct conf_names *names,
    const struct conf_origin *origin)
{
	if (names->n > 0)
		qsort(names->list, names->n, sizeof(*names->list), by_name);
	for (size_t i = 0; i < names->n; i++)
		if (is_chain(names->list[i]))
			load_found(service, l, names, names->list[i], origin);
}

static void load_folder(
    struct conf_service *service, struct conf_loader *l, const struct conf_origin *origin)
{
	struct conf_names names = {0};
	const char *reason =
	    l->source->list(l->source->ptr, &names, service->certificate_dir);

	if (reason != NULL)
		conf_errors_add(l->errs, CONF_ERROR, origin, "services.certificate_dir: %s: %s",
		    service->certificate_dir, reason);
	else
		load_names(service, l, &names, origin);
	conf_source_drop_names(&names);
}

/* With its final '/'. */
static char *folder_of(const struct conf_group *group, struct conf_origin *origin)
{
	char *path = path_of(group, "certificate_dir", origin), *folder;
	size_t len = path != NULL ? strlen(path) : 0;

	if (path == NULL || path[len - 1] == '/')
		return path;
	folder = conf_mem_copy(path, len + 1);
	if (folder != NULL)
		folder[len] = '/';
	else
		conf_errors_no_memory(group->l->errs);
	conf_mem_free(path);
	return folder;
}

/* ---- Both -------------------------------------------------------------------------------------- */

/* A service without a certificate answers nobody. */
static void check_any(struct conf_service *service, struct conf_loader *l)
{
	if (service->n_served > 0 || l->conf->strict)
		return;
	if (service->n_certificates > 0)
		conf_errors_add(l->errs, CONF_ERROR, &service->certificates[0].origin,
		    "services.certificates: none is left to serve with");
}

static void check_folder(
    struct conf_service *service, struct conf_loader *l, const struct conf_origin *origin)
{
	if (service->certificate_dir != NULL && service->n_certificates == 0)
		conf_errors_add(l->errs, CONF_ERROR, origin,
		    "services.certificate_dir: %s: no certificate in it (NAME.pem with NAME.key)",
		    service->certificate_dir);
}

void conf_certificate_load_all(struct conf_service *service, const struct conf_group *group)
{
	struct conf_loader *l = group->l;
	bool strict = service->tls.unknown_sni == CONF_UNKNOWN_SNI_REFUSE;
	struct conf_origin origin;
	unsigned before;

	if (tls_certificate_allocate_credentials(&service->credentials) < 0) {
		service->credentials = NULL;
		conf_errors_no_memory(l->errs);
	} else if (tls_certificate_set_strict_sni(service->credentials, strict) < 0) {
		conf_errors_no_memory(l->errs);
	}
	service->certificate_dir = folder_of(group, &origin);
	load_list(service, group);
	before = l->errs->n_errors;
	if (service->certificate_dir != NULL && has_files(service, l))
		load_folder(service, l, &origin);
	if (!has_files(service, l) || l->errs->n_errors > before)
		return;
	check_folder(service, l, &origin);
	check_any(service, l);
}

void conf_certificate_clear_all(struct conf_service *service)
{
	for (unsigned i = 0; i < service->n_certificates; i++) {
		conf_mem_free(service->certificates[i].chain);
		conf_mem_free(service->certificates[i].key);
		conf_mem_free(service->certificates[i].staple);
		conf_mem_free(service->certificates[i].aside);
	}
	conf_mem_free(service->certificates);
	conf_mem_free(service->certificate_dir);
	if (service->credentials != NULL)
		tls_certificate_free_credentials(service->credentials);
}

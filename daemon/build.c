/* build.c - see build.h. What a bundle has under a path is the bytes that the master read there. */

#include "daemon/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/source.h"

static const char not_there[] = "not in the bundle";
static const char no_memory[] = "out of memory";

static bool find(struct px_bundle_entry *entry, const struct px_build *build, enum px_bundle_kind kind,
    const char *name)
{
	return px_bundle_find(entry, build->bundle, kind, name, strlen(name));
}

/* ---- The source ----------------------------------------------------------------------------------- */

static const char *read_file(void *ptr, struct conf_file *out, enum conf_source_kind kind, const char *path)
{
	struct px_bundle_entry entry;

	if (find(&entry, ptr, PX_BUNDLE_FILE, path)) {
		out->mode = (mode_t)entry.mode;
		return conf_source_put(out, entry.bytes, entry.len);
	}
	/* The seed is the master's: who has it can make the keys of all times. */
	if (kind == CONF_SOURCE_SEED && ((const struct px_build *)ptr)->seed.size)
		return conf_source_put(out, (const char *)((const struct px_build *)ptr)->seed.data,
		    ((const struct px_build *)ptr)->seed.size);
	return kind == CONF_SOURCE_SEED ? NULL : not_there;
}

static const char *list_folder(void *ptr, struct conf_names *out, const char *folder)
{
	struct px_bundle_entry entry;
	const char *reason = NULL, *name, *end;

	if (!find(&entry, ptr, PX_BUNDLE_DIR, folder))
		return not_there;
	end = entry.bytes + entry.len;
	for (name = entry.bytes; name < end && !reason; name += strlen(name) + 1)
		reason = conf_source_add(out, name);
	return reason;
}

/* Lists grow by doubling when their count reaches a power of two. */
static void *add_key(struct px_build *build, const uint8_t *id)
{
	size_t n = build->n_keys;
	void **more = build->keys;

	if ((n & (n - 1)) == 0) {
		more = realloc(build->keys, (n ? n * 2 : 1) * sizeof(*more));
		if (!more)
			return NULL;
		build->keys = more;
	}
	more[n] = build->signer->new_key(build->signer->arg, id);
	if (more[n])
		build->n_keys++;
	return more[n];
}

static int use_id(struct px_build *build, tls_certificate_credentials_t credentials, const char **reason,
    const tls_datum_t *chain, const uint8_t *id)
{
	void *key;

	if (!build->signer) {
		*reason = "its key is elsewhere, and nobody to ask for signatures";
		return -1;
	}
	key = add_key(build, id);
	if (!key)
		return TLS_E_MEMORY_ERROR;
	return tls_certificate_set_x509_key_func(
	    credentials, chain, TLS_X509_FMT_PEM, build->signer->sign, build->signer->cancel, key);
}

static int set_key(void *ptr, tls_certificate_credentials_t credentials, const char **reason,
    const tls_datum_t *chain, const char *key_path)
{
	struct px_build *build = ptr;
	struct px_bundle_entry entry;
	tls_datum_t pem;

	if (!find(&entry, build, PX_BUNDLE_KEY, key_path)) {
		*reason = not_there;
		return -1;
	}
	if (entry.len == TLS_KEY_ID_LEN || build->signer == &px_build_no_keys)
		return use_id(build, credentials, reason, chain, (const uint8_t *)entry.bytes);
	pem = (tls_datum_t){ (unsigned char *)entry.bytes, (unsigned)entry.len };
	return tls_certificate_set_x509_key_mem(credentials, chain, &pem, TLS_X509_FMT_PEM);
}

static const char *why_aside(void *ptr, const char *chain_path, const char *key_path)
{
	struct px_bundle_entry entry;

	(void)key_path;
	return find(&entry, ptr, PX_BUNDLE_ASIDE, chain_path) ? entry.bytes : NULL;
}

static int sign_nothing(tls_session_t session, void *ptr, void **waiting, uint16_t scheme, const tls_datum_t *data,
    tls_datum_t *signature)
{
	(void)session;
	(void)ptr;
	(void)waiting;
	(void)scheme;
	(void)data;
	(void)signature;
	return TLS_E_NO_CERTIFICATE_FOUND;
}

static void *any_key(void *arg, const uint8_t id[TLS_KEY_ID_LEN])
{
	static char key;

	(void)arg;
	(void)id;
	return &key;
}

static void free_nothing(void *key)
{
	(void)key;
}

const struct px_build_signer px_build_no_keys = { .sign = sign_nothing, .new_key = any_key, .free_key = free_nothing };

/* ---- Addresses ------------------------------------------------------------------------------------ */

static const char *find_addresses(void *ptr, struct sockaddr_storage **list, unsigned *n,
    const struct conf_address *address)
{
	struct px_bundle_entry entry;

	*list = NULL;
	*n = 0;
	if (!find(&entry, ptr, PX_BUNDLE_RESOLVED, address->text) || entry.len < sizeof(**list) ||
	    entry.len % sizeof(**list) != 0)
		return not_there;
	*list = malloc(entry.len);
	if (!*list)
		return no_memory;
	memcpy(*list, entry.bytes, entry.len);
	*n = (unsigned)(entry.len / sizeof(**list));
	return NULL;
}

struct px_resolver px_build_resolver(const struct px_build *build)
{
	return (struct px_resolver){ find_addresses, (void *)build };
}

/* ---- Building ------------------------------------------------------------------------------------- */

static const char *first(const struct conf_errors *errs, enum conf_severity severity)
{
	for (unsigned i = 0; i < errs->n; i++) {
		if (errs->list[i].severity == severity)
			return errs->list[i].text;
	}
	return NULL;
}

/* The first fault will do: the master has found none. A warning may say what led to it. */
static void tell(struct px_build *build, const struct conf_errors *errs)
{
	const char *error = first(errs, CONF_ERROR), *warning = first(errs, CONF_WARNING);

	snprintf(build->problem, sizeof(build->problem), "%s%s%s", error ? error : no_memory,
	    warning ? "; " : "", warning ? warning : "");
}

/* A certificate that the master serves with and that can't be used here would be missed by one worker's
 * clients only. */
static bool has_all(struct px_build *build)
{
	struct px_bundle_entry entry;

	for (unsigned i = 0; i < build->conf->n_services; i++) {
		const struct conf_service *service = &build->conf->services[i];

		for (unsigned k = 0; k < service->n_certificates; k++) {
			const struct conf_certificate *c = &service->certificates[k];

			if (!c->aside || find(&entry, build, PX_BUNDLE_ASIDE, c->chain))
				continue;
			snprintf(build->problem, sizeof(build->problem), "%s: %s", c->chain, c->aside);
			return false;
		}
	}
	return true;
}

static void load(struct px_build *build, const char *path)
{
	const struct conf_source source = { .read = read_file, .list = list_folder, .set_key = set_key,
		.aside = why_aside, .ptr = build };
	struct conf_errors errs = { 0 };

	if (conf_load(&build->conf, &errs, path, &source) != 0)
		tell(build, &errs);
	else if (!has_all(build)) {
		conf_free(build->conf);
		build->conf = NULL;
	}
	conf_errors_clear(&errs);
}

bool px_build_run(struct px_build *build, int fd)
{
	const char *reason = px_bundle_open(&build->bundle, fd);
	struct px_bundle_entry entry = { .kind = PX_BUNDLE_END };

	if (!reason && px_bundle_count(build->bundle) > 0)
		px_bundle_at(&entry, build->bundle, 0);
	if (!reason && entry.kind == PX_BUNDLE_MAIN)
		load(build, entry.name);
	else if (!reason)
		reason = "it names no main file";
	if (reason)
		snprintf(build->problem, sizeof(build->problem), "the bundle: %s", reason);
	return build->conf != NULL;
}

void px_build_settle(struct px_build *build)
{
	px_bundle_close(build->bundle);
	build->bundle = NULL;
}

struct px_build *px_build_new(const struct px_build_signer *signer)
{
	struct px_build *build = calloc(1, sizeof(*build));

	if (build)
		build->signer = signer;
	return build;
}

/* Keys go after the credentials that know them. */
void px_build_free(struct px_build *build)
{
	if (!build)
		return;
	px_build_settle(build);
	conf_free(build->conf);
	for (size_t i = 0; i < build->n_keys; i++)
		build->signer->free_key(build->keys[i]);
	free(build->keys);
	free(build);
}

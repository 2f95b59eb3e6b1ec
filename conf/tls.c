/* tls.c - the group tls of a service: policy and ALPN, as handles ready for sessions. */
#include <string.h>

#include "errors.h"
#include "keys.h"
#include "mem.h"
#include "service.h"

#define ALPN_MAX_LEN 255 /* RFC 7301 section 3.1: opaque ProtocolName<1..2^8-1> */
#define ALPN_MAX_N 64

typedef int add_function(tls_policy_t policy, const char *name);

static void fail(struct conf_loader *l, const struct conf_origin *origin, const char *key,
    const char *value, int error)
{
	const struct conf_key *known = conf_keys_find("services.tls", key);

	if (error == TLS_E_MEMORY_ERROR)
		conf_errors_no_memory(l->errs);
	else if (error == TLS_E_INVALID_REQUEST)
		conf_errors_add(
		    l->errs, CONF_ERROR, origin, "services.tls.%s: too many names", key);
	else if (known != NULL)
		conf_errors_add(l->errs, CONF_ERROR, origin, "services.tls.%s: \"%s\": %s: %s", key,
		    value, tls_strerror(error), known->doc);
	else
		conf_errors_add(l->errs, CONF_ERROR, origin, "services.tls.%s: \"%s\": %s", key,
		    value, tls_strerror(error));
}

/* FNV-1a over the name, with its NUL. */
static uint64_t mix(uint64_t h, const char *name)
{
	do
		h = (h ^ (unsigned char)*name) * 1099511628211U;
	while (*name++ != '\0');
	return h;
}

static void load_names(struct conf_service *service, const struct conf_group *group,
    const char *name, add_function *add)
{
	unsigned n = conf_value_n_items(group, name);

	for (unsigned i = 0; i < n; i++) {
		struct conf_item item = conf_value_item(group, name, i);
		int error;

		if (item.string == NULL || service->policy == NULL)
			continue;
		service->tls.lists = mix(mix(service->tls.lists, name), item.string);
		error = add(service->policy, item.string);
		if (error < 0)
			fail(group->l, &item.origin, name, item.string, error);
	}
}

static tls_protocol_t version(
    const struct conf_group *group, const char *name, tls_protocol_t of_policy)
{
	static const tls_protocol_t by_choice[] = {0, TLS_1_2, TLS_1_3};
	int choice = conf_value_choice(group, name);

	return choice != 0 ? by_choice[choice] : of_policy;
}

static const char *version_name(tls_protocol_t version)
{
	return version == TLS_1_2 ? "1.2" : "1.3";
}

static void load_versions(struct conf_service *service, const struct conf_group *group)
{
	tls_protocol_t lowest = service->tls.min_version, highest = service->tls.max_version;
	int error = tls_policy_set_versions(service->policy, lowest, highest);

	if (lowest > highest)
		conf_errors_add(group->l->errs, CONF_ERROR, &group->origin,
		    "services.tls: no version is left: at least %s%s, at most %s",
		    version_name(lowest),
		    conf_value_choice(group, "min_version") == 0 ? " by its policy" : "",
		    version_name(highest));
	else if (error < 0)
		fail(group->l, &group->origin, "min_version", "", error);
}

static void load_policy(struct conf_service *service, const struct conf_group *group)
{
	struct conf_loader *l = group->l;
	const char *name = conf_value_string(group, "policy", NULL);
	bool modern = conf_value_choice(group, "policy") == 0;
	int error = tls_policy_init(&service->policy, modern ? "modern" : "intermediate");

	if (error < 0) {
		service->policy = NULL;
		fail(l, &group->origin, "policy", name, error);
	}
	service->tls.policy = conf_mem_text(name);
	if (service->tls.policy == NULL)
		conf_errors_no_memory(l->errs);
	service->tls.min_version = version(group, "min_version", modern ? TLS_1_3 : TLS_1_2);
	service->tls.max_version = version(group, "max_version", TLS_1_3);
	if (service->policy != NULL)
		load_versions(service, group);
}

static void add_alpn(
    struct conf_service *service, struct conf_loader *l, const struct conf_item *item)
{
	size_t len = strlen(item->string);
	tls_datum_t *slot;
	char *copy;

	if (len == 0 || len > ALPN_MAX_LEN || service->n_alpn == ALPN_MAX_N) {
		conf_errors_add(l->errs, CONF_ERROR, &item->origin,
		    service->n_alpn == ALPN_MAX_N ? "services.tls.alpn: more than %d names"
						  : "services.tls.alpn: a name has 1 to %d bytes",
		    service->n_alpn == ALPN_MAX_N ? ALPN_MAX_N : ALPN_MAX_LEN);
		return;
	}
	for (unsigned i = 0; i < service->n_alpn; i++)
		if (service->alpn[i].size == len &&
		    memcmp(service->alpn[i].data, item->string, len) == 0)
			return;
	copy = conf_mem_copy(item->string, len);
	slot = copy != NULL ? conf_mem_more(&service->alpn, service->n_alpn, sizeof(*slot)) : NULL;
	if (slot == NULL) {
		conf_mem_free(copy);
		conf_errors_no_memory(l->errs);
		return;
	}
	service->n_alpn++;
	slot->data = (unsigned char *)copy;
	slot->size = (unsigned)len;
}

void conf_tls_load(struct conf_service *service, const struct conf_group *group)
{
	unsigned n;

	service->tls.origin = group->origin;
	load_policy(service, group);
	load_names(service, group, "ciphersuites", tls_policy_add_ciphersuite);
	load_names(service, group, "groups", tls_policy_add_group);
	n = conf_value_n_items(group, "alpn");
	for (unsigned i = 0; i < n; i++) {
		struct conf_item item = conf_value_item(group, "alpn", i);

		if (item.string != NULL)
			add_alpn(service, group->l, &item);
	}
	service->tls.unknown_sni = conf_value_choice(group, "unknown_sni") == 1
				       ? CONF_UNKNOWN_SNI_REFUSE
				       : CONF_UNKNOWN_SNI_DEFAULT;
}

void conf_tls_clear(struct conf_service *service)
{
	for (unsigned i = 0; i < service->n_alpn; i++)
		conf_mem_free(service->alpn[i].data);
	conf_mem_free(service->alpn);
	conf_mem_free(service->tls.policy);
	if (service->policy != NULL)
		tls_policy_deinit(service->policy);
}

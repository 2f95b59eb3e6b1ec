/* service.c - see service.h. A service with a fault is still read to its end, so that all its
 * faults are found; what can't be read is left out, which is fine because then the load fails as a
 * whole. */
#include "service.h"

#include <string.h>

#include "address.h"
#include "errors.h"
#include "mem.h"

#define NAME_MAX_LEN 63

static void load_name(struct conf_service *service, const struct conf_group *group)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789._-";
	struct conf_loader *l = group->l;
	struct conf_origin origin;
	const char *name = conf_value_string(group, "name", &origin);

	if (name == NULL)
		return;
	if (strlen(name) > NAME_MAX_LEN || name[strspn(name, allowed)] != '\0')
		conf_errors_add(l->errs, CONF_ERROR, &origin,
		    "services.name: \"%s\" is not made of up to %d letters, digits, '.', '-', '_'",
		    name, NAME_MAX_LEN);
	for (unsigned i = 0; i + 1 < l->conf->n_services; i++) {
		const struct conf_service *other = &l->conf->services[i];

		if (other->name != NULL && strcmp(other->name, name) == 0)
			conf_errors_add(l->errs, CONF_ERROR, &origin,
			    "services.name: \"%s\" is already the name of the service at %s:%u",
			    name, other->origin.file, other->origin.line);
	}
	service->name = conf_mem_text(name);
	if (service->name == NULL)
		conf_errors_no_memory(l->errs);
}

/* ---- Addresses ---------------------------------------------------------------------------------
 */

static bool parse_address(struct conf_address *address, struct conf_loader *l, const char *text,
    const struct conf_origin *origin, enum conf_address_use use)
{
	const char *key = use == CONF_ADDRESS_LISTEN ? "services.listen" : "services.backends";
	const char *reason = conf_address_parse(address, text, use, l->folder);

	address->origin = *origin;
	if (reason == conf_address_no_memory)
		conf_errors_no_memory(l->errs);
	else if (reason != NULL)
		conf_errors_add(l->errs, CONF_ERROR, origin, "%s: \"%s\": %s", key, text, reason);
	return reason == NULL;
}

static void check_clash(
    struct conf_loader *l, const struct conf_service *service, const struct conf_address *address)
{
	for (unsigned k = 0; k < service->n_listen; k++) {
		const struct conf_address *other = &service->listen[k];

		if (conf_address_clash(address, other))
			conf_errors_add(l->errs, CONF_ERROR, &address->origin,
			    "services.listen: \"%s\" is already listened on at %s:%u",
			    address->text, other->origin.file, other->origin.line);
	}
}

static void load_listen(struct conf_service *service, const struct conf_group *group)
{
	struct conf_loader *l = group->l;
	unsigned n = conf_value_n_items(group, "listen");

	for (unsigned i = 0; i < n; i++) {
		struct conf_item item = conf_value_item(group, "listen", i);
		struct conf_address address = {0};
		struct conf_address *slot;

		if (item.string == NULL ||
		    !parse_address(&address, l, item.string, &item.origin, CONF_ADDRESS_LISTEN))
			continue;
		for (unsigned k = 0; k < l->conf->n_services; k++)
			check_clash(l, &l->conf->services[k], &address);
		slot = conf_mem_more(&service->listen, service->n_listen, sizeof(*slot));
		if (slot == NULL) {
			conf_errors_no_memory(l->errs);
			conf_address_clear(&address);
			return;
		}
		*slot = address;
		service->n_listen++;
	}
}

static void load_backend(
    struct conf_service *service, struct conf_loader *l, const struct conf_item *item)
{
	struct conf_backend *backend;
	struct conf_address address = {0};
	struct conf_origin origin = item->origin;
	const char *text = item->string;

	if (text == NULL && item->group.setting != NULL)
		text = conf_value_string(&item->group, "address", &origin);
	if (text == NULL || !parse_address(&address, l, text, &origin, CONF_ADDRESS_BACKEND))
		return;
	backend = conf_mem_more(&service->backends, service->n_backends, sizeof(*backend));
	if (backend == NULL) {
		conf_errors_no_memory(l->errs);
		conf_address_clear(&address);
		return;
	}
	service->n_backends++;
	backend->address = address;
	backend->origin = item->origin;
}

static void load_backends(struct conf_service *service, const struct conf_group *group)
{
	unsigned n = conf_value_n_items(group, "backends");

	for (unsigned i = 0; i < n; i++) {
		struct conf_item item = conf_value_item(group, "backends", i);

		load_backend(service, group->l, &item);
	}
}

/* ---- The rest ----------------------------------------------------------------------------------
 */

static void load_timeouts(struct conf_service *service, const struct conf_group *group)
{
	struct conf_group timeouts = conf_value_group(group, "timeouts");

	service->timeouts = (struct conf_timeouts){
	    .handshake_ms = conf_value_ms(&timeouts, "handshake"),
	    .connect_ms = conf_value_ms(&timeouts, "connect"),
	    .idle_ms = conf_value_ms(&timeouts, "idle"),
	    .drain_ms = conf_value_ms(&timeouts, "drain"),
	    .origin = timeouts.origin,
	};
}

static void load_service(struct conf_loader *l, const struct conf_group *group)
{
	struct conf *conf = l->conf;
	struct conf_service *service;
	struct conf_group tls, client_auth;

	service = conf_mem_more(&conf->services, conf->n_services, sizeof(*service));
	if (service == NULL) {
		conf_errors_no_memory(l->errs);
		return;
	}
	conf->n_services++;
	service->origin = group->origin;
	load_name(service, group);
	load_listen(service, group);
	conf_value_choice(group, "mode");
	service->send_proxy = (unsigned)conf_value_choice(group, "send_proxy");
	tls = conf_value_group(group, "tls");
	conf_tls_load(service, &tls);
	conf_certificate_load_all(service, group);
	client_auth = conf_value_group(group, "client_auth");
	conf_client_auth_load(service, &client_auth);
	load_backends(service, group);
	load_timeouts(service, group);
}

void conf_service_load_all(struct conf_loader *l, const struct conf_group *top)
{
	unsigned n = conf_value_n_items(top, "services");

	for (unsigned i = 0; i < n; i++) {
		struct conf_item item = conf_value_item(top, "services", i);

		if (item.group.setting != NULL)
			load_service(l, &item.group);
	}
}

void conf_service_clear(struct conf_service *service)
{
	for (unsigned i = 0; i < service->n_listen; i++)
		conf_address_clear(&service->listen[i]);
	for (unsigned i = 0; i < service->n_backends; i++)
		conf_address_clear(&service->backends[i].address);
	conf_mem_free(service->listen);
	conf_mem_free(service->backends);
	conf_mem_free(service->name);
	conf_tls_clear(service);
	conf_certificate_clear_all(service);
}

/* admin.c - the group admin: where a running daemon can be asked. */
#include <string.h>
#include <sys/un.h>

#include "address.h"
#include "errors.h"
#include "files.h"
#include "mem.h"
#include "service.h"

static void load_socket(struct conf_admin *admin, const struct conf_group *group)
{
	struct conf_loader *l = group->l;
	const char *path = conf_value_string(group, "socket", &admin->socket_origin);

	admin->socket_given = conf_value_is_there(group, "socket");
	admin->socket = path[0] != '\0' ? conf_files_join(l->folder, path) : conf_mem_text("");
	if (admin->socket == NULL)
		conf_errors_no_memory(l->errs);
	else if (strlen(admin->socket) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		conf_errors_add(l->errs, CONF_ERROR, &admin->socket_origin,
		    "admin.socket: the path is too long for a unix socket (107 bytes)");
}

static void load_http(struct conf_admin *admin, const struct conf_group *group)
{
	struct conf_loader *l = group->l;
	struct conf_origin origin;
	const char *text = conf_value_string(group, "http", &origin), *reason;

	if (text[0] == '\0')
		return;
	reason = conf_address_parse(&admin->http, text, CONF_ADDRESS_LISTEN, l->folder);
	if (reason == conf_address_no_memory) {
		conf_errors_no_memory(l->errs);
		return;
	}
	if (reason == NULL && admin->http.kind == CONF_ADDRESS_FD)
		reason = "fd: can't stand here";
	if (reason != NULL)
		conf_errors_add(l->errs, CONF_ERROR, &origin, "admin.http: \"%s\": %s", text, reason);
	admin->has_http = reason == NULL;
	admin->http.origin = origin;
}

void conf_admin_load(struct conf_loader *l, const struct conf_group *top)
{
	struct conf_group group = conf_value_group(top, "admin");

	l->conf->admin.origin = group.origin;
	load_socket(&l->conf->admin, &group);
	load_http(&l->conf->admin, &group);
}

void conf_admin_clear(struct conf_admin *admin)
{
	conf_mem_free(admin->socket);
	conf_address_clear(&admin->http);
}

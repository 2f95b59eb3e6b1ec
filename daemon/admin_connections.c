/* admin_connections.c - see admin_connections.h. A worker's lines are checked: each has to be a JSON object, since what a
 * bad one says must not look like the end of the answer. */

#include "daemon/admin_connections.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/master.h"

struct asking {
	struct px_master *master;
	struct px_admin_call *call;
	unsigned slot; /* of the worker that is asked */
	unsigned n_lines, n_silent;
};

static void on_answer(void *arg, const char *text, size_t len, bool last);

/* The next worker; the end, if there is none. */
static void ask_next(struct asking *a)
{
	struct px_child *const *slots = a->master->children.slots;

	while (++a->slot < PX_CHILDREN_MAX) {
		if (!slots[a->slot] || slots[a->slot]->role != PX_CHILD_WORKER || !slots[a->slot]->control)
			continue;
		px_master_ask_connections(a->master, a->slot, on_answer, a);
		return;
	}
	px_admin_done(a->call, json_pack("{s:i,s:i}", "connections", (int)a->n_lines, "workers_silent", (int)a->n_silent));
	free(a);
}

static void pass_on(struct asking *a, const char *line, size_t len)
{
	json_t *json = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(json) && !json_object_get(json, "ok") &&
	    json_object_set_new(json, "worker", json_integer((json_int_t)a->slot - 1)) == 0) {
		px_admin_line(a->call, json);
		a->n_lines++;
	} else {
		json_decref(json);
	}
}

static void on_answer(void *arg, const char *text, size_t len, bool last)
{
	struct asking *a = arg;
	const char *end;

	if (!text)
		a->n_silent++;
	for (; text && len > 0 && (end = memchr(text, '\n', len)) != NULL; text = end + 1) {
		pass_on(a, text, (size_t)(end - text));
		len -= (size_t)(end - text) + 1;
	}
	if (last)
		ask_next(a);
}

void px_admin_connections(void *master, struct px_admin_call *call, const char *arg)
{
	struct asking *a = calloc(1, sizeof(*a));

	(void)arg;
	if (!a) {
		px_admin_fail(call, "out of memory");
		return;
	}
	*a = (struct asking){ .master = master, .call = call };
	ask_next(a);
}

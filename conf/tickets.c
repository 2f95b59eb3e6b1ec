/* tickets.c - the group tickets: for how long sessions are resumed, and the seed that the keys are made
 * from. The seed's bytes live in the configuration only, and are wiped with it. */
#include "errors.h"
#include "files.h"
#include "mem.h"
#include "service.h"

#define SEED_MIN_LEN 32 /* what the core asks for */
#define SEED_MAX_LEN 4096
#define MS_PER_SECOND 1000

static bool is_zero(const char *bytes, size_t len)
{
	char seen = 0;

	for (size_t i = 0; i < len; i++)
		seen |= bytes[i];
	return seen == 0;
}

/* NULL when good. */
static const char *fault(const char *seed, size_t len)
{
	if (len < SEED_MIN_LEN)
		return "shorter than 32 bytes";
	if (len > SEED_MAX_LEN)
		return "longer than 4096 bytes";
	return is_zero(seed, len) ? "nothing but zeros" : NULL;
}

static void read_seed(
    struct conf_loader *l, const struct conf_origin *origin, const char *path)
{
	tls_datum_t *seed = &l->conf->tickets.seed;
	struct conf_file file = {0};
	const char *reason = l->source->read(l->source->ptr, &file, CONF_SOURCE_SEED, path);

	if (reason == NULL && file.data == NULL)
		return;
	if (reason == NULL)
		reason = fault(file.data, file.len);
	if (reason != NULL) {
		conf_errors_add(
		    l->errs, CONF_ERROR, origin, "tickets.seed: %s: %s", path, reason);
		conf_source_drop(&file);
		return;
	}
	if ((file.mode & 007) != 0)
		conf_errors_add(l->errs, CONF_WARNING, origin,
		    "tickets.seed: %s: everybody on this machine may use it (mode %04o)", path,
		    (unsigned)file.mode);
	*seed = (tls_datum_t){(unsigned char *)file.data, (unsigned)file.len};
}

void conf_tickets_load(struct conf_loader *l, const struct conf_group *top)
{
	struct conf_group group = conf_value_group(top, "tickets");
	struct conf_tickets *tickets = &l->conf->tickets;
	struct conf_origin origin;
	const char *seed = conf_value_string(&group, "seed", &origin);
	char *path;

	tickets->origin = group.origin;
	tickets->rotate_s = (unsigned)(conf_value_ms(&group, "rotate") / MS_PER_SECOND);
	tickets->lifetime_s = (unsigned)(conf_value_ms(&group, "lifetime") / MS_PER_SECOND);
	if (seed[0] == '\0' || (l->flags & CONF_TEXT_NO_FILES) != 0)
		return;
	path = conf_files_join(l->folder, seed);
	if (path == NULL)
		conf_errors_no_memory(l->errs);
	else
		read_seed(l, &origin, path);
	conf_mem_free(path);
}

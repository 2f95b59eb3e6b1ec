/* when.h - warnings about what is good for a time only. */
#ifndef CONF_WHEN_H
#define CONF_WHEN_H

#include "conf.h"

/* Renewed so late, a response or a list may be missed. */
#define CONF_WHEN_SOON_S 43200

/* What expires, and where it was found: "name: path: what expired at ... UTC". */
struct conf_when {
	const struct conf_origin *origin;
	const char *name, *path, *what;
};

/* Warns if it was last good before now, or ends within soon_s seconds. last: seconds since 1970, inclusive; now is the
 * clock's. */
void conf_when_warn(struct conf_errors *errs, const struct conf_when *when, int64_t last, int64_t soon_s);

#endif

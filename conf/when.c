/* when.c - see when.h. Warnings, never errors: what is out of date now may be renewed in a minute, and everything else
 * goes on being of use. */
#include "when.h"

#include <time.h>

#include "errors.h"

void conf_when_warn(struct conf_errors *errs, const struct conf_when *when, int64_t last, int64_t soon_s)
{
	int64_t now = (int64_t)time(NULL);
	time_t at = (time_t)last;
	char date[32];
	struct tm tm;

	if (last >= now + soon_s || gmtime_r(&at, &tm) == NULL)
		return;
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
	conf_errors_add(errs, CONF_WARNING, when->origin, "%s: %s: %s %s at %s UTC", when->name, when->path,
	    when->what, last < now ? "expired" : "expires", date);
}

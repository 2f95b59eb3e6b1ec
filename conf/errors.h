/* errors.h - collecting what is wrong. */
#ifndef CONF_ERRORS_H
#define CONF_ERRORS_H

#include "conf.h"

/* Adds "file:line: message"; line 0 gives "file: message". Bytes that are not printable ASCII are
 * written as \xNN; a long message is cut. */
void conf_errors_add(struct conf_errors *errs, enum conf_severity severity,
    const struct conf_origin *origin, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Memory ran out; needs none itself. */
void conf_errors_no_memory(struct conf_errors *errs);

/* Sorts the messages from index first on by their place, equal places as they came. */
void conf_errors_sort(struct conf_errors *errs, unsigned first);

#endif

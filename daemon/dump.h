/* dump.h - JSON as one line of printable ASCII: for quenchctl, and for what the daemon answers it. */
#ifndef DAEMON_DUMP_H
#define DAEMON_DUMP_H

#include <jansson.h>

/* Without blanks; more: flags of jansson's beside that. Released with free; NULL for NULL and for lack of memory, which
 * jansson's own function of the kind does not always notice: it then leaves out what it could not add. */
char *px_dump_line(const json_t *json, size_t more) __attribute__((warn_unused_result));

#endif

/* when.h - points in time as people and JSON write them (RFC 3339 section 5.6). */
#ifndef DAEMON_CTL_WHEN_H
#define DAEMON_CTL_WHEN_H

#include <stdbool.h>
#include <stdint.h>

/* "2026-11-21T14:06:07Z", "2026-11-21T15:06:07.5+01:00": *seconds since 1970, rounded down. The leap second, which is
 * 23:59:60 in UTC and nothing else, is the second before it. False for any other text. */
bool px_when_read(int64_t *seconds, const char *text);

#endif

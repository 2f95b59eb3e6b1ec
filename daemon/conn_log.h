/* conn_log.h - the line that each connection leaves in the log when it ends. */
#ifndef DAEMON_CONN_LOG_H
#define DAEMON_CONN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "daemon/line.h"

#define PX_CONN_SUBJECT_LEN 200 /* with the NUL: so that all of a line fits */

/* Bytes of the outside world; they may hold anything. */
struct px_conn_text {
	const void *bytes;
	size_t len;
};

/* NULL or len 0: not known, shown as "-" in text and null in JSON. */
struct px_conn_record {
	const char *service;
	const char *peer;
	const char *backend;
	struct px_conn_text sni;
	const char *version;
	const char *suite;
	const char *group;
	const char *signature;
	struct px_conn_text alpn;
	bool resumed;
	const char *certificate; /* of the client: its subject; printable, up to PX_CONN_SUBJECT_LEN */
	uint64_t n_in; /* plaintext bytes from the client */
	uint64_t n_out; /* and to it */
	uint64_t duration_ms;
	const char *end; /* how it ended */
};

/* Adds the fields to a line that px_log_begin started; px_log_send sends it. */
void px_conn_log_add(struct px_line *line, enum conf_log_format format,
    const struct px_conn_record *record);

#endif

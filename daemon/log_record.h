/* log_record.h - what a line of the log says, before it is text: level, time, kind, fields.
 *
 * An item is a record as bytes, as it travels through a ring. Reading one back checks all of it, for
 * whoever wrote it may have been taken over: what comes out is safe to format, whatever went in.
 */
#ifndef DAEMON_LOG_RECORD_H
#define DAEMON_LOG_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "daemon/log_ring.h"

#define PX_LOG_TEXT_MAX 600 /* bytes of a message; ones that are all escaped still fit a line */

/* Kinds of lines: name, MESSAGE_ID in the journal (NULL: none), whether each one is written however many
 * there are of the same. */
#define PX_LOG_KINDS(X) \
	X(MESSAGE, NULL, false) \
	X(CONNECTION, "d180cd1451d44e2f8c20c03a4ea2bc1a", true) \
	X(DROPPED, "b34d1d24b8fd4785b61acfcc160fd8bc", true) \
	X(LISTENING, "3fd00055f14d4ebd8cffe131a2d98680", true) \
	X(BACKEND_FAILED, "1aa6f3b9af614c578e7848df5df6f685", false) \
	X(RELOADED, "3ee9b10c719e478482f1e7e40f223232", true) \
	X(RELOAD_FAILED, "c8db9660da4d49f6988611a0641dbde0", true) \
	X(CHILD_DIED, "171c35719b2b4c4eb3e899c4ffcdb5fc", true) \
	X(ANSWER, NULL, true) /* to what an operator asked for */

enum px_log_kind {
#define X(name, id, exact) PX_LOG_##name,
	PX_LOG_KINDS(X)
#undef X
	PX_LOG_N_KINDS
};

/* Fields in the order of the log: name, name in the journal, how the value is shown. */
#define PX_LOG_FIELDS(X) \
	X(TEXT, "message", NULL, WORDS) \
	X(SERVICE, "service", "QUENCH_SERVICE", VALUE) \
	X(PEER, "peer", "QUENCH_PEER", VALUE) \
	X(BACKEND, "backend", "QUENCH_BACKEND", VALUE) \
	X(SNI, "sni", "QUENCH_SNI", VALUE) \
	X(VERSION, "version", "QUENCH_VERSION", VALUE) \
	X(SUITE, "suite", "QUENCH_SUITE", VALUE) \
	X(GROUP, "group", "QUENCH_GROUP", VALUE) \
	X(SIGNATURE, "signature", "QUENCH_SIGNATURE", VALUE) \
	X(ALPN, "alpn", "QUENCH_ALPN", VALUE) \
	X(RESUMED, "resumed", "QUENCH_RESUMED", BOOL) \
	X(CERTIFICATE, "certificate", "QUENCH_CERTIFICATE", VALUE) \
	X(IN, "in", "QUENCH_IN", NUMBER) \
	X(OUT, "out", "QUENCH_OUT", NUMBER) \
	X(MS, "ms", "QUENCH_MS", NUMBER) \
	X(END, "end", "QUENCH_END", WORDS)

enum px_log_field {
#define X(name, text, journal, type) PX_LOG_FIELD_##name,
	PX_LOG_FIELDS(X)
#undef X
	PX_LOG_N_FIELDS
};

/* VALUE: any bytes; WORDS: any bytes, a sentence of ours; NUMBER: 8 bytes; BOOL: one, 0 or 1. */
enum px_log_type { PX_LOG_VALUE, PX_LOG_WORDS, PX_LOG_NUMBER, PX_LOG_BOOL };

struct px_log_field_info {
	const char *name, *journal;
	enum px_log_type type;
};
extern const struct px_log_field_info px_log_field_infos[PX_LOG_N_FIELDS];

struct px_log_kind_info {
	const char *message_id;
	bool exact;
};
extern const struct px_log_kind_info px_log_kind_infos[PX_LOG_N_KINDS];

struct px_log_item {
	uint8_t bytes[PX_LOG_ITEM_MAX];
	size_t len;
};

/* bytes NULL: not known. */
struct px_log_value {
	const uint8_t *bytes;
	size_t len;
};

struct px_log_record {
	uint64_t time_us; /* real time; before the year 10000 */
	enum conf_log_level level;
	enum px_log_kind kind;
	uint64_t n_repeats; /* 0; otherwise it came so many more times */
	struct px_log_value fields[PX_LOG_N_FIELDS];
};

/* ---- What a connection was --------------------------------------------------------------------------- */

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

/* ---- Writing: with the time of now. What is too long is cut, an empty value left out. */
void px_log_item_begin(struct px_log_item *item, enum px_log_kind kind, enum conf_log_level level);
void px_log_item_add(struct px_log_item *item, enum px_log_field field, const void *bytes, size_t len);
void px_log_item_add_text(struct px_log_item *item, enum px_log_field field, const char *text); /* NULL: none */
void px_log_item_add_number(struct px_log_item *item, enum px_log_field field, uint64_t number);
void px_log_item_add_bool(struct px_log_item *item, enum px_log_field field, bool value);

void px_log_item_connection(struct px_log_item *item, const struct px_conn_record *record);

/* ---- Reading: the values point into bytes. False: no item that was written as above. */
bool px_log_record_read(struct px_log_record *record, const void *bytes, size_t len);

/* 0 when it isn't there. */
uint64_t px_log_record_number(const struct px_log_record *record, enum px_log_field field);

#endif

/* resumed.h - sessions that follow each other: a client and a server of ours, and what each of them keeps. */
#ifndef TESTS_LIB_RESUMED_H
#define TESTS_LIB_RESUMED_H

#include "duo.h"

#define RESUMED_T0 1700000000000u /* when it begins: ms since 1970 */
#define RESUMED_RECORDS 64

enum resumed_store { RESUMED_TICKETS, RESUMED_DATABASE };

struct resumed {
	tls_protocol_t version;
	enum resumed_store store;
	uint64_t now; /* both sides' clock */
	tls_datum_t seed;
	tls_datum_t data; /* what the client has of the last session; NULL: nothing */

	/* For each session's wire and sides; NULL, 0: as duo_init has it. */
	tls_certificate_credentials_t cred, client_cred;
	tls_certificate_request_t request;
	unsigned again_percent;
	size_t max_piece;
	int lifetime; /* seconds; 0: the default */
	void (*set_up)(struct resumed *r, struct duo *d);
	void *ptr;

	/* The database. */
	struct {
		unsigned char key[64];
		unsigned key_len;
		tls_datum_t data;
	} db[RESUMED_RECORDS];
	unsigned n_db, n_removed;
};

void resumed_init(struct resumed *r, tls_protocol_t version, enum resumed_store store);
void resumed_clear(struct resumed *r);

/* A duo that offers r->data, if any, and has not begun. */
void resumed_begin(struct resumed *r, struct duo *d);

/* Shakes hands, passes data both ways, and keeps the client's new data. True if both sides say that it was resumed;
 * fails the test when they disagree, or when it fails. */
bool resumed_connect(struct resumed *r, struct duo *d);

/* The client's data now, in r->data. */
void resumed_keep(struct resumed *r, struct duo *d);

/* begin, connect, clear. */
bool resumed_session(struct resumed *r);

#endif

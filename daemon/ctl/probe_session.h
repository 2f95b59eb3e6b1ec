/* probe_session.h - one connection of a probe: its socket, its session, what is known of it so far. */
#ifndef DAEMON_CTL_PROBE_SESSION_H
#define DAEMON_CTL_PROBE_SESSION_H

#include "probe.h"

#define PX_PROBE_FIRST_LEN 128
#define PX_PROBE_ANSWER_MAX 65536 /* bytes of the peer's answer that are kept for JSON */
#define PX_PROBE_UNASKED_MAX 64 /* steps of messages that the peer may send without end */

struct px_probe_answer {
	unsigned char *data;
	size_t len; /* kept */
	uint64_t total;
};

struct px_probe_session {
	const struct px_probe_options *o;
	struct px_story *story;
	struct px_probe_answer *answer; /* where data goes; NULL: to standard output */
	int fd;
	tls_session_t tls;
	uint64_t deadline; /* microseconds: no wait goes beyond it */
	uint64_t round_trip; /* microseconds that TCP took to connect */
	int transport_errno; /* of the last call that failed */

	const char *awaited; /* the step that comes next */
	const char *current; /* the one whose message is being judged, or NULL */
	unsigned char first[PX_PROBE_FIRST_LEN]; /* that came from the peer */
	size_t first_len;
	tls_datum_t leaf; /* the peer's certificate; owned */
	unsigned n_certificates;
	bool leaf_self_issued, name_fits;
	bool hello_came, certificate_asked, established;
	unsigned n_tickets, n_key_updates;
	uint64_t n_unasked; /* messages that PX_PROBE_UNASKED_MAX is about, those that aren't told any more included */
	uint64_t received, sent; /* bytes of data */
	bool output_failed; /* standard output takes nothing */
	bool ended; /* the peer's close_notify has come */
};

/* A session over fd, which it takes; resume: data to resume with, or NULL. 0, or a TLS_E_*. */
int px_probe_session_open(struct px_probe_session *s, int fd, const tls_datum_t *resume) __attribute__((warn_unused_result));
void px_probe_session_clear(struct px_probe_session *s);

/* One more message that nobody has asked for: true if it is still to be told, false if it is only counted. */
bool px_probe_session_tells(struct px_probe_session *s);

/* No wait beyond ms from now. */
void px_probe_session_limit(struct px_probe_session *s, uint64_t ms);

/* What a call of the session gave: 0 if it is to be called again, after what it waits for has come; TLS_E_TIMEDOUT; or
 * err, as it is. */
int px_probe_session_again(struct px_probe_session *s, int err) __attribute__((warn_unused_result));

/* Sends what waits to be sent. */
void px_probe_session_flush(struct px_probe_session *s);

#endif

/* talk.h - what tlsclient and tlsserver share: options, one connection over a socket that never blocks, and
 * the line that tells of it. */
#ifndef TESTS_LIB_TALK_H
#define TESTS_LIB_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tls/tls.h"

#define TALK_LIST_MAX 16
#define TALK_LINE_MAX 70000 /* bytes of a line or request on either side */

struct talk_list {
	const char *text[TALK_LIST_MAX];
	unsigned n;
};

/* What talk_options.c's table sets. Texts belong to whoever gave them. */
struct talk_options {
	/* both */
	const char *version, *alpn, *mode, *end, *export, *staple, *trust, *crl;
	struct talk_list suites, groups, schemes, chains, keys;
	unsigned connections, renew, wait, update, decline, allow, timeout, status, pad;
	/* client */
	const char *name, *port, *say, *first, *verify;
	unsigned rounds, length, early, resume;
	/* server */
	const char *ask;
	unsigned body, tickets, db, expire;
};

/* The defaults; one option, "name=value" or "name"; all of a line, which is cut into pieces. An option
 * that can't be taken ends the program. */
void talk_options_init(struct talk_options *o);
void talk_options_set(struct talk_options *o, char *option);
void talk_options_read(struct talk_options *o, char *line);

/* One connection. */
struct talk {
	const struct talk_options *o;
	tls_session_t session;
	tls_certificate_credentials_t cred;
	int fd;
	uint64_t deadline; /* milliseconds: nothing waits longer */
	bool established;
	int result; /* why it failed, 0 */
	tls_alert_description_t warning; /* the last of n_warnings */
	int end;    /* how the peer's direction ended: 1 close_notify, an error, 0 not seen */
	unsigned char kept[4096]; /* data that came in a renegotiation */
	size_t kept_len;
	unsigned n_tickets, n_key_updates, n_renegotiated, n_requests, n_meanwhile, n_warnings, n_verified, n_answers;
};

/* A session of this role over fd, which it takes; set as the options say. */
void talk_init(struct talk *t, const struct talk_options *o, unsigned role, int fd);
void talk_clear(struct talk *t);

/* tls_handshake, tls_record_recv, all of tls_record_send, tls_bye for our half, each until it is done or has
 * failed. What goes on has been dealt with: warnings are counted, a handshake that the peer asks for is run,
 * or declined by not caring. */
int talk_handshake(struct talk *t);
ssize_t talk_recv(struct talk *t, void *data, size_t len);
int talk_await_request(struct talk *t); /* until the peer has asked for a handshake, and had it */
int talk_send(struct talk *t, const void *data, size_t len);
int talk_bye(struct talk *t);

/* New keys for both directions as the version has it, the first times as often as the options say. */
int talk_renew(struct talk *t);

/* Ends the connection as the options say, waits for the peer's end, and prints the line. */
void talk_finish(struct talk *t);

/* Ends the program when err is negative; or because of what it was told. */
void talk_must(int err, const char *what);
void talk_refuse(const char *what, const char *why);
uint64_t talk_now(void);

#endif

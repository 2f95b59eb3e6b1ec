/* keyclient.h - the worker's end of the channel to the keeper: the private keys that this process doesn't have.
 *
 * A handshake that has to sign asks here (px_keyclient_sign, for tls_certificate_set_x509_key_func), waits with
 * TLS_WAIT_KEY, and is woken when the answer is there. A question lives as long as its handshake and no longer. While
 * there is no channel questions wait for one, as long as their handshake may, and one is asked for. A channel that ends
 * takes with it what it was asked: these handshakes fail, by name.
 */
#ifndef DAEMON_KEYCLIENT_H
#define DAEMON_KEYCLIENT_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/keymsg.h"
#include "daemon/metrics.h"

#define PX_KEYCLIENT_MAX 4096 /* handshakes that may wait */

struct px_key_wait;
TAILQ_HEAD(px_key_wait_list, px_key_wait);

struct px_keyclient {
	struct event_base *base;
	void (*wake)(void *session_ptr); /* what tls_session_get_ptr says of the session */
	void (*lacks)(void *arg); /* questions have waited for a channel for a while; set by the owner, or NULL */
	void *arg;
	int fd; /* -1: no channel */
	struct event readable, writable, lack;
	struct px_key_wait *slots[PX_KEYCLIENT_MAX]; /* by the lower bits of their ids */
	struct px_key_wait_list unsent;
	unsigned n_waiting, max_waiting; /* the latter: PX_KEYCLIENT_MAX, or less */
	unsigned next_slot;
	uint32_t turn; /* the upper bits of ids */
	struct px_metrics *metrics;
};

/* Whose key it is, as the ptr of px_keyclient_sign. Lives as long as the credentials. */
struct px_key {
	struct px_keyclient *client;
	uint8_t id[TLS_KEY_ID_LEN];
};

/* No channel yet. wake must not run the session at once. */
void px_keyclient_init(struct px_keyclient *client, struct event_base *base, struct px_metrics *metrics,
    void (*wake)(void *session_ptr));

/* No session that waits may be left. */
void px_keyclient_clear(struct px_keyclient *client);

/* Takes the channel over, in place of the one before, which is lost if it wasn't before. 0, or -1: closed. */
int px_keyclient_set_channel(struct px_keyclient *client, int fd);

/* For tls_certificate_set_x509_key_func; ptr is a struct px_key. */
int px_keyclient_sign(tls_session_t session, void *ptr, void **request, uint16_t scheme, const tls_datum_t *data,
    tls_datum_t *signature);
void px_keyclient_cancel(void *ptr, void *request);

#endif

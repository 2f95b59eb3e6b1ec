/* keychannel.h - the keeper's ends of its channels: requests come in, answers go out.
 *
 * A channel has one request in work, and none is read while its answer isn't taken: whoever asks too much, or doesn't
 * listen, delays itself. Each channel with a request has one answered in turn.
 */
#ifndef DAEMON_KEYCHANNEL_H
#define DAEMON_KEYCHANNEL_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/keymsg.h"
#include "daemon/keystore.h"

#define PX_KEYCHANNELS_MAX 1024

struct px_keychannel;
TAILQ_HEAD(px_keychannel_list, px_keychannel);

struct px_keychannels {
	struct event_base *base;
	const struct px_keystore *store;
	struct px_keychannel_list list;
	unsigned n;
	/* Requests: answered by a signature; refused, since they are malformed, for a key that isn't held, or no
	 * server's; and those on which signing failed. */
	uint64_t n_signed, n_refused, n_failed;
	void (*on_none)(void *arg);
	void *arg;
};

/* None yet. The store and the base live on. on_none is called when a worker has ended the last one. */
void px_keychannels_init(struct px_keychannels *set, struct event_base *base, const struct px_keystore *store,
    void (*on_none)(void *arg), void *arg);
void px_keychannels_clear(struct px_keychannels *set);

/* Takes over the keeper's end of the channel to a worker; it is closed when the worker has closed its own, or gets another
 * one: a worker has one. 0, or -1: closed at once, there are too many or no memory is left. */
int px_keychannels_add(struct px_keychannels *set, int fd, unsigned worker);

#endif

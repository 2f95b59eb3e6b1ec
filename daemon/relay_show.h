/* relay_show.h - what a live relay is doing, as JSON: for quenchctl connections. */
#ifndef DAEMON_RELAY_SHOW_H
#define DAEMON_RELAY_SHOW_H

#include "daemon/line.h"
#include "daemon/relay.h"

/* Makes line one object with a newline behind it:
 *
 *	id ms service peer state("handshake" "connect" "data" "linger") backend sni version suite group
 *	in out                    plaintext bytes from and to the client
 *	waits {client backend}    "none", "read", "write", "read+write", "key" (a signature), "connect"
 *	flight {to_backend to_client}    bytes that were taken from one side and that the other didn't take yet
 *	stopped                   who takes no more for now: "none", "client", "backend", "both"
 *
 * null: not known (yet). now_us: px_clock_us. */
void px_relay_show(struct px_line *line, const struct px_relay *relay, uint64_t now_us);

#endif

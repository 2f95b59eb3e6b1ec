/* tickets.h - the ticket keys of now, made from the seed, which no worker gets to see. */
#ifndef DAEMON_TICKETS_H
#define DAEMON_TICKETS_H

#include <stdbool.h>

#include "conf/conf.h"

struct px_tickets {
	tls_datum_t own; /* the seed for configurations without one: made at the start, or kept by
	                  * systemd over a restart */
	tls_datum_t list; /* what workers get; NULL: nothing */
};

/* 0, or -1 when memory or random bytes are out. */
int px_tickets_init(struct px_tickets *tickets);
void px_tickets_clear(struct px_tickets *tickets);

/* Makes the list for conf and the clock. True if it has changed; if it can't be made, the old one stays. */
bool px_tickets_update(struct px_tickets *tickets, const struct conf_tickets *conf);

#endif

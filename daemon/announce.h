/* announce.h - how systemd is kept informed: ready, reloading, stopping; the watchdog; a line of status. */
#ifndef DAEMON_ANNOUNCE_H
#define DAEMON_ANNOUNCE_H

struct px_master;
struct px_announce;

/* Observes master from now on. 0, or -1 when memory is out. */
int px_announce_new(struct px_announce **announce, struct px_master *master);

/* NULL is fine. */
void px_announce_free(struct px_announce *announce);

#endif

/* reload.h - from one generation of settings to the next: all of it or nothing.
 *
 *	asked ─> LOADING (thread) ─> sockets bound ─> PREPARING: each child has it ─> sockets listen ─> COMMITTING ─> over
 *
 * Whatever goes wrong up to there leaves everything as it was. The start is the same with nothing before it.
 */
#ifndef DAEMON_RELOAD_H
#define DAEMON_RELOAD_H

#include "daemon/master.h"

/* 0, or -1 when memory is out. */
int px_reload_init(struct px_master *master);
void px_reload_clear(struct px_master *master);

/* As px_master_reload. */
void px_reload_ask(struct px_master *master, px_reload_func done, void *arg);

/* Certificates have changed: they are read again, the configuration's text isn't. */
void px_reload_certificates(struct px_master *master);

/* The daemon ends: gives up what isn't decided, finishes what is. */
void px_reload_stop(struct px_master *master);

/* For the loader. */
void px_reload_loaded(void *master, struct px_loaded *loaded);

/* A child has answered what it was waiting for: reason is NULL, or why not. */
void px_reload_answered(struct px_master *master, struct px_child *child, const char *reason);

/* A child has died. */
void px_reload_died(struct px_master *master, const struct px_child *child);

/* ---- Between reload.c and reload_load.c ---- */

/* The loaded generation, taken over, goes to everybody. */
void px_reload_prepare(struct px_master *master, struct px_generation *next);

/* It is over: with an outcome; or failed, which is told. */
void px_reload_over(struct px_master *master, bool good, const char *outcome);
void px_reload_fail(struct px_master *master, const char *reason);

/* The timer of a load that takes long. 0, or -1. */
int px_reload_init_slow(struct px_master *master);

/* Behind it: those who asked are told, and the next one begins if somebody has asked for it. */
void px_reload_next(struct px_master *master, bool good);
void px_reload_drop_callers(struct px_reload *reload);

void px_reload_free_generation(struct px_generation *generation, const struct px_sockets *keep);

#endif

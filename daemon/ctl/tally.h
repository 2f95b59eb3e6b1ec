/* tally.h - counters by name, now and at the time before: what rates are made of. */
#ifndef DAEMON_CTL_TALLY_H
#define DAEMON_CTL_TALLY_H

#include <stddef.h>

#define PX_TALLY_KEY_LEN 200

struct px_tally_entry {
	char key[PX_TALLY_KEY_LEN];
	double now, before;
};

/* Zero-initialise. */
struct px_tally {
	struct px_tally_entry *list;
	size_t n;
};

/* What is now becomes what was before; now is zero. */
void px_tally_turn(struct px_tally *tally);

/* Adds to now. Without memory, or with a key that is too long, nothing happens. */
void px_tally_add(struct px_tally *tally, const char *key, double n);

/* 0 for a key that isn't there. */
double px_tally_get(const struct px_tally *tally, const char *key);

/* By how much it grew; 0 for one that fell, which has been set to zero. */
double px_tally_grown(const struct px_tally_entry *entry);
double px_tally_get_grown(const struct px_tally *tally, const char *key);

/* The largest first. */
void px_tally_sort(struct px_tally *tally);
void px_tally_clear(struct px_tally *tally);

#endif

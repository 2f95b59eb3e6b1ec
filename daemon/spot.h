/* spot.h - where a thread is just now, for the loop to say when it takes long: the file that it looks at, the name
 * that it asks for. */
#ifndef DAEMON_SPOT_H
#define DAEMON_SPOT_H

#include <pthread.h>
#include <stdint.h>

#define PX_SPOT_LEN 256
#define PX_SPOT_LONG_MS 5000 /* at one place: worth a line in the log */

struct px_spot {
	pthread_mutex_t lock;
	char text[PX_SPOT_LEN];
	uint64_t since_ms; /* 0: nowhere */
};

void px_spot_init(struct px_spot *spot);
void px_spot_clear(struct px_spot *spot);

/* The thread: a place begins, which is left with NULL. spot NULL is fine. */
void px_spot_enter(struct px_spot *spot, const char *text);

/* The loop: for how many ms it has been where it is; 0: it is nowhere. */
uint64_t px_spot_ms(struct px_spot *spot, char text[PX_SPOT_LEN]);

#endif

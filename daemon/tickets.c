/* tickets.c - see tickets.h. The list is made anew each time it is asked for, which is cheap, so that no jump of
 * the clock is missed. */

#include "daemon/tickets.h"

#include <string.h>
#include <time.h>

#include "daemon/log.h"

static void wipe(tls_datum_t *datum)
{
	if (datum->data) {
		explicit_bzero(datum->data, datum->size);
		tls_free(datum->data);
	}
	*datum = (tls_datum_t){ 0 };
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int px_tickets_init(struct px_tickets *tickets)
{
	memset(tickets, 0, sizeof(*tickets));
	return tls_session_ticket_key_generate(&tickets->own) == 0 ? 0 : -1;
}

void px_tickets_clear(struct px_tickets *tickets)
{
	wipe(&tickets->own);
	wipe(&tickets->list);
}

static bool is_same(const tls_datum_t *a, const tls_datum_t *b)
{
	return a->size == b->size && (!a->size || memcmp(a->data, b->data, a->size) == 0);
}

bool px_tickets_update(struct px_tickets *tickets, const struct conf_tickets *conf)
{
	const tls_datum_t *seed = conf->seed.data ? &conf->seed : &tickets->own;
	tls_datum_t list = { 0 };
	int r = 0;

	if (conf->lifetime_s)
		r = tls_session_ticket_key_list(&list, seed, conf->rotate_s, now_ms());
	if (r != 0) {
		px_log(CONF_LOG_ERROR, "no new ticket keys: %s", tls_strerror(r));
		return false;
	}
	if (is_same(&list, &tickets->list)) {
		wipe(&list);
		return false;
	}
	wipe(&tickets->list);
	tickets->list = list;
	return true;
}

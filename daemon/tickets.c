/* tickets.c - see tickets.h. The list is made anew each time it is asked for, which is cheap, so that no jump of
 * the clock is missed. */

#include "config.h" /* GNU extensions */

#include "daemon/tickets.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/handed.h"
#include "daemon/log.h"
#include "daemon/notify.h"

static void wipe(tls_datum_t *datum)
{
	if (datum->data) {
		explicit_bzero(datum->data, datum->size);
		tls_free(datum->data);
	}
	*datum = (tls_datum_t){ 0 };
}

/* ---- The seed of our own ------------------------------------------------------------------------------ */

/* Over the one that was just made, what systemd has kept of the one before us, if it is whole. */
static void take_kept(tls_datum_t *seed)
{
	unsigned char kept[256];
	int fd = px_handed_seed();
	ssize_t n;

	if (fd < 0)
		return;
	n = pread(fd, kept, sizeof(kept), 0);
	close(fd);
	if (n == (ssize_t)seed->size)
		memcpy(seed->data, kept, seed->size);
	explicit_bzero(kept, sizeof(kept));
}

/* Systemd has it for the next of us. */
static void keep(const tls_datum_t *seed)
{
	int fd = px_notify_stores() ? memfd_create("quench-seed", MFD_CLOEXEC | MFD_ALLOW_SEALING) : -1;

	if (fd < 0)
		return;
	if (write(fd, seed->data, seed->size) == (ssize_t)seed->size &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0) {
		px_notify_unstore(PX_HANDED_SEED);
		px_notify_store(PX_HANDED_SEED, fd);
	}
	close(fd);
}

int px_tickets_init(struct px_tickets *tickets)
{
	memset(tickets, 0, sizeof(*tickets));
	if (tls_session_ticket_key_generate(&tickets->own) != 0)
		return -1;
	take_kept(&tickets->own);
	keep(&tickets->own);
	return 0;
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
		r = tls_session_ticket_key_list(&list, seed, conf->rotate_s, px_clock_real_ms());
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

/* lend.c - see lend.h. Each time all are told anew what they borrow now; which of them has which socket doesn't matter.
 */

#include "daemon/lend.h"

#include <stdlib.h>

#include "daemon/crew.h"
#include "daemon/deliver.h"
#include "daemon/log.h"

struct lend {
	unsigned n_workers;
	bool *away; /* by position */
	unsigned n_away;
	struct px_deliver_batch *borrowers;
	unsigned n_borrowers, next, n_lent;
};

/* It has the settings in force, and what it is told now it does behind that. */
static bool serves(const struct px_child *worker)
{
	return worker && worker->state == PX_CHILD_RUNNING && worker->control && !worker->dying;
}

static void find(struct lend *lend, const struct px_master *master)
{
	for (unsigned i = 0; i < lend->n_workers; i++) {
		struct px_child *worker = px_crew_worker(master, i);

		if (!serves(worker)) {
			lend->away[i] = true;
			lend->n_away++;
			continue;
		}
		lend->borrowers[lend->n_borrowers++] = (struct px_deliver_batch){ .child = worker,
			.msg = { .head = { .type = PX_CONTROL_BORROW, .serial = master->current->serial,
				     .flags = PX_CONTROL_FIRST } } };
	}
}

/* In turn, so that nobody gets more than the others. */
static void add(void *arg, unsigned service, unsigned address, int fd)
{
	struct lend *lend = arg;

	px_deliver_add(&lend->borrowers[lend->next++ % lend->n_borrowers],
	    (struct px_control_listener){ service, address }, fd);
	lend->n_lent++;
}

/* One that can't be told does without; it serves what it has. */
static void tell(struct lend *lend, const struct px_sockets *sockets)
{
	if (lend->n_borrowers && lend->n_away)
		px_sockets_each_away(sockets, lend->away, lend->n_workers, add, lend);
	for (unsigned i = 0; i < lend->n_borrowers; i++)
		px_deliver_flush(&lend->borrowers[i]);
}

void px_lend_settle(struct px_master *master)
{
	const struct px_generation *g = master->current;
	struct lend lend = { 0 };

	if (!g || !g->sockets)
		return;
	lend.n_workers = g->loaded.n_workers;
	lend.away = calloc(lend.n_workers, sizeof(*lend.away));
	lend.borrowers = calloc(lend.n_workers, sizeof(*lend.borrowers));
	if (lend.away && lend.borrowers) {
		find(&lend, master);
		if (lend.n_away || master->n_lent)
			tell(&lend, g->sockets);
		master->n_lent = lend.n_lent;
	}
	free(lend.away);
	free(lend.borrowers);
}

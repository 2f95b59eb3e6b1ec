/* sockets.c - see sockets.h. A place is in two sets at most: the one in force and the one that is to replace it. */

#include "config.h" /* GNU extensions */

#include "daemon/sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bind.h"
#include "daemon/handed.h"
#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/place.h"

void px_sockets_settle(void)
{
	px_handed_settle(px_notify_unstore);
	for (unsigned i = 0; px_handed_unused(i); i++)
		px_log(CONF_LOG_WARNING, "systemd handed over the socket %s, and nothing listens on \"fd:%s\"",
		    px_handed_unused(i), px_handed_unused(i));
}

/* ---- Places ----------------------------------------------------------------------------------------- */

static struct px_place *find(const struct px_sockets *old, const struct conf_service *service,
    const struct conf_address *a, bool both_families, unsigned nth)
{
	for (unsigned i = 0; old && i < old->n; i++) {
		if (px_place_fits(old->list[i].place, service, a, both_families, nth))
			return old->list[i].place;
	}
	return NULL;
}

/* A new one stands where it stood. */
static void mark_replaced(const struct px_sockets *old, const char *path)
{
	for (unsigned i = 0; old && i < old->n; i++) {
		struct px_place *place = old->list[i].place;

		if (place->path && strcmp(place->path, path) == 0)
			place->replaced = true;
	}
}

static unsigned port_of(const struct sockaddr_storage *sa)
{
	if (sa->ss_family == AF_INET)
		return ((const struct sockaddr_in *)sa)->sin_port;
	return sa->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)sa)->sin6_port : 0;
}

/* From one address to all of them and back, for example: it is ourselves who are in the way. */
static bool is_ours(const struct px_sockets *old, const struct sockaddr_storage *sa)
{
	for (unsigned i = 0; old && i < old->n; i++) {
		if (port_of(sa) && port_of(&old->list[i].place->sa) == port_of(sa))
			return true;
	}
	return false;
}

/* ---- Opening ---------------------------------------------------------------------------------------- */

static unsigned count(const struct conf *conf)
{
	unsigned n = 0;

	for (unsigned i = 0; i < conf->n_services; i++)
		n += conf->services[i].n_listen;
	return n;
}

static unsigned nth_of_text(const struct conf_service *service, unsigned address)
{
	unsigned n = 0;

	for (unsigned i = 0; i < address; i++)
		n += strcmp(service->listen[i].text, service->listen[address].text) == 0;
	return n;
}

static int add(struct px_sockets *sockets, const struct px_sockets *old, const struct conf *conf, unsigned service,
    unsigned address, unsigned n_workers)
{
	const struct conf_service *s = &conf->services[service];
	const struct conf_address *a = &s->listen[address];
	bool both = px_bind_both_families(conf, a);
	unsigned nth = nth_of_text(s, address), n = a->kind == CONF_ADDRESS_UNIX ? 1 : n_workers;
	struct px_place *place = find(old, s, a, both, nth);
	struct px_sockets_entry *entry = &sockets->list[sockets->n];
	bool is_new;

	if (place)
		place->n_refs++;
	else
		place = px_place_new(s, a, both, nth);
	if (!place)
		return -1;
	*entry = (struct px_sockets_entry){ .place = place, .service = service, .address = address };
	sockets->n++;
	is_new = place->n_fds == 0;
	if (px_place_grow(place, a, n, is_ours(old, &place->sa)) != 0)
		return -1;
	if (is_new && place->path)
		mark_replaced(old, place->path);
	entry->n_fds = place->n_fds;
	return 0;
}

static void tell_problem(char *problem, const struct conf_address *a)
{
	bool missing = a->kind == CONF_ADDRESS_FD && errno == ENODATA;

	snprintf(problem, PX_SOCKETS_PROBLEM_LEN, "%s:%u: cannot listen on %s: %s", a->origin.file, a->origin.line,
	    a->text, missing ? "systemd has handed over no listening socket of this name" : strerror(errno));
}

static int fill(struct px_sockets *sockets, char *problem, const struct px_sockets *old, const struct conf *conf,
    unsigned n_workers)
{
	for (unsigned i = 0; i < conf->n_services; i++) {
		for (unsigned k = 0; k < conf->services[i].n_listen; k++) {
			const struct conf_address *a = &conf->services[i].listen[k];

			if (add(sockets, old, conf, i, k, n_workers) == 0)
				continue;
			tell_problem(problem, a);
			return -1;
		}
	}
	return 0;
}

int px_sockets_open(struct px_sockets **out, char problem[PX_SOCKETS_PROBLEM_LEN], const struct px_sockets *old,
    const struct conf *conf, unsigned n_workers)
{
	struct px_sockets *sockets = calloc(1, sizeof(*sockets));

	*out = NULL;
	snprintf(problem, PX_SOCKETS_PROBLEM_LEN, "out of memory");
	if (!sockets)
		return -1;
	sockets->list = calloc(count(conf), sizeof(*sockets->list));
	if (!sockets->list || fill(sockets, problem, old, conf, n_workers) != 0) {
		px_sockets_free(sockets, old);
		return -1;
	}
	*out = sockets;
	return 0;
}

void px_sockets_revive(const struct px_sockets *sockets)
{
	for (unsigned i = 0; i < sockets->n; i++)
		px_place_revive(sockets->list[i].place);
}

int px_sockets_listen(struct px_sockets *sockets, char problem[PX_SOCKETS_PROBLEM_LEN], const struct conf *conf)
{
	for (unsigned i = 0; i < sockets->n; i++) {
		const struct px_sockets_entry *e = &sockets->list[i];

		if (px_place_listen(e->place) == 0)
			continue;
		tell_problem(problem, &conf->services[e->service].listen[e->address]);
		return -1;
	}
	return 0;
}

/* ---- Sets ------------------------------------------------------------------------------------------- */

static const struct px_sockets_entry *entry_of(const struct px_sockets *sockets, const struct px_place *place)
{
	for (unsigned i = 0; sockets && i < sockets->n; i++) {
		if (sockets->list[i].place == place)
			return &sockets->list[i];
	}
	return NULL;
}

void px_sockets_tell(const struct px_sockets *sockets, const struct px_sockets *old, const struct conf *conf)
{
	for (unsigned i = 0; old && i < old->n; i++) {
		if (!entry_of(sockets, old->list[i].place))
			px_log(CONF_LOG_INFO, "no longer listening on %s", px_sockets_text(&old->list[i]));
	}
	for (unsigned i = 0; i < sockets->n; i++) {
		const struct px_sockets_entry *e = &sockets->list[i];

		if (!entry_of(old, e->place))
			px_log(CONF_LOG_INFO, "listening on %s (service %s)", px_sockets_text(e),
			    conf->services[e->service].name);
	}
}

void px_sockets_part(const struct px_sockets *sockets, const struct px_sockets *next)
{
	for (unsigned i = 0; sockets && i < sockets->n; i++) {
		if (!entry_of(next, sockets->list[i].place))
			px_place_part(sockets->list[i].place);
	}
}

void px_sockets_leave(struct px_sockets *sockets)
{
	for (unsigned i = 0; sockets && i < sockets->n; i++)
		sockets->list[i].place->leaving = true;
	px_sockets_free(sockets, NULL);
}

void px_sockets_free(struct px_sockets *sockets, const struct px_sockets *keep)
{
	if (!sockets)
		return;
	for (unsigned i = 0; i < sockets->n; i++) {
		const struct px_sockets_entry *kept = entry_of(keep, sockets->list[i].place);

		if (kept)
			px_place_close_from(kept->place, kept->n_fds);
		px_place_drop(sockets->list[i].place);
	}
	free(sockets->list);
	free(sockets);
}

void px_sockets_each(const struct px_sockets *sockets, unsigned worker, unsigned n_workers, px_sockets_func func,
    void *arg)
{
	for (unsigned i = 0; i < sockets->n; i++) {
		const struct px_sockets_entry *e = &sockets->list[i];

		for (unsigned k = 0; k < e->n_fds; k++) {
			if (px_place_is_shared(e->place) || k % n_workers == worker)
				func(arg, e->service, e->address, e->place->fds[k].fd);
		}
	}
}

void px_sockets_each_away(const struct px_sockets *sockets, const bool *away, unsigned n_workers,
    px_sockets_func func, void *arg)
{
	for (unsigned i = 0; i < sockets->n; i++) {
		const struct px_sockets_entry *e = &sockets->list[i];

		for (unsigned k = 0; k < e->n_fds; k++) {
			if (!px_place_is_shared(e->place) && away[k % n_workers])
				func(arg, e->service, e->address, e->place->fds[k].fd);
		}
	}
}

const char *px_sockets_text(const struct px_sockets_entry *entry)
{
	return entry->place->text;
}

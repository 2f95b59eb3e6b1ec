/* sockets.c - see sockets.h. A place counts the sets that have it: at most two, the one in force and the one that
 * is to replace it. */

#include "config.h" /* GNU extensions */

#include "daemon/sockets.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/addr.h"
#include "daemon/bind.h"
#include "daemon/handed.h"
#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/tcp.h"

struct px_place {
	unsigned n_refs;
	char *service; /* port 0 only: it is this service's, and the nth of this text there */
	char *asked;
	unsigned nth;
	char *path; /* unix only */
	char *name; /* fd: only: systemd has bound it */
	bool replaced; /* what stands at path is another place's */
	struct sockaddr_storage sa; /* as asked for */
	socklen_t sa_len;
	bool both_families;
	struct px_socket {
		int fd;
		unsigned number; /* in the name under which systemd keeps it; NOT_STORED */
	} *fds;
	unsigned n_fds;
	unsigned n_listening; /* the first ones */
	bool leaving; /* we end: systemd may keep them for the next of us */
	char text[PX_ADDR_TEXT_LEN];
};

#define NOT_STORED UINT_MAX

/* ---- Kept by systemd over a restart ------------------------------------------------------------------ */

static unsigned next_number;

static const char *name_of(char name[40], unsigned number)
{
	snprintf(name, 40, PX_HANDED_LISTEN "%u", number);
	return name;
}

static void store(struct px_socket *s)
{
	char name[40];

	s->number = next_number++;
	px_notify_store(name_of(name, s->number), s->fd);
}

void px_sockets_settle(void)
{
	next_number = px_handed_settle(px_notify_unstore);
	for (unsigned i = 0; px_handed_unused(i); i++)
		px_log(CONF_LOG_WARNING, "systemd handed over the socket %s, and nothing listens on \"fd:%s\"",
		    px_handed_unused(i), px_handed_unused(i));
}

/* ---- Places ----------------------------------------------------------------------------------------- */

static void close_from(struct px_place *place, unsigned n)
{
	char name[40];

	while (place->n_fds > n) {
		const struct px_socket *s = &place->fds[--place->n_fds];

		if (s->number != NOT_STORED && !place->leaving)
			px_notify_unstore(name_of(name, s->number));
		close(s->fd);
	}
	if (place->n_listening > n)
		place->n_listening = n;
}

static void drop_place(struct px_place *place)
{
	if (--place->n_refs > 0)
		return;
	/* Fails without harm where we no longer may. Kept for the next of us, it needs its name. */
	if (place->path && place->n_fds && !place->replaced && !(place->leaving && px_notify_stores()))
		unlink(place->path);
	close_from(place, 0);
	free(place->fds);
	free(place->service);
	free(place->asked);
	free(place->path);
	free(place->name);
	free(place);
}

static struct px_place *new_place(const struct conf_service *service, const struct conf_address *a,
    bool both_families, unsigned nth)
{
	struct px_place *place = calloc(1, sizeof(*place));

	if (!place)
		return NULL;
	place->n_refs = 1;
	place->nth = nth;
	place->both_families = both_families;
	place->sa = a->sa;
	place->sa_len = a->sa_len;
	place->service = strdup(service->name);
	place->asked = strdup(a->text);
	if (a->kind == CONF_ADDRESS_UNIX)
		place->path = strdup(a->path);
	if (a->kind == CONF_ADDRESS_FD)
		place->name = strdup(a->fd_name);
	if (place->service && place->asked && (place->path || a->kind != CONF_ADDRESS_UNIX) &&
	    (place->name || a->kind != CONF_ADDRESS_FD))
		return place;
	drop_place(place);
	return NULL;
}

/* Somebody may have removed it: then nobody can connect. */
static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

static bool fits(const struct px_place *place, const struct conf_service *service,
    const struct conf_address *a, bool both_families, unsigned nth)
{
	if (a->kind == CONF_ADDRESS_UNIX)
		return place->path && strcmp(place->path, a->path) == 0 && is_there(a->path);
	if (a->kind == CONF_ADDRESS_FD)
		return place->name && strcmp(place->name, a->fd_name) == 0;
	if (place->path || place->name || place->both_families != both_families)
		return false;
	if (a->port)
		return place->sa_len == a->sa_len && memcmp(&place->sa, &a->sa, a->sa_len) == 0;
	return place->nth == nth && strcmp(place->asked, a->text) == 0 &&
	    strcmp(place->service, service->name) == 0;
}

static struct px_place *find(const struct px_sockets *old, const struct conf_service *service,
    const struct conf_address *a, bool both_families, unsigned nth)
{
	for (unsigned i = 0; old && i < old->n; i++) {
		if (fits(old->list[i].place, service, a, both_families, nth))
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

/* ---- Binding ---------------------------------------------------------------------------------------- */

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

static int bind_first(const struct px_place *place, const struct px_sockets *old, const struct conf_address *a)
{
	const struct sockaddr *sa = (const struct sockaddr *)&place->sa;
	int fd;

	if (place->path) {
		mark_replaced(old, place->path);
		return px_bind_unix(a);
	}
	fd = px_bind_inet(sa, place->sa_len, place->both_families, false);
	if (fd < 0 && errno == EADDRINUSE && is_ours(old, &place->sa))
		fd = px_bind_inet(sa, place->sa_len, place->both_families, true);
	return fd;
}

/* With the port that the first one got. */
static int bind_next(const struct px_place *place)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	if (getsockname(place->fds[0].fd, (struct sockaddr *)&sa, &len) != 0)
		return -1;
	return px_bind_inet((struct sockaddr *)&sa, len, place->both_families, true);
}

static void find_text(struct px_place *place)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	if (getsockname(place->fds[0].fd, (struct sockaddr *)&sa, &len) == 0)
		px_addr_text(place->text, (struct sockaddr *)&sa, len);
}

/* 0, or -1 with errno. fd < 0: errno says why there is none. */
static int take(struct px_place *place, int fd, unsigned number)
{
	struct px_socket *fds;

	if (fd < 0)
		return -1;
	fds = realloc(place->fds, (place->n_fds + 1) * sizeof(*fds));
	if (!fds) {
		close(fd);
		errno = ENOMEM;
		return -1;
	}
	place->fds = fds;
	fds[place->n_fds++] = (struct px_socket){ .fd = fd, .number = number };
	return 0;
}

/* All that were kept over the restart, even if there are more than workers now: connections may wait in each. */
static int take_kept(struct px_place *place, const struct conf_address *a)
{
	unsigned number;
	int fd;

	if (place->n_fds || (place->path ? !is_there(place->path) : !a->port))
		return 0;
	while ((fd = px_handed_bound(&number, (const struct sockaddr *)&place->sa, place->sa_len,
		    place->both_families)) >= 0) {
		if (take(place, fd, number) != 0)
			return -1;
	}
	return 0;
}

/* All that systemd has under this name, which nobody else can open. */
static int take_named(struct px_place *place)
{
	for (unsigned i = 0; place->n_fds == i; i++) {
		int fd = px_handed_named(place->name, i);

		if (fd < 0 && errno == 0 && i > 0)
			return 0;
		if (fd < 0 && errno == 0)
			errno = ENODATA;
		else
			px_tcp_set_options(fd);
		if (take(place, fd, NOT_STORED) != 0)
			return -1;
	}
	return 0;
}

/* 0, or -1 with errno; what was opened is closed with the set. */
static int grow(struct px_place *place, const struct px_sockets *old, const struct conf_address *a, unsigned n)
{
	if (place->name)
		return place->n_fds ? 0 : take_named(place);
	if (take_kept(place, a) != 0)
		return -1;
	while (place->n_fds < n) {
		int fd = place->n_fds ? bind_next(place) : bind_first(place, old, a);

		if (take(place, fd, NOT_STORED) != 0)
			return -1;
	}
	return 0;
}

/* ---- Sets ------------------------------------------------------------------------------------------- */

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

	if (place)
		place->n_refs++;
	else
		place = new_place(s, a, both, nth);
	if (!place)
		return -1;
	*entry = (struct px_sockets_entry){ .place = place, .service = service, .address = address };
	sockets->n++;
	if (grow(place, old, a, n) != 0)
		return -1;
	if (place->n_fds)
		find_text(place);
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

static void revive(const struct px_sockets_entry *e, int fd)
{
	socklen_t len = sizeof(int);
	int listens = 1;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) != 0 || listens)
		return;
	if (px_bind_listen(fd) == 0)
		px_log(CONF_LOG_WARNING, "%s didn't listen any more, and does again", px_sockets_text(e));
	else
		px_log(CONF_LOG_ERROR, "%s doesn't listen any more: %s", px_sockets_text(e), strerror(errno));
}

void px_sockets_revive(const struct px_sockets *sockets)
{
	for (unsigned i = 0; i < sockets->n; i++) {
		const struct px_sockets_entry *e = &sockets->list[i];

		for (unsigned k = 0; k < e->place->n_listening; k++)
			revive(e, e->place->fds[k].fd);
	}
}

int px_sockets_listen(struct px_sockets *sockets, char problem[PX_SOCKETS_PROBLEM_LEN], const struct conf *conf)
{
	for (unsigned i = 0; i < sockets->n; i++) {
		const struct px_sockets_entry *e = &sockets->list[i];
		const struct conf_address *a = &conf->services[e->service].listen[e->address];
		struct px_place *place = e->place;

		for (; place->n_listening < place->n_fds; place->n_listening++) {
			struct px_socket *s = &place->fds[place->n_listening];

			if (!place->name && px_bind_listen(s->fd) != 0) {
				tell_problem(problem, a);
				return -1;
			}
			if (!place->name && s->number == NOT_STORED)
				store(s);
		}
	}
	return 0;
}

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
			close_from(kept->place, kept->n_fds);
		drop_place(sockets->list[i].place);
	}
	free(sockets->list);
	free(sockets);
}

void px_sockets_each(const struct px_sockets *sockets, unsigned worker, unsigned n_workers,
    void (*func)(void *arg, unsigned service, unsigned address, int fd), void *arg)
{
	for (unsigned i = 0; i < sockets->n; i++) {
		const struct px_sockets_entry *e = &sockets->list[i];

		for (unsigned k = 0; k < e->n_fds; k++) {
			/* A unix socket is alone, those of systemd may be: all accept from each. */
			if (e->place->path || e->place->name || k % n_workers == worker)
				func(arg, e->service, e->address, e->place->fds[k].fd);
		}
	}
}

const char *px_sockets_text(const struct px_sockets_entry *entry)
{
	return entry->place->text;
}

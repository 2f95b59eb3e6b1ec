/* place.c - see place.h. */

#include "config.h" /* GNU extensions */

#include "daemon/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/bind.h"
#include "daemon/handed.h"
#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/tcp.h"

/* ---- Kept by systemd over a restart ------------------------------------------------------------------ */

static const char *name_of(char name[40], unsigned number)
{
	snprintf(name, 40, PX_HANDED_LISTEN "%u", number);
	return name;
}

static void store(struct px_place_socket *s)
{
	char name[40];

	s->number = px_handed_new_number();
	px_notify_store(name_of(name, s->number), s->fd);
}

/* ---- Places ----------------------------------------------------------------------------------------- */

void px_place_close_from(struct px_place *place, unsigned n)
{
	char name[40];

	while (place->n_fds > n) {
		const struct px_place_socket *s = &place->fds[--place->n_fds];

		if (s->number != PX_PLACE_NOT_STORED && !place->leaving)
			px_notify_unstore(name_of(name, s->number));
		close(s->fd);
	}
	if (place->n_listening > n)
		place->n_listening = n;
}

void px_place_part(struct px_place *place)
{
	/* Fails without harm where we no longer may. Kept for the next of us, it needs its name. */
	if (place->path && place->n_fds && !place->replaced && !(place->leaving && px_notify_stores()))
		unlink(place->path);
	px_place_close_from(place, 0);
}

void px_place_drop(struct px_place *place)
{
	if (--place->n_refs > 0)
		return;
	px_place_part(place);
	free(place->fds);
	free(place->service);
	free(place->asked);
	free(place->path);
	free(place->name);
	free(place);
}

struct px_place *px_place_new(const struct conf_service *service, const struct conf_address *a,
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
	px_place_drop(place);
	return NULL;
}

/* Somebody may have removed it: then nobody can connect. */
static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

bool px_place_fits(const struct px_place *place, const struct conf_service *service,
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

/* ---- Binding ---------------------------------------------------------------------------------------- */

static int bind_first(const struct px_place *place, const struct conf_address *a, bool ours)
{
	const struct sockaddr *sa = (const struct sockaddr *)&place->sa;
	int fd;

	if (place->path)
		return px_bind_unix(a);
	fd = px_bind_inet(sa, place->sa_len, place->both_families, false);
	if (fd < 0 && errno == EADDRINUSE && ours)
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
	struct px_place_socket *fds;

	if (fd < 0)
		return -1;
	fds = realloc(place->fds, (place->n_fds + 1) * sizeof(*fds));
	if (!fds) {
		close(fd);
		errno = ENOMEM;
		return -1;
	}
	place->fds = fds;
	fds[place->n_fds++] = (struct px_place_socket){ .fd = fd, .number = number };
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
		if (take(place, fd, PX_PLACE_NOT_STORED) != 0)
			return -1;
	}
	return 0;
}

int px_place_grow(struct px_place *place, const struct conf_address *a, unsigned n, bool ours)
{
	int r = 0;

	if (place->name && place->n_fds == 0)
		r = take_named(place);
	else if (!place->name)
		r = take_kept(place, a);
	while (r == 0 && !place->name && place->n_fds < n)
		r = take(place, place->n_fds ? bind_next(place) : bind_first(place, a, ours), PX_PLACE_NOT_STORED);
	if (r == 0 && place->n_fds)
		find_text(place);
	return r;
}

/* ---- Listening -------------------------------------------------------------------------------------- */

int px_place_listen(struct px_place *place)
{
	for (; place->n_listening < place->n_fds; place->n_listening++) {
		struct px_place_socket *s = &place->fds[place->n_listening];

		if (!place->name && px_bind_listen(s->fd) != 0)
			return -1;
		if (!place->name && s->number == PX_PLACE_NOT_STORED)
			store(s);
	}
	return 0;
}

/* Who has ended it may have connected it to somebody. */
static int listen_again(int fd)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };

	if (px_bind_listen(fd) == 0)
		return 0;
	return connect(fd, &none, sizeof(none)) == 0 ? px_bind_listen(fd) : -1;
}

static void revive(const struct px_place *place, int fd)
{
	socklen_t len = sizeof(int);
	int listens = 1;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) != 0 || listens)
		return;
	if (listen_again(fd) == 0)
		px_log(CONF_LOG_WARNING, "%s didn't listen any more, and does again", place->text);
	else
		px_log(CONF_LOG_ERROR, "%s doesn't listen any more: %s", place->text, strerror(errno));
}

void px_place_revive(const struct px_place *place)
{
	for (unsigned i = 0; i < place->n_listening; i++)
		revive(place, place->fds[i].fd);
}

/* A unix socket is alone, those of systemd may be. */
bool px_place_is_shared(const struct px_place *place)
{
	return place->path || place->name;
}

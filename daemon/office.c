/* office.c - see office.h. */

#include "config.h" /* GNU extensions */

#include "daemon/office.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/addr.h"
#include "daemon/admin.h"
#include "daemon/admin_commands.h"
#include "daemon/bind.h"
#include "daemon/figures.h"
#include "daemon/http.h"
#include "daemon/log.h"
#include "daemon/master.h"

/* A place, and what is prepared for it. */
struct door {
	char *where; /* as configured; NULL: closed */
	char *path; /* of its file; NULL: none */
	int fd; /* -1; opened, and not served yet */
};

struct px_office {
	struct px_master *master;
	struct door admin, http; /* in force */
	struct door next_admin, next_http; /* where NULL and kept false: to be closed */
	bool keeps_admin, keeps_http;
	gid_t gid, next_gid; /* who may use the admin socket */
	struct px_admin *server;
	struct px_http *pages;
};

/* ---- Doors ------------------------------------------------------------------------------------------- */

static void forget(struct door *door)
{
	if (door->fd >= 0)
		close(door->fd);
	free(door->where);
	free(door->path);
	*door = (struct door){ .fd = -1 };
}

/* With its file, which is ours. */
static void close_door(struct door *door)
{
	if (door->path)
		unlink(door->path);
	forget(door);
}

/* Takes fd over. */
static int make_door(struct door *door, int fd, const char *where, const char *path)
{
	*door = (struct door){ .fd = fd, .where = strdup(where), .path = path ? strdup(path) : NULL };
	if (door->where && (door->path || !path))
		return 0;
	if (path)
		unlink(path);
	forget(door);
	errno = ENOMEM;
	return -1;
}

static bool is_socket(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* The same place, and if it is a file it is there yet. */
static bool stays(const struct door *door, const char *where)
{
	return door->where && strcmp(door->where, where) == 0 && (!door->path || is_socket(door->path));
}

/* ---- Opening ------------------------------------------------------------------------------------------- */

/* The folder of the default path, where no unit has made it. */
static void make_folder(const char *path)
{
	char folder[256];
	const char *slash = strrchr(path, '/');

	if (geteuid() != 0 || !slash || (size_t)(slash - path) >= sizeof(folder))
		return;
	memcpy(folder, path, (size_t)(slash - path));
	folder[slash - path] = '\0';
	if (mkdir(folder, 0755) != 0 && errno != EEXIST)
		px_log(CONF_LOG_DEBUG, "%s can't be made: %s", folder, strerror(errno));
}

static int open_admin(struct px_office *office, char *problem, const struct conf_admin *conf)
{
	char reason[PX_ADMIN_PROBLEM_LEN];
	int fd;

	if (!conf->socket[0])
		return 0;
	if (!conf->socket_given)
		make_folder(conf->socket);
	fd = px_admin_bind(reason, conf->socket, office->next_gid);
	if (fd >= 0 && make_door(&office->next_admin, fd, conf->socket, conf->socket) == 0)
		return 0;
	if (fd >= 0)
		snprintf(reason, sizeof(reason), "out of memory");
	if (conf->socket_given) {
		snprintf(problem, PX_OFFICE_PROBLEM_LEN, "%s:%u: admin.socket: %s", conf->socket_origin.file,
		    conf->socket_origin.line, reason);
		return -1;
	}
	px_log(CONF_LOG_WARNING, "quenchctl can't ask this daemon: %s (admin.socket names another path)", reason);
	return 0;
}

static int listen_http(const struct conf_address *a)
{
	int fd = a->kind == CONF_ADDRESS_UNIX ?
	    px_bind_unix(a) :
	    px_bind_inet((const struct sockaddr *)&a->sa, a->sa_len, false, false);
	int error;

	if (fd < 0 || px_bind_listen(fd) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int open_http(struct px_office *office, char *problem, const struct conf_admin *conf)
{
	const struct conf_address *a = &conf->http;
	int fd = conf->has_http ? listen_http(a) : -1;

	if (!conf->has_http || (fd >= 0 && make_door(&office->next_http, fd, a->text, a->path) == 0))
		return 0;
	snprintf(problem, PX_OFFICE_PROBLEM_LEN, "%s:%u: admin.http: cannot listen on %s: %s", a->origin.file,
	    a->origin.line, a->text, strerror(errno));
	return -1;
}

int px_office_prepare(struct px_office *office, char problem[PX_OFFICE_PROBLEM_LEN], const struct conf *conf, gid_t gid)
{
	office->next_gid = gid;
	office->keeps_admin = stays(&office->admin, conf->admin.socket);
	office->keeps_http = conf->admin.has_http && stays(&office->http, conf->admin.http.text);
	if ((office->keeps_admin || open_admin(office, problem, &conf->admin) == 0) &&
	    (office->keeps_http || open_http(office, problem, &conf->admin) == 0))
		return 0;
	px_office_cancel(office);
	return -1;
}

void px_office_cancel(struct px_office *office)
{
	close_door(&office->next_admin);
	close_door(&office->next_http);
}

/* ---- In force -------------------------------------------------------------------------------------------- */

/* A path of the one in force stands for its successor already, when that is at the same place. */
static void replace(struct door *door, struct door *next)
{
	if (door->path && next->path && strcmp(door->path, next->path) == 0)
		forget(door);
	else
		close_door(door);
	*door = *next;
	*next = (struct door){ .fd = -1 };
}

/* One that has gone since it connected may have been ours, too. */
static bool is_ours(void *owner, pid_t pid)
{
	const struct px_master *master = owner;
	const struct px_child *child;

	if (pid == 0)
		return false;
	TAILQ_FOREACH(child, &master->children.list, link) {
		if (child->pid == pid)
			return true;
	}
	return kill(pid, 0) != 0 && errno == ESRCH;
}

static void commit_admin(struct px_office *office)
{
	px_admin_retire(office->server);
	office->server = NULL;
	replace(&office->admin, &office->next_admin);
	if (office->admin.fd < 0)
		return;
	if (px_admin_open(&office->server, office->master->base, office->admin.fd, office->gid, px_admin_commands,
		office->master) != 0) {
		close_door(&office->admin);
		return;
	}
	office->admin.fd = -1;
	px_admin_refuse(office->server, is_ours);
}

static void tell_http(int fd)
{
	char text[PX_ADDR_TEXT_LEN];
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &len) != 0)
		return;
	px_addr_text(text, (struct sockaddr *)&sa, len);
	px_log(CONF_LOG_INFO, "metrics and the status page are on %s", text);
}

static void commit_http(struct px_office *office)
{
	px_http_close(office->pages);
	office->pages = NULL;
	replace(&office->http, &office->next_http);
	if (office->http.fd < 0)
		return;
	tell_http(office->http.fd);
	if (px_http_open(&office->pages, office->master->base, office->http.fd, px_figures_text, office->master) == 0)
		office->http.fd = -1;
	else
		close_door(&office->http);
}

/* The socket stays, and is for others now. */
static void change_group(struct px_office *office)
{
	if (!office->server || !office->admin.path || office->gid == office->next_gid)
		return;
	if (px_admin_give(office->admin.path, office->next_gid) != 0)
		px_log(CONF_LOG_WARNING, "%s can't be given to its new group: %s", office->admin.path, strerror(errno));
	px_admin_set_group(office->server, office->next_gid);
}

void px_office_commit(struct px_office *office)
{
	if (office->keeps_admin)
		change_group(office);
	office->gid = office->next_gid;
	if (!office->keeps_admin)
		commit_admin(office);
	if (!office->keeps_http)
		commit_http(office);
}

/* ---- Life ---------------------------------------------------------------------------------------------- */

int px_office_new(struct px_office **out, struct px_master *master)
{
	struct px_office *office = calloc(1, sizeof(*office));

	*out = office;
	if (!office)
		return -1;
	office->master = master;
	office->admin.fd = office->http.fd = office->next_admin.fd = office->next_http.fd = -1;
	return 0;
}

void px_office_free(struct px_office *office)
{
	if (!office)
		return;
	px_office_cancel(office);
	px_admin_close(office->server);
	px_http_close(office->pages);
	close_door(&office->admin);
	close_door(&office->http);
	free(office);
}

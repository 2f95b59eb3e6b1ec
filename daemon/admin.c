/* admin.c - see admin.h. A client and its call may end in either order: who is last frees both. */

#include "config.h" /* GNU extensions */

#include "daemon/admin.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "daemon/admin_peer.h"
#include "daemon/dump.h"
#include "daemon/log.h"

#define LINE_MAX_LEN 255 /* bytes of a command */
#define CLIENTS_MAX 32
#define UNREAD_MAX (32u << 20) /* bytes of answers that a client leaves unread */
#define UNREAD_SUM_MAX (64u << 20) /* ... that all of them do */
#define IDLE_S 60

struct client;

struct px_admin_call {
	struct client *client; /* NULL: gone */
	bool broken; /* memory was out: the answer has a hole */
};

struct client {
	LIST_ENTRY(client) link;
	struct px_admin *admin;
	struct bufferevent *bev;
	struct px_admin_call *call; /* being answered; NULL */
	bool over; /* goes when all is written */
	char who[PX_ADMIN_PEER_LEN];
};

struct px_admin {
	struct evconnlistener *listener; /* NULL: retired, it goes with its last client */
	const struct px_admin_command *commands;
	void *owner;
	gid_t gid;
	bool (*ours)(void *owner, pid_t pid); /* NULL: everybody who is allowed may ask */
	LIST_HEAD(client_list, client) clients;
	unsigned n_clients;
};

/* ---- Answers ---------------------------------------------------------------------------------------- */

static void free_client(struct client *client)
{
	struct px_admin *admin = client->admin;

	if (client->call)
		client->call->client = NULL;
	LIST_REMOVE(client, link);
	admin->n_clients--;
	bufferevent_free(client->bev);
	free(client);
	if (admin->listener)
		evconnlistener_enable(admin->listener);
	else if (admin->n_clients == 0)
		free(admin);
}

static size_t unread(const struct client *client)
{
	return evbuffer_get_length(bufferevent_get_output(client->bev));
}

static void cut_off(struct client *client)
{
	struct evbuffer *out = bufferevent_get_output(client->bev);

	client->over = true;
	evbuffer_drain(out, evbuffer_get_length(out));
}

/* Room for len bytes to client: who has left most unread has to go, if that is too much for one or all. False if it is
 * client itself. */
static bool make_room(struct client *client, size_t len)
{
	struct client *other, *worst = client;
	size_t sum = len, most = unread(client) + len;

	LIST_FOREACH(other, &client->admin->clients, link) {
		sum += unread(other);
		if (unread(other) > most) {
			worst = other;
			most = unread(other);
		}
	}
	if (most < UNREAD_MAX && sum < UNREAD_SUM_MAX)
		return true;
	px_log(CONF_LOG_WARNING, "%s leaves %zu MiB of answers on the admin socket unread: it is cut off", worst->who,
	    most >> 20);
	if (worst == client)
		return false;
	free_client(worst);
	return make_room(client, len);
}

static void send_text(struct client *client, const char *text, size_t len)
{
	struct evbuffer *out = bufferevent_get_output(client->bev);

	if (!make_room(client, len) || evbuffer_add(out, text, len) != 0 || evbuffer_add(out, "\n", 1) != 0)
		cut_off(client);
}

/* False if memory is out. */
static bool send_json(struct client *client, json_t *json)
{
	char *text = px_dump_line(json, 0);

	if (text)
		send_text(client, text, strlen(text));
	free(text);
	json_decref(json);
	return text != NULL;
}

void px_admin_line(struct px_admin_call *call, json_t *json)
{
	if (!call->client || call->client->over)
		json_decref(json);
	else if (!send_json(call->client, json))
		call->broken = true;
}

void px_admin_text(struct px_admin_call *call, const char *text, size_t len)
{
	if (call->client && !call->client->over)
		send_text(call->client, text, len);
}

bool px_admin_is_gone(const struct px_admin_call *call)
{
	return !call->client || call->client->over;
}

static void go_on(struct client *client);

static void end_when_written(struct client *client)
{
	client->over = true;
	bufferevent_disable(client->bev, EV_READ);
	if (evbuffer_get_length(bufferevent_get_output(client->bev)) == 0)
		free_client(client);
}

static void end_call(struct px_admin_call *call, json_t *json)
{
	static const char no_memory[] = "{\"ok\":false,\"error\":\"out of memory\"}";
	struct client *client = call->client;

	if (!client || client->over)
		json_decref(json);
	else if (!send_json(client, json))
		send_text(client, no_memory, strlen(no_memory));
	free(call);
	if (!client)
		return;
	client->call = NULL;
	if (!client->admin->listener)
		end_when_written(client);
	else if (client->over)
		free_client(client);
	else
		go_on(client);
}

void px_admin_done(struct px_admin_call *call, json_t *json)
{
	if (call->broken) {
		json_decref(json);
		px_admin_fail(call, "out of memory");
		return;
	}
	if (!json)
		json = json_object();
	if (json && json_object_set_new(json, "ok", json_true()) != 0) {
		json_decref(json);
		json = NULL;
	}
	end_call(call, json);
}

void px_admin_fail(struct px_admin_call *call, const char *format, ...)
{
	char text[1024];
	va_list args;
	size_t len;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	len = strlen(text);
	for (size_t i = 0; i < len; i++) {
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '?'; /* JSON wants UTF-8 */
	}
	end_call(call, json_pack("{s:b,s:s}", "ok", 0, "error", text));
}

/* ---- Commands ------------------------------------------------------------------------------------------ */

static const struct px_admin_command *find(const struct px_admin_command *commands, const char *name)
{
	for (; commands->name; commands++) {
		if (strcmp(commands->name, name) == 0)
			return commands;
	}
	return NULL;
}

static void run_line(struct client *client, char *line)
{
	const struct px_admin *admin = client->admin;
	const struct px_admin_command *command;
	struct px_admin_call *call = calloc(1, sizeof(*call));
	char *arg = line + strcspn(line, " ");

	if (!call) {
		free_client(client);
		return;
	}
	call->client = client;
	client->call = call;
	if (*arg)
		*arg++ = '\0';
	command = find(admin->commands, line);
	if (command)
		command->run(admin->owner, call, arg);
	else
		px_admin_fail(call, "unknown command %.40s", line);
}

/* The next line, when there is one and nothing is being answered. May free the client. */
static void go_on(struct client *client)
{
	struct evbuffer *in = bufferevent_get_input(client->bev);
	size_t len;
	char *line;

	if (client->call || client->over)
		return;
	line = evbuffer_readln(in, &len, EVBUFFER_EOL_CRLF);
	if (line) {
		run_line(client, line);
		free(line);
		return;
	}
	if (evbuffer_get_length(in) > LINE_MAX_LEN)
		free_client(client);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	go_on(arg);
}

/* All is written: a client that is over goes. */
static void on_written(struct bufferevent *bev, void *arg)
{
	struct client *client = arg;

	(void)bev;
	if (client->over && !client->call)
		free_client(client);
}

/* It closed, broke, or said nothing for a while; one that waits for its answer is waited for. */
static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct client *client = arg;

	if ((what & BEV_EVENT_TIMEOUT) && (what & BEV_EVENT_READING) && client->call) {
		bufferevent_enable(bev, EV_READ);
		return;
	}
	free_client(client);
}

/* ---- Clients ------------------------------------------------------------------------------------------- */

static void refuse(struct client *client, const char *who)
{
	px_log(CONF_LOG_WARNING, "the admin socket is not for %s", who);
	client->over = true;
	if (!send_json(client, json_pack("{s:b,s:s}", "ok", 0, "error", "not allowed")))
		free_client(client);
}

static bool may_ask(const struct px_admin *admin, int fd, char who[PX_ADMIN_PEER_LEN])
{
	return px_admin_peer_is_allowed(fd, admin->gid, who) &&
	    !(admin->ours && admin->ours(admin->owner, px_admin_peer_pid(fd)));
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa, int len, void *arg)
{
	const struct timeval idle = { .tv_sec = IDLE_S };
	struct px_admin *admin = arg;
	struct client *client = calloc(1, sizeof(*client));

	(void)sa;
	(void)len;
	if (client)
		client->bev = bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
	if (!client || !client->bev) {
		evutil_closesocket(fd);
		free(client);
		return;
	}
	client->admin = admin;
	LIST_INSERT_HEAD(&admin->clients, client, link);
	if (++admin->n_clients >= CLIENTS_MAX)
		evconnlistener_disable(listener);
	bufferevent_setcb(client->bev, on_read, on_written, on_event, client);
	bufferevent_setwatermark(client->bev, EV_READ, 0, LINE_MAX_LEN + 1);
	bufferevent_set_timeouts(client->bev, &idle, &idle);
	if (may_ask(admin, fd, client->who))
		bufferevent_enable(client->bev, EV_READ);
	else
		refuse(client, client->who);
}

/* ---- Life ---------------------------------------------------------------------------------------------- */

int px_admin_open(struct px_admin **out, struct event_base *base, int fd, gid_t gid,
    const struct px_admin_command *commands, void *owner)
{
	struct px_admin *admin = calloc(1, sizeof(*admin));

	*out = NULL;
	if (!admin)
		return -1;
	LIST_INIT(&admin->clients);
	admin->commands = commands;
	admin->owner = owner;
	admin->gid = gid;
	admin->listener = evconnlistener_new(base, on_accept, admin, LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!admin->listener) {
		free(admin);
		return -1;
	}
	*out = admin;
	return 0;
}

void px_admin_refuse(struct px_admin *admin, bool (*ours)(void *owner, pid_t pid))
{
	admin->ours = ours;
}

void px_admin_set_group(struct px_admin *admin, gid_t gid)
{
	admin->gid = gid;
}

static void stop_listening(struct px_admin *admin)
{
	evutil_socket_t fd = evconnlistener_get_fd(admin->listener);

	evconnlistener_free(admin->listener);
	evutil_closesocket(fd);
	admin->listener = NULL;
}

void px_admin_retire(struct px_admin *admin)
{
	struct client *client, *next;

	if (!admin)
		return;
	stop_listening(admin);
	/* the last one that is freed would take admin along, while we look at it */
	admin->n_clients++;
	for (client = LIST_FIRST(&admin->clients); client; client = next) {
		next = LIST_NEXT(client, link);
		if (!client->call)
			end_when_written(client);
	}
	if (--admin->n_clients == 0)
		free(admin);
}

void px_admin_close(struct px_admin *admin)
{
	if (!admin)
		return;
	while (!LIST_EMPTY(&admin->clients))
		free_client(LIST_FIRST(&admin->clients));
	stop_listening(admin);
	free(admin);
}

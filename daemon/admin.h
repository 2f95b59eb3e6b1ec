/* admin.h - the socket that quenchctl asks: lines of text in, lines of JSON out. The protocol is in quenchd(8).
 *
 * A command may answer at once or later, with any number of lines before the last one. Clients are few and bounded, and
 * one that doesn't read is cut off: nothing here waits for anybody.
 */
#ifndef DAEMON_ADMIN_H
#define DAEMON_ADMIN_H

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct px_admin;
struct px_admin_call; /* one command that is being answered */

struct px_admin_command {
	const char *name;
	/* arg: what stands behind the name, "" if nothing does. Ends with px_admin_done or px_admin_fail, now or
	 * later. */
	void (*run)(void *owner, struct px_admin_call *call, const char *arg);
};

#define PX_ADMIN_PROBLEM_LEN 256

/* Binds the socket at path, for root, for us and for who is in group gid (mode 0660); one that nobody listens on is
 * replaced. A listening descriptor, or -1 with the reason in problem. */
int px_admin_bind(char problem[PX_ADMIN_PROBLEM_LEN], const char *path, gid_t gid);

/* Serves on the descriptor, which is taken over. The table of commands ends with a name NULL. 0, or -1 when memory is
 * out (fd is still the caller's). */
int px_admin_open(struct px_admin **admin, struct event_base *base, int fd, gid_t gid,
    const struct px_admin_command *commands, void *owner);

/* Nobody of whom ours is true may ask: a worker is of the right user, and may be somebody else's by now. owner is that
 * of px_admin_open. */
void px_admin_refuse(struct px_admin *admin, bool (*ours)(void *owner, pid_t pid));

/* Another group than that of px_admin_open may ask from now on; px_admin_give has changed the socket's. */
void px_admin_set_group(struct px_admin *admin, gid_t gid);

/* The socket at path is for this group from now on. 0, or -1 with errno. */
int px_admin_give(const char *path, gid_t gid);

/* Ends it when all commands that are being answered are; nobody new comes. The descriptor is closed at once. */
void px_admin_retire(struct px_admin *admin);

/* Ends it with its clients; calls that are not done yet may still be ended. NULL is fine. */
void px_admin_close(struct px_admin *admin);

/* A line of the answer: json is taken over, NULL (no memory) makes the answer fail at its end. */
void px_admin_line(struct px_admin_call *call, json_t *json);

/* The same of a line that is JSON already, without the newline. */
void px_admin_text(struct px_admin_call *call, const char *text, size_t len);

/* The last line, json (taken over; NULL: an empty object) with "ok": true; or "ok": false and "error". The call is gone
 * afterwards. */
void px_admin_done(struct px_admin_call *call, json_t *json);
void px_admin_fail(struct px_admin_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* True if nobody is there any more to read the answer. */
bool px_admin_is_gone(const struct px_admin_call *call);

#endif

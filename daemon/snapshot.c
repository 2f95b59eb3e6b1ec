/* snapshot.c - see snapshot.h. Relays stand in the worker's list by their ids. */

#include "daemon/snapshot.h"

#include <string.h>

#include "daemon/clock.h"
#include "daemon/relay_show.h"
#include "daemon/worker.h"

#define ROUND 64 /* relays of a piece */
#define QUEUED_MAX (256 * 1024) /* more than this waits in the control: it has to go first */
#define WAIT_MS 5

static void set_round(struct px_snapshot *s, unsigned ms)
{
	const struct timeval tv = { .tv_usec = (suseconds_t)ms * 1000 };

	event_add(&s->round, &tv);
}

static void send_piece(struct px_snapshot *s, const char *text, size_t len, bool last)
{
	const struct px_control_msg msg = { .head = { .type = PX_CONTROL_ANSWER, .serial = s->serials[0],
		.flags = last ? PX_CONTROL_LAST : 0 }, .body = text, .len = len };

	/* Whom it doesn't reach is gone, which on_eof tells. */
	(void)px_control_send(s->control, &msg);
}

static void begin(struct px_snapshot *s)
{
	const struct px_relay *last = TAILQ_LAST(&s->worker->relays, px_relay_list);

	s->next = TAILQ_FIRST(&s->worker->relays);
	s->last_id = last ? last->id : 0;
	set_round(s, 0);
}

static void end(struct px_snapshot *s)
{
	s->n_serials--;
	memmove(s->serials, s->serials + 1, s->n_serials * sizeof(s->serials[0]));
	if (s->n_serials)
		begin(s);
}

static void on_round(evutil_socket_t fd, short what, void *arg)
{
	static char text[PX_CONTROL_BODY_MAX];
	struct px_snapshot *s = arg;
	uint64_t now = px_clock_us();
	struct px_line line;
	size_t len = 0;

	(void)fd;
	(void)what;
	if (px_control_queued(s->control) > QUEUED_MAX) {
		set_round(s, WAIT_MS);
		return;
	}
	for (int i = 0; s->next && i < ROUND && sizeof(text) - len >= PX_LINE_MAX; i++) {
		px_relay_show(&line, s->next, now);
		memcpy(text + len, line.text, line.len);
		len += line.len;
		s->next = s->next->id < s->last_id ? TAILQ_NEXT(s->next, link) : NULL;
	}
	send_piece(s, text, len, !s->next);
	if (s->next)
		set_round(s, 0);
	else
		end(s);
}

int px_snapshot_init(struct px_snapshot *s, struct px_worker *worker, struct px_control *control)
{
	memset(s, 0, sizeof(*s));
	s->worker = worker;
	s->control = control;
	return evtimer_assign(&s->round, worker->base, on_round, s);
}

void px_snapshot_clear(struct px_snapshot *s)
{
	if (s->worker)
		event_del(&s->round);
	memset(s, 0, sizeof(*s));
}

void px_snapshot_ask(struct px_snapshot *s, uint32_t serial)
{
	const struct px_control_msg no = { .head = { .type = PX_CONTROL_ANSWER, .serial = serial,
		.flags = PX_CONTROL_LAST, .status = -1 } };

	if (s->n_serials == PX_SNAPSHOT_WAITING_MAX) {
		(void)px_control_send(s->control, &no);
		return;
	}
	s->serials[s->n_serials++] = serial;
	if (s->n_serials == 1)
		begin(s);
}

/* If the last of them goes, the next ones are too young: their ids tell. */
void px_snapshot_forget(struct px_snapshot *s, const struct px_relay *relay)
{
	if (!s->next || s->next != relay)
		return;
	s->next = TAILQ_NEXT(relay, link);
	if (s->next && s->next->id > s->last_id)
		s->next = NULL;
}

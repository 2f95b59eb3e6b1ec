/* probe_run.c - see probe_run.h. */
#include "probe_run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe_after.h"
#include "probe_data.h"
#include "probe_fail.h"
#include "probe_message.h"
#include "probe_verify.h"
#include "daemon/proxy_header.h"

/* ---- Down to a socket ---------------------------------------------------------------------------- */

static json_t *address_text(const struct sockaddr *sa, socklen_t len)
{
	char text[PX_DIAL_TEXT_LEN];

	px_dial_text(text, sa, len);
	return px_story_string(text);
}

static bool resolve(struct px_dial_list *list, const struct px_probe_options *o, struct px_story *story)
{
	const char *problem = px_dial_resolve(list, &o->connect);
	json_t *step = px_story_begin(story, "resolve"), *found = json_array();

	for (unsigned i = 0; i < list->n; i++)
		px_story_append(story, found, address_text((void *)&list->at[i].sa, list->at[i].len));
	if (problem == NULL) {
		px_story_set(story, step, "addresses", found);
		px_story_set(story, step, "of", px_story_string(o->connect.host));
		px_story_tell(story, step);
		return true;
	}
	json_decref(found);
	px_story_set(story, step, "host", px_story_string(o->connect.host));
	px_story_fail(story, step, problem, "Is the name spelled right? Which servers does /etc/resolv.conf name?");
	return false;
}

static const char *connect_help(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return "Nothing listens there, or a firewall rejects: look at the server's sockets (ss -ltn).";
	case ETIMEDOUT:
		return "No answer: the host is down, or a firewall drops packets.";
	case EHOSTUNREACH:
	case ENETUNREACH:
		return "There is no route: look at the addresses and routes of this host (for IPv6, it may have none).";
	case ENOENT:
		return "There is no such socket.";
	case EACCES:
		return "This user may not connect to it.";
	default:
		return NULL;
	}
}

static void set_local(struct px_story *story, json_t *step, int fd)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	if (getsockname(fd, (void *)&sa, &len) == 0 && sa.ss_family != AF_UNIX)
		px_story_set(story, step, "from", address_text((void *)&sa, len));
}

/* Each address in turn; that one didn't answer is no failure as long as another does. */
static int connect_any(const struct px_dial_list *list, const struct px_probe_options *o, struct px_story *story,
    uint64_t *round_trip)
{
	for (unsigned i = 0; i < list->n; i++) {
		uint64_t start = px_story_now();
		int fd = px_dial_connect(&list->at[i], o->timeout);
		json_t *step = px_story_begin(story, "connect");

		*round_trip = px_story_now() - start;
		px_story_set(story, step, "address", address_text((void *)&list->at[i].sa, list->at[i].len));
		if (fd >= 0)
			set_local(story, step, fd);
		px_story_set(story, step, "took_ms", json_real((double)(*round_trip / 100) / 10.0));
		if (fd >= 0) {
			px_story_tell(story, step);
			return fd;
		}
		if (i + 1 == list->n) {
			px_story_fail(story, step, strerror(-fd), connect_help(-fd));
			break;
		}
		px_story_set(story, step, "reason", json_string(strerror(-fd)));
		px_story_tell(story, step);
	}
	return -1;
}

/* A blocking socket takes all of it. */
static bool send_proxy(int fd, const struct px_probe_options *o, struct px_story *story)
{
	struct sockaddr_storage from, to;
	socklen_t from_len = sizeof(from), to_len = sizeof(to);
	struct px_proxy_header h;
	json_t *step;

	if (o->proxy == 0)
		return true;
	memset(&from, 0, sizeof(from));
	memset(&to, 0, sizeof(to));
	(void)getsockname(fd, (void *)&from, &from_len);
	(void)getpeername(fd, (void *)&to, &to_len);
	px_proxy_header_begin(&h, o->proxy, (void *)&from, (void *)&to);
	step = px_story_begin(story, "proxy_header");
	px_story_set(story, step, "version", json_integer(o->proxy));
	if (o->proxy == 1)
		px_story_set(story, step, "line", px_story_bytes(h.bytes, h.len - 2));
	if (send(fd, h.bytes, h.len, MSG_NOSIGNAL) == (ssize_t)h.len) {
		px_story_tell(story, step);
		return true;
	}
	px_story_fail(story, step, strerror(errno), NULL);
	return false;
}

/* ---- The handshake -------------------------------------------------------------------------------- */

static void set_name(struct px_story *story, json_t *step, const char *key, const char *name)
{
	if (name != NULL)
		px_story_set(story, step, key, json_string(name));
}

static void tell_established(struct px_probe_session *s, uint64_t began)
{
	struct px_story *story = s->story;
	json_t *step = px_story_begin(story, "established");
	tls_datum_t alpn;

	px_story_set(story, step, "version", px_probe_message_version(tls_protocol_get_version(s->tls)));
	set_name(story, step, "ciphersuite", tls_ciphersuite_get_name(tls_ciphersuite_get(s->tls)));
	set_name(story, step, "group", tls_group_get_name(tls_group_get(s->tls)));
	set_name(story, step, "signature", tls_sign_get_name(tls_sign_algorithm_get(s->tls)));
	if (tls_alpn_get_selected_protocol(s->tls, &alpn) == 0)
		px_story_set(story, step, "alpn", px_story_bytes(alpn.data, alpn.size));
	else
		px_story_set(story, step, "alpn", json_null());
	px_story_set(story, step, "resumed", json_boolean(tls_session_is_resumed(s->tls)));
	px_story_set(story, step, "took_ms", json_real((double)((px_story_now() - began) / 100) / 10.0));
	px_story_tell(story, step);
}

/* The peer's first words in plain text may come before it sees ours; nothing more than its alert may go out. */
static void flush_alert(struct px_probe_session *s)
{
	px_probe_session_limit(s, 100);
	while (tls_alert_flush(s->tls) == TLS_E_AGAIN && px_probe_session_again(s, TLS_E_AGAIN) == 0)
		continue;
}

static bool shake_hands(struct px_probe_session *s)
{
	uint64_t began = px_story_now();
	int err;

	px_probe_session_limit(s, s->o->timeout);
	do {
		err = tls_handshake(s->tls);
		if (err == TLS_E_WARNING_ALERT_RECEIVED)
			err = TLS_E_INTERRUPTED;
		if (err != 0)
			err = px_probe_session_again(s, err);
		else
			s->established = true;
	} while (err == 0 && !s->established);
	if (err == 0) {
		tell_established(s, began);
		if (tls_session_is_resumed(s->tls) == 0)
			px_probe_verify_tell_path(s);
		return true;
	}
	px_probe_fail_tell(s, s->awaited, err);
	flush_alert(s);
	return false;
}

/* ---- One connection -------------------------------------------------------------------------------- */

static bool open_session(struct px_probe_session *s, const struct px_dial_list *list, const tls_datum_t *resume)
{
	int fd = connect_any(list, s->o, s->story, &s->round_trip), err;

	if (fd < 0)
		return false;
	if (!send_proxy(fd, s->o, s->story)) {
		close(fd);
		return false;
	}
	err = px_probe_session_open(s, fd, resume);
	if (err < 0)
		px_story_fail(s->story, px_story_begin(s->story, "client_hello"), tls_strerror(err), NULL);
	return err == 0;
}

static bool go_on(struct px_probe_session *s)
{
	return shake_hands(s) && px_probe_after_settle(s);
}

/* What the second connection resumes with; the first is ended. */
static void take_session(struct px_probe_session *s, tls_datum_t *data)
{
	bool had = tls_protocol_get_version(s->tls) == TLS_1_2 || s->n_tickets > 0;
	int err = had ? tls_session_get_data2(s->tls, data) : TLS_E_REQUESTED_DATA_NOT_AVAILABLE;

	px_probe_data_close(s);
	if (err < 0)
		px_story_fail(s->story, px_story_begin(s->story, "resumption"),
		    had ? tls_strerror(err) : "the server gave no ticket to resume with",
		    "Tickets may be switched off in the server, or sessions are not kept.");
}

static void tell_resumed(struct px_probe_session *s)
{
	json_t *step = px_story_begin(s->story, "resumption");

	if (tls_session_is_resumed(s->tls) == 0) {
		px_story_fail(s->story, step, "the server made a full handshake instead",
		    "Its ticket keys may have changed, or another server answered that does not share them; some give "
		    "tickets that they do not take.");
		return;
	}
	px_story_set(s->story, step, "resumed", json_true());
	px_story_set(s->story, step, "by", json_string(tls_protocol_get_version(s->tls) == TLS_1_3
		? "a ticket, with a new key exchange" : "session id or ticket"));
	px_story_tell(s->story, step);
}

/* The last connection: everything that was asked for. */
static void use(struct px_probe_session *s)
{
	if (s->o->key_update && !px_probe_after_key_update(s))
		return;
	if (s->o->renegotiate && !s->ended && !px_probe_after_renegotiate(s))
		return;
	if (s->o->input)
		px_probe_data_exchange(s);
	else
		px_probe_data_close(s);
}

static void tell_untold(struct px_probe_session *s)
{
	json_t *step;

	if (s->n_unasked <= PX_PROBE_UNASKED_MAX)
		return;
	step = px_story_begin(s->story, "untold");
	px_story_set(s->story, step, "what", json_string("tickets, key updates, warnings and the like that came behind "
		"those told"));
	px_story_set(s->story, step, "messages", json_integer((json_int_t)(s->n_unasked - PX_PROBE_UNASKED_MAX)));
	px_story_tell(s->story, step);
}

static bool connection(const struct px_probe_options *o, struct px_story *story, struct px_probe_answer *answer,
    const struct px_dial_list *list, tls_datum_t *data)
{
	struct px_probe_session s = { .o = o, .story = story, .answer = answer, .fd = -1 };
	bool first = o->resume && data->data == NULL;

	if (open_session(&s, list, first || !o->resume ? NULL : data) && go_on(&s)) {
		if (first) {
			take_session(&s, data);
		} else {
			if (o->resume)
				tell_resumed(&s);
			use(&s);
		}
	}
	tell_untold(&s);
	px_probe_session_clear(&s);
	return !s.output_failed;
}

bool px_probe_run(const struct px_probe_options *o, struct px_story *story, struct px_probe_answer *answer)
{
	tls_datum_t data = { .data = NULL };
	struct px_dial_list list;
	bool good;

	if (!resolve(&list, o, story))
		return true;
	good = connection(o, story, answer, &list, &data);
	if (good && o->resume && story->failure == NULL && data.data != NULL) {
		px_story_reconnect(story);
		good = connection(o, story, answer, &list, &data);
	}
	tls_free(data.data);
	return good;
}

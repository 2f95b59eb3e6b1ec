/* server_fuzz.c - a server session against a client that may do anything: arbitrary bytes, and
 * records that are properly protected with arbitrary content.
 *
 * The input is a program of {operation, length, bytes}. The client here knows the keys (by the key
 * log) and opens all that the server sends. Checked: every record of the server opens, in order;
 * what was sent arrives, whole and once, also after interrupted and discarded sends; receiving
 * never waits to write and sending never waits to read; a fatal error stays; nothing stays lent at
 * the end.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/hs/hs.h"

#define MAX_OPS 64

/* One direction as the client sees it. */
struct side {
	struct tls_half half;
	struct tls_secret traffic; /* application secret */
};

struct client {
	tls_session_t session;
	struct tls_secret c_hs, s_hs;
	struct side wr, rd;
	struct tls_buf to_server, from_server, messages;
	uint64_t n_sent, n_received; /* application data of the server */
	uint8_t chance;
	bool blocked, ended;
};

static tls_certificate_credentials_t cred;
static struct tls_workspace_st *ws, *client_ws;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *names[] = {"server"};

	(void)argc;
	(void)argv;
	if (tls_certificate_allocate_credentials(&cred) != 0 ||
	    tls_certificate_set_self_signed(cred, names, 1, 0, 1) != 0 ||
	    tls_workspace_init(&ws, 1) != 0 || tls_workspace_init(&client_ws, 1) != 0)
		abort();
	return 0;
}

/* ---- What the server calls */

static int random_bytes(void *ptr, unsigned char *out, size_t n)
{
	struct client *c = ptr;

	for (size_t i = 0; i < n; i++)
		out[i] = c->chance++;
	return 0;
}

static struct tls_secret to_secret(const tls_datum_t *d)
{
	struct tls_secret secret = {.len = (uint8_t)d->size};

	assert(d->size <= sizeof(secret.b));
	tls_mem_copy(secret.b, d->data, d->size);
	return secret;
}

static int keylog(tls_session_t s, const char *label, const tls_datum_t *secret)
{
	struct client *c = tls_session_get_ptr(s);
	const struct tls_suite *suite = tls_suite_by_id(tls_ciphersuite_get(s));

	if (strcmp(label, "CLIENT_HANDSHAKE_TRAFFIC_SECRET") == 0) {
		c->c_hs = to_secret(secret);
		tls_record_install(&c->wr.half, client_ws, suite, &c->c_hs);
	} else if (strcmp(label, "SERVER_HANDSHAKE_TRAFFIC_SECRET") == 0) {
		c->s_hs = to_secret(secret);
		tls_record_install(&c->rd.half, client_ws, suite, &c->s_hs);
	} else if (strcmp(label, "CLIENT_TRAFFIC_SECRET_0") == 0) {
		c->wr.traffic = to_secret(secret);
	} else if (strcmp(label, "SERVER_TRAFFIC_SECRET_0") == 0) {
		c->rd.traffic = to_secret(secret);
	}
	return 0;
}

static ssize_t pull(tls_transport_ptr_t ptr, void *dst, size_t n)
{
	struct client *c = ptr;
	size_t k = c->to_server.len < n ? c->to_server.len : n;

	if (k == 0 && c->ended)
		return 0;
	c->chance = (uint8_t)(c->chance * 5 + 1);
	if (k == 0 || c->chance % 8 == 0) {
		errno = k > 0 && c->chance % 16 == 0 ? EINTR : EAGAIN;
		return -1;
	}
	if (c->chance % 4 == 0 && k > 3)
		k = 3;
	tls_mem_copy(dst, c->to_server.p, k);
	tls_buf_drop(&c->to_server, k);
	return (ssize_t)k;
}

static ssize_t push(tls_transport_ptr_t ptr, const void *src, size_t n)
{
	struct client *c = ptr;

	if (c->blocked) {
		errno = EAGAIN;
		return -1;
	}
	c->chance = (uint8_t)(c->chance * 5 + 1);
	if (c->chance % 4 == 0)
		n = n < 7 ? n : 7;
	c->blocked = c->chance % 16 == 0;
	tls_buf_bytes(&c->from_server, src, n);
	assert(tls_buf_ok(&c->from_server));
	return (ssize_t)n;
}

/* ---- What the client makes of it */

static void next_keys(struct side *side, bool update)
{
	const struct tls_suite *suite = side->half.suite;

	if (update)
		tls_sched13_update(suite->hash, &side->traffic);
	tls_record_install(&side->half, client_ws, suite, &side->traffic);
}

static void take_message(struct client *c, unsigned type)
{
	if (type == TLS_HANDSHAKE_FINISHED)
		next_keys(&c->rd, false);
	else if (type == TLS_HANDSHAKE_KEY_UPDATE)
		next_keys(&c->rd, true);
}

static void take_handshake(struct client *c, struct tls_span content)
{
	tls_buf_span(&c->messages, content);
	for (;;) {
		struct tls_span s = tls_buf_as_span(&c->messages);
		unsigned type = tls_span_u8(&s);
		size_t len = tls_span_u24(&s);

		if (s.failed || s.len < len)
			return;
		take_message(c, type);
		tls_buf_drop(&c->messages, 4 + len);
	}
}

static void take_data(struct client *c, struct tls_span content)
{
	for (size_t i = 0; i < content.len; i++)
		assert(content.p[i] == (uint8_t)(c->n_received++ * 7 >> 3));
	assert(c->n_received <= c->n_sent);
}

/* Opens every whole record that has come. */
static void take_records(struct client *c)
{
	struct tls_record_header h;

	while (c->from_server.len >= TLS_RECORD_HEADER_LEN) {
		uint8_t *p = c->from_server.p, type = p[0];
		struct tls_span content;

		assert(tls_record_header(&h, p, type == TLS_CONTENT_DATA) == 0);
		if (c->from_server.len - TLS_RECORD_HEADER_LEN < h.len)
			return;
		p += TLS_RECORD_HEADER_LEN;
		content = tls_span(p, h.len);
		if (h.type == TLS_CONTENT_DATA)
			assert(tls_record_open(&c->rd.half, client_ws, &type, &content, &h, p,
				   TLS_RECORD_MAX_LEN) == 0);
		if (type == TLS_CONTENT_HANDSHAKE)
			take_handshake(c, content);
		else if (type == TLS_CONTENT_DATA)
			take_data(c, content);
		tls_buf_drop(&c->from_server, TLS_RECORD_HEADER_LEN + h.len);
	}
}

/* ---- What the client sends */

static void put_record(struct client *c, unsigned type, struct tls_span content)
{
	uint8_t record[TLS_RECORD_MAX_LEN + TLS_RECORD_OVERHEAD];
	size_t len;

	if (tls_record_seal(&c->wr.half, client_ws, record, &len, (enum tls_content)type, content.p,
		content.len) == 0)
		tls_buf_bytes(&c->to_server, record, len);
}

static void put_finished(struct client *c)
{
	uint8_t msg[4 + TLS_HASH_MAX_LEN] = {TLS_HANDSHAKE_FINISHED}, hash[TLS_HASH_MAX_LEN];
	const struct tls_hs *hs = c->session->hs;

	if (hs == NULL || c->wr.traffic.len == 0)
		return;
	msg[3] = (uint8_t)tls_hash_len(hs->sched.hash);
	tls_sched13_finished(
	    msg + 4, hs->sched.hash, &c->c_hs, tls_transcript_hash(&hs->transcript, hash));
	put_record(c, TLS_CONTENT_HANDSHAKE, tls_span(msg, 4u + msg[3]));
	next_keys(&c->wr, false);
}

static void put_key_update(struct client *c, bool request)
{
	uint8_t msg[] = {TLS_HANDSHAKE_KEY_UPDATE, 0, 0, 1, request};

	put_record(c, TLS_CONTENT_HANDSHAKE, tls_span(msg, sizeof(msg)));
	if (c->wr.traffic.len > 0)
		next_keys(&c->wr, true);
}

/* ---- What the application does */

static void check_result(struct client *c, ssize_t n, int direction)
{
	if (n == TLS_E_AGAIN && direction >= 0)
		assert(tls_record_get_direction(c->session) == direction);
	if (n < 0) {
		assert(tls_strerror_name((int)n) != NULL);
		assert(!tls_error_is_fatal((int)n) || tls_handshake(c->session) == (int)n);
	}
}

static void receive(struct client *c, size_t room)
{
	uint8_t data[256];
	size_t pending = tls_record_check_pending(c->session), waiting = c->from_server.len;
	ssize_t n = tls_record_recv(c->session, data, room > 0 ? room : sizeof(data));

	check_result(c, n, 0);
	assert(pending == 0 || (n != TLS_E_AGAIN && n != TLS_E_INTERRUPTED));
	assert(waiting == c->from_server.len);
}

static void send_data(struct client *c, size_t len)
{
	static uint8_t data[TLS_SEND_MAX_LEN];
	ssize_t n;
	size_t waiting = c->to_server.len, queued = tls_record_check_queued(c->session);

	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)((c->n_sent + i) * 7 >> 3);
	n = tls_record_send(c->session, len > 0 ? data : NULL, len);
	check_result(c, n, 1);
	assert(waiting == c->to_server.len);
	if (queued == 0)
		c->n_sent += n > 0 ? (size_t)n : tls_record_check_queued(c->session);
	else
		assert(n < 0 || (size_t)n == queued);
}

static void application(struct client *c, unsigned what, size_t len)
{
	tls_session_t s = c->session;

	switch (what % 8) {
	case 0:
		send_data(c, len * 4);
		break;
	case 1:
		c->n_sent -= tls_record_discard_queued(s);
		break;
	case 2:
		check_result(c, tls_session_key_update(s, len % 2), -1);
		break;
	case 3:
		check_result(c, tls_bye(s, TLS_SHUT_WR), 1);
		break;
	case 4:
		tls_record_cork(s);
		break;
	case 5:
		check_result(c, tls_record_uncork(s, 0), 1);
		break;
	case 6:
		(void)tls_record_set_max_size(s, 64 + len);
		break;
	default:
		check_result(c, tls_alert_send(s, TLS_AL_WARNING, TLS_ALERT_USER_CANCELED), 1);
		break;
	}
}

static void act(struct client *c, unsigned op, struct tls_span bytes)
{
	uint8_t first = bytes.len > 0 ? bytes.p[0] : 0;

	switch (op % 8) {
	case 0:
		tls_buf_span(&c->to_server, bytes);
		break;
	case 1:
		put_record(c, TLS_CONTENT_HANDSHAKE, bytes);
		break;
	case 2:
		put_record(c, op >> 3, bytes);
		break;
	case 3:
		put_finished(c);
		break;
	case 4:
		put_key_update(c, (first & 1) != 0);
		break;
	case 5:
		application(c, op >> 3, bytes.len);
		break;
	case 6:
		c->blocked = (op >> 3) % 2 != 0;
		break;
	default:
		c->ended = (op >> 3) % 4 == 0;
		break;
	}
}

static void react(struct client *c, size_t room)
{
	tls_session_t s = c->session;
	int err = tls_handshake(s);

	check_result(c, err, -1);
	if ((tls_session_get_flags(s) & TLS_SFLAGS_ESTABLISHED) != 0 && err == 0)
		receive(c, room);
	else if (tls_error_is_fatal(err))
		(void)tls_alert_flush(s);
	take_records(c);
}

static void run(struct client *c, struct tls_span in)
{
	for (unsigned n = 0; n < MAX_OPS && tls_span_more(&in); n++) {
		unsigned op = tls_span_u8(&in);
		struct tls_span bytes = tls_span_block16(&in, 0, 16384);

		if (!bytes.failed)
			act(c, op, bytes);
		react(c, op % 100);
	}
	c->blocked = false;
	for (unsigned n = 0; n < 8; n++)
		react(c, 0);
}

static void clear(struct client *c)
{
	tls_deinit(c->session);
	tls_record_forget(&c->wr.half, client_ws);
	tls_record_forget(&c->rd.half, client_ws);
	tls_buf_clear(&c->to_server);
	tls_buf_clear(&c->from_server);
	tls_buf_clear(&c->messages);
	assert(tls_workspace_lent(ws) == 0 && !ws->read_busy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const tls_datum_t protocols[] = {{(unsigned char *)(uintptr_t) "h2", 2}};
	static struct client c;

	c = (struct client){.chance = size > 0 ? data[size - 1] : 0};
	if (tls_init(&c.session, TLS_SERVER | TLS_NONBLOCK) != 0)
		abort();
	tls_session_set_ptr(c.session, &c);
	tls_transport_set_ptr(c.session, &c);
	tls_transport_set_pull_function(c.session, pull);
	tls_transport_set_push_function(c.session, push);
	tls_session_set_random_function(c.session, random_bytes, &c);
	tls_session_set_keylog_function(c.session, keylog);
	if (tls_session_set_workspace(c.session, ws) != 0 ||
	    tls_credentials_set(c.session, TLS_CRD_CERTIFICATE, cred) != 0 ||
	    tls_alpn_set_protocols(c.session, protocols, 1, 0) != 0)
		abort();
	run(&c, tls_span(data, size));
	clear(&c);
	return 0;
}

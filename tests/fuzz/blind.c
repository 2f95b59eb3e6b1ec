/* blind.c - runs one input of a blind target; see blind.h.
 *
 * Checked: no message of the handshake is skipped, whatever came; a fatal error stays; receiving never
 * writes and never waits to write, sending never reads and never waits to read; what goes out are
 * records; memory that fails, random bytes that fail end the session and nothing else; nothing stays lent.
 */
#include "blind.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "blind_wire.h"
#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/hs/hs.h"
#include "tls/workspace.h"

#define MAX_OPS 200

bool blind_memory_failed;

static tls_workspace_t shared;

/* ---- What the application sees */

static int hook(tls_session_t s, unsigned type, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	struct blind *b = tls_session_get_ptr(s);

	assert(msg->size == 0 || msg->data != NULL);
	if (incoming && when == TLS_HOOK_POST && type < 32)
		b->seen |= 1u << type;
	return 0;
}

static int keylog(tls_session_t s, const char *label, const tls_datum_t *secret)
{
	(void)s;
	assert(label[0] != '\0' && secret->size >= 32);
	return 0;
}

static bool saw(const struct blind *b, unsigned type)
{
	return (b->seen >> type & 1) != 0;
}

/* Whatever else came: nobody is let in who has not shown what it must. */
static void check_complete(struct blind *b)
{
	unsigned n_peers;
	bool is_13 = tls_protocol_get_version(b->s) == TLS_1_3;
	bool has_peer = tls_certificate_get_peers(b->s, &n_peers) != NULL;

	assert(saw(b, TLS_HANDSHAKE_FINISHED));
	if (b->is_server) {
		assert(saw(b, TLS_HANDSHAKE_CLIENT_HELLO));
		assert(is_13 || tls_session_is_resumed(b->s) || saw(b, TLS_HANDSHAKE_CLIENT_KEY_EXCHANGE));
		/* it may also have shown none */
		assert(!has_peer || !saw(b, TLS_HANDSHAKE_CERTIFICATE_PKT) ||
		    saw(b, TLS_HANDSHAKE_CERTIFICATE_VERIFY));
	} else if (tls_session_is_resumed(b->s)) {
		assert(saw(b, TLS_HANDSHAKE_SERVER_HELLO) && has_peer);
		assert(!saw(b, TLS_HANDSHAKE_CERTIFICATE_PKT));
	} else {
		assert(saw(b, TLS_HANDSHAKE_SERVER_HELLO) && has_peer);
		assert(saw(b, TLS_HANDSHAKE_CERTIFICATE_PKT));
		assert(saw(b, is_13 ? TLS_HANDSHAKE_CERTIFICATE_VERIFY : TLS_HANDSHAKE_SERVER_KEY_EXCHANGE));
	}
}

static bool established(const struct blind *b)
{
	return (tls_session_get_flags(b->s) & TLS_SFLAGS_ESTABLISHED) != 0;
}

static void check(struct blind *b, ssize_t n, int direction)
{
	bool reading = b->reading, writing = b->writing;

	if (n == TLS_E_AGAIN && direction >= 0)
		assert(tls_record_get_direction(b->s) == direction);
	if (n >= 0)
		return;
	assert(tls_strerror_name((int)n) != NULL);
	if (!tls_error_is_fatal((int)n))
		return;
	b->reading = b->writing = true;
	assert(tls_handshake(b->s) == (int)n);
	assert(tls_record_recv(b->s, &(char){0}, 1) == n);
	assert(tls_record_send(b->s, "x", 1) == n);
	b->reading = reading;
	b->writing = writing;
}

/* ---- Calls */

static void may(struct blind *b, bool read, bool write)
{
	b->reading = read;
	b->writing = write;
}

/* Behind what may have completed a handshake. The next one, also behind one that was given up, is seen from its
 * start. */
static void note_state(struct blind *b, bool was_established)
{
	bool is_over = established(b) && b->s->hs == NULL;

	if (is_over && (!was_established || saw(b, TLS_HANDSHAKE_FINISHED)))
		check_complete(b);
	if (is_over)
		b->seen = 0;
	b->shaking = b->s->hs != NULL;
}

static void shake(struct blind *b)
{
	bool was_established = established(b);
	int err;

	may(b, true, true);
	err = tls_handshake(b->s);
	check(b, err, -1);
	assert(err != 0 || established(b) || (tls_session_get_flags(b->s) & TLS_SFLAGS_FALSE_START) != 0);
	note_state(b, was_established);
}

static void receive(struct blind *b, size_t room)
{
	bool was_established = established(b);
	char data[256];
	ssize_t n;

	may(b, true, false);
	n = tls_record_recv(b->s, data, room);
	check(b, n, established(b) ? 0 : -1);
	assert(n <= (ssize_t)room && (n <= 0 || established(b)));
	note_state(b, was_established);
	b->shaking = n == TLS_E_REHANDSHAKE || !established(b);
}

static void send_some(struct blind *b, size_t len, unsigned pad)
{
	static const char zeros[TLS_SEND_MAX_LEN];
	const char *data = len > 0 ? zeros : NULL;
	ssize_t n;

	may(b, false, true);
	n = pad == 0 ? tls_record_send(b->s, data, len) : tls_record_send2(b->s, data, len, pad, 0);
	check(b, n, established(b) ? 1 : -1);
	assert(n <= (ssize_t)sizeof(zeros));
}

static void update(struct blind *b, unsigned arg)
{
	may(b, false, true);
	if (arg < 2)
		check(b, tls_session_key_update(b->s, arg), -1);
	else
		check(b, tls_rehandshake(b->s), -1);
}

static void close_it(struct blind *b, unsigned arg)
{
	may(b, arg == 1, true);
	if (arg == 0)
		check(b, tls_bye(b->s, TLS_SHUT_WR), -1);
	else if (arg == 1)
		check(b, tls_bye(b->s, TLS_SHUT_RDWR), -1);
	else if (arg == 2)
		check(b, tls_alert_send(b->s, TLS_AL_WARNING, TLS_ALERT_USER_CANCELED), -1);
	else
		check(b, tls_alert_send(b->s, TLS_AL_FATAL, TLS_ALERT_INTERNAL_ERROR), -1);
}

static void cork(struct blind *b, unsigned arg)
{
	may(b, false, true);
	if (arg == 0)
		tls_record_cork(b->s);
	else if (arg == 1)
		check(b, tls_record_uncork(b->s, 0), -1);
	else if (arg == 2)
		(void)tls_record_discard_queued(b->s);
	else if (arg < 5)
		(void)tls_record_set_padding(b->s, arg == 3 ? 256 : 0);
	else
		(void)tls_record_set_max_size(b->s, 64u << arg % 8);
}

/* What a session gives, the next one takes. */
static void check_data(const tls_datum_t *d)
{
	tls_session_t next;
	int err = tls_init(&next, TLS_CLIENT);

	assert(err == 0 || err == TLS_E_MEMORY_ERROR);
	if (err != 0)
		return;
	err = tls_session_set_data(next, d->data, d->size);
	assert(err == 0 || err == TLS_E_MEMORY_ERROR);
	tls_deinit(next);
}

static void get_data(struct blind *b)
{
	char room[300];
	size_t len = sizeof(room);
	tls_datum_t d;

	may(b, true, false); /* it may wait for a ticket */
	if (tls_session_get_data2(b->s, &d) == 0) {
		check_data(&d);
		tls_free(d.data);
	}
	(void)tls_session_get_data(b->s, room, &len);
	assert(tls_session_get_id2(b->s, &d) != 0 || d.size <= 32);
}

static void ask_all(const struct blind *b)
{
	tls_datum_t client, server;

	(void)tls_alert_get(b->s);
	(void)tls_alert_get_sent(b->s);
	(void)tls_record_get_max_size(b->s);
	(void)tls_record_check_corked(b->s);
	(void)tls_record_flush_pending(b->s);
	(void)tls_certificate_client_get_request_status(b->s);
	(void)tls_group_get_name(tls_group_get(b->s));
	(void)tls_sign_get_name(tls_sign_algorithm_get(b->s));
	(void)tls_ciphersuite_get_name(tls_ciphersuite_get(b->s));
	tls_session_get_random(b->s, &client, &server);
}

static void ask(struct blind *b, unsigned arg)
{
	bool was_established = established(b);
	char name[16] = {0};
	size_t len = sizeof(name);
	unsigned type;
	tls_datum_t d;

	may(b, false, false);
	if (arg == 0)
		(void)tls_record_check_pending(b->s);
	else if (arg == 1)
		tls_free(tls_session_get_desc(b->s));
	else if (arg == 2)
		(void)tls_server_name_get(b->s, name, &len, &type, 0);
	else if (arg == 3)
		(void)tls_prf_rfc5705(b->s, 5, "label", sizeof(name), name, sizeof(name), name);
	else if (arg < 6 && tls_session_channel_binding(b->s, arg == 4 ? TLS_CB_TLS_EXPORTER
	                        : TLS_CB_TLS_SERVER_END_POINT, &d) == 0)
		tls_free(d.data);
	else if (arg == 6)
		(void)tls_ocsp_status_request_get(b->s, &d);
	else if (arg == 7)
		get_data(b);
	else if (arg == 8)
		ask_all(b);
	else
		(void)tls_alpn_get_selected_protocol(b->s, &d);
	note_state(b, was_established);
}

/* What comes over the wire is for the call that a program makes that waits for it. */
static void go_on(struct blind *b)
{
	bool early = !established(b) && (tls_session_get_flags(b->s) & TLS_SFLAGS_FALSE_START) != 0;

	if ((established(b) && !b->shaking) || early)
		receive(b, 256);
	else
		shake(b);
	may(b, false, true);
	(void)tls_alert_flush(b->s);
}

/* Time, or as many records as it takes for a key to be used up. */
static void pass_time(struct blind *b, unsigned arg, unsigned seconds)
{
	struct tls_half *wr = &b->s->wr, *rd = &b->s->rd;

	b->now += 1000u * (uint64_t)seconds;
	blind_clock += 1000u * (uint64_t)seconds;
	if ((arg & 1) != 0 && wr->suite != NULL)
		wr->seq = wr->suite->max_records - 1;
	if ((arg & 2) != 0 && wr->suite != NULL)
		wr->seq = UINT64_MAX - 1;
	if ((arg & 4) != 0 && rd->suite != NULL)
		rd->seq = UINT64_MAX - 1;
}

static void act(struct blind *b, unsigned op)
{
	unsigned arg = op >> 4;

	switch (op % 16) {
	case BLIND_HANDSHAKE: shake(b); break;
	case BLIND_RECV: receive(b, tls_span_u8(&b->in)); break;
	case BLIND_SEND: send_some(b, tls_span_u16(&b->in), arg * 50); break;
	case BLIND_FLUSH: send_some(b, 0, 0); break;
	case BLIND_UPDATE: update(b, arg); break;
	case BLIND_CLOSE: close_it(b, arg); break;
	case BLIND_CORK: cork(b, arg); break;
	case BLIND_WINDOW: b->window = tls_span_u16(&b->in); break;
	case BLIND_ASK: ask(b, arg); break;
	case BLIND_PIECE: b->piece = tls_span_u8(&b->in); break;
	default: pass_time(b, arg, tls_span_u16(&b->in)); break;
	}
}

static void run(struct blind *b)
{
	for (unsigned n = 0; n < MAX_OPS && tls_span_more(&b->in); n++) {
		size_t before = b->in.len;

		if (b->in.p[0] % 16 > BLIND_EMPTY) {
			act(b, tls_span_u8(&b->in));
			continue;
		}
		go_on(b);
		/* a session that has ended reads no more */
		if (b->in.len == before)
			blind_wire_skip(b);
	}
	b->window = SIZE_MAX;
	for (unsigned n = 0; n < 4; n++)
		go_on(b);
}

static uint64_t now(void *ptr)
{
	return ((struct blind *)ptr)->now;
}

static void take_data(struct blind *b)
{
	struct tls_span data = blind_wire_block(b, sizeof(blind_record));

	if (!b->is_server) {
		(void)tls_session_set_data(b->s, data.p, data.len);
		return;
	}
	memcpy(blind_record, data.p, data.len);
	blind_record_len = data.len;
}

static void begin(struct blind *b, unsigned role, tls_protocol_t version)
{
	uint32_t choices = tls_span_u32(&b->in);
	unsigned fail_at = tls_span_u16(&b->in);

	blind_clock = BLIND_CLOCK_START;
	blind_record_len = 0;
	blind_wire_init(b);
	blind_believes = (choices & BLIND_CHECKS) == 0;
	b->random.fail_at = tls_span_u8(&b->in);
	b->s = blind_session(role, version, choices, &b->random);
	b->is_server = role == TLS_SERVER;
	tls_session_set_ptr(b->s, b);
	tls_transport_set_ptr(b->s, b);
	tls_transport_set_pull_function(b->s, blind_wire_pull);
	tls_transport_set_push_function(b->s, blind_wire_push);
	if ((choices & BLIND_VECTORS) != 0)
		tls_transport_set_vec_push_function(b->s, blind_wire_vec_push);
	tls_transport_set_pull_timeout_function(b->s, blind_wire_wait);
	tls_session_set_keylog_function(b->s, keylog);
	tls_session_set_time_function(b->s, now, b);
	tls_handshake_set_timeout(b->s, 10000);
	tls_handshake_set_hook_function(b->s, TLS_HANDSHAKE_ANY, TLS_HOOK_BOTH, hook);
	if ((choices & BLIND_OWN_WORKSPACE) == 0 && tls_session_set_workspace(b->s, shared) != 0)
		abort();
	tls_mem_fail_at(fail_at);
	if ((choices & BLIND_DATA) != 0)
		take_data(b);
}

void blind_run(unsigned role, tls_protocol_t version, const uint8_t *data, size_t size)
{
	struct blind b = {.in = tls_span(data, size)};

	if (size < BLIND_HEADER_LEN)
		return;
	if (shared == NULL && tls_workspace_init(&shared, 1) != 0)
		abort();
	begin(&b, role, version);
	run(&b);
	blind_memory_failed = tls_mem_fail_left() == 0;
	tls_mem_fail_at(0);
	tls_deinit(b.s);
	assert(blind_questions == 0);
	assert(tls_workspace_lent(shared) == 0 && !shared->read_busy);
}

/* rogue_test.c - a peer that cuts, stretches and alters its messages, leaves them out, repeats and moves them: in
 * every version, in both roles, in each kind of handshake. */
#include "unit.h"

#include <string.h>

#include "tests/lib/rogue.h"
#include "tls/error.h"
#include "tls/hs/hs.h"
#include "tls/state.h"

/* How many of its messages are worth each byte: those of the others are among them. */
static unsigned n_to_spoil(const struct rogue *all)
{
	if ((all->kind->what & ROGUE_RETRY) != 0)
		return 2;
	return (all->kind->what & (ROGUE_MUTUAL | ROGUE_RESUMED | ROGUE_TICKET)) != 0 ? all->n_messages : 0;
}

/* ---- Over-read (Heartbleed; GnuTLS CVE-2025-32989): a length that says more than there is */

static void cut(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	size_t len = TLS_HS_HEADER_LEN + r->at;

	(void)type;
	if (!rogue_is_its_turn(r))
		return;
	msg->len = len < msg->len ? len : msg->len - 1; /* a signature may be shorter this time */
	rogue_fix_length(msg);
}

/* The hellos may end in front of their extensions: then there are none. */
static bool may_end(unsigned type, size_t len)
{
	return (type == TLS_HANDSHAKE_SERVER_HELLO || type == TLS_HANDSHAKE_CLIENT_HELLO) && len >= 38;
}

static void cut_everywhere(const struct rogue_case *kind, bool bad_server)
{
	struct rogue all, r;

	rogue_census(&all, kind, bad_server);
	for (unsigned which = 0; which < n_to_spoil(&all); which++) {
		for (size_t at = 0; at < all.body_len[which]; at++) {
			int err = rogue_spoil(&r, kind, bad_server, cut, which, at, 0);

			rogue_refused(&r, err);
			if (!may_end(all.type[which], at))
				assert_string_equal(tls_strerror_name(err),
				    tls_strerror_name(TLS_E_UNEXPECTED_PACKET_LENGTH));
			rogue_clear(&r);
		}
	}
}

static void security_over_read_cut_at_every_byte_12_13_server_client(void **state)
{
	(void)state;
	rogue_for_each(cut_everywhere);
}

static void alter(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	(void)type;
	if (rogue_is_its_turn(r) && r->at < msg->len)
		msg->p[r->at] = r->value == 0xff ? 0xff : (uint8_t)(msg->p[r->at] + r->value);
}

/* Every byte, and so every length inside, one more, one less, and the greatest; also the message's own length.
 * What proves something has no byte that may be another. */
static void alter_everywhere(const struct rogue_case *kind, bool bad_server)
{
	static const unsigned values[] = {1, 0xff + 0x100, 0xff};
	struct rogue all, r;

	rogue_census(&all, kind, bad_server);
	for (unsigned which = 0; which < n_to_spoil(&all); which++) {
		unsigned type = all.type[which];
		bool proof = type == TLS_HANDSHAKE_FINISHED || type == TLS_HANDSHAKE_CERTIFICATE_VERIFY;
		size_t len = all.body_len[which] - (proof ? 8 : 0); /* a signature's length varies */

		for (size_t at = 0; at < 3 * (TLS_HS_HEADER_LEN + len); at++) {
			int err = rogue_spoil(&r, kind, bad_server, alter, which, at / 3, values[at % 3]);

			if (proof && at % 3 != 2)
				assert_int_not_equal(err, 0);
			rogue_survived(&r, err);
			rogue_clear(&r);
		}
	}
}

static void security_over_read_every_length_one_off_12_13_server_client(void **state)
{
	(void)state;
	rogue_for_each(alter_everywhere);
}

static void stretch(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	(void)type;
	if (!rogue_is_its_turn(r))
		return;
	for (size_t i = 0; i < r->at; i++)
		tls_buf_u8(msg, (uint8_t)r->value);
	rogue_fix_length(msg);
}

static void stretch_everywhere(const struct rogue_case *kind, bool bad_server)
{
	struct rogue all, r;

	rogue_census(&all, kind, bad_server);
	for (unsigned which = 0; which < all.n_messages; which++)
		for (unsigned i = 0; i < 4; i++) {
			int err = rogue_spoil(
			    &r, kind, bad_server, stretch, which, i < 2 ? 1 : 1000, i % 2 * 0xff);

			rogue_refused(&r, err);
			assert_int_equal(tls_error_alert(err), TLS_ALERT_DECODE_ERROR);
			rogue_clear(&r);
		}
}

static void security_over_read_bytes_behind_a_message_12_13_server_client(void **state)
{
	(void)state;
	rogue_for_each(stretch_everywhere);
}

/* ---- State confusion (SMACK; wolfSSL CVE-2021-3336): messages left out, repeated, moved */

static void drop(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	(void)type;
	if (rogue_is_its_turn(r))
		msg->len = 0;
}

/* A server need not ask for a certificate: then none is given. Where no message follows, one is waited for. */
static void drop_each(const struct rogue_case *kind, bool bad_server)
{
	struct rogue all, r;

	rogue_census(&all, kind, bad_server);
	for (unsigned which = 0; which < all.n_messages; which++) {
		int err = rogue_spoil(&r, kind, bad_server, drop, which, 0, 0);

		if (all.type[which] == TLS_HANDSHAKE_CERTIFICATE_REQUEST)
			assert_false(r.good->cert_asked);
		else if (r.n_messages > which + 1)
			rogue_refused(&r, err);
		else
			assert_int_equal(err, TLS_E_AGAIN);
		rogue_clear(&r);
	}
}

static void security_state_confusion_each_message_dropped_12_13_server_client(void **state)
{
	(void)state;
	rogue_for_each(drop_each);
}

static void repeat(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	size_t len = msg->len;

	(void)type;
	if (!rogue_is_its_turn(r))
		return;
	if (r->value != 0) { /* in a record of its own, and in nobody's transcript */
		rogue_put_record(r, TLS_CONTENT_HANDSHAKE, msg->p, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		tls_buf_u8(msg, msg->p[i]);
}

static void repeat_each(const struct rogue_case *kind, bool bad_server)
{
	struct rogue all, r;

	rogue_census(&all, kind, bad_server);
	for (unsigned which = 0; which < 2 * all.n_messages; which++) {
		int err = rogue_spoil(&r, kind, bad_server, repeat, which / 2, 0, which % 2);
		uint8_t byte;

		/* behind the last one the handshake may be over */
		if (err == 0)
			err = (int)tls_record_recv(r.good, &byte, 1);
		rogue_refused(&r, err);
		rogue_clear(&r);
	}
}

static void security_state_confusion_each_message_repeated_12_13_server_client(void **state)
{
	(void)state;
	rogue_for_each(repeat_each);
}

/* Message which goes out behind message at. */
static void move(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	(void)type;
	if (rogue_is_its_turn(r)) {
		tls_buf_bytes(&r->kept, msg->p, msg->len);
		msg->len = 0;
	} else if (r->n_messages == r->at + 1) {
		tls_buf_bytes(msg, r->kept.p, r->kept.len);
	}
}

static void move_each(const struct rogue_case *kind, bool bad_server)
{
	struct rogue all, r;

	rogue_census(&all, kind, bad_server);
	for (unsigned which = 0; which < all.n_messages; which++)
		for (size_t at = which + 1; at < all.n_messages; at++) {
			int err = rogue_spoil(&r, kind, bad_server, move, which, at, 0);

			/* or it never gets so far */
			if (err != TLS_E_AGAIN || r.n_messages > at)
				rogue_refused(&r, err);
			rogue_clear(&r);
		}
}

static void security_state_confusion_each_message_moved_12_13_server_client(void **state)
{
	(void)state;
	rogue_for_each(move_each);
}

/* ---- Fragments (GnuTLS and wolfSSL clients): records of one byte are good */

static void small_records(const struct rogue_case *kind, bool bad_server)
{
	for (size_t len = 1; len < 9; len++) {
		struct rogue r;

		rogue_init(&r, kind, bad_server);
		r.bad->max_send = len;
		assert_int_equal(rogue_run(&r), 0);
		duo_pass(r.bad, r.good, "0123456789", 10);
		duo_pass(r.good, r.bad, "0123456789", 10);
		rogue_clear(&r);
	}
}

static void security_fragments_of_one_byte_12_13_server_client(void **state)
{
	(void)state;
	rogue_for_each(small_records);
}

/* ---- Messages across a change of keys (rustls CVE-2024-11738) */

static void join(struct rogue *r, unsigned type, struct tls_buf *msg)
{
	(void)type;
	if (rogue_is_its_turn(r))
		tls_buf_u8(msg, (uint8_t)r->value);
}

/* Each message with the first byte of the one that follows it. */
static void join_each(const struct rogue_case *kind, bool bad_server)
{
	struct rogue all, r;

	rogue_census(&all, kind, bad_server);
	for (unsigned which = 0; which < all.n_messages; which++) {
		bool last = which + 1 == all.n_messages;
		unsigned next = last ? TLS_HANDSHAKE_KEY_UPDATE : all.type[which + 1];
		int err = rogue_spoil(&r, kind, bad_server, join, which, 0, next);

		assert_int_not_equal(err, 0);
		if (last || (bad_server && r.kind->version == TLS_1_3 && all.type[which + 1] == 8))
			assert_int_equal(tls_error_alert(err), TLS_ALERT_UNEXPECTED_MESSAGE);
		rogue_clear(&r);
	}
}

static void security_key_change_no_message_crosses_12_13_server_client(void **state)
{
	(void)state;
	rogue_for_each(join_each);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(security_over_read_cut_at_every_byte_12_13_server_client),
		cmocka_unit_test(security_over_read_every_length_one_off_12_13_server_client),
		cmocka_unit_test(security_over_read_bytes_behind_a_message_12_13_server_client),
		cmocka_unit_test(security_state_confusion_each_message_dropped_12_13_server_client),
		cmocka_unit_test(security_state_confusion_each_message_repeated_12_13_server_client),
		cmocka_unit_test(security_state_confusion_each_message_moved_12_13_server_client),
		cmocka_unit_test(security_fragments_of_one_byte_12_13_server_client),
		cmocka_unit_test(security_key_change_no_message_crosses_12_13_server_client),
	};

	return cmocka_run_group_tests_name("rogue", tests, NULL, NULL);
}

/* stray.h - what arrives where it doesn't belong: messages of a server at our client, all of a client's at our
 * server. */
#ifndef TESTS_UNIT_STRAY_H
#define TESTS_UNIT_STRAY_H

#include "unit.h"

#include "tests/lib/call.h"
#include "tests/lib/pair.h"

/* Where something of a server's can arrive: the client awaits this one. */
struct stray_place {
	unsigned stop_before;
	unsigned expected[2]; /* the messages that may come there */
};

/* Every message at every place but those that may come there is refused. arrive begins a call that is there. */
static inline void stray_messages(const struct stray_place *places, unsigned n_places, unsigned established,
    void (*arrive)(struct call *c, unsigned place))
{
	static const uint8_t body[64];

	for (unsigned place = 0; place < n_places; place++) {
		for (unsigned type = 0; type < 256; type++) {
			struct call c;

			if (type == places[place].expected[0] || type == places[place].expected[1])
				continue;
			arrive(&c, place);
			serv_send_message(&c.serv, type, body, sizeof(body));
			call_answers(&c, place == established, TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
		}
	}
}

#define STRAY_NO_MESSAGE 256 /* a record of another type is expected */

/* The places where something of a client's can arrive. */
struct stray_server {
	unsigned n_places, n_plain; /* of them the first n_plain show a record's type: no protection hides it */
	const unsigned *expected; /* the message that may come there */
	void (*arrive)(struct pair *p, unsigned place); /* begins a pair whose server is there */
};

static inline void stray_server_messages(const struct stray_server *s)
{
	static const uint8_t body[64];

	for (unsigned place = 0; place < s->n_places; place++) {
		for (unsigned type = 0; type < 256; type++) {
			struct pair p;

			if (type == s->expected[place])
				continue;
			s->arrive(&p, place);
			peer_send_message(&p.peer, type, body, sizeof(body));
			pair_refuses(&p, TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
		}
	}
}

/* All but the handshake's, change_cipher_spec and alerts. */
static inline void stray_server_records(const struct stray_server *s)
{
	static const uint8_t body[2] = {9, 9};

	for (unsigned place = 0; place < s->n_places; place++) {
		for (unsigned type = 0; type < 256; type++) {
			bool is_known = type == 23 || place >= s->n_plain;
			struct pair p;

			if (type >= 20 && type <= 22)
				continue;
			s->arrive(&p, place);
			peer_send_record(&p.peer, type, body, sizeof(body));
			pair_refuses(&p, is_known ? TLS_E_UNEXPECTED_PACKET : TLS_E_PROTOCOL_NOT_TLS);
		}
	}
}

/* A warning lets the handshake go on, a fatal alert ends it, and so does close_notify. None is answered. */
static inline void stray_server_alerts(const struct stray_server *s, unsigned warning)
{
	const uint8_t warns[2] = {1, (uint8_t)warning};
	static const uint8_t unknown_ca[2] = {2, TLS_ALERT_UNKNOWN_CA}, close_notify[2] = {1, 0};

	for (unsigned place = 0; place < s->n_places; place++) {
		struct pair p;

		s->arrive(&p, place);
		peer_send_record(&p.peer, 21, warns, 2);
		assert_int_equal(pair_run_handshake(&p), TLS_E_WARNING_ALERT_RECEIVED);
		assert_int_equal(tls_alert_get(p.server), warning);
		assert_int_equal(pair_run_handshake(&p), TLS_E_AGAIN);
		peer_send_record(&p.peer, 21, unknown_ca, 2);
		assert_int_equal(pair_run_handshake(&p), TLS_E_FATAL_ALERT_RECEIVED);
		assert_int_equal(tls_alert_get(p.server), TLS_ALERT_UNKNOWN_CA);
		assert_string_equal(tls_alert_get_name(tls_alert_get(p.server)), "unknown_ca");
		assert_int_equal(tls_handshake(p.server), TLS_E_FATAL_ALERT_RECEIVED);
		assert_int_equal(tls_alert_get_sent(p.server), -1);
		pair_clear(&p);
		s->arrive(&p, place);
		peer_send_record(&p.peer, 21, close_notify, 2);
		pair_refuses(&p, TLS_E_SESSION_EOF);
	}
}

#endif

/* stray.h - a server's messages that arrive at our client where they don't belong. */
#ifndef TESTS_UNIT_STRAY_H
#define TESTS_UNIT_STRAY_H

#include "unit.h"

#include "tests/lib/call.h"

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

#endif

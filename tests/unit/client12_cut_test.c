/* client12_cut_test.c - a client's handshake in TLS 1.2 cut and split every way, and the hook functions: each message is
 * seen once however it came. */
#include "unit.h"

#include "told.h"
#include "tests/lib/call.h"

static void records_of_every_size(void **state)
{
	(void)state;
	for (size_t cut = 1; cut < 90; cut += cut < 20 ? 1 : 7) {
		struct call c;

		call_init12(&c, NULL, 0);
		c.serv.cut = cut;
		c.wire.max_piece = cut;
		c.wire.again_percent = 30;
		call_connect(&c);
		call_clear(&c);
	}
}

static void split_at_every_byte_of_the_wire(void **state)
{
	(void)state;
	for (unsigned flight = 0; flight < 2; flight++) {
		size_t len = 2;

		for (size_t at = 1; at < len; at++) {
			struct call c;
			size_t end;

			call_init12(&c, NULL, 0);
			assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
			serv_run(&c.serv);
			if (flight == 1) {
				assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
				serv_run(&c.serv);
			}
			end = c.wire.s2c.end;
			len = wire_len(&c.wire.s2c);
			c.wire.s2c.end = c.wire.s2c.start + (at < len ? at : len - 1);
			assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
			assert_int_equal(tls_record_get_direction(c.client), 0);
			c.wire.s2c.end = end;
			call_connect(&c);
			call_clear(&c);
		}
		assert_true(len > (flight == 0 ? 500 : 40));
	}
}

static void hooks_see_every_message_once(void **state)
{
	static const uint8_t order[] = {1, 2, 11, 12, 14, 16, 20, 20}, ours[] = {1, 0, 0, 0, 0, 1, 1, 0};
	struct call c;

	(void)state;
	told.n_messages = 0;
	call_init12(&c, NULL, 0);
	tls_handshake_set_hook_function(c.client, TLS_HANDSHAKE_ANY, TLS_HOOK_BOTH, told_hook);
	call_connect(&c);
	assert_int_equal(told.n_messages, 2 * sizeof(order));
	for (unsigned i = 0; i < told.n_messages; i++) {
		assert_int_equal(told.message[i].type, order[i / 2]);
		assert_int_equal(told.message[i].when, i % 2 == 0 ? TLS_HOOK_PRE : TLS_HOOK_POST);
		assert_int_equal(told.message[i].incoming, !ours[i / 2]);
	}
	call_clear(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_of_every_size),
		cmocka_unit_test(split_at_every_byte_of_the_wire),
		cmocka_unit_test(hooks_see_every_message_once),
	};

	return cmocka_run_group_tests_name("client12_cut", tests, NULL, NULL);
}

/* key_update_test.c - KeyUpdate, RFC 8446 section 4.6.3. */
#include "codec.h"

#include "tls/msg/key_update.h"

static bool kept;

static int decode(struct tls_span body)
{
	return tls_key_update_decode(&kept, body);
}

static void encode(struct tls_buf *b)
{
	tls_key_update_encode(b, kept);
}

static void every_value(void **state)
{
	(void)state;
	for (unsigned v = 0; v <= 255; v++) {
		uint8_t body = (uint8_t)v;

		kept = v == 0;
		assert_int_equal(codec_try(decode, &body, 1), v <= 1 ? 0 : TLS_E_ILLEGAL_PARAMETER);
		if (v > 1)
			continue;
		assert_int_equal(kept, v);
		codec_writes(encode, &body, 1);
	}
}

static void every_length(void **state)
{
	static const uint8_t zeros[2];

	(void)state;
	codec_cut(decode, zeros, 1, 0);
	codec_longer(decode, zeros, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_value),
	    cmocka_unit_test(every_length),
	};

	return cmocka_run_group_tests_name("key_update", tests, NULL, NULL);
}

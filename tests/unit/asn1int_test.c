/* asn1int_test.c - the strict DER of numbers: written, read, and everything else refused (X.690).
 */
#include "hex.h"

#include "tls/crypto/asn1int.h"

static bool reads_int(const char *text, const char *value)
{
	struct hex h = unhex(text);
	struct tls_span s = tls_span(h.p, h.len), v = tls_asn1int_read(&s);

	if (v.failed) {
		assert_true(s.failed);
		return false;
	}
	assert_hex(v.p, v.len, value);
	assert_true(tls_span_end(&s));
	return true;
}

static void numbers(void **state)
{
	(void)state;
	assert_true(reads_int("020101", "01"));
	assert_true(reads_int("02017f", "7f"));
	assert_true(reads_int("02020080", "80"));
	assert_true(reads_int("020200ff", "ff"));
	assert_true(reads_int("02020100", "0100"));
	assert_true(reads_int("02027fff", "7fff"));
	assert_true(reads_int("0203008000", "8000"));
}

static void not_numbers(void **state)
{
	static const char *const bad[] = {
	    "", "02", "0200", "0201", "020201", "0203ffff", "020100", "02020000", /* zero */
	    "020180", "0202ffff",                                                 /* negative */
	    "02020001", "0202007f", "0203000080", /* longer than needed */
	    "030101", "220101", "820101",         /* another tag */
	    "02810101", "0282000101", "02840000000101", "0280010000", "02ff01", /* lengths */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(reads_int(bad[i], ""));
}

/* A SEQUENCE of n bytes 0xaa behind head. */
static bool reads_sequence(const char *head, size_t n)
{
	static uint8_t bytes[70000];
	struct hex h = unhex(head);
	struct tls_span s, body;

	memcpy(bytes, h.p, h.len);
	memset(bytes + h.len, 0xaa, n);
	s = tls_span(bytes, h.len + n);
	body = tls_asn1int_read_sequence(&s);
	assert_int_equal(body.failed, s.failed);
	return !body.failed && body.len == n && tls_span_end(&s);
}

static void lengths(void **state)
{
	(void)state;
	assert_true(reads_sequence("3000", 0));
	assert_true(reads_sequence("307f", 127));
	assert_true(reads_sequence("308180", 128));
	assert_true(reads_sequence("3081ff", 255));
	assert_true(reads_sequence("30820100", 256));
	assert_true(reads_sequence("3082ffff", 65535));
}

static void lengths_that_are_not_the_shortest(void **state)
{
	(void)state;
	assert_false(reads_sequence("308100", 0));
	assert_false(reads_sequence("30817f", 127));
	assert_false(reads_sequence("30820000", 0));
	assert_false(reads_sequence("308200ff", 255));
	assert_false(reads_sequence("3083000100", 256));
	assert_false(reads_sequence("3083010000", 65536));
	assert_false(reads_sequence("308400000001", 1));
	assert_false(reads_sequence("3080", 2)); /* indefinite */
	assert_false(reads_sequence("30ff", 255));
	assert_false(reads_sequence("3002", 1)); /* more than there is */
	assert_false(reads_sequence("3082ffff", 65534));
	assert_false(reads_sequence("3100", 0));
	assert_false(reads_sequence("1000", 0));
}

static void after_a_failure_all_fail(void **state)
{
	struct hex h = unhex("020100020105");
	struct tls_span s = tls_span(h.p, h.len);

	(void)state;
	assert_true(tls_asn1int_read(&s).failed);
	assert_true(tls_asn1int_read(&s).failed);
	assert_true(tls_asn1int_read_sequence(&s).failed);
}

static void writes(void **state)
{
	static const char *const rows[][2] = {
	    {"01", "020101"},
	    {"0000", "020100"},
	    {"", "020100"},
	    {"7f", "02017f"},
	    {"80", "02020080"},
	    {"000000ff", "020200ff"},
	    {"0100", "02020100"},
	};
	uint8_t room[16];
	struct tls_buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hex h = unhex(rows[i][0]);

		tls_buf_init_fixed(&b, room, sizeof(room));
		tls_asn1int_write(&b, h.p, h.len);
		assert_true(tls_buf_ok(&b));
		assert_hex(b.p, b.len, rows[i][1]);
	}
}

static void written_sequences_are_read(void **state)
{
	static const size_t lens[] = {0, 1, 127, 128, 255, 256, 65535};
	static uint8_t body[65536], room[65540];
	struct tls_span s, back;
	struct tls_buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		tls_buf_init_fixed(&b, room, sizeof(room));
		tls_asn1int_write_sequence(&b, tls_span(body, lens[i]));
		assert_true(tls_buf_ok(&b));
		s = tls_buf_as_span(&b);
		back = tls_asn1int_read_sequence(&s);
		assert_false(back.failed);
		assert_int_equal(back.len, lens[i]);
		assert_true(tls_span_end(&s));
	}
	tls_buf_init_fixed(&b, room, sizeof(room));
	tls_asn1int_write_sequence(&b, tls_span(body, 65536));
	assert_false(tls_buf_ok(&b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(not_numbers),
	    cmocka_unit_test(lengths),
	    cmocka_unit_test(lengths_that_are_not_the_shortest),
	    cmocka_unit_test(after_a_failure_all_fail),
	    cmocka_unit_test(writes),
	    cmocka_unit_test(written_sequences_are_read),
	};

	return cmocka_run_group_tests_name("asn1int", tests, NULL, NULL);
}

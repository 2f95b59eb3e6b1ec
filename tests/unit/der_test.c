/* der_test.c - tls/x509/der.c: what strict DER is, by hand from X.690. */
#include "unit.h"

#include "tls/bytes/mem.h"
#include "tls/x509/der.h"

#define SPAN(literal) tls_span(literal, sizeof(literal) - 1)

static void takes_an_element(void **state)
{
	struct tls_span s = SPAN("\x04\x03xyz\x05\x00"), v;
	unsigned tag;

	(void)state;
	assert_true(tls_der_is(&s, TLS_DER_OCTET_STRING));
	v = tls_der_take(&s, TLS_DER_OCTET_STRING);
	assert_true(tls_mem_same(v.p, v.len, "xyz", 3));
	v = tls_der_take_any(&s, &tag);
	assert_int_equal(tag, TLS_DER_NULL);
	assert_int_equal(v.len, 0);
	assert_true(tls_span_end(&s));
	assert_false(tls_der_is(&s, TLS_DER_NULL));
}

static void takes_a_whole_element(void **state)
{
	struct tls_span s = SPAN("\x04\x01x\x04\x01y"), v = tls_der_take_whole(&s, TLS_DER_OCTET_STRING);

	(void)state;
	assert_true(tls_mem_same(v.p, v.len, "\x04\x01x", 3));
	assert_int_equal(s.len, 3);
	v = tls_der_take_whole(&s, TLS_DER_INTEGER);
	assert_true(v.failed);
	assert_true(s.failed);
}

static void refuses_wrong_tags_and_lengths(void **state)
{
	static const struct {
		const char *der;
		size_t len;
	} bad[] = {
	    {"", 0},
	    {"\x02", 1},                     /* no length */
	    {"\x02\x01", 2},                 /* no content */
	    {"\x04\x01x", 3},                /* another tag */
	    {"\x02\x81\x01x", 4},            /* long form for less than 128 */
	    {"\x02\x82\x00\x81x", 5},        /* leading zero in the length */
	    {"\x02\x80\x01\x00\x00", 5},     /* indefinite */
	    {"\x02\x85\x00\x00\x00\x00\x01x", 8}, /* five bytes of length */
	    {"\x02\x84\xff\xff\xff\xff", 6}, /* far past the end */
	    {"\x02\xff", 2},                 /* reserved */
	    {"\x1f\x02\x01x", 4},            /* high tag number */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct tls_span s = tls_span(bad[i].der, bad[i].len), v;

		v = tls_der_take(&s, TLS_DER_INTEGER);
		assert_true(v.failed);
		assert_true(s.failed);
		assert_int_equal(v.len, 0);
	}
}

static void takes_long_lengths(void **state)
{
	static uint8_t der[4 + 300] = {0x04, 0x82, 0x01, 0x2c};
	struct tls_span s = tls_span(der, sizeof(der)), v = tls_der_take(&s, TLS_DER_OCTET_STRING);

	(void)state;
	assert_false(v.failed);
	assert_int_equal(v.len, 300);
	assert_true(tls_span_end(&s));
}

static void takes_integers(void **state)
{
	struct tls_span s = SPAN("\x02\x01\x00\x02\x01\x7f\x02\x02\x00\x80\x02\x03\x01\x00\x00"), v;

	(void)state;
	v = tls_der_take_unsigned(&s);
	assert_true(tls_mem_same(v.p, v.len, "\x00", 1));
	assert_int_equal(tls_der_take_number(&s, 127), 127);
	v = tls_der_take_unsigned(&s);
	assert_true(tls_mem_same(v.p, v.len, "\x80", 1));
	assert_int_equal(tls_der_take_number(&s, 65536), 65536);
	assert_true(tls_span_end(&s));
}

static void refuses_bad_integers(void **state)
{
	struct tls_span bad[] = {
	    SPAN("\x02\x00"),         /* empty */
	    SPAN("\x02\x01\x80"),     /* negative */
	    SPAN("\x02\x02\x00\x7f"), /* not minimal */
	};
	struct tls_span big = SPAN("\x02\x01\x06"), wide = SPAN("\x02\x05\x01\x00\x00\x00\x00");

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tls_der_take_unsigned(&bad[i]);
		assert_true(bad[i].failed);
	}
	assert_int_equal(tls_der_take_number(&big, 5), 0);
	assert_true(big.failed);
	tls_der_take_number(&wide, UINT32_MAX);
	assert_true(wide.failed);
}

static void takes_booleans_and_bits(void **state)
{
	struct tls_span s = SPAN("\x01\x01\xff\x01\x01\x00\x03\x03\x00\xab\xcd"), v;
	struct tls_span ber = SPAN("\x01\x01\x01"), half = SPAN("\x03\x02\x04\xf0");
	struct tls_span empty = SPAN("\x03\x00");

	(void)state;
	assert_true(tls_der_take_bool(&s));
	assert_false(tls_der_take_bool(&s));
	assert_false(s.failed);
	v = tls_der_take_bits(&s);
	assert_true(tls_mem_same(v.p, v.len, "\xab\xcd", 2));
	assert_true(tls_span_end(&s));
	tls_der_take_bool(&ber);
	assert_true(ber.failed);
	tls_der_take_bits(&half);
	assert_true(half.failed);
	tls_der_take_bits(&empty);
	assert_true(empty.failed);
}

/* Seconds from date -u -d ... +%s. */
static void takes_times(void **state)
{
	static const struct {
		const char *der;
		int64_t seconds;
	} good[] = {
	    {"\x17\x0d""700101000000Z", 0},
	    {"\x17\x0d""491231235959Z", 2524607999},
	    {"\x17\x0d""500101000000Z", -631152000},
	    {"\x17\x0d""000229120000Z", 951825600},
	    {"\x18\x0f""20500101000000Z", 2524608000},
	    {"\x18\x0f""99991231235959Z", 253402300799},
	    {"\x18\x0f""19000228235959Z", -2203891201},
	    {"\x18\x0f""20240229000001Z", 1709164801},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct tls_span s = tls_span(good[i].der, 2U + (uint8_t)good[i].der[1]);

		assert_int_equal(tls_der_take_time(&s), good[i].seconds);
		assert_true(tls_span_end(&s));
	}
}

static void refuses_bad_times(void **state)
{
	static const char *const bad[] = {
	    "\x17\x0b""7001010000Z",       /* no seconds */
	    "\x17\x0d""700101000000z",     "\x17\x11""700101000000+0000",
	    "\x17\x0d""701301000000Z",     "\x17\x0d""700001000000Z",
	    "\x17\x0d""700132000000Z",     "\x17\x0d""700100000000Z",
	    "\x17\x0d""010229000000Z",     /* no leap year */
	    "\x17\x0d""700101240000Z",     "\x17\x0d""700101006000Z",
	    "\x17\x0d""700101000060Z",     "\x17\x0d""7O0101000000Z",
	    "\x18\x0f""19000229000000Z",   /* 1900 was none */
	    "\x18\x0f""00000101000000Z",   "\x18\x11""20240101000000.5Z",
	    "\x18\x0d""240101000000Z",     "\x17\x0f""20240101000000Z",
	    "\x17\x0e""700101000000ZZ",    "\x16\x0d""700101000000Z",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct tls_span s = tls_span(bad[i], 2U + (uint8_t)bad[i][1]);

		assert_int_equal(tls_der_take_time(&s), 0);
		assert_true(s.failed);
	}
}

static void check_accepts_one_element(void **state)
{
	static const uint8_t nested[] = {0x30, 0x0b, 0x02, 0x01, 0x01, 0x31, 0x00, 0xa0, 0x04, 0x30,
	    0x02, 0x05, 0x00};

	(void)state;
	assert_true(tls_der_check(tls_span(nested, sizeof(nested)), 4, 6));
	assert_false(tls_der_check(tls_span(nested, sizeof(nested)), 3, 6));
	assert_false(tls_der_check(tls_span(nested, sizeof(nested)), 4, 5));
	assert_false(tls_der_check(tls_span(nested, sizeof(nested)), TLS_DER_MAX_DEPTH + 1, 6));
	for (size_t n = 0; n < sizeof(nested); n++)
		assert_false(tls_der_check(tls_span(nested, n), 4, 6));
}

static void check_refuses_bad_forms(void **state)
{
	struct tls_span bad[] = {
	    SPAN("\x05\x00\x05\x00"),             /* two elements */
	    SPAN("\x10\x00"),                     /* primitive SEQUENCE */
	    SPAN("\x11\x00"),                     /* primitive SET */
	    SPAN("\x24\x00"),                     /* constructed OCTET STRING */
	    SPAN("\x00\x00"),                     /* end of contents */
	    SPAN("\x30\x03\x02\x02\x01"),         /* content past its parent */
	    SPAN("\x30\x80\x00\x00"),             /* indefinite */
	    SPAN("\x30\x04\x02\x01\x01\x02"),     /* half an element at the end */
	    {.failed = true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(tls_der_check(bad[i], TLS_DER_MAX_DEPTH, TLS_DER_MAX_ELEMENTS));
}

static void check_bounds_depth_without_recursion(void **state)
{
	static uint8_t deep[TLS_DER_MAX_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(deep) / 4; i++) {
		size_t inside = sizeof(deep) - 4 * (i + 1);

		deep[4 * i] = 0x30;
		deep[4 * i + 1] = 0x82;
		deep[4 * i + 2] = (uint8_t)(inside >> 8);
		deep[4 * i + 3] = (uint8_t)inside;
	}
	assert_false(tls_der_check(tls_span(deep, sizeof(deep)), TLS_DER_MAX_DEPTH, SIZE_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_an_element),
	    cmocka_unit_test(takes_a_whole_element),
	    cmocka_unit_test(refuses_wrong_tags_and_lengths),
	    cmocka_unit_test(takes_long_lengths),
	    cmocka_unit_test(takes_integers),
	    cmocka_unit_test(refuses_bad_integers),
	    cmocka_unit_test(takes_booleans_and_bits),
	    cmocka_unit_test(takes_times),
	    cmocka_unit_test(refuses_bad_times),
	    cmocka_unit_test(check_accepts_one_element),
	    cmocka_unit_test(check_refuses_bad_forms),
	    cmocka_unit_test(check_bounds_depth_without_recursion),
	};

	return cmocka_run_group_tests_name("der", tests, NULL, NULL);
}

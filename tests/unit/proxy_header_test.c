/* proxy_header_test.c - the bytes that sections 2.1 and 2.2 of the PROXY protocol ask for. */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "daemon/proxy_header.h"

#define SIGNATURE "\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a"

static struct sockaddr_storage address(const char *ip, unsigned port)
{
	struct sockaddr_storage sa = {.ss_family = AF_UNIX};
	struct sockaddr_in *in = (void *)&sa;
	struct sockaddr_in6 *in6 = (void *)&sa;

	if (inet_pton(AF_INET, ip, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)port);
	} else if (inet_pton(AF_INET6, ip, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)port);
	}
	return sa;
}

static void assert_header(unsigned version, const char *from, const char *to, const char *bytes, size_t len)
{
	struct sockaddr_storage a = address(from, 56324), b = address(to, 443);
	struct px_proxy_header h;

	px_proxy_header_begin(&h, version, (void *)&a, (void *)&b);
	assert_int_equal(h.len, len);
	assert_memory_equal(h.bytes, bytes, len);
}

#define HEADER(version, from, to, bytes) assert_header(version, from, to, bytes, sizeof(bytes) - 1)

static void version_1_is_a_line(void **state)
{
	(void)state;
	HEADER(1, "192.168.0.1", "192.168.0.11", "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n");
	HEADER(1, "2001:db8::1", "::1", "PROXY TCP6 2001:db8::1 ::1 56324 443\r\n");
	HEADER(1, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 56324 443\r\n");
	HEADER(1, "unix", "unix", "PROXY UNKNOWN\r\n");
	HEADER(1, "192.168.0.1", "::1", "PROXY UNKNOWN\r\n");
}

static void version_2_is_binary(void **state)
{
	(void)state;
	HEADER(2, "192.168.0.1", "192.168.0.11",
	    SIGNATURE "\x21\x11\x00\x0c\xc0\xa8\x00\x01\xc0\xa8\x00\x0b\xdc\x04\x01\xbb");
	HEADER(2, "2001:db8::1", "::1",
	    SIGNATURE "\x21\x21\x00\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
		      "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\xdc\x04\x01\xbb");
	HEADER(2, "unix", "unix", SIGNATURE "\x20\x00\x00\x00");
}

/* Section 2.2: type, length, value; the first length counts all of it; those of a value in a value, too. */
static void version_2_has_more(void **state)
{
	struct sockaddr_storage a = address("192.168.0.1", 56324), b = address("192.168.0.11", 443);
	static const char bytes[] = SIGNATURE "\x21\x11\x00\x21\xc0\xa8\x00\x01\xc0\xa8\x00\x0b\xdc\x04\x01\xbb"
					      "\x01\x00\x02h2"
					      "\x20\x00\x0d\x01\0\0\0\x01"
					      "\x21\x00\x05"
					      "TLSv1";
	struct px_proxy_header h;
	size_t mark;

	(void)state;
	px_proxy_header_begin(&h, 2, (void *)&a, (void *)&b);
	px_proxy_header_add(&h, 1, "h2", 2);
	mark = px_proxy_header_open(&h, 0x20, "\x01\0\0\0\x01", 5);
	px_proxy_header_add(&h, 0x21, "TLSv1", 5);
	px_proxy_header_close(&h, mark);
	assert_int_equal(h.len, sizeof(bytes) - 1);
	assert_memory_equal(h.bytes, bytes, h.len);
}

/* "it sets this field to zero": nothing stands behind what says LOCAL, or a line of version 1. */
static void nothing_follows_what_has_no_addresses(void **state)
{
	static const char local[] = SIGNATURE "\x20\x00\x00\x00", line[] = "PROXY UNKNOWN\r\n";
	struct sockaddr_storage a = address("unix", 0);
	struct px_proxy_header h;
	size_t mark;

	(void)state;
	for (unsigned version = 1; version <= 2; version++) {
		px_proxy_header_begin(&h, version, (void *)&a, (void *)&a);
		mark = px_proxy_header_open(&h, 0x20, "12345", 5);
		px_proxy_header_add(&h, 0x21, "x", 1);
		px_proxy_header_close(&h, mark);
		px_proxy_header_add(&h, 1, "h2", 2);
		assert_int_equal(h.len, version == 1 ? sizeof(line) - 1 : sizeof(local) - 1);
		assert_memory_equal(h.bytes, version == 1 ? line : local, h.len);
	}
}

/* Each length as it stands there; the values of the outermost level. */
static unsigned walk(const struct px_proxy_header *h, unsigned types[4])
{
	const unsigned char *p = (const void *)h->bytes;
	size_t at = 16 + 36;
	unsigned n = 0;

	assert_int_equal(p[14] * 256 + p[15], h->len - 16);
	while (at < h->len) {
		assert_true(n < 4 && at + 3 <= h->len);
		types[n++] = p[at];
		at += 3U + p[at + 1] * 256U + p[at + 2];
	}
	assert_int_equal(at, h->len);
	return n;
}

/* Whatever the room: what is in a value that had none is left out with it, and lengths are true. */
static void what_has_no_room_is_left_out(void **state)
{
	struct sockaddr_storage a = address("::1", 1), b = address("::1", 2);
	static char big[PX_PROXY_HEADER_MAX + 10];
	struct px_proxy_header h;
	unsigned types[4], n;
	size_t mark;

	(void)state;
	for (size_t len = 0; len < sizeof(big); len++) {
		bool fits = 52 + 3 + len <= PX_PROXY_HEADER_MAX, has;

		px_proxy_header_begin(&h, 2, (void *)&a, (void *)&b);
		px_proxy_header_add(&h, 2, big, len);
		assert_int_equal(h.len, fits ? 52 + 3 + len : 52);
		mark = h.len;
		has = mark + 8 <= PX_PROXY_HEADER_MAX;
		assert_int_equal(px_proxy_header_open(&h, 0x20, "12345", 5), mark);
		px_proxy_header_add(&h, 0x21, "x", 1);
		px_proxy_header_close(&h, mark);
		px_proxy_header_add(&h, 5, "", 0);
		assert_true(h.len <= sizeof(h.bytes));
		n = walk(&h, types);
		assert_int_equal(n > 0 && types[0] == 2, fits);
		assert_int_equal(n > (fits ? 1U : 0U) && types[fits ? 1 : 0] == 0x20, has);
		assert_true(n == 0 || types[n - 1] == 5 || h.len + 3 > PX_PROXY_HEADER_MAX);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(version_1_is_a_line),
	    cmocka_unit_test(version_2_is_binary),
	    cmocka_unit_test(version_2_has_more),
	    cmocka_unit_test(nothing_follows_what_has_no_addresses),
	    cmocka_unit_test(what_has_no_room_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

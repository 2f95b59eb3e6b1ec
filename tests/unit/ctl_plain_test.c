/* ctl_plain_test.c - daemon/ctl/plain.c: what servers of other protocols say first. */
#include "unit.h"

#include <string.h>

#include "daemon/ctl/plain.h"

#define BYTES(text) text, sizeof(text) - 1

static void other_protocols_are_recognised(void **state)
{
	static const struct {
		const char *first;
		size_t len;
		const char *what;
	} rows[] = {
	    {BYTES("HTTP/1.1 400 Bad Request\r\n"), "HTTP"},
	    {BYTES("<html>"), "HTML"},
	    {BYTES("SSH-2.0-OpenSSH_9.2\r\n"), "SSH"},
	    {BYTES("220 mail.example ESMTP\r\n"), "SMTP"},
	    {BYTES("554 5.7.1 no\r\n"), "SMTP"},
	    {BYTES("* OK IMAP4rev1\r\n"), "IMAP"},
	    {BYTES("+OK ready\r\n"), "POP3"},
	    {BYTES("RFB 003.008\n"), "VNC"},
	    {BYTES("-ERR unknown command\r\n"), "Redis"},
	    {BYTES("AMQP\0\0\x09\x01"), "AMQP"},
	    {BYTES("E\0\0\0\x85SFATAL"), "PostgreSQL"},
	    {BYTES("J\0\0\0\n8.0.36\0"), "MySQL"},
	    {BYTES("\xff\xff"), "something"},
	    {BYTES("E"), "something"},
	    {BYTES("J\0\0"), "something"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct px_plain *plain = px_plain_recognise(rows[i].first, rows[i].len);

		assert_true(px_plain_is(rows[i].first, rows[i].len));
		assert_non_null(strstr(plain->what, rows[i].what));
		assert_int_equal(plain->help[strlen(plain->help) - 1], '.');
	}
}

/* RFC 8446 section 5.1: an alert or a handshake message of a major version 3. */
static void tls_is_no_other_protocol(void **state)
{
	(void)state;
	assert_false(px_plain_is("", 0));
	assert_false(px_plain_is(BYTES("\x15")));
	assert_false(px_plain_is(BYTES("\x15\x03\x01\x00\x02\x02\x28")));
	assert_false(px_plain_is(BYTES("\x16\x03\x03\x00\x7a")));
	assert_true(px_plain_is(BYTES("\x16\x04")));
	assert_true(px_plain_is(BYTES("\x17\x03\x03")));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(other_protocols_are_recognised),
	    cmocka_unit_test(tls_is_no_other_protocol),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

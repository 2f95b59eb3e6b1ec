/* conn_log_test.c - the line of a connection: all fields, in both formats, and the longest one fits. */
#include "unit.h"

#include <string.h>

#include "daemon/conn_log.h"

static const struct px_conn_record full = {
	.service = "web",
	.peer = "192.0.2.1:50000",
	.backend = "127.0.0.1:8080",
	.sni = { "example.net", 11 },
	.version = "TLS1.3",
	.suite = "TLS_AES_128_GCM_SHA256",
	.group = "x25519",
	.signature = "ed25519",
	.alpn = { "h2", 2 },
	.resumed = true,
	.certificate = "CN=joe, O=A \\0A",
	.n_in = 1,
	.n_out = 20000000000,
	.duration_ms = 300,
	.end = "client closed",
};

static void check(enum conf_log_format format, const struct px_conn_record *record, const char *expected)
{
	struct px_line line;

	px_line_init(&line);
	px_conn_log_add(&line, format, record);
	assert_false(line.cut);
	assert_int_equal(line.len, strlen(expected));
	assert_memory_equal(line.text, expected, line.len);
}

static void test_text(void **state)
{
	(void)state;
	check(CONF_LOG_TEXT, &full,
	    "connection service=web peer=192.0.2.1:50000 backend=127.0.0.1:8080 sni=example.net "
	    "version=TLS1.3 suite=TLS_AES_128_GCM_SHA256 group=x25519 signature=ed25519 alpn=h2 "
	    "resumed=true certificate=\"CN=joe, O=A \\\\0A\" in=1 "
	    "out=20000000000 ms=300 end=\"client closed\"");
}

static void test_json(void **state)
{
	(void)state;
	check(CONF_LOG_JSON, &full,
	    "\"level\":\"info\",\"message\":\"connection\",\"service\":\"web\","
	    "\"peer\":\"192.0.2.1:50000\",\"backend\":\"127.0.0.1:8080\",\"sni\":\"example.net\","
	    "\"version\":\"TLS1.3\",\"suite\":\"TLS_AES_128_GCM_SHA256\",\"group\":\"x25519\","
	    "\"signature\":\"ed25519\",\"alpn\":\"h2\",\"resumed\":true,\"certificate\":\"CN=joe, O=A \\\\0A\",\"in\":1,\"out\":20000000000,\"ms\":300,"
	    "\"end\":\"client closed\"}");
}

static void test_nothing_known(void **state)
{
	const struct px_conn_record record = { .service = "web", .peer = "unix:", .end = "x" };

	(void)state;
	check(CONF_LOG_TEXT, &record,
	    "connection service=web peer=unix: backend=- sni=- version=- suite=- group=- signature=- "
	    "alpn=- resumed=false certificate=- in=0 out=0 ms=0 end=\"x\"");
	check(CONF_LOG_JSON, &record,
	    "\"level\":\"info\",\"message\":\"connection\",\"service\":\"web\",\"peer\":\"unix:\","
	    "\"backend\":null,\"sni\":null,\"version\":null,\"suite\":null,\"group\":null,"
	    "\"signature\":null,\"alpn\":null,\"resumed\":false,\"certificate\":null,\"in\":0,\"out\":0,\"ms\":0,\"end\":\"x\"}");
}

/* The fields that clients fill, all as long and as bad as they can be. */
static void test_longest_fits(void **state)
{
	struct px_conn_record record = full;
	struct px_line line;
	char bad[400], subject[PX_CONN_SUBJECT_LEN];

	(void)state;
	memset(bad, '\n', sizeof(bad));
	memset(subject, '\\', sizeof(subject) - 1);
	subject[sizeof(subject) - 1] = '\0';
	record.certificate = subject;
	record.sni = record.alpn = (struct px_conn_text){ bad, sizeof(bad) };
	for (int format = CONF_LOG_TEXT; format <= CONF_LOG_JSON; format++) {
		px_line_init(&line);
		px_conn_log_add(&line, (enum conf_log_format)format, &record);
		assert_false(line.cut);
		assert_in_range(line.len, 2 * PX_LINE_VALUE_MAX * 4, PX_LINE_MAX - 200);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_longest_fits),
	};

	return cmocka_run_group_tests_name("conn_log", tests, NULL, NULL);
}

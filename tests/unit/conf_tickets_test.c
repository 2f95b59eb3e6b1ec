/* The group tickets: what it gives, and each way to get it wrong its own line. */
#include "unit.h"

#include "conf_case.h"

#define TICKETS(inner) "tickets: { " inner " };\n" CASE_SERVICE("")

static int enter(void **state)
{
	if (case_enter(state) != 0)
		return -1;
	case_data("p256.crt.pem", "c.pem");
	case_data("p256.pkcs8.pem", "k.pem");
	return 0;
}

static void expect(const char *text, const char *lines)
{
	case_put("t", text);
	case_expect_file("t", lines);
}

static struct conf *load_good(const char *text)
{
	struct conf_errors errs = {0};
	struct conf *conf = NULL;

	case_put("t", text);
	assert_int_equal(conf_load(&conf, &errs, "t", NULL), 0);
	assert_int_equal(errs.n, 0);
	return conf;
}

static void test_values(void **state)
{
	struct conf *conf = load_good(CASE_SERVICE(""));

	(void)state;
	assert_null(conf->tickets.seed.data);
	assert_int_equal(conf->tickets.rotate_s, 21600);
	assert_int_equal(conf->tickets.lifetime_s, 86400);
	conf_free(conf);
	case_put("seed", "0123456789abcdef0123456789abcdef");
	conf = load_good(TICKETS("seed = \"seed\"; rotate = 60; lifetime = 0;"));
	assert_int_equal(conf->tickets.seed.size, 32);
	assert_memory_equal(conf->tickets.seed.data, "0123456789abcdef0123456789abcdef", 32);
	assert_int_equal(conf->tickets.rotate_s, 60);
	assert_int_equal(conf->tickets.lifetime_s, 0);
	assert_int_equal(conf->tickets.origin.line, 1);
	conf_free(conf);
}

static void test_ranges(void **state)
{
	(void)state;
	expect(TICKETS("rotate = 604800.0; lifetime = 604800;"), "");
	expect(TICKETS("rotate = 59.0;\nlifetime = 604801;"),
	    "t:1: tickets.rotate must be from 60 to 604800 seconds, not 59\n"
	    "t:2: tickets.lifetime must be from 0 to 604800 seconds, not 604801\n");
	expect(TICKETS("lifetime = -1;"),
	    "t:1: tickets.lifetime must be from 0 to 604800 seconds, not -1\n");
}

static void put_seed(size_t len, char first)
{
	static char bytes[8192];

	bytes[0] = first;
	case_put_bytes("seed", bytes, len);
}

static void test_seeds(void **state)
{
	static const struct {
		size_t len;
		char first;
		const char *lines;
	} table[] = {
	    {0, 0, "t:1: tickets.seed: seed: shorter than 32 bytes\n"},
	    {31, 'x', "t:1: tickets.seed: seed: shorter than 32 bytes\n"},
	    {32, 'x', ""},
	    {32, 0, "t:1: tickets.seed: seed: nothing but zeros\n"},
	    {4096, 'x', ""},
	    {4096, 0, "t:1: tickets.seed: seed: nothing but zeros\n"},
	    {4097, 'x', "t:1: tickets.seed: seed: longer than 4096 bytes\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		put_seed(table[i].len, table[i].first);
		expect(TICKETS("seed = \"seed\";"), table[i].lines);
	}
	put_seed(32, 'x');
	assert_int_equal(chmod("seed", 0644), 0);
	expect(TICKETS("seed = \"seed\";"), "warning t:1: tickets.seed: seed: everybody on this "
					    "machine may use it (mode 0644)\n");
	expect(TICKETS("seed = \"none\";"),
	    "t:1: tickets.seed: none: No such file or directory\n");
	expect(TICKETS("seed = \".\";"), "t:1: tickets.seed: .: not a regular file\n");
	case_expect(TICKETS("seed = \"none\";"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_ranges),
	    cmocka_unit_test(test_seeds),
	};

	return cmocka_run_group_tests_name("conf_tickets", tests, enter, case_leave);
}

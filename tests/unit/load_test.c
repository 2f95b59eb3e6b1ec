/* load_test.c - a configuration on its way to the master: names resolved, keys left behind, what is wrong told. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "conf_case.h"
#include "daemon/load.h"

#define SERVICE(backend)                                                                                     \
	"user = \"\"; group = \"\"; services = ( { name = \"w\"; listen = [ \"127.0.0.1:0\" ];\n"          \
	"certificates = ( { chain = \"c.pem\"; key = \"k.pem\"; } );\n"                                    \
	"backends = ( \"" backend "\" ); } );\n"

static int begin(void **state)
{
	if (case_enter(state) != 0)
		return -1;
	case_data("p256.crt.pem", "c.pem");
	case_data("p256.pkcs8.pem", "k.pem");
	return 0;
}

static void load(struct px_loaded *out, const char *text)
{
	const struct px_load_job job = { .path = "q.conf" };

	case_put("q.conf", text);
	px_load_run(out, &job);
}

static void test_good(void **state)
{
	struct px_bundle_entry e;
	struct px_bundle *bundle;
	struct px_loaded l;

	(void)state;
	load(&l, "workers = 3;" SERVICE("localhost:80"));
	assert_non_null(l.conf);
	assert_int_equal(l.n_workers, 3);
	assert_true(l.bundle >= 0 && l.keys >= 0);
	assert_null(l.conf->services[0].credentials);
	assert_null(px_bundle_open(&bundle, l.bundle));
	assert_true(px_bundle_find(&e, bundle, PX_BUNDLE_RESOLVED, "localhost:80", 12));
	assert_true(e.len >= sizeof(struct sockaddr_storage) && e.len % sizeof(struct sockaddr_storage) == 0);
	px_bundle_close(bundle);
	px_load_clear(&l);
	assert_int_equal(l.bundle, -1);
}

static void test_workers(void **state)
{
	struct px_loaded l;

	(void)state;
	load(&l, SERVICE("127.0.0.1:80"));
	assert_true(l.n_workers >= 1 && l.n_workers <= 256);
	px_load_clear(&l);
}

static void test_no_keeper(void **state)
{
	struct px_loaded l;

	(void)state;
	load(&l, "keeper = false;" SERVICE("127.0.0.1:80"));
	assert_true(l.bundle >= 0);
	assert_int_equal(l.keys, -1);
	px_load_clear(&l);
}

static void test_wrong(void **state)
{
	static char lines[CASE_MAX_LEN];
	struct px_loaded l;

	(void)state;
	load(&l, "surprise = 1;" SERVICE("127.0.0.1:80"));
	case_lines(lines, &l.errs);
	assert_non_null(strstr(lines, "q.conf:1: unknown key surprise"));
	assert_null(l.conf);
	assert_int_equal(l.bundle, -1);
	px_load_clear(&l);
	load(&l, SERVICE("no-such-host.invalid:80"));
	case_lines(lines, &l.errs);
	assert_non_null(strstr(lines, "q.conf:3: backend no-such-host.invalid:80: "));
	assert_null(l.conf);
	px_load_clear(&l);
	assert_int_equal(unlink("q.conf"), 0);
	px_load_run(&l, &(struct px_load_job){ .path = "q.conf" });
	case_lines(lines, &l.errs);
	assert_string_equal(lines, "q.conf: No such file or directory\n");
	px_load_clear(&l);
}

/* The text in force counts, whatever its files hold now; the certificates are those of now. */
static void test_kept_text(void **state)
{
	struct px_loaded first, second;
	struct px_load_job job = { .path = "q.conf", .before.keep_text = true };

	(void)state;
	case_put("more.conf", "workers = 5;");
	load(&first, "@include \"more.conf\"\n" SERVICE("127.0.0.1:80"));
	assert_non_null(first.conf);
	assert_false(first.kept_text);
	assert_int_equal(px_seen_changes(first.seen), 0);
	case_put("more.conf", "nonsense");
	case_put("q.conf", "as well");
	case_data("p384.crt.pem", "c.pem");
	case_data("p384.pkcs8.pem", "k.pem");
	assert_int_equal(px_seen_changes(first.seen), PX_SEEN_TEXT | PX_SEEN_CERTIFICATES);
	job.before = (struct px_record_before){
		.conf = first.conf, .bundle = first.bundle, .keys = first.keys, .keep_text = true };
	px_load_run(&second, &job);
	assert_non_null(second.conf);
	assert_true(second.kept_text);
	assert_int_equal(second.n_workers, 5);
	/* of the files, only the certificates were looked at */
	case_put("q.conf", "something else");
	assert_int_equal(px_seen_changes(second.seen), 0);
	case_data("p256.crt.pem", "c.pem");
	assert_int_equal(px_seen_changes(second.seen), PX_SEEN_CERTIFICATES);
	px_load_clear(&second);
	px_load_clear(&first);
	assert_null(first.seen);
	case_data("p256.pkcs8.pem", "k.pem");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_workers),
		cmocka_unit_test(test_no_keeper),
		cmocka_unit_test(test_kept_text),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, begin, case_leave);
}

/* load_test.c - a configuration on its way to the master: names resolved, keys left behind, what is wrong told. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "conf_case.h"
#include "daemon/apart.h"
#include "daemon/control.h"
#include "daemon/load.h"
#include "daemon/spawn.h"

#define SERVICE(backend)                                                                                     \
	"user = \"\"; group = \"\"; services = ( { name = \"w\"; listen = [ \"127.0.0.1:0\" ];\n"          \
	"certificates = ( { chain = \"c.pem\"; key = \"k.pem\"; } );\n"                                    \
	"backends = ( \"" backend "\" ); } );\n"

static int program; /* of a process that loads; 0: this one does */

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
	const struct px_load_job job = { .path = "q.conf", .program = program };

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
	px_load_run(&l, &(struct px_load_job){ .path = "q.conf", .program = program });
	case_lines(lines, &l.errs);
	assert_string_equal(lines, "q.conf: No such file or directory\n");
	px_load_clear(&l);
}

/* The text in force counts, whatever its files hold now; the certificates are those of now. */
static void test_kept_text(void **state)
{
	struct px_loaded first, second;
	struct px_load_job job = { .path = "q.conf", .program = program, .before.keep_text = true };

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

/* What is as in one process is tested above; here: what crosses. */
static void test_apart(void **state)
{
	struct px_proof *proof = px_proof_new();
	struct px_load_job job = { .path = "q.conf", .program = program, .proof = proof };
	static char lines[CASE_MAX_LEN];
	struct px_loaded first, second;

	(void)state;
	case_put("seed", "0123456789abcdef0123456789abcdef");
	case_put("q.conf", "workers = 2; tickets: { seed = \"seed\"; };" SERVICE("127.0.0.1:80"));
	px_load_run(&first, &job);
	case_lines(lines, &first.errs);
	assert_string_equal(lines, "");
	assert_string_equal(first.problem, "");
	assert_non_null(first.conf);
	assert_int_equal(first.conf->tickets.seed.size, 32);
	assert_memory_equal(first.conf->tickets.seed.data, "0123456789abcdef0123456789abcdef", 32);
	assert_int_equal(first.certificates.n, 1);
	assert_string_equal(first.certificates.list[0].key_kind, "P-256");
	assert_int_equal(px_seen_changes(first.seen), 0);
	/* broken since: the last good one is served on, from the bundle */
	case_put("k.pem", "nothing");
	job.before = (struct px_record_before){ .conf = first.conf, .bundle = first.bundle, .keys = first.keys };
	px_load_run(&second, &job);
	assert_non_null(second.conf);
	assert_true(second.conf->services[0].certificates[0].served);
	assert_non_null(second.conf->services[0].certificates[0].aside);
	assert_int_equal(second.errs.n_errors, 0);
	assert_true(second.errs.n_warnings > 0 && second.errs.n == second.errs.n_warnings);
	assert_true(px_seen_changes(first.seen) != 0);
	px_load_clear(&second);
	px_load_clear(&first);
	px_proof_free(proof);
	case_data("p256.pkcs8.pem", "k.pem");
}

/* A program that does nothing of it, and none. */
static void test_dies(void **state)
{
	struct px_load_job job = { .path = "q.conf", .program = open("/bin/true", O_PATH | O_CLOEXEC) };
	struct px_loaded l;

	(void)state;
	for (int i = 0; i < 2; i++) {
		px_load_run(&l, &job);
		assert_null(l.conf);
		assert_string_equal(l.problem, "the process that loads it has ended before it was through");
		px_load_clear(&l);
		if (i == 0)
			close(job.program);
	}
}

static int apart(void **state)
{
	(void)state;
	program = px_spawn_program();
	return program > 0 ? 0 : -1;
}

static int here(void **state)
{
	(void)state;
	close(program);
	program = 0;
	return 0;
}

#define APART(test) { #test "_apart", test, apart, here, NULL }

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_workers),
		cmocka_unit_test(test_no_keeper),
		cmocka_unit_test(test_kept_text),
		cmocka_unit_test(test_wrong),
		APART(test_good),
		APART(test_workers),
		APART(test_no_keeper),
		APART(test_kept_text),
		APART(test_wrong),
		APART(test_apart),
		cmocka_unit_test(test_dies),
	};

	if (argc > 0 && strcmp(argv[0], "quenchd: loader") == 0)
		return px_apart_main(PX_CONTROL_FD);
	return cmocka_run_group_tests(tests, begin, case_leave);
}

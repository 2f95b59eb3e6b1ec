/* builder_test.c - builds in a thread: in order, told in the reactor, none lost when it stops. */
#include "unit.h"

#include <unistd.h>

#include "daemon/builder.h"
#include "tests/lib/bundled.h"

static const char text[] = "user = \"\"; services = ( { name = \"one\"; listen = [ \"127.0.0.1:0\" ];\n"
			   "  certificates = ( { chain = \"a.pem\"; key = \"a.key\"; } );\n"
			   "  backends = ( \"127.0.0.1:80\" ); } );\n";

static struct bundled_pair pair;
static struct event_base *base;
static struct px_builder *builder;
static struct px_build *built[8];
static unsigned n_built, n_wanted;

static int begin(void **state)
{
	(void)state;
	bundled_pair_make(&pair, "example.test");
	return 0;
}

static int end(void **state)
{
	(void)state;
	bundled_pair_clear(&pair);
	return 0;
}

static void on_built(void *arg, struct px_build *build)
{
	assert_ptr_equal(arg, &pair);
	built[n_built++] = build;
	if (n_built == n_wanted)
		event_base_loopbreak(base);
}

static void start(unsigned wanted)
{
	n_built = 0;
	n_wanted = wanted;
	base = event_base_new();
	assert_int_equal(px_builder_start(&builder, base, on_built, &pair), 0);
}

static void stop(void)
{
	px_builder_stop(builder);
	event_base_free(base);
}

static void test_in_order(void **state)
{
	struct px_build *builds[4];

	(void)state;
	start(4);
	for (int i = 0; i < 4; i++) {
		builds[i] = px_build_new(NULL);
		assert_int_equal(
		    px_builder_run(builder, builds[i], bundled_make(i == 2 ? "nonsense" : text, &pair)), 0);
	}
	event_base_dispatch(base);
	for (int i = 0; i < 4; i++) {
		assert_ptr_equal(built[i], builds[i]);
		assert_int_equal(built[i]->conf != NULL, i != 2);
		px_builder_free(builder, built[i]);
	}
	px_builder_free(builder, NULL);
	stop();
}

/* With work not begun, work done that nobody was told of, and builds to be freed. */
static void test_stopped(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		start(9);
		for (int i = 0; i < 6; i++)
			assert_int_equal(px_builder_run(builder, px_build_new(NULL), bundled_make(text, &pair)), 0);
		px_builder_free(builder, px_build_new(NULL));
		usleep((useconds_t)round * 50);
		stop();
	}
	px_builder_stop(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order),
		cmocka_unit_test(test_stopped),
	};

	return cmocka_run_group_tests_name("builder", tests, begin, end);
}

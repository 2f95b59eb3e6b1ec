/* spot_test.c - daemon/spot.c: where somebody is, and for how long. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <string.h>
#include <unistd.h>

#include "daemon/spot.h"

static void tells_where_and_for_how_long(void **state)
{
	struct px_spot spot;
	char text[PX_SPOT_LEN];

	(void)state;
	px_spot_init(&spot);
	assert_int_equal(px_spot_ms(&spot, text), 0);
	px_spot_enter(&spot, "a.pem");
	assert_true(px_spot_ms(&spot, text) > 0);
	assert_string_equal(text, "a.pem");
	usleep(30000);
	assert_true(px_spot_ms(&spot, text) >= 30);
	px_spot_enter(&spot, NULL);
	assert_int_equal(px_spot_ms(&spot, text), 0);
	px_spot_enter(NULL, "nobody asks");
	px_spot_clear(&spot);
}

static void cuts_what_is_long(void **state)
{
	char path[2 * PX_SPOT_LEN], text[PX_SPOT_LEN];
	struct px_spot spot;

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	px_spot_init(&spot);
	px_spot_enter(&spot, path);
	assert_true(px_spot_ms(&spot, text) > 0);
	assert_int_equal(strlen(text), PX_SPOT_LEN - 1);
	px_spot_clear(&spot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_where_and_for_how_long),
		cmocka_unit_test(cuts_what_is_long),
	};

	return cmocka_run_group_tests_name("spot", tests, NULL, NULL);
}

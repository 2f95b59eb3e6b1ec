/* rng_test.c - the kernel's generator and its failures. */
#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>

/* getrandom(2) is put in our hands: the n-th call answers what the script says. */
static int script[4];
static unsigned n_calls;

static ssize_t scripted_getrandom(void *p, size_t n, unsigned flags)
{
	int answer = n_calls < 4 ? script[n_calls] : 0;

	assert_int_equal(flags, 0);
	n_calls++;
	if (answer < 0) {
		errno = -answer;
		return -1;
	}
	if (answer > 0 && (size_t)answer < n)
		n = (size_t)answer;
	memset(p, (int)n_calls, n);
	return (ssize_t)n;
}

#define getrandom scripted_getrandom
#include "tls/crypto/rng.c"
#undef getrandom

static int start(void **state)
{
	(void)state;
	memset(script, 0, sizeof(script));
	n_calls = 0;
	return 0;
}

static void fills_in_one_call(void **state)
{
	uint8_t out[9] = {0};

	(void)state;
	assert_int_equal(tls_rng_fill(NULL, out, 8), 0);
	assert_memory_equal(out, "\1\1\1\1\1\1\1\1\0", 9);
	assert_int_equal(tls_rng_fill(&tls_rng_system, out, 2), 0);
	assert_memory_equal(out, "\2\2\1\1\1\1\1\1\0", 9);
}

static void goes_on_after_a_short_answer(void **state)
{
	uint8_t out[8] = {0};

	(void)state;
	script[0] = 3;
	script[1] = 1;
	assert_int_equal(tls_rng_fill(NULL, out, 8), 0);
	assert_memory_equal(out, "\1\1\1\2\3\3\3\3", 8);
}

static void goes_on_after_a_signal(void **state)
{
	uint8_t out[4] = {0};

	(void)state;
	script[0] = -EINTR;
	script[1] = 2;
	script[2] = -EINTR;
	assert_int_equal(tls_rng_fill(NULL, out, 4), 0);
	assert_memory_equal(out, "\2\2\4\4", 4);
}

static void failure_leaves_nothing(void **state)
{
	uint8_t out[4] = {7, 7, 7, 7};

	(void)state;
	script[0] = 2;
	script[1] = -ENOSYS;
	assert_int_equal(tls_rng_fill(NULL, out, 4), TLS_E_RANDOM_FAILED);
	assert_memory_equal(out, "\0\0\0\0", 4);
}

static void zero_bytes_need_no_call(void **state)
{
	(void)state;
	assert_int_equal(tls_rng_fill(NULL, NULL, 0), 0);
	assert_int_equal(n_calls, 0);
}

static int own_fill(void *ptr, uint8_t *out, size_t n)
{
	memset(out, 0x55, n);
	return *(int *)ptr;
}

static void own_source(void **state)
{
	int result = 0;
	struct tls_rng rng = {.fill = own_fill, .ptr = &result};
	uint8_t out[4] = {0};

	(void)state;
	assert_int_equal(tls_rng_fill(&rng, out, 4), 0);
	assert_memory_equal(out, "\x55\x55\x55\x55", 4);
	result = TLS_E_INTERNAL_ERROR;
	assert_int_equal(tls_rng_fill(&rng, out, 4), TLS_E_RANDOM_FAILED);
	assert_memory_equal(out, "\0\0\0\0", 4);
	assert_int_equal(n_calls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(fills_in_one_call, start),
	    cmocka_unit_test_setup(goes_on_after_a_short_answer, start),
	    cmocka_unit_test_setup(goes_on_after_a_signal, start),
	    cmocka_unit_test_setup(failure_leaves_nothing, start),
	    cmocka_unit_test_setup(zero_bytes_need_no_call, start),
	    cmocka_unit_test_setup(own_source, start),
	};

	return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}

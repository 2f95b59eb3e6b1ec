/* thread_test.c - daemon/thread.c: which signals the new thread and its maker see. */
#include "unit.h"

#include <signal.h>

#include "daemon/thread.h"

static void *ask_mask(void *mask)
{
	pthread_sigmask(SIG_BLOCK, NULL, mask);
	return mask;
}

static void signals_are_for_others(void **state)
{
	sigset_t before, after, inside;
	pthread_t thread;
	void *out;

	(void)state;
	sigemptyset(&inside);
	pthread_sigmask(SIG_BLOCK, NULL, &before);
	assert_int_equal(px_thread_start(&thread, ask_mask, &inside), 0);
	assert_int_equal(pthread_join(thread, &out), 0);
	assert_ptr_equal(out, &inside);
	pthread_sigmask(SIG_BLOCK, NULL, &after);
	for (int n = 1; n < 32; n++) {
		if (n != SIGKILL && n != SIGSTOP)
			assert_int_equal(sigismember(&inside, n), 1);
		assert_int_equal(sigismember(&after, n), sigismember(&before, n));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(signals_are_for_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* flow_budget_test.c - one step of a flow moves no more than its budget, and doesn't ask twice whether it may go on. */
#include "unit.h"

#include <string.h>

#include "daemon/flow.h"

static ssize_t always_recv(struct px_port *port, void *buf, size_t len)
{
	(void)port;
	memset(buf, 'x', len);
	return (ssize_t)len;
}

static ssize_t always_send(struct px_port *port, const void *buf, size_t len)
{
	(void)port;
	(void)buf;
	return (ssize_t)len;
}

static int always_done(struct px_port *port)
{
	port->holds = false;
	return 0;
}

/* One endless stream doesn't keep the worker for itself. */
static void test_budget(void **state)
{
	static const struct px_port_ops ops = { always_recv, always_send, always_done, always_done };
	struct px_port src = { .ops = &ops }, dst = { .ops = &ops };
	struct px_pool pool;
	struct px_flow f;

	(void)state;
	px_pool_init(&pool, 1);
	px_flow_init(&f, &src, &dst, &pool);
	assert_int_equal(px_flow_step(&f, 1), PX_FLOW_MORE);
	assert_int_equal(px_flow_step(&f, 10 * PX_POOL_BUF_LEN), PX_FLOW_MORE);
	assert_null(f.buf);
	assert_int_equal(pool.n_lent, 0);
	assert_int_equal(pool.n_spare, 1);
	px_pool_clear(&pool);
}

static unsigned n_tried;

static ssize_t little_recv(struct px_port *port, void *buf, size_t len)
{
	(void)port;
	(void)len;
	memset(buf, 'x', 1);
	return 1;
}

static ssize_t never_send(struct px_port *port, const void *buf, size_t len)
{
	(void)port;
	(void)buf;
	(void)len;
	n_tried++;
	return PX_AGAIN;
}

/* Who takes nothing now is left alone until the next step, however little comes in at a time. */
static void test_one_refusal_a_step(void **state)
{
	static const struct px_port_ops ops = { little_recv, never_send, always_done, always_done };
	struct px_port src = { .ops = &ops }, dst = { .ops = &ops };
	struct px_pool pool;
	struct px_flow f;

	(void)state;
	px_pool_init(&pool, 1);
	px_flow_init(&f, &src, &dst, &pool);
	assert_int_equal(px_flow_step(&f, 1000), PX_FLOW_MORE);
	assert_int_equal(n_tried, 1);
	assert_int_equal(f.tail - f.head, 1000);
	assert_int_equal(px_flow_step(&f, 1000), PX_FLOW_MORE);
	assert_int_equal(n_tried, 2);
	px_flow_abandon(&f);
	px_pool_clear(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_one_refusal_a_step),
	};

	return cmocka_run_group_tests_name("flow_budget", tests, NULL, NULL);
}

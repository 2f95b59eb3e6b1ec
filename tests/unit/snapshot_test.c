/* snapshot_test.c - ten thousand relays in pieces, while relays come and go and the reader is slow; and what the JSON of
 * each says. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/relay_show.h"
#include "daemon/snapshot.h"
#include "daemon/worker.h"

#define MANY 10000

static const struct conf_service conf = { .name = (char *)"web" };
static const struct px_service service = { .conf = &conf };
static struct px_worker worker;
static struct px_snapshot snapshot;
static struct px_control *control, *master;
static struct px_relay *relays[MANY + 100];
static uint8_t *seen; /* by id */
static unsigned n_answers, n_last, last_serial;
static int32_t last_status;
static int other_fd;
static bool is_slow; /* the master reads nothing */

static void count_lines(const char *text, size_t len)
{
	const char *end = text + len, *next;

	for (; text < end; text = next + 1) {
		unsigned long id;

		next = memchr(text, '\n', (size_t)(end - text));
		assert_non_null(next);
		assert_memory_equal(text, "{\"id\":", 6);
		id = strtoul(text + 6, NULL, 10);
		assert_in_range(id, 1, MANY + 100);
		seen[id]++;
	}
}

static void on_answer(void *arg, struct px_control_msg *msg)
{
	(void)arg;
	assert_int_equal(msg->head.type, PX_CONTROL_ANSWER);
	n_answers++;
	last_serial = msg->head.serial;
	last_status = msg->head.status;
	if (msg->head.flags & PX_CONTROL_LAST)
		n_last++;
	count_lines(msg->body, msg->len);
}

static void nothing(void *arg, struct px_control_msg *msg)
{
	(void)arg;
	(void)msg;
}

static void on_eof(void *arg)
{
	(void)arg;
}

static struct px_relay *add_relay(unsigned id)
{
	struct px_relay *relay = calloc(1, sizeof(*relay));

	relay->id = id;
	relay->worker = &worker;
	relay->service = (struct px_service *)&service;
	px_end_init(&relay->ends[0]);
	px_end_init(&relay->ends[1]);
	TAILQ_INSERT_TAIL(&worker.relays, relay, link);
	return relays[id - 1] = relay;
}

static void remove_relay(unsigned id)
{
	px_snapshot_forget(&snapshot, relays[id - 1]);
	TAILQ_REMOVE(&worker.relays, relays[id - 1], link);
	free(relays[id - 1]);
	relays[id - 1] = NULL;
}

static int begin(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(px_worker_init(&worker), 0);
	assert_int_equal(px_control_pair(fds), 0);
	assert_int_equal(px_control_open(&control, worker.base, fds[0], nothing, on_eof, NULL), 0);
	master = NULL;
	other_fd = is_slow ? fds[1] : -1;
	if (!is_slow)
		assert_int_equal(px_control_open(&master, worker.base, fds[1], on_answer, on_eof, NULL), 0);
	assert_int_equal(px_snapshot_init(&snapshot, &worker, control), 0);
	seen = calloc(1, MANY + 101);
	n_answers = n_last = 0;
	return 0;
}

static int end(void **state)
{
	(void)state;
	px_snapshot_clear(&snapshot);
	for (unsigned i = 0; i < MANY + 100; i++) {
		if (relays[i])
			remove_relay(i + 1);
	}
	px_control_close(control);
	px_control_close(master);
	if (other_fd >= 0)
		close(other_fd);
	px_worker_clear(&worker);
	free(seen);
	return 0;
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void test_many(void **state)
{
	double longest = 0;

	(void)state;
	for (unsigned i = 1; i <= MANY; i++)
		add_relay(i);
	px_snapshot_ask(&snapshot, 7);
	while (n_last == 0) {
		double before = now_ms();

		event_base_loop(worker.base, EVLOOP_ONCE);
		longest = now_ms() - before > longest ? now_ms() - before : longest;
	}
	assert_int_equal(last_serial, 7);
	assert_int_equal(last_status, 0);
	assert_in_range(n_answers, 100, 1000);
	for (unsigned i = 1; i <= MANY; i++)
		assert_int_equal(seen[i], 1);
	print_message("# %u answers, the longest turn of the reactor took %.2f ms\n", n_answers, longest);
	assert_true(longest < 100);
}

/* Those that come later are not told, those that go before their turn neither, the cursor's own included. */
static void test_coming_and_going(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= 1000; i++)
		add_relay(i);
	px_snapshot_ask(&snapshot, 1);
	for (unsigned id = 1001, gone = 64; n_last == 0;) {
		event_base_loop(worker.base, EVLOOP_ONCE);
		if (id <= 1050)
			add_relay(id++);
		for (int i = 0; i < 10 && gone <= 1000; i++, gone++) {
			if (relays[gone - 1])
				remove_relay(gone);
		}
	}
	for (unsigned i = 1; i <= 64; i++)
		assert_int_equal(seen[i], 1);
	for (unsigned i = 1001; i <= 1050; i++)
		assert_int_equal(seen[i], 0);
}

static void test_all_go(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= 100; i++)
		add_relay(i);
	px_snapshot_ask(&snapshot, 1);
	for (unsigned i = 1; i <= 100; i++)
		remove_relay(i);
	add_relay(101);
	while (n_last == 0)
		event_base_loop(worker.base, EVLOOP_ONCE);
	assert_int_equal(n_answers, 1);
	assert_int_equal(seen[101], 0);
}

static void test_none_and_several(void **state)
{
	(void)state;
	px_snapshot_ask(&snapshot, 1);
	while (n_last < 1)
		event_base_loop(worker.base, EVLOOP_ONCE);
	assert_int_equal(n_answers, 1);
	add_relay(1);
	for (uint32_t i = 1; i <= PX_SNAPSHOT_WAITING_MAX + 1; i++)
		px_snapshot_ask(&snapshot, i);
	while (n_last < 2)
		event_base_loop(worker.base, EVLOOP_ONCE);
	assert_int_equal(last_serial, PX_SNAPSHOT_WAITING_MAX + 1);
	assert_int_equal(last_status, -1);
	while (n_last < PX_SNAPSHOT_WAITING_MAX + 2)
		event_base_loop(worker.base, EVLOOP_ONCE);
	assert_int_equal(seen[1], PX_SNAPSHOT_WAITING_MAX);
	assert_int_equal(last_serial, PX_SNAPSHOT_WAITING_MAX);
}

/* A master that reads nothing: what waits for it is bounded. */
static void test_slow_reader(void **state)
{
	size_t longest = 0;

	(void)state;
	for (unsigned i = 1; i <= MANY; i++)
		add_relay(i);
	px_snapshot_ask(&snapshot, 1);
	for (unsigned turns = 0; turns < 300; turns++) {
		event_base_loop(worker.base, EVLOOP_ONCE);
		longest = px_control_queued(control) > longest ? px_control_queued(control) : longest;
	}
	assert_in_range(longest, 1, 256 * 1024 + PX_CONTROL_BODY_MAX);
	assert_non_null(snapshot.next);
}

/* ---- The words ------------------------------------------------------------------------------------ */

static int recv_none(struct px_port *port)
{
	(void)port;
	return 0;
}

static const struct px_port_ops ops = { .flush = recv_none, .shut = recv_none };

static void shows(const struct px_relay *relay, const char *expected)
{
	struct px_line line;

	px_relay_show(&line, relay, 1500000);
	line.text[line.len - 1] = '\0';
	if (!strstr(line.text, expected))
		fail_msg("%s: not in %s", expected, line.text);
}

static void test_words(void **state)
{
	const struct px_target target = { .text = "127.0.0.1:80" };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct px_relay *relay = add_relay(1);
	struct px_pool pool;

	(void)state;
	px_pool_init(&pool, 1);
	px_addr_set(&relay->peer, (struct sockaddr *)&in);
	relay->started_us = 500000;
	shows(relay, "{\"id\":1,\"ms\":1000,\"service\":\"web\",\"peer\":\"0.0.0.0:0\",\"state\":\"handshake\","
		     "\"backend\":null,\"sni\":null,\"version\":null,\"suite\":null,\"group\":null,\"in\":0,\"out\":0,"
		     "\"waits\":{\"client\":\"read\",\"backend\":\"none\"},"
		     "\"flight\":{\"to_backend\":0,\"to_client\":0},\"stopped\":\"none\"}");
	relay->state = PX_RELAY_CONNECT;
	relay->target = &target;
	shows(relay, "\"state\":\"connect\",\"backend\":\"127.0.0.1:80\"");
	shows(relay, "\"waits\":{\"client\":\"none\",\"backend\":\"connect\"}");
	relay->state = PX_RELAY_DATA;
	relay->ends[0].port.ops = relay->ends[1].port.ops = &ops;
	px_flow_init(&relay->flows[0], &relay->ends[0].port, &relay->ends[1].port, &pool);
	px_flow_init(&relay->flows[1], &relay->ends[1].port, &relay->ends[0].port, &pool);
	shows(relay, "\"waits\":{\"client\":\"read\",\"backend\":\"read\"}");
	relay->flows[1].tail = PX_POOL_BUF_LEN;
	relay->flows[1].head = 1000;
	shows(relay, "\"waits\":{\"client\":\"read+write\",\"backend\":\"none\"},"
		     "\"flight\":{\"to_backend\":0,\"to_client\":64536},\"stopped\":\"client\"");
	relay->flows[0].tail = PX_POOL_BUF_LEN;
	shows(relay, "\"waits\":{\"client\":\"write\",\"backend\":\"write\"},");
	shows(relay, "\"stopped\":\"both\"}");
	relay->flows[1].abandoned = true;
	shows(relay, "\"stopped\":\"backend\"}");
	relay->state = PX_RELAY_LINGER;
	shows(relay, "\"state\":\"linger\"");
	shows(relay, "\"waits\":{\"client\":\"read\",\"backend\":\"none\"}");
}

static int begin_slow(void **state)
{
	int r;

	is_slow = true;
	r = begin(state);
	is_slow = false;
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_many, begin, end),
		cmocka_unit_test_setup_teardown(test_coming_and_going, begin, end),
		cmocka_unit_test_setup_teardown(test_all_go, begin, end),
		cmocka_unit_test_setup_teardown(test_none_and_several, begin, end),
		cmocka_unit_test_setup_teardown(test_slow_reader, begin_slow, end),
		cmocka_unit_test_setup_teardown(test_words, begin, end),
	};

	return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}

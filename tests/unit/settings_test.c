/* settings_test.c - what holds settings, what becomes of those that are replaced, and of their listeners. */
#include "unit.h"
#include "open_fds.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/settings.h"
#include "daemon/worker.h"
#include "tests/lib/alloc.h"

static const char text[] = "services = ( { name = \"a\"; listen = [ \"127.0.0.1:0\" ];\n"
			   "  certificates = ( { chain = \"x\"; key = \"y\"; } );\n"
			   "  backends = ( \"127.0.0.1:9\", \"name.test:80\" );\n"
			   "  timeouts: { handshake = 3.0; connect = 4.0; idle = 5.0; drain = 0.01; }; } );\n";

static unsigned n_freed;

static void count_free(void *content)
{
	n_freed++;
	conf_free(content);
}

static const char *two_addresses(void *ptr, struct sockaddr_storage **list, unsigned *n,
    const struct conf_address *address)
{
	*list = NULL;
	if (strcmp(address->host, "name.test") != 0)
		return "who is that";
	*list = calloc(2, sizeof(**list));
	if (!*list)
		return "out of memory";
	*n = 2;
	(*list)[0].ss_family = AF_INET;
	(*list)[1].ss_family = AF_INET6;
	(*(unsigned *)ptr)++;
	return NULL;
}

static unsigned n_asked;
static const struct px_resolver resolver = { two_addresses, &n_asked };

static struct conf *load(const char *from)
{
	struct conf_errors errs = { 0 };
	struct conf *conf;

	assert_int_equal(conf_load_text(&conf, &errs, "t", from, strlen(from), CONF_TEXT_NO_FILES), 0);
	conf_errors_clear(&errs);
	return conf;
}

static struct px_settings *make(struct px_worker *worker)
{
	char problem[PX_SETTINGS_PROBLEM_LEN];
	struct conf *conf = load(text);
	struct px_settings *settings;

	assert_int_equal(px_settings_new(&settings, problem, worker, conf, &resolver), 0);
	px_settings_own(settings, count_free, conf);
	return settings;
}

static unsigned n_all(const struct px_worker *worker)
{
	const struct px_settings *settings;
	unsigned n = 0;

	TAILQ_FOREACH(settings, &worker->all_settings, link)
		n++;
	return n;
}

/* A listening descriptor on loopback. */
static int listening(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, 16), 0);
	return fd;
}

static int client_of(int listener)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(getsockname(listener, (struct sockaddr *)&in, &len), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&in, len), 0);
	return fd;
}

static void turn(struct px_worker *worker)
{
	event_base_loop(worker->base, EVLOOP_NONBLOCK);
}

static void test_content(void **state)
{
	struct px_worker worker;
	struct px_settings *settings;
	const struct px_service *service;

	(void)state;
	assert_int_equal(px_worker_init(&worker), 0);
	n_asked = 0;
	settings = make(&worker);
	service = &settings->services[0];
	assert_int_equal(settings->n_services, 1);
	assert_string_equal(service->conf->name, "a");
	assert_int_equal(n_asked, 1);
	assert_int_equal(service->backends.n, 3);
	assert_int_equal(service->backends.list[1].sa.ss_family, AF_INET);
	assert_int_equal(service->backends.list[2].sa_len, sizeof(struct sockaddr_in6));
	assert_int_equal(worker.timeouts.n, 4);
	px_settings_drop(settings);
	px_worker_clear(&worker);
}

static void test_unknown_name(void **state)
{
	static const char other[] = "services = ( { name = \"a\"; listen = [ \"127.0.0.1:0\" ];\n"
				    "  certificates = ( { chain = \"x\"; key = \"y\"; } );\n"
				    "  backends = ( \"nobody.test:80\" ); } );\n";
	char problem[PX_SETTINGS_PROBLEM_LEN];
	struct px_settings *settings;
	struct px_worker worker;
	struct conf *conf = load(other);

	(void)state;
	assert_int_equal(px_worker_init(&worker), 0);
	assert_int_equal(px_settings_new(&settings, problem, &worker, conf, &resolver), -1);
	assert_null(settings);
	assert_string_equal(problem, "t:3: backend nobody.test:80: who is that");
	assert_int_equal(n_all(&worker), 0);
	conf_free(conf);
	px_worker_clear(&worker);
}

static void test_freed_with_the_last_relay(void **state)
{
	struct px_settings *first, *second;
	struct px_worker worker;
	int fd = listening(), client;

	(void)state;
	n_freed = 0;
	assert_int_equal(px_worker_init(&worker), 0);
	first = make(&worker);
	assert_int_equal(px_settings_listen(first, fd, 0), 0);
	px_worker_use(&worker, first);
	px_settings_drop(first);
	client = client_of(fd);
	turn(&worker);
	assert_int_equal(worker.n_relays, 1);
	assert_int_equal(first->n_refs, 2);
	second = make(&worker);
	px_worker_use(&worker, second);
	px_settings_drop(second);
	assert_int_equal(n_freed, 0);
	assert_int_equal(n_all(&worker), 2);
	assert_int_equal(first->n_listeners, 0);
	close(client);
	turn(&worker);
	turn(&worker);
	assert_int_equal(worker.n_relays, 0);
	assert_int_equal(n_freed, 1);
	assert_int_equal(n_all(&worker), 1);
	px_worker_clear(&worker);
	assert_int_equal(n_freed, 2);
}

/* Same socket, another descriptor: whoever waits in its queue gets the new settings. */
static void test_listener_that_stays(void **state)
{
	struct px_settings *first, *second;
	struct px_worker worker;
	int fd = listening(), again = dup(fd), client;

	(void)state;
	assert_int_equal(px_worker_init(&worker), 0);
	first = make(&worker);
	second = make(&worker);
	assert_int_equal(px_settings_listen(first, fd, 0), 0);
	assert_int_equal(px_settings_listen(second, again, 0), 0);
	px_worker_use(&worker, first);
	client = client_of(fd);
	px_worker_use(&worker, second);
	assert_int_equal(worker.n_relays, 0);
	turn(&worker);
	assert_int_equal(worker.n_relays, 1);
	assert_ptr_equal(TAILQ_FIRST(&worker.relays)->service, &second->services[0]);
	px_settings_drop(first);
	px_settings_drop(second);
	close(client);
	px_worker_clear(&worker);
}

static void test_listener_that_leaves(void **state)
{
	struct px_settings *first, *second;
	struct px_worker worker;
	int fd = listening(), clients[3];

	(void)state;
	assert_int_equal(px_worker_init(&worker), 0);
	first = make(&worker);
	second = make(&worker);
	assert_int_equal(px_settings_listen(first, fd, 0), 0);
	assert_int_equal(px_settings_listen(second, listening(), 0), 0);
	px_worker_use(&worker, first);
	for (int i = 0; i < 3; i++)
		clients[i] = client_of(fd);
	px_worker_use(&worker, second);
	assert_int_equal(worker.n_relays, 3);
	assert_ptr_equal(TAILQ_FIRST(&worker.relays)->service, &first->services[0]);
	assert_int_equal(first->n_listeners, 0);
	for (int i = 0; i < 3; i++)
		close(clients[i]);
	px_settings_drop(first);
	px_settings_drop(second);
	px_worker_clear(&worker);
}

/* Whoever waits in a borrowed socket is served by whoever has it; given back, it stays what it was. */
static void test_borrowed(void **state)
{
	struct px_settings *settings;
	struct px_worker worker;
	int own = listening(), lent = listening(), clients[2];
	unsigned before;

	(void)state;
	assert_int_equal(px_worker_init(&worker), 0);
	settings = make(&worker);
	assert_int_equal(px_settings_listen(settings, own, 0), 0);
	px_worker_use(&worker, settings);
	before = open_fds();
	assert_int_equal(px_settings_borrow(settings, dup(lent), 0), 0);
	assert_int_equal(px_settings_borrow(settings, dup(lent), 0), 0);
	px_worker_listen(&worker);
	assert_int_equal(settings->n_listeners, 3);
	clients[0] = client_of(lent);
	turn(&worker);
	assert_int_equal(worker.n_relays, 1);
	px_settings_give_back(settings);
	px_worker_listen(&worker);
	assert_int_equal(settings->n_listeners, 1);
	clients[1] = client_of(lent);
	turn(&worker);
	assert_int_equal(worker.n_relays, 1);
	assert_int_equal(open_fds(), before + 3);
	/* It waits for its own worker, and is there when it comes. */
	assert_int_equal(px_settings_borrow(settings, lent, 0), 0);
	px_worker_listen(&worker);
	turn(&worker);
	assert_int_equal(worker.n_relays, 2);
	px_settings_drop(settings);
	close(clients[0]);
	close(clients[1]);
	px_worker_clear(&worker);
}

/* The end reaches relays of settings that were replaced, and frees these under its own feet. */
static void test_drain_of_all(void **state)
{
	struct px_settings *settings;
	struct px_worker worker;
	int fd = listening(), client;

	(void)state;
	n_freed = 0;
	assert_int_equal(px_worker_init(&worker), 0);
	settings = make(&worker);
	assert_int_equal(px_settings_listen(settings, fd, 0), 0);
	px_worker_use(&worker, settings);
	px_settings_drop(settings);
	client = client_of(fd);
	turn(&worker);
	settings = make(&worker);
	px_worker_use(&worker, settings);
	px_settings_drop(settings);
	px_worker_drain(&worker);
	assert_int_equal(worker.n_relays, 1);
	assert_int_equal(px_worker_run(&worker), 0);
	assert_int_equal(worker.n_relays, 0);
	assert_int_equal(n_freed, 1);
	close(client);
	px_worker_clear(&worker);
	assert_int_equal(n_freed, 2);
}

static void test_reloads_pile_nothing_up(void **state)
{
	struct px_worker worker;
	int fd = listening();
	unsigned before;

	(void)state;
	n_freed = 0;
	assert_int_equal(px_worker_init(&worker), 0);
	before = open_fds();
	for (int i = 0; i < 500; i++) {
		struct px_settings *settings = make(&worker);

		assert_int_equal(px_settings_listen(settings, dup(fd), 0), 0);
		px_worker_use(&worker, settings);
		px_settings_drop(settings);
	}
	assert_int_equal(open_fds(), before + 1);
	assert_int_equal(n_freed, 499);
	px_worker_clear(&worker);
	close(fd);
}

/* Every allocation in turn: nothing is left behind, the configuration stays the caller's. */
static void test_no_memory(void **state)
{
	char problem[PX_SETTINGS_PROBLEM_LEN];
	struct px_settings *settings = NULL;
	struct px_worker worker;
	struct conf *conf = load(text);
	int r = -1;
	long n;

	(void)state;
	assert_int_equal(px_worker_init(&worker), 0);
	for (n = 0; r != 0 && n < 1000; n++) {
		alloc_fail_at(n);
		r = px_settings_new(&settings, problem, &worker, conf, &resolver);
		/* a queue of the base that can't be had is no failure */
		if (alloc_has_failed() && r == 0) {
			px_settings_drop(settings);
			r = -1;
		}
		alloc_fail_at(-1);
		assert_int_equal(n_all(&worker), r == 0 ? 1 : 0);
	}
	assert_int_equal(r, 0);
	assert_in_range(n, 5, 100);
	px_settings_drop(settings);
	conf_free(conf);
	px_worker_clear(&worker);
}

static void test_no_memory_for_listeners(void **state)
{
	struct px_worker worker;
	struct px_settings *settings;
	int fd = listening();

	(void)state;
	assert_int_equal(px_worker_init(&worker), 0);
	settings = make(&worker);
	alloc_fail_at(0);
	assert_int_equal(px_settings_listen(settings, fd, 0), -1);
	alloc_fail_at(-1);
	assert_int_equal(settings->n_listeners, 0);
	assert_int_equal(px_settings_listen(settings, fd, 0), 0);
	assert_int_equal(settings->n_listeners, 1);
	px_settings_drop(settings);
	px_worker_clear(&worker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_unknown_name),
		cmocka_unit_test(test_freed_with_the_last_relay),
		cmocka_unit_test(test_listener_that_stays),
		cmocka_unit_test(test_listener_that_leaves),
		cmocka_unit_test(test_borrowed),
		cmocka_unit_test(test_drain_of_all),
		cmocka_unit_test(test_reloads_pile_nothing_up),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_no_memory_for_listeners),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}

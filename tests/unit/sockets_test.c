/* sockets_test.c - sets of listening sockets, and the places in them: what stays is kept, what fails leaves no trace. */
#include "config.h" /* GNU extensions */

#include "unit.h"
#include "open_fds.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "conf/address.h"

static long fail_at = -1;

static bool fails_now(void)
{
	return fail_at >= 0 && fail_at-- == 0;
}

static void *maybe_calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : calloc(n, size);
}

static void *maybe_realloc(void *p, size_t size)
{
	return fails_now() ? NULL : realloc(p, size);
}

static char *maybe_strdup(const char *text)
{
	return fails_now() ? NULL : strdup(text);
}

#define calloc maybe_calloc
#define realloc maybe_realloc
#undef strdup
#define strdup maybe_strdup
#include "daemon/place.c"
#include "daemon/sockets.c"
#undef calloc
#undef realloc
#undef strdup

/* ---- A configuration of up to three addresses in one service ---- */

struct plan {
	struct conf conf;
	struct conf_service service;
	struct conf_address listen[3];
};

static char service_name[] = "web";
static char folder[] = "sockets_test-XXXXXX", path[64];
static char problem[PX_SOCKETS_PROBLEM_LEN];

static void make_plan(struct plan *plan, const char *a, const char *b, const char *c)
{
	const char *const texts[] = { a, b, c };

	memset(plan, 0, sizeof(*plan));
	plan->conf.services = &plan->service;
	plan->conf.n_services = 1;
	plan->service.name = service_name;
	plan->service.listen = plan->listen;
	for (unsigned i = 0; i < 3 && texts[i]; i++) {
		assert_null(conf_address_parse(&plan->listen[i], texts[i], CONF_ADDRESS_LISTEN, ""));
		plan->listen[i].origin.file = "x.conf";
		plan->listen[i].origin.line = i + 1;
		plan->service.n_listen++;
	}
}

static void clear_plan(struct plan *plan)
{
	for (unsigned i = 0; i < plan->service.n_listen; i++)
		conf_address_clear(&plan->listen[i]);
}

static struct px_sockets *open_plan(const struct px_sockets *old, unsigned n_workers, const char *a, const char *b,
    const char *c)
{
	struct px_sockets *sockets;
	struct plan plan;

	make_plan(&plan, a, b, c);
	if (px_sockets_open(&sockets, problem, old, &plan.conf, n_workers) == 0)
		assert_int_equal(px_sockets_listen(sockets, problem, &plan.conf), 0);
	else
		assert_null(sockets);
	clear_plan(&plan);
	return sockets;
}

static bool can_connect(const struct sockaddr *sa, socklen_t len)
{
	int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), r = connect(fd, sa, len);

	close(fd);
	return r == 0;
}

static bool can_connect_to_port(unsigned port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return can_connect((struct sockaddr *)&in, sizeof(in));
}

static unsigned port_in(const char *text)
{
	return (unsigned)atoi(strrchr(text, ':') + 1);
}

/* Which sockets a worker gets: bit k of [address]. */
struct given {
	const struct px_sockets *sockets;
	unsigned bits[3];
};

static void give(void *arg, unsigned service, unsigned address, int fd)
{
	struct given *given = arg;

	assert_int_equal(service, 0);
	for (unsigned k = 0; k < given->sockets->list[address].place->n_fds; k++) {
		if (given->sockets->list[address].place->fds[k].fd == fd)
			given->bits[address] |= 1u << k;
	}
}

static struct given given_to(const struct px_sockets *sockets, unsigned worker, unsigned n_workers)
{
	struct given given = { .sockets = sockets };

	px_sockets_each(sockets, worker, n_workers, give, &given);
	return given;
}

static struct given given_of_away(const struct px_sockets *sockets, const bool *away, unsigned n_workers)
{
	struct given given = { .sockets = sockets };

	px_sockets_each_away(sockets, away, n_workers, give, &given);
	return given;
}

/* ---- The tests ---- */

static void test_one_port_for_all_workers(void **state)
{
	unsigned before = open_fds(), ports[3];
	struct px_sockets *s = open_plan(NULL, 3, "127.0.0.1:0", "127.0.0.1:0", NULL);

	(void)state;
	assert_non_null(s);
	assert_int_equal(s->n, 2);
	for (unsigned i = 0; i < 2; i++) {
		struct px_place *place = s->list[i].place;

		ports[i] = port_in(px_sockets_text(&s->list[i]));
		for (unsigned k = 0; k < 3; k++) {
			struct sockaddr_in in;
			socklen_t len = sizeof(in);

			assert_int_equal(getsockname(place->fds[k].fd, (struct sockaddr *)&in, &len), 0);
			assert_int_equal(ntohs(in.sin_port), ports[i]);
		}
	}
	assert_int_not_equal(ports[0], ports[1]);
	assert_true(can_connect_to_port(ports[0]) && can_connect_to_port(ports[1]));
	assert_int_equal(given_to(s, 1, 3).bits[1], 2);
	px_sockets_free(s, NULL);
	assert_false(can_connect_to_port(ports[0]) || can_connect_to_port(ports[1]));
	assert_int_equal(open_fds(), before);
}

static void test_stays_over_a_change(void **state)
{
	unsigned before = open_fds(), port;
	struct px_sockets *a = open_plan(NULL, 2, "127.0.0.1:0", "127.0.0.2:0", NULL), *b;
	int fd = a->list[0].place->fds[1].fd;

	(void)state;
	port = port_in(px_sockets_text(&a->list[1]));
	b = open_plan(a, 2, "127.0.0.3:0", "127.0.0.1:0", NULL);
	assert_non_null(b);
	assert_ptr_equal(b->list[1].place, a->list[0].place);
	px_sockets_free(a, b);
	assert_int_equal(b->list[1].place->fds[1].fd, fd);
	assert_false(can_connect_to_port(port));
	assert_true(can_connect_to_port(port_in(px_sockets_text(&b->list[1]))));
	px_sockets_free(b, NULL);
	assert_int_equal(open_fds(), before);
}

static void test_workers_come_and_go(void **state)
{
	unsigned before = open_fds();
	struct px_sockets *two = open_plan(NULL, 2, "127.0.0.1:0", NULL, NULL), *four, *one;

	(void)state;
	/* Cancelled: back to two. */
	four = open_plan(two, 4, "127.0.0.1:0", NULL, NULL);
	assert_int_equal(two->list[0].place->n_fds, 4);
	px_sockets_free(four, two);
	assert_int_equal(two->list[0].place->n_fds, 2);
	/* Done: four; then one worker has all of them. */
	four = open_plan(two, 4, "127.0.0.1:0", NULL, NULL);
	px_sockets_free(two, four);
	assert_int_equal(given_to(four, 3, 4).bits[0], 8);
	one = open_plan(four, 1, "127.0.0.1:0", NULL, NULL);
	px_sockets_free(four, one);
	assert_int_equal(given_to(one, 0, 1).bits[0], 15);
	four = open_plan(one, 3, "127.0.0.1:0", NULL, NULL);
	px_sockets_free(one, four);
	assert_int_equal(given_to(four, 0, 3).bits[0], 9);
	px_sockets_free(four, NULL);
	assert_int_equal(open_fds(), before);
}

/* Of two that are away, and none that all have anyway; a socket that was another worker's goes with its own. */
static void test_of_those_away(void **state)
{
	const bool away[4] = { true, false, false, true };
	struct px_sockets *four = open_plan(NULL, 4, "127.0.0.1:0", path, "127.0.0.2:0"), *two;
	struct given given = given_of_away(four, away, 4);

	(void)state;
	assert_int_equal(given.bits[0], 9);
	assert_int_equal(given.bits[1], 0);
	assert_int_equal(given.bits[2], 9);
	two = open_plan(four, 2, "127.0.0.1:0", path, "127.0.0.2:0");
	px_sockets_free(four, two);
	assert_int_equal(given_of_away(two, away, 2).bits[0], 5);
	assert_int_equal(given_of_away(two, away + 1, 2).bits[0], 0);
	px_sockets_free(two, NULL);
}

static void test_taken(void **state)
{
	struct px_sockets *a = open_plan(NULL, 2, "127.0.0.1:0", NULL, NULL), *b;
	unsigned before = open_fds();
	char text[32];

	(void)state;
	snprintf(text, sizeof(text), "127.0.0.1:%u", port_in(px_sockets_text(&a->list[0])));
	b = open_plan(NULL, 2, "127.0.0.2:0", text, NULL);
	assert_null(b);
	assert_non_null(strstr(problem, "x.conf:2: cannot listen on 127.0.0.1:"));
	assert_non_null(strstr(problem, "in use"));
	assert_int_equal(open_fds(), before);
	px_sockets_free(a, NULL);
}

/* From one address of a port to all of them, and to both families apart: it is ourselves who are in the way. */
static void test_wider_and_narrower(void **state)
{
	struct px_sockets *a = open_plan(NULL, 2, "127.0.0.1:0", NULL, NULL), *b, *c, *d, *e;
	unsigned before, port = port_in(px_sockets_text(&a->list[0]));
	char one[32], any4[32], any6[32];

	(void)state;
	px_sockets_free(a, NULL);
	before = open_fds();
	snprintf(one, sizeof(one), "127.0.0.1:%u", port);
	snprintf(any4, sizeof(any4), "0.0.0.0:%u", port);
	snprintf(any6, sizeof(any6), "[::]:%u", port);
	b = open_plan(NULL, 2, one, NULL, NULL);
	c = open_plan(b, 2, any4, NULL, NULL);
	assert_non_null(c);
	px_sockets_free(b, c);
	assert_true(can_connect_to_port(port));
	d = open_plan(c, 2, any6, NULL, NULL);
	assert_non_null(d);
	px_sockets_free(c, d);
	assert_true(can_connect_to_port(port));
	e = open_plan(d, 2, any6, any4, NULL);
	assert_non_null(e);
	assert_ptr_not_equal(e->list[0].place, d->list[0].place);
	px_sockets_free(d, e);
	assert_true(can_connect_to_port(port));
	px_sockets_free(e, NULL);
	assert_int_equal(open_fds(), before);
}

static bool can_connect_to_path(void)
{
	struct conf_address a = { 0 };
	bool can;

	assert_null(conf_address_parse(&a, path, CONF_ADDRESS_LISTEN, ""));
	can = can_connect((struct sockaddr *)&a.sa, a.sa_len);
	conf_address_clear(&a);
	return can;
}

static void test_unix(void **state)
{
	struct px_sockets *a = open_plan(NULL, 3, path, NULL, NULL), *b, *c;
	const char *file = path + strlen("unix:");
	struct stat st;

	(void)state;
	assert_int_equal(a->list[0].n_fds, 1);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(given_to(a, i, 3).bits[0], 1);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
	assert_null(open_plan(NULL, 1, path, NULL, NULL));
	assert_true(can_connect_to_path());
	b = open_plan(a, 1, path, NULL, NULL);
	assert_ptr_equal(a->list[0].place, b->list[0].place);
	px_sockets_free(a, b);
	assert_true(can_connect_to_path());
	/* Removed by somebody: made again, and the old one doesn't take it along. */
	assert_int_equal(unlink(file), 0);
	c = open_plan(b, 1, path, NULL, NULL);
	assert_non_null(c);
	px_sockets_free(b, c);
	assert_true(can_connect_to_path());
	px_sockets_free(c, NULL);
	assert_int_equal(access(file, F_OK), -1);
}

static void test_unix_stale(void **state)
{
	struct px_sockets *a = open_plan(NULL, 1, path, NULL, NULL), *b;

	(void)state;
	a->list[0].place->replaced = true; /* as one that was killed leaves it */
	px_sockets_free(a, NULL);
	assert_int_equal(access(path + strlen("unix:"), F_OK), 0);
	b = open_plan(NULL, 1, path, NULL, NULL);
	assert_non_null(b);
	assert_true(can_connect_to_path());
	px_sockets_free(b, NULL);
}

static void test_bound_but_not_listening(void **state)
{
	struct px_sockets *s;
	struct plan plan;

	(void)state;
	make_plan(&plan, "127.0.0.1:0", path, NULL);
	assert_int_equal(px_sockets_open(&s, problem, NULL, &plan.conf, 2), 0);
	assert_false(can_connect_to_port(port_in(px_sockets_text(&s->list[0]))));
	assert_false(can_connect_to_path());
	assert_int_equal(px_sockets_listen(s, problem, &plan.conf), 0);
	assert_true(can_connect_to_port(port_in(px_sockets_text(&s->list[0]))));
	px_sockets_free(s, NULL);
	clear_plan(&plan);
}

/* The master lets go first: a worker that has the socket still accepts, and ends it. What stays notices nothing. */
static void test_parts(void **state)
{
	unsigned before = open_fds();
	struct px_sockets *a = open_plan(NULL, 1, "127.0.0.1:0", "127.0.0.1:0", path), *b;
	unsigned ports[2] = { port_in(px_sockets_text(&a->list[0])), port_in(px_sockets_text(&a->list[1])) };
	int of_worker = dup(a->list[1].place->fds[0].fd);

	(void)state;
	b = open_plan(a, 1, "127.0.0.1:0", NULL, NULL);
	assert_true(can_connect_to_path());
	px_sockets_part(a, b);
	assert_false(can_connect_to_path());
	assert_true(can_connect_to_port(ports[0]));
	assert_true(can_connect_to_port(ports[1]));
	close(of_worker);
	assert_false(can_connect_to_port(ports[1]));
	px_sockets_free(a, b);
	assert_true(can_connect_to_port(ports[0]));
	px_sockets_free(b, NULL);
	assert_int_equal(open_fds(), before);
}

static void stop_listening(void *arg, unsigned service, unsigned address, int fd)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };

	(void)arg;
	(void)service;
	(void)address;
	assert_int_equal(connect(fd, &none, sizeof(none)), 0);
}

/* ... and takes its place for a connection of its own. */
static void connect_instead(void *arg, unsigned service, unsigned address, int fd)
{
	const struct sockaddr_in *to = arg;

	stop_listening(NULL, service, address, fd);
	assert_true(connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0 || errno == EINPROGRESS);
}

/* A worker that was taken over can end what it shares, and not for long. */
static void test_security_revived(void **state)
{
	struct px_sockets *s = open_plan(NULL, 2, "127.0.0.1:0", NULL, NULL);
	struct px_sockets *other = open_plan(NULL, 1, "127.0.0.1:0", NULL, NULL);
	unsigned port = port_in(px_sockets_text(&s->list[0]));
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)port_in(px_sockets_text(&other->list[0]))) };

	(void)state;
	px_sockets_each(s, 0, 1, stop_listening, NULL);
	assert_false(can_connect_to_port(port));
	px_sockets_revive(s);
	assert_true(can_connect_to_port(port));
	px_sockets_each(s, 0, 1, connect_instead, &to);
	assert_false(can_connect_to_port(port));
	px_sockets_revive(s);
	assert_true(can_connect_to_port(port));
	px_sockets_free(s, NULL);
	px_sockets_free(other, NULL);
}

static void test_no_memory(void **state)
{
	struct px_sockets *a = open_plan(NULL, 1, "127.0.0.1:0", NULL, NULL), *b = NULL;
	unsigned before = open_fds();
	int n = 0;

	(void)state;
	for (; !b && n < 100; n++) {
		fail_at = n;
		b = open_plan(a, 3, "127.0.0.1:0", "127.0.0.2:0", path);
		assert_true(fail_at == -1 || b);
		if (!b) {
			assert_int_equal(open_fds(), before);
			assert_int_equal(a->list[0].place->n_fds, 1);
		}
	}
	fail_at = -1;
	assert_true(n > 10 && n < 100);
	px_sockets_free(b, a);
	px_sockets_free(a, NULL);
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "unix:%s/s", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_port_for_all_workers),
		cmocka_unit_test(test_stays_over_a_change),
		cmocka_unit_test(test_workers_come_and_go),
		cmocka_unit_test(test_of_those_away),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_wider_and_narrower),
		cmocka_unit_test(test_unix),
		cmocka_unit_test(test_unix_stale),
		cmocka_unit_test(test_bound_but_not_listening),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_security_revived),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

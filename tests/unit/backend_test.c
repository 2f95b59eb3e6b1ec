/* backend_test.c - whose turn it is, names that resolve, and connects that are refused. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/backend.h"

static struct conf_backend list[4];
static char texts[4][32];
static const struct px_resolver by_system = { px_resolve_by_system, NULL };

static struct conf_service service_of(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct sockaddr_in *in = (struct sockaddr_in *)&list[i].address.sa;

		snprintf(texts[i], sizeof(texts[i]), "192.0.2.%u:80", i + 1);
		memset(&list[i], 0, sizeof(list[i]));
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)(i + 1));
		list[i].address.sa_len = sizeof(*in);
		list[i].address.text = texts[i];
	}
	return (struct conf_service){ .backends = list, .n_backends = n };
}

static unsigned number(const struct px_target *target)
{
	return target ? ntohs(((const struct sockaddr_in *)&target->sa)->sin_port) : 0;
}

static void begin(struct px_backends *b, unsigned n)
{
	const struct conf_service service = service_of(n);
	const struct conf_address *whom = NULL;
	const char *problem = NULL;

	assert_int_equal(px_backends_init(b, &problem, &whom, &service, &by_system), 0);
	assert_int_equal(b->n, n);
}

static void test_in_turn(void **state)
{
	struct px_backend_cursor cursor;
	struct px_backends b;

	(void)state;
	begin(&b, 3);
	for (unsigned i = 0; i < 7; i++)
		assert_int_equal(number(px_backend_first(&b, &cursor)), i % 3 + 1);
	px_backends_clear(&b);
}

static void test_each_once(void **state)
{
	struct px_backend_cursor one, other;
	struct px_backends b;

	(void)state;
	begin(&b, 3);
	assert_int_equal(number(px_backend_first(&b, &one)), 1);
	assert_int_equal(number(px_backend_first(&b, &other)), 2);
	assert_int_equal(number(px_backend_next(&b, &other)), 3);
	assert_int_equal(number(px_backend_next(&b, &one)), 2);
	assert_int_equal(number(px_backend_next(&b, &one)), 3);
	assert_null(px_backend_next(&b, &one));
	assert_null(px_backend_next(&b, &one));
	assert_int_equal(number(px_backend_next(&b, &other)), 1);
	assert_null(px_backend_next(&b, &other));
	px_backends_clear(&b);
	begin(&b, 1);
	assert_int_equal(number(px_backend_first(&b, &one)), 1);
	assert_null(px_backend_next(&b, &one));
	px_backends_clear(&b);
}

static void test_names(void **state)
{
	struct conf_service service = service_of(1);
	const struct conf_address *whom = NULL;
	const char *problem = NULL;
	static char localhost[] = "localhost", nowhere[] = "does-not-exist.invalid";
	struct px_backends b;

	(void)state;
	list[0].address.sa_len = 0;
	list[0].address.host = localhost;
	list[0].address.port = 8080;
	assert_int_equal(px_backends_init(&b, &problem, &whom, &service, &by_system), 0);
	assert_true(b.n >= 1);
	assert_int_equal(number(&b.list[0]), 8080);
	px_backends_clear(&b);
	list[0].address.host = nowhere;
	assert_int_equal(px_backends_init(&b, &problem, &whom, &service, &by_system), -1);
	assert_ptr_equal(whom, &list[0].address);
	assert_true(strlen(problem) > 0);
	px_backends_clear(&b);
}

/* A loopback port that nobody listens on, or listens on. */
static struct px_target loopback(int *fd, int listens)
{
	struct px_target target = { .sa_len = sizeof(struct sockaddr_in) };
	struct sockaddr_in *in = (struct sockaddr_in *)&target.sa;

	*fd = socket(AF_INET, SOCK_STREAM, 0);
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(*fd, (struct sockaddr *)in, sizeof(*in)), 0);
	assert_int_equal(getsockname(*fd, (struct sockaddr *)in, &target.sa_len), 0);
	if (listens)
		assert_int_equal(listen(*fd, 1), 0);
	return target;
}

static int result_of(const struct px_target *target)
{
	struct pollfd p = { .events = POLLOUT };
	bool done = false;
	int r;

	p.fd = px_backend_connect(target, &done);
	if (p.fd < 0)
		return errno;
	if (!done)
		assert_int_equal(poll(&p, 1, 120000), 1);
	r = px_backend_result(p.fd);
	close(p.fd);
	return r;
}

static void test_connect(void **state)
{
	struct px_target target;
	int fd;

	(void)state;
	target = loopback(&fd, 1);
	assert_int_equal(result_of(&target), 0);
	close(fd);
	target = loopback(&fd, 0);
	assert_int_equal(result_of(&target), ECONNREFUSED);
	close(fd);
}

static void test_unix_is_missing(void **state)
{
	struct px_target target = { .sa_len = sizeof(struct sockaddr_un) };
	struct sockaddr_un *un = (struct sockaddr_un *)&target.sa;

	(void)state;
	un->sun_family = AF_UNIX;
	strcpy(un->sun_path, "no-such-socket");
	assert_int_equal(result_of(&target), ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_turn),
		cmocka_unit_test(test_each_once),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_unix_is_missing),
	};

	return cmocka_run_group_tests_name("backend", tests, NULL, NULL);
}

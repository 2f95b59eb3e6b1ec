/* tcp_test.c - daemon/tcp.c: what the kernel has taken of it. */
#include "unit.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/tcp.h"

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	assert_int_equal(getsockopt(fd, level, name, &value, &len), 0);
	return value;
}

static void dead_peers_are_found_in_four_minutes(void **state)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	px_tcp_set_options(fd);
	assert_int_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	assert_int_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	assert_int_equal(option(fd, IPPROTO_TCP, TCP_KEEPIDLE) +
		option(fd, IPPROTO_TCP, TCP_KEEPINTVL) * option(fd, IPPROTO_TCP, TCP_KEEPCNT), 240);
	close(fd);
}

static void unix_sockets_are_let_be(void **state)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	assert_true(fd >= 0);
	px_tcp_set_options(fd);
	assert_int_equal(option(fd, SOL_SOCKET, SO_ERROR), 0);
	close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dead_peers_are_found_in_four_minutes),
	    cmocka_unit_test(unix_sockets_are_let_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

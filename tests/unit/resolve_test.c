/* resolve_test.c - the system's answers as a list of addresses. */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/resolve.h"

static const char *find(struct sockaddr_storage **list, unsigned *n, const char *host)
{
	struct conf_address address = { .host = (char *)host, .port = 8080 };

	return px_resolve_by_system(NULL, list, n, &address);
}

static void test_localhost(void **state)
{
	struct sockaddr_storage *list;
	unsigned n;

	(void)state;
	assert_null(find(&list, &n, "localhost"));
	assert_in_range(n, 1, PX_RESOLVE_MAX);
	for (unsigned i = 0; i < n; i++) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)&list[i];
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&list[i];

		assert_true(list[i].ss_family == AF_INET || list[i].ss_family == AF_INET6);
		assert_int_equal(ntohs(list[i].ss_family == AF_INET ? in->sin_port : in6->sin6_port), 8080);
		if (list[i].ss_family == AF_INET)
			assert_int_equal(ntohl(in->sin_addr.s_addr) >> 24, 127);
	}
	free(list);
}

static void test_nobody(void **state)
{
	struct sockaddr_storage *list;
	const char *reason;
	unsigned n;

	(void)state;
	reason = find(&list, &n, "does-not-exist.invalid");
	assert_non_null(reason);
	assert_true(strlen(reason) > 0);
	assert_null(list);
	assert_int_equal(n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_localhost),
		cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}

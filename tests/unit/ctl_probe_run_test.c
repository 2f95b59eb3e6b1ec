/* ctl_probe_run_test.c - daemon/ctl/probe_run.c and what it calls: whole probes of a server of ours in another process, in
 * which each allocation fails in turn, the core's and jansson's. What is told when all goes well, and by other servers, is
 * tests/daemon/probe.py's. */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cred.h"
#include "daemon/ctl/probe_options.h"
#include "daemon/ctl/probe_run.h"

#define RUNS_MAX 4000
#define FLOOD 1000

static pid_t server;
static unsigned port;

/* ---- The server ------------------------------------------------------------------------------ */

static ssize_t pull(tls_transport_ptr_t ptr, void *data, size_t len)
{
	return recv(*(int *)ptr, data, len, 0);
}

static ssize_t push(tls_transport_ptr_t ptr, const void *data, size_t len)
{
	return send(*(int *)ptr, data, len, MSG_NOSIGNAL);
}

static uint64_t now_ms(void *ptr)
{
	(void)ptr;
	return (uint64_t)time(NULL) * 1000;
}

static bool is_flood(tls_session_t s)
{
	tls_datum_t alpn;

	return tls_alpn_get_selected_protocol(s, &alpn) == 0 && alpn.size == 5;
}

/* New keys for each byte. */
static void flood(tls_session_t s)
{
	for (unsigned i = 0; i < FLOOD; i++) {
		if (tls_session_key_update(s, 0) < 0 || tls_record_send(s, "x", 1) != 1)
			_exit(1);
	}
	tls_bye(s, TLS_SHUT_WR);
}

/* Shakes hands, then says what it hears. */
static void serve(int fd, tls_certificate_credentials_t cred, const tls_datum_t *seed)
{
	tls_session_t s;
	tls_datum_t alpn = {.data = (unsigned char *)(uintptr_t)"flood", .size = 5};
	tls_policy_t policy;
	char data[256];
	ssize_t n;

	if (tls_policy_init(&policy, "intermediate") < 0 || tls_init(&s, TLS_SERVER | TLS_ALLOW_RENEGOTIATION) < 0)
		_exit(1);
	tls_policy_set(s, policy);
	tls_policy_deinit(policy);
	tls_credentials_set(s, TLS_CRD_CERTIFICATE, cred);
	tls_session_ticket_enable_server(s, seed);
	tls_session_set_clock_function(s, now_ms, NULL);
	tls_alpn_set_protocols(s, &alpn, 1, 0);
	tls_certificate_server_set_request(s, TLS_CERT_REQUEST);
	tls_transport_set_ptr(s, &fd);
	tls_transport_set_pull_function(s, pull);
	tls_transport_set_push_function(s, push);
	if (tls_handshake(s) == 0) {
		if (is_flood(s))
			flood(s);
		while ((n = tls_record_recv(s, data, sizeof(data))) > 0 || n == TLS_E_REHANDSHAKE) {
			if (n < 0 && tls_handshake(s) < 0)
				break;
			if (n > 0)
				tls_record_send(s, data, (size_t)n);
		}
		tls_bye(s, TLS_SHUT_WR);
	}
	tls_deinit(s);
	close(fd);
}

static void serve_all(int listener)
{
	tls_certificate_credentials_t cred = cred_new();
	tls_datum_t seed;

	if (cred_add_files(cred, "p256.crt.pem", "p256.pkcs8.pem") < 0 || tls_session_ticket_key_generate(&seed) < 0)
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd >= 0)
			serve(fd, cred, &seed);
	}
}

static int start(void **state)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sa);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	if (bind(listener, (void *)&sa, len) < 0 || listen(listener, 100) < 0 ||
	    getsockname(listener, (void *)&sa, &len) < 0)
		return -1;
	port = ntohs(sa.sin_port);
	server = fork();
	if (server == 0)
		serve_all(listener);
	close(listener);
	return server > 0 ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return 0;
}

/* ---- The probe --------------------------------------------------------------------------------- */

static char trust[4096], target[32];

static void read_options(struct px_probe_options *o, const char *const *more)
{
	const char *top = getenv("top_srcdir");
	char *argv[16] = {(char *)(uintptr_t)"probe", (char *)(uintptr_t)"--trust", trust, (char *)(uintptr_t)"--name",
	    (char *)(uintptr_t)"pair.example"};
	struct px_problem problem;
	int argc = 5;

	snprintf(trust, sizeof(trust), "%s/tests/data/p256.crt.pem", top != NULL ? top : "..");
	snprintf(target, sizeof(target), "127.0.0.1:%u", port);
	while (*more != NULL)
		argv[argc++] = (char *)(uintptr_t)*more++;
	argv[argc++] = target;
	if (px_probe_options_read(o, &problem, argc, argv) != 0)
		fail_msg("%s", problem.text);
}

static struct px_probe_answer answer;

static void probe(const struct px_probe_options *o, struct px_story *story)
{
	answer.len = 0;
	answer.total = 0;
	px_story_init(story, NULL);
	assert_true(story->no_memory || px_probe_run(o, story, &answer));
}

static const char *const calls[][3] = {{"--resume", "--key-update", NULL}, {"--resume", "--tls=1.2", NULL},
    {"--renegotiate", NULL}, {"--insecure", "--alpn=h2", NULL}};

#define N_CALLS (sizeof(calls) / sizeof(calls[0]))

static void all_goes_well(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CALLS; i++) {
		struct px_probe_options o;
		struct px_story story;

		read_options(&o, calls[i]);
		probe(&o, &story);
		if (story.failure != NULL)
			fail_msg("%s", json_string_value(json_object_get(story.failure, "reason")));
		assert_false(story.no_memory);
		assert_int_equal(story.connection, i < 2 ? 2 : 1);
		px_story_clear(&story);
		px_probe_options_clear(&o);
	}
}

static unsigned count_steps(const struct px_story *story, const char *name)
{
	unsigned n = 0;
	json_t *step;
	size_t i;

	json_array_foreach(story->steps, i, step)
		n += strcmp(json_string_value(json_object_get(step, "step")), name) == 0;
	return n;
}

/* What a server may send without end isn't kept without end. */
static void a_flood_is_counted(void **state)
{
	static const char *const call[] = {"--alpn=flood", NULL};
	struct px_probe_options o;
	struct px_story story;
	unsigned told;
	json_t *last;

	(void)state;
	read_options(&o, call);
	probe(&o, &story);
	assert_null(story.failure);
	told = count_steps(&story, "peer_key_update") + count_steps(&story, "session_ticket");
	assert_int_equal(told, PX_PROBE_UNASKED_MAX);
	last = json_array_get(story.steps, json_array_size(story.steps) - 1);
	assert_string_equal(json_string_value(json_object_get(last, "step")), "untold");
	assert_int_equal(json_integer_value(json_object_get(last, "messages")) + told,
	    FLOOD + count_steps(&story, "session_ticket"));
	px_story_clear(&story);
	px_probe_options_clear(&o);
}

/* Without it the step that lacked it has failed, or did without. */
static void the_core_lacks_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CALLS; i++) {
		struct px_probe_options o;
		struct px_story story;
		unsigned n_failed = 0;
		bool delivered = true;

		read_options(&o, calls[i]);
		for (unsigned n = 1; delivered; n++) {
			assert_in_range(n, 1, RUNS_MAX);
			tls_mem_fail_at(n);
			probe(&o, &story);
			delivered = tls_mem_fail_left() == 0;
			tls_mem_fail_at(0);
			n_failed += story.failure != NULL;
			assert_true(delivered || story.failure == NULL);
			px_story_clear(&story);
		}
		assert_true(n_failed > 5);
		px_probe_options_clear(&o);
	}
}

static unsigned fail_at, n_allocations;

static void *allocate(size_t n)
{
	return ++n_allocations == fail_at ? NULL : malloc(n);
}

/* What could not be told makes the whole story worthless, and it says so. */
static void the_story_lacks_memory(void **state)
{
	struct px_probe_options o;
	struct px_story story;
	bool delivered = true;

	(void)state;
	json_set_alloc_funcs(allocate, free);
	read_options(&o, calls[1]);
	for (unsigned n = 1; delivered; n++) {
		assert_in_range(n, 1, RUNS_MAX);
		n_allocations = 0;
		fail_at = n;
		probe(&o, &story);
		delivered = n_allocations >= n;
		fail_at = 0;
		assert_int_equal(story.no_memory, delivered);
		px_story_clear(&story);
	}
	px_probe_options_clear(&o);
	json_set_alloc_funcs(malloc, free);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_goes_well),
	    cmocka_unit_test(a_flood_is_counted),
	    cmocka_unit_test(the_core_lacks_memory),
	    cmocka_unit_test(the_story_lacks_memory),
	};
	int failed;

	answer.data = malloc(PX_PROBE_ANSWER_MAX);
	failed = cmocka_run_group_tests(tests, start, stop);
	free(answer.data);
	return failed;
}

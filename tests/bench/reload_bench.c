/* reload_bench.c - what new settings cost a worker: the time until they are prepared, the longest that a timer of the
 * reactor was late meanwhile and when they came into force (the old ones are freed then), and memory. The keys are
 * elsewhere, as with a keeper, or in the bundle. */
#include "tests/unit/unit.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/prepare.h"
#include "tests/lib/bundled.h"

#define RELOADS 4
#define BEAT_US 1000

static struct px_worker worker;
static struct px_prepare prepare;
static struct px_control *master;
static struct event beat;
static double last_beat, latest; /* ms */
static bool is_done;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void on_beat(evutil_socket_t fd, short what, void *arg)
{
	double now = now_ms(), late = now - last_beat - BEAT_US / 1000.0;

	(void)fd;
	(void)what;
	(void)arg;
	latest = late > latest ? late : latest;
	last_beat = now;
}

static void on_done(void *arg, struct px_control_msg *msg)
{
	(void)arg;
	if (msg->head.status != 0)
		fail_msg("%.*s", (int)msg->len, (const char *)msg->body);
	is_done = true;
}

static void on_msg(void *arg, struct px_control_msg *msg)
{
	(void)arg;
	(void)msg;
}

static void on_eof(void *arg)
{
	(void)arg;
}

static void *new_key(void *arg, const uint8_t id[TLS_KEY_ID_LEN])
{
	struct px_key *key = calloc(1, sizeof(*key));

	key->client = arg;
	memcpy(key->id, id, sizeof(key->id));
	return key;
}

/* A service with a folder of n certificates. */
static int make_bundle(struct bundled_pair *pairs, unsigned n, int away)
{
	static const char text[] = "user = \"\"; services = ( { name = \"one\"; listen = [ \"127.0.0.1:0\" ];\n"
				   "  certificate_dir = \"d\"; backends = ( \"127.0.0.1:80\" ); } );\n";
	struct px_bundle_writer writer;
	char *names = malloc(n * 20), name[32];
	size_t len = 0;

	bundled_begin(&writer, text);
	for (unsigned i = 0; i < n; i++) {
		len += (size_t)sprintf(names + len, "%05u.pem", i) + 1;
		len += (size_t)sprintf(names + len, "%05u.key", i) + 1;
		sprintf(name, "d/%05u", i);
		bundled_add_pair(&writer, &pairs[i], name, away);
	}
	bundled_add(&writer, PX_BUNDLE_DIR, "t/d/", names, len);
	free(names);
	return px_bundle_finish(&writer);
}

static double rss_mib(void)
{
	unsigned long pages = 0, shared = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (fscanf(f, "%*u %lu %lu", &pages, &shared) != 2)
		pages = shared = 0;
	fclose(f);
	return (double)(pages - shared) * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

static void wait_done(void)
{
	is_done = false;
	while (!is_done)
		event_base_loop(worker.base, EVLOOP_ONCE);
}

static void reload(uint32_t serial, int fd)
{
	struct px_control_msg msg = { .head = { .type = PX_CONTROL_PREPARE, .serial = serial }, .fds = { dup(fd) },
		.n_fds = 1 };
	double begin = now_ms(), built;

	last_beat = begin;
	latest = 0;
	px_prepare_begin(&prepare, &msg);
	msg = (struct px_control_msg){ .head = { .type = PX_CONTROL_LISTENERS, .serial = serial,
		.flags = PX_CONTROL_LAST } };
	px_prepare_add(&prepare, &msg);
	wait_done();
	event_base_loop(worker.base, EVLOOP_ONCE);
	built = now_ms() - begin;
	printf("  prepared in %7.1f ms, latest timer %5.1f ms;", built, latest);
	latest = 0;
	last_beat = begin = now_ms();
	px_prepare_commit(&prepare, &msg);
	printf(" commit %5.1f ms,", now_ms() - begin);
	wait_done();
	usleep(20000);
	malloc_trim(0);
	printf(" own memory %6.1f MiB\n", rss_mib());
}

static void begin(void)
{
	static struct px_build_signer signer;
	const struct timeval tv = { .tv_usec = BEAT_US };
	int fds[2];

	assert_int_equal(px_worker_init(&worker), 0);
	memset(&prepare, 0, sizeof(prepare));
	signer = (struct px_build_signer){ px_keyclient_sign, px_keyclient_cancel, new_key, free, &worker.keys };
	assert_int_equal(px_control_pair(fds), 0);
	assert_int_equal(px_control_open(&prepare.control, worker.base, fds[0], on_msg, on_eof, NULL), 0);
	assert_int_equal(px_control_open(&master, worker.base, fds[1], on_done, on_eof, NULL), 0);
	assert_int_equal(px_builder_start(&prepare.builder, worker.base, px_prepare_built, &prepare), 0);
	prepare.worker = &worker;
	prepare.signer = &signer;
	event_assign(&beat, worker.base, -1, EV_PERSIST, on_beat, NULL);
	event_add(&beat, &tv);
}

static void end(void)
{
	event_del(&beat);
	px_prepare_clear(&prepare);
	px_builder_stop(prepare.builder);
	prepare.builder = NULL;
	px_control_close(master);
	px_control_close(prepare.control);
	px_worker_clear(&worker);
}

static void measure(unsigned n)
{
	struct bundled_pair *pairs = calloc(n, sizeof(*pairs));
	char name[40];

	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "h%u.example.test", i);
		bundled_pair_make(&pairs[i], name);
	}
	for (int away = 1; away >= 0; away--) {
		int fd = make_bundle(pairs, n, away);

		begin();
		malloc_trim(0);
		printf("%u certificates, keys %s; own memory before %.1f MiB\n", n, away ? "elsewhere" : "in the bundle",
		    rss_mib());
		for (uint32_t i = 1; i <= RELOADS; i++)
			reload(i, fd);
		end();
		close(fd);
	}
	for (unsigned i = 0; i < n; i++)
		bundled_pair_clear(&pairs[i]);
	free(pairs);
}

int main(void)
{
	measure(1);
	measure(1000);
	measure(10000);
	return 0;
}

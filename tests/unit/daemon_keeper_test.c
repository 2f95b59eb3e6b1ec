/* daemon_keeper_test.c - the keeper as a process: what the master tells it, what workers ask it. */
#include "unit.h"

#include "config.h"

#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/bundle.h"
#include "daemon/control.h"
#include "daemon/keeper.h"
#include "daemon/keymsg.h"
#include "keys.h"

struct fixture {
	struct event_base *base;
	struct px_control *control;
	pid_t pid;
	uint32_t serial;
	struct px_control_head heard; /* the last message */
	char reason[300];
	unsigned n_heard;
	int32_t status[100]; /* of each serial */
};

static void on_msg(void *arg, struct px_control_msg *msg)
{
	struct fixture *f = arg;
	size_t len = msg->len < sizeof(f->reason) - 1 ? msg->len : sizeof(f->reason) - 1;

	assert_true(msg->head.serial < 100);
	f->status[msg->head.serial] = msg->head.status;
	f->heard = msg->head;
	memcpy(f->reason, msg->body, len);
	f->reason[len] = '\0';
	f->n_heard++;
	px_control_drop_fds(msg);
}

static void on_eof(void *arg)
{
	event_base_loopbreak(((struct fixture *)arg)->base);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fds[2];

	assert_non_null(f);
	assert_int_equal(px_control_pair(fds), 0);
	fflush(NULL);
	f->pid = fork();
	assert_true(f->pid >= 0);
	if (f->pid == 0) {
		close(fds[0]);
		_exit(px_keeper_main(fds[1]));
	}
	close(fds[1]);
	f->base = event_base_new();
	assert_int_equal(px_control_open(&f->control, f->base, fds[0], on_msg, on_eof, f), 0);
	*state = f;
	return 0;
}

/* How it ended; -1: by a signal. */
static int wait_end(struct fixture *f)
{
	int status;

	assert_int_equal(waitpid(f->pid, &status, 0), f->pid);
	f->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	px_control_close(f->control);
	if (f->pid > 0) {
		/* its master is gone: it ends by itself */
		assert_int_equal(wait_end(f), 1);
	}
	event_base_free(f->base);
	free(f);
	return 0;
}

/* ---- As the master -------------------------------------------------------------------------------------- */

static void send_fd(struct fixture *f, uint32_t type, const void *body, size_t len, int fd)
{
	struct px_control_msg msg = {.head = {.type = type, .serial = ++f->serial}, .body = body, .len = len};

	if (fd >= 0) {
		msg.n_fds = 1;
		msg.fds[0] = fd;
	}
	assert_int_equal(px_control_send(f->control, &msg), 0);
	if (fd >= 0)
		close(fd);
}

static void hear(struct fixture *f, uint32_t type)
{
	unsigned before = f->n_heard;

	while (f->n_heard == before && event_base_loop(f->base, EVLOOP_ONCE) == 0 && f->pid > 0)
		continue;
	assert_int_equal(f->heard.type, type);
	assert_int_equal(f->heard.serial, f->serial);
}

static void boot(struct fixture *f)
{
	struct px_control_boot b = {.index = 0};

	send_fd(f, PX_CONTROL_BOOT, &b, sizeof(b), -1);
	send_fd(f, PX_CONTROL_PING, NULL, 0, -1);
	hear(f, PX_CONTROL_PONG);
}

/* A bundle with one key; wrong: under another id. */
static int bundle_of(const struct keys_file *k, bool wrong)
{
	struct px_bundle_writer w;
	struct px_bundle_entry e = {.kind = PX_BUNDLE_KEY, .name_len = TLS_KEY_ID_LEN};
	char id[TLS_KEY_ID_LEN];

	memcpy(id, k->id, sizeof(id));
	id[0] ^= wrong;
	e.name = id;
	e.bytes = (const char *)k->pem.data;
	e.len = k->pem.size;
	px_bundle_begin(&w, "keys");
	assert_int_equal(px_bundle_add(&w, &e), 0);
	return px_bundle_finish(&w);
}

static int keys(struct fixture *f, int fd)
{
	send_fd(f, PX_CONTROL_KEYS, NULL, 0, fd);
	hear(f, PX_CONTROL_DONE);
	return f->heard.status;
}

static void commit(struct fixture *f)
{
	send_fd(f, PX_CONTROL_COMMIT, NULL, 0, -1);
	hear(f, PX_CONTROL_DONE);
	assert_int_equal(f->heard.status, 0);
}

/* The worker's end of a new channel. */
static int channel(struct fixture *f, uint32_t worker)
{
	struct px_control_index index = {.index = worker};
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	send_fd(f, PX_CONTROL_CHANNEL, &index, sizeof(index), fds[0]);
	return fds[1];
}

/* ---- As a worker ---------------------------------------------------------------------------------------- */

static int ask(int fd, const struct keys_file *k)
{
	struct px_key_request r = {.id = 42, .scheme = TLS_SIGN_ECDSA_SECP256R1_SHA256, .len = KEYS_INPUT_LEN};
	struct px_key_answer a;
	size_t len = PX_KEY_REQUEST_LEN(r.len);

	memcpy(r.key_id, k->id, sizeof(r.key_id));
	keys_input(r.data, 1);
	assert_int_equal(send(fd, &r, len, 0), len);
	assert_true(recv(fd, &a, sizeof(a), 0) > 0);
	assert_int_equal(a.id, 42);
	assert_true((a.status == 0) == (a.len > 60));
	return a.status;
}

/* ---- Tests ---------------------------------------------------------------------------------------------- */

static struct keys_file p256, other, rsa;

static int read_keys(void **state)
{
	(void)state;
	keys_read(&p256, "p256.pkcs8.pem");
	keys_read(&other, "other.pkcs8.pem");
	keys_read(&rsa, "rsa.pkcs8.pem");
	return 0;
}

static void a_life(void **state)
{
	struct fixture *f = *state;
	int a, b;

	boot(f);
	assert_int_equal(keys(f, bundle_of(&p256, false)), 0);
	a = channel(f, 0);
	b = channel(f, 1);
	assert_int_equal(ask(a, &p256), 0);
	assert_int_equal(ask(b, &p256), 0);
	assert_int_equal(ask(b, &other), TLS_E_KEY_NOT_HELD);
	commit(f);
	assert_int_equal(ask(a, &p256), 0);
	/* through when the last channel has ended */
	send_fd(f, PX_CONTROL_DRAIN, NULL, 0, -1);
	send_fd(f, PX_CONTROL_PING, NULL, 0, -1);
	hear(f, PX_CONTROL_PONG);
	close(a);
	assert_int_equal(ask(b, &p256), 0);
	close(b);
	assert_int_equal(wait_end(f), 0);
}

static void ends_at_the_second_call(void **state)
{
	struct fixture *f = *state;
	int a;

	boot(f);
	a = channel(f, 0);
	send_fd(f, PX_CONTROL_DRAIN, NULL, 0, -1);
	send_fd(f, PX_CONTROL_DRAIN, NULL, 0, -1);
	assert_int_equal(wait_end(f), 0);
	close(a);
}

/* The keys in force are there throughout, whatever a reload brings. */
static void reloads(void **state)
{
	struct fixture *f = *state;
	int a;

	boot(f);
	a = channel(f, 0);
	assert_int_equal(ask(a, &p256), TLS_E_KEY_NOT_HELD);
	assert_int_equal(keys(f, bundle_of(&p256, false)), 0);
	commit(f);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(keys(f, bundle_of(&other, false)), 0);
		assert_int_equal(ask(a, &other), 0);
		assert_int_equal(ask(a, &p256), 0);
		send_fd(f, PX_CONTROL_CANCEL, NULL, 0, -1);
	}
	assert_int_equal(keys(f, bundle_of(&other, true)), -1);
	assert_non_null(strstr(f->reason, "key 1 of 1: private key does not match the certificate"));
	assert_int_equal(ask(a, &p256), 0);
	assert_int_equal(ask(a, &other), TLS_E_KEY_NOT_HELD);
	assert_int_equal(keys(f, -1), -1);
	assert_int_equal(keys(f, dup(0)), -1);
	assert_int_equal(ask(a, &p256), 0);
	assert_int_equal(keys(f, bundle_of(&other, false)), 0);
	commit(f);
	assert_int_equal(ask(a, &p256), 0);
	assert_int_equal(keys(f, bundle_of(&rsa, false)), 0);
	commit(f);
	assert_int_equal(ask(a, &p256), TLS_E_KEY_NOT_HELD);
	assert_int_equal(ask(a, &other), 0);
	close(a);
}

/* The P-256 key of a small number as PEM (RFC 5958, RFC 5915), and its id. */
static void small_key(char pem[256], uint8_t id[TLS_KEY_ID_LEN], unsigned number)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t der[69] = {0x30, 0x41, 2, 1, 0, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48,
	    0xce, 0x3d, 3, 1, 7, 4, 0x27, 0x30, 0x25, 2, 1, 1, 4, 0x20};
	tls_datum_t data = {.data = der, .size = 67};
	tls_x509_privkey_t key;
	char *out = pem + sprintf(pem, "-----BEGIN PRIVATE KEY-----\n");

	der[65] = (uint8_t)(number >> 8);
	der[66] = (uint8_t)number;
	for (unsigned i = 0; i < 69; i += 3) {
		uint32_t three = (uint32_t)der[i] << 16 | (uint32_t)der[i + 1] << 8 | der[i + 2];

		for (int k = 18; k >= 0; k -= 6)
			*out++ = digits[three >> k & 63];
		if (i % 48 == 45)
			*out++ = '\n';
	}
	/* 67 bytes: the last two were none */
	strcpy(out - 2, "==\n-----END PRIVATE KEY-----\n");
	assert_int_equal(tls_x509_privkey_init(&key), 0);
	assert_int_equal(tls_x509_privkey_import(key, &data, TLS_X509_FMT_DER), 0);
	assert_int_equal(tls_x509_privkey_get_key_id(key, id), 0);
	tls_x509_privkey_deinit(key);
}

/* Many keys, which the keeper reads a few at a time. */
static int many_keys(void)
{
	struct px_bundle_writer w;
	char pem[256];
	uint8_t id[TLS_KEY_ID_LEN];

	px_bundle_begin(&w, "keys");
	for (unsigned i = 1; i <= 100; i++) {
		struct px_bundle_entry e = {.kind = PX_BUNDLE_KEY, .name = (char *)id, .name_len = sizeof(id), .bytes = pem};

		small_key(pem, id, i);
		e.len = strlen(pem);
		assert_int_equal(px_bundle_add(&w, &e), 0);
	}
	return px_bundle_finish(&w);
}

/* What comes while many keys are read is heard at once: the keeper finds these messages all together. */
static void reads_many_keys_bit_by_bit(void **state)
{
	struct fixture *f = *state;

	boot(f);
	assert_int_equal(keys(f, many_keys()), 0);
	send_fd(f, PX_CONTROL_CANCEL, NULL, 0, -1);
	/* read, and answered, in one go they would be before PONG */
	kill(f->pid, SIGSTOP);
	send_fd(f, PX_CONTROL_KEYS, NULL, 0, many_keys());
	send_fd(f, PX_CONTROL_CANCEL, NULL, 0, -1);
	send_fd(f, PX_CONTROL_PING, NULL, 0, -1);
	kill(f->pid, SIGCONT);
	hear(f, PX_CONTROL_PONG);
	/* other keys: those before are answered first */
	kill(f->pid, SIGSTOP);
	send_fd(f, PX_CONTROL_KEYS, NULL, 0, many_keys());
	send_fd(f, PX_CONTROL_KEYS, NULL, 0, bundle_of(&p256, false));
	kill(f->pid, SIGCONT);
	while (f->heard.serial != f->serial)
		assert_int_equal(event_base_loop(f->base, EVLOOP_ONCE), 0);
	assert_int_equal(f->status[f->serial - 1], -1);
	assert_int_equal(f->status[f->serial], 0);
	/* an end in the midst of it */
	send_fd(f, PX_CONTROL_KEYS, NULL, 0, many_keys());
	send_fd(f, PX_CONTROL_DRAIN, NULL, 0, -1);
	assert_int_equal(wait_end(f), 0);
}

static bool status_has(pid_t pid, const char *line)
{
	char path[64], text[8192];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return strstr(text, line) != NULL;
}

static void behind_bars(void **state)
{
	struct fixture *f = *state;

	boot(f);
	assert_true(status_has(f->pid, "\nNoNewPrivs:\t1\n"));
	assert_true(status_has(f->pid, "\nCapEff:\t0000000000000000\n"));
	assert_true(QUENCH_SANITIZED || status_has(f->pid, "\nSeccomp:\t2\n"));
	/* as root nothing limits it; a sanitizer does nothing of the kind */
	assert_true(QUENCH_SANITIZED || geteuid() != 0 || !status_has(f->pid, "\nVmLck:\t       0 kB\n"));
}

static void nothing_before_boot(void **state)
{
	struct fixture *f = *state;

	send_fd(f, PX_CONTROL_PING, NULL, 0, -1);
	assert_int_equal(wait_end(f), 1);
}

static void boot_once(void **state)
{
	struct fixture *f = *state;
	struct px_control_boot b = {.index = 0};

	boot(f);
	send_fd(f, PX_CONTROL_BOOT, &b, sizeof(b), -1);
	assert_int_equal(wait_end(f), 1);
}

/* What isn't for it it doesn't mind. */
static void other_messages(void **state)
{
	struct fixture *f = *state;

	boot(f);
	send_fd(f, PX_CONTROL_LOG, NULL, 0, -1);
	send_fd(f, PX_CONTROL_PREPARE, NULL, 0, dup(0));
	send_fd(f, PX_CONTROL_CHANNEL, NULL, 0, dup(0));
	send_fd(f, PX_CONTROL_CHANNEL, NULL, 0, -1);
	send_fd(f, PX_CONTROL_COMMIT, NULL, 0, -1);
	hear(f, PX_CONTROL_DONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(a_life), TEST(ends_at_the_second_call), TEST(reloads), TEST(reads_many_keys_bit_by_bit),
	    TEST(behind_bars),
	    TEST(nothing_before_boot), TEST(boot_once), TEST(other_messages)};

	return cmocka_run_group_tests(tests, read_keys, NULL);
}

/* rogue_child.c - see rogue_child.h. No libevent, and nothing of control.c: whoever has taken over a worker uses the kernel. */
#include "config.h" /* GNU extensions */

#include "tests/unit/unit.h"

#include "rogue_child.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/control.h"
#include "daemon/keymsg.h"
#include "tests/unit/keys.h"

#define N_RANDOM 150 /* fewer than the master puts up with */
#define N_FLOOD 100000
#define N_KEY_FLOOD 400
#define N_CHANNELS 100
#define FDS_MAX 253 /* of the kernel, SCM_MAX_FD */

static struct {
	struct px_control_head head;
	unsigned char body[PX_CONTROL_BODY_MAX + 64];
} in, out;

static int channel = -1; /* to the keeper */
static int kept[N_CHANNELS];
static struct keys_file key;
static const char *how;
static unsigned n_prepared;
static uint32_t state; /* of chance */

static bool is_told(const char *what)
{
	return strncmp(how, what, strlen(what)) == 0;
}

/* ---- Chance ------------------------------------------------------------------------------------------ */

static uint32_t chance(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static uint32_t one_of(const uint32_t *list, unsigned n)
{
	unsigned i = chance() % (n + 1);

	return i < n ? list[i] : chance();
}

static void fill(unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (unsigned char)chance();
}

/* ---- The control socket -------------------------------------------------------------------------------- */

static void wait_for(int fd, short what)
{
	struct pollfd p = { .fd = fd, .events = what };

	poll(&p, 1, -1);
}

/* len bytes of out, with n_fds descriptors. False: nobody hears us any more. */
static bool say(size_t len, unsigned n_fds)
{
	_Alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(int) * FDS_MAX)] = { 0 };
	struct iovec part = { &out, len };
	struct msghdr hdr = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = n_fds ? space : NULL,
		.msg_controllen = n_fds ? CMSG_SPACE(sizeof(int) * n_fds) : 0 };
	struct cmsghdr *c = (struct cmsghdr *)space;
	int fds[FDS_MAX] = { 0 };

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
	while (sendmsg(PX_CONTROL_FD, &hdr, MSG_NOSIGNAL) < 0) {
		/* longer than the socket takes at all */
		if (errno == EMSGSIZE)
			return true;
		if (errno != EAGAIN)
			return false;
		wait_for(PX_CONTROL_FD, POLLOUT);
	}
	return true;
}

static bool say_head(uint32_t type, uint32_t serial, uint32_t flags, int32_t status, size_t body_len)
{
	out.head = (struct px_control_head){ type, serial, flags, status };
	return say(sizeof(out.head) + body_len, 0);
}

/* The body's length, -1: the master is gone. */
static ssize_t hear(int *fd)
{
	_Alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(int) * PX_CONTROL_FDS_MAX)];
	struct iovec part = { &in, sizeof(in) };
	struct msghdr hdr = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space) };
	struct cmsghdr *c;
	int fds[PX_CONTROL_FDS_MAX];
	unsigned n = 0;
	ssize_t len;

	wait_for(PX_CONTROL_FD, POLLIN);
	len = recvmsg(PX_CONTROL_FD, &hdr, 0);
	c = len > 0 ? CMSG_FIRSTHDR(&hdr) : NULL;
	if (c) {
		n = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(c), n * sizeof(int));
	}
	*fd = n > 0 ? fds[0] : -1;
	for (unsigned i = 1; i < n; i++)
		close(fds[i]);
	return len < (ssize_t)sizeof(in.head) ? -1 : len - (ssize_t)sizeof(in.head);
}

/* wild: also what no child may say. */
static void random_message(uint32_t asked, bool wild)
{
	static const uint32_t types[] = { PX_CONTROL_DONE, PX_CONTROL_ANSWER, PX_CONTROL_PONG, PX_CONTROL_DONE,
		PX_CONTROL_ANSWER, PX_CONTROL_CHANNEL, PX_CONTROL_COMMIT, PX_CONTROL_END };
	static const uint32_t lens[] = { 0, 1, 2, 4, 15, 16, 17, 100, 4096, PX_CONTROL_BODY_MAX - 1,
		PX_CONTROL_BODY_MAX, PX_CONTROL_BODY_MAX, PX_CONTROL_BODY_MAX + 1 };
	static const uint32_t numbers[] = { 0, 1, 2, UINT32_MAX, INT32_MAX };
	static const uint32_t n_fds[] = { 0, 0, 0, 0, 1, 3, PX_CONTROL_FDS_MAX, FDS_MAX };
	uint32_t len = one_of(lens, 13) % (wild ? (uint32_t)sizeof(out.body) : PX_CONTROL_BODY_MAX + 1);

	fill(out.body, len);
	out.head.type = wild && chance() % 16 == 0 ? one_of(types, 8) : types[chance() % 6];
	if (!wild && out.head.type == PX_CONTROL_CHANNEL)
		len = 0;
	out.head.serial = chance() % 3 ? one_of(numbers, 5) : asked;
	out.head.flags = one_of(numbers, 5) & ~(out.head.serial == asked ? PX_CONTROL_LAST : 0);
	out.head.status = (int32_t)one_of(numbers, 5);
	say(wild && chance() % 64 == 0 ? chance() % sizeof(out.head) : sizeof(out.head) + len, one_of(n_fds, 8) % (FDS_MAX + 1));
}

static void be_random(uint32_t asked)
{
	state = asked * 2654435761u + 1;
	for (unsigned i = 0; i < N_RANDOM; i++)
		random_message(asked, is_told("random wild"));
}

static void flood(uint32_t type)
{
	for (unsigned i = 0; i < N_FLOOD && say_head(type, UINT32_MAX, 0, 0, 0); i++)
		continue;
}

/* ---- The keeper ------------------------------------------------------------------------------------------ */

static struct px_key_request good_request(void)
{
	struct px_key_request r = { .scheme = TLS_SIGN_ECDSA_SECP256R1_SHA256, .len = KEYS_INPUT_LEN };

	memcpy(r.key_id, key.id, sizeof(r.key_id));
	keys_input(r.data, 1);
	return r;
}

/* What the keeper has said until now. */
static void drain_answers(void)
{
	struct px_key_answer a;

	while (recv(channel, &a, sizeof(a), MSG_DONTWAIT) > 0)
		continue;
}

static void ask_keeper(const void *request, size_t len)
{
	while (send(channel, request, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		if (errno != EAGAIN)
			return;
		wait_for(channel, POLLIN | POLLOUT);
		drain_answers();
	}
}

static void random_requests(uint32_t asked)
{
	static const uint32_t schemes[] = { 0, TLS_SIGN_ECDSA_SECP256R1_SHA256, TLS_SIGN_ED25519, 0x0804, 0x0201, 0xffff };
	static const uint32_t lens[] = { 0, 1, 64, 100, 130, PX_KEY_DATA_MAX, PX_KEY_DATA_MAX + 1, UINT16_MAX };
	union {
		struct px_key_request r;
		unsigned char bytes[4096];
	} u;

	state = asked * 2654435761u + 1;
	for (unsigned i = 0; i < 10 * N_RANDOM; i++) {
		u.r = good_request();
		if (chance() % 4 == 0)
			fill(u.r.key_id, 1 + chance() % sizeof(u.r.key_id));
		if (chance() % 2)
			fill(u.r.data, chance() % sizeof(u.r.data));
		u.r.id = chance();
		u.r.scheme = (uint16_t)one_of(schemes, 6);
		u.r.len = (uint16_t)one_of(lens, 8);
		ask_keeper(&u, chance() % 2 ? PX_KEY_REQUEST_LEN(u.r.len) % sizeof(u) + 1 : 1 + chance() % (sizeof(u) - 1));
	}
}

static void flood_keeper(void)
{
	const struct px_key_request r = good_request();

	for (unsigned i = 0; i < N_KEY_FLOOD; i++)
		ask_keeper(&r, PX_KEY_REQUEST_LEN(r.len));
}

/* True if it signs. */
static bool keeper_signs(void)
{
	const struct px_key_request r = good_request();
	struct px_key_answer a = { .status = -1 };

	if (channel < 0 || send(channel, &r, PX_KEY_REQUEST_LEN(r.len), MSG_NOSIGNAL) < 0)
		return false;
	wait_for(channel, POLLIN);
	return recv(channel, &a, sizeof(a), 0) > 0 && a.status == 0 && a.len > 0;
}

static void keep_channels(void)
{
	for (unsigned i = 0; i < N_CHANNELS && say_head(PX_CONTROL_CHANNEL, 0, 0, 0, 0); i++) {
		do {
			if (hear(&kept[i]) < 0)
				return;
		} while (in.head.type != PX_CONTROL_CHANNEL);
	}
}

/* ---- What it does ------------------------------------------------------------------------------------------ */

static uint32_t number_in(const char *what)
{
	return (uint32_t)strtoul(how + strlen(what), NULL, 0);
}

static void misbehave(uint32_t asked)
{
	if (is_told("random"))
		be_random(asked);
	else if (is_told("type "))
		say_head(number_in("type "), asked, 0, 0, 0);
	else if (is_told("short"))
		say(sizeof(out.head) - 1, 0);
	else if (is_told("long"))
		say_head(PX_CONTROL_ANSWER, asked, 0, 0, PX_CONTROL_BODY_MAX + 1);
	else if (is_told("empty"))
		say(0, 0);
	else if (is_told("flood "))
		flood(number_in("flood "));
	else if (is_told("descriptors") && say_head(PX_CONTROL_PONG, 0, 0, 0, 0))
		say(sizeof(out.head), FDS_MAX);
	else if (is_told("gone"))
		close(PX_CONTROL_FD);
	else if (is_told("key random"))
		random_requests(asked);
	else if (is_told("key flood"))
		flood_keeper();
	else if (is_told("key empty"))
		send(channel, "", 0, MSG_NOSIGNAL);
	else if (is_told("channels"))
		keep_channels();
}

static void prepared(uint32_t serial)
{
	bool later = ++n_prepared > 1;

	if (later && is_told("silent"))
		return;
	fill(out.body, PX_CONTROL_BODY_MAX);
	if (later && is_told("reasons"))
		say_head(PX_CONTROL_DONE, serial, 0, -1, PX_CONTROL_BODY_MAX);
	else
		say_head(PX_CONTROL_DONE, serial, 0, 0, 0);
}

static void asked(uint32_t serial, bool honest)
{
	bool signs = honest && keeper_signs();

	if (!honest)
		misbehave(serial);
	snprintf((char *)out.body, 16, "%s", signs ? "signed" : "not signed");
	say_head(PX_CONTROL_ANSWER, serial, PX_CONTROL_LAST, 0, strlen((const char *)out.body));
}

static void handle(int fd, bool honest)
{
	const struct px_control_head head = in.head;

	if (head.type == PX_CONTROL_CHANNEL) {
		if (channel >= 0)
			close(channel);
		channel = fd;
	} else if (fd >= 0) {
		close(fd);
	}
	if (head.type == PX_CONTROL_LISTENERS && (head.flags & PX_CONTROL_LAST))
		prepared(head.serial);
	if (head.type == PX_CONTROL_COMMIT)
		say_head(PX_CONTROL_DONE, head.serial, 0, n_prepared > 1 && is_told("takes back") ? -1 : 0, 0);
	if (head.type == PX_CONTROL_PING)
		say_head(PX_CONTROL_PONG, 0, 0, 0, 0);
	if (head.type == PX_CONTROL_CONNECTIONS)
		asked(head.serial, honest);
	if (head.type == PX_CONTROL_DRAIN && !is_told("stays"))
		_exit(0);
}

static int live(bool honest)
{
	int fd;

	how = honest || !getenv("ROGUE") ? "good" : getenv("ROGUE");
	state = 1;
	keys_read(&key, "p256.pkcs8.pem");
	while (hear(&fd) >= 0)
		handle(fd, honest);
	/* The one that has gone by itself is found by its silence. */
	while (is_told("gone"))
		pause();
	return 4;
}

int rogue_child_main(void)
{
	return live(false);
}

int rogue_child_honest(void)
{
	return live(true);
}

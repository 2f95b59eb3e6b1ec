/* plain.c - see plain.h. */
#include "plain.h"

#include <string.h>

#define RECORD_ALERT 0x15
#define RECORD_HANDSHAKE 0x16
#define MAJOR 3
#define MYSQL_AT 4 /* behind the header of a packet: the protocol's version */
#define MYSQL_VERSION 10

#define STARTTLS "The service begins in plain text and changes to TLS on command (STARTTLS), which is not supported here: " \
	"use its port for TLS from the start, if it has one."

static const struct {
	const char *begin;
	struct px_plain is;
} beginnings[] = {
	{ "HTTP/", { "a plain HTTP server", "This port speaks HTTP without TLS: use the https port, or switch TLS on for "
		"this one. A proxy that expects a PROXY header answers so as well: --send-proxy." } },
	{ "<", { "a server that sends HTML or XML in plain text", "This port speaks without TLS." } },
	{ "SSH-", { "an SSH server", "This is the wrong port, or a multiplexer took the connection for SSH." } },
	{ "220", { "an SMTP or FTP server", STARTTLS } },
	{ "421", { "an SMTP or FTP server that takes no connection now", "Try again later." } },
	{ "554", { "an SMTP server that refuses this client", "Look at its log: often an address that is not welcome." } },
	{ "* OK", { "an IMAP server", STARTTLS } },
	{ "* BYE", { "an IMAP server that refuses this client", "Look at its log." } },
	{ "+OK", { "a POP3 server", STARTTLS } },
	{ "200 ", { "an NNTP server", STARTTLS } },
	{ "RFB ", { "a VNC server", "This port speaks VNC without TLS." } },
	{ "-ERR", { "a Redis or POP3 server", "This port speaks without TLS: use the one that has it." } },
	{ "-DENIED", { "a Redis server in protected mode", "This port speaks Redis without TLS." } },
	{ "ERR", { "a memcached or similar server", "This port speaks without TLS." } },
	{ "AMQP", { "an AMQP server", "This port speaks AMQP without TLS: TLS usually has port 5671." } },
	{ "E\0\0\0", { "a PostgreSQL server", STARTTLS } },
};

#define N_BEGINNINGS (sizeof(beginnings) / sizeof(beginnings[0]))

bool px_plain_is(const void *data, size_t len)
{
	const unsigned char *p = data;

	if (len == 0)
		return false;
	return (p[0] != RECORD_ALERT && p[0] != RECORD_HANDSHAKE) || (len > 1 && p[1] != MAJOR);
}

static size_t begin_len(const char *begin)
{
	/* the one with NULs in it */
	return begin[0] == 'E' && begin[1] == '\0' ? 4 : strlen(begin);
}

const struct px_plain *px_plain_recognise(const void *data, size_t len)
{
	static const struct px_plain mysql = { "a MySQL or MariaDB server", STARTTLS };
	static const struct px_plain other = { "something that does not speak TLS",
		"Look at its first bytes, and at what listens on this port." };
	const unsigned char *p = data;

	for (size_t i = 0; i < N_BEGINNINGS; i++) {
		size_t n = begin_len(beginnings[i].begin);

		if (len >= n && memcmp(p, beginnings[i].begin, n) == 0)
			return &beginnings[i].is;
	}
	if (len > MYSQL_AT && p[1] == 0 && p[2] == 0 && p[3] == 0 && p[MYSQL_AT] == MYSQL_VERSION)
		return &mysql;
	return &other;
}

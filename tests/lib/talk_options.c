/* talk_options.c - the options of tlsclient and tlsserver, by name. See talk.h. */
#include "talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, NUMBER, LIST };

#define OPTION(name, kind, field) {name, kind, offsetof(struct talk_options, field)}

static const struct {
	const char *name;
	enum kind kind;
	size_t at;
} table[] = {
	OPTION("version", TEXT, version),       /* 1.2, 1.3; without: both */
	OPTION("suite", LIST, suites),          /* IANA's names; without: those of the policy */
	OPTION("group", LIST, groups),
	OPTION("scheme", LIST, schemes),
	OPTION("cert", LIST, chains),           /* a PEM file with the chain, and one with its key */
	OPTION("key", LIST, keys),
	OPTION("alpn", TEXT, alpn),             /* with commas */
	OPTION("mode", TEXT, mode),             /* what is said: line, http */
	OPTION("end", TEXT, end),               /* how we end: bye, fin, reset */
	OPTION("export", TEXT, export),         /* tell key material of this label, and channel bindings */
	OPTION("staple", TEXT, staple),         /* server: a DER file with an OCSP response for the first chain */
	OPTION("pad", NUMBER, pad),             /* records are padded to multiples */
	OPTION("trust", TEXT, trust),           /* a PEM file with CAs: the peer's chain is judged, and must be good */
	OPTION("crl", TEXT, crl),               /* and one with their revocation lists */
	OPTION("verify", TEXT, verify),         /* client: the name that the server must have then */
	OPTION("status", NUMBER, status),       /* client: ask for one, and tell it */
	OPTION("connections", NUMBER, connections),
	OPTION("renew", NUMBER, renew),         /* both sides get new keys before that many rounds */
	OPTION("wait", NUMBER, wait),           /* server, TLS 1.2: for the new handshake, before anything is sent */
	OPTION("update", NUMBER, update),       /* TLS 1.3: our own direction does */
	OPTION("decline", NUMBER, decline),     /* don't care when the peer asks for a handshake */
	OPTION("allow", NUMBER, allow),         /* TLS 1.2: also one that we haven't asked for */
	OPTION("timeout", NUMBER, timeout),     /* milliseconds of a connection */
	OPTION("name", TEXT, name),             /* client: SNI */
	OPTION("port", TEXT, port),
	OPTION("rounds", NUMBER, rounds),       /* client: how many lines or requests */
	OPTION("length", NUMBER, length),       /* client: bytes of a line at least */
	OPTION("say", TEXT, say),               /* client: a line in front, by which the server is to ask for a handshake */
	OPTION("first", TEXT, first),           /* client: its first line */
	OPTION("early", NUMBER, early),         /* client, TLS 1.2: false start */
	OPTION("resume", NUMBER, resume),       /* client: each connection resumes the one before */
	OPTION("tickets", NUMBER, tickets),     /* server: so many */
	OPTION("db", NUMBER, db),               /* server: keep sessions in a database */
	OPTION("expire", NUMBER, expire),       /* server: seconds that a session may be resumed */
	OPTION("ask", TEXT, ask),               /* server: request or require a certificate; later: when it renews */
	OPTION("body", NUMBER, body),           /* server: bytes of an answer to a request */
};

void talk_refuse(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(2);
}

void talk_options_init(struct talk_options *o)
{
	*o = (struct talk_options){
	    .mode = "line", .end = "bye", .connections = 1, .timeout = 30000, .rounds = 1, .body = 2000};
}

static void take(void *field, enum kind kind, const char *value)
{
	struct talk_list *list = field;

	switch (kind) {
	case TEXT: *(const char **)field = value; break;
	case NUMBER: *(unsigned *)field = (unsigned)strtoul(value, NULL, 10); break;
	case LIST:
		if (list->n == TALK_LIST_MAX)
			talk_refuse(value, "too many");
		list->text[list->n++] = value;
		break;
	}
}

void talk_options_set(struct talk_options *o, char *option)
{
	char *name = option + strspn(option, "-");
	char *value = strchr(name, '=');

	if (value != NULL)
		*value++ = '\0';
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].name, name) == 0) {
			take((char *)o + table[i].at, table[i].kind, value != NULL ? value : "1");
			return;
		}
	talk_refuse(name, "no such option");
}

void talk_options_read(struct talk_options *o, char *line)
{
	char *rest = NULL;

	for (char *word = strtok_r(line, " \n", &rest); word != NULL; word = strtok_r(NULL, " \n", &rest))
		talk_options_set(o, word);
}

/* keys.c - see keys.h. The order is that of conf/quench.conf. */
#include "keys.h"

#include <string.h>

/* clang-format off */
const struct conf_key conf_keys[] = {
	{ .path = "workers", .type = CONF_KEY_INT, .def = "0", .min = 0, .max = 256,
	  .doc = "worker processes; 0: one per CPU this process may use" },
	{ .path = "keeper", .type = CONF_KEY_BOOL, .def = "true",
	  .doc = "private keys are in a process of their own; false: in the workers" },
	{ .path = "user", .type = CONF_KEY_STRING, .def = "quench",
	  .doc = "taken on after binding when started as root; empty: stay who we are" },
	{ .path = "group", .type = CONF_KEY_STRING, .def = "quench",
	  .doc = "as user; empty: the user's own group" },

	{ .path = "strict", .type = CONF_KEY_BOOL, .def = "false",
	  .doc = "a certificate that can't be used is an error, instead of being set aside" },

	{ .path = "log", .type = CONF_KEY_GROUP, .def = "", .doc = "what is logged, and where" },
	{ .path = "log.target", .type = CONF_KEY_STRING, .def = "auto",
	  .choices = "auto|stderr|journal|syslog|file:",
	  .doc = "auto, stderr, journal, syslog or file:PATH" },
	{ .path = "log.format", .type = CONF_KEY_STRING, .def = "text", .choices = "text|json",
	  .doc = "text or json, one line each" },
	{ .path = "log.level", .type = CONF_KEY_STRING, .def = "info",
	  .choices = "error|warning|info|debug", .doc = "error, warning, info or debug" },
	{ .path = "log.connections", .type = CONF_KEY_BOOL, .def = "true",
	  .doc = "one line at the end of each connection" },

	{ .path = "admin", .type = CONF_KEY_GROUP, .def = "",
	  .doc = "where a running daemon can be asked" },
	{ .path = "admin.socket", .type = CONF_KEY_STRING, .def = "/run/quench/admin.sock",
	  .doc = "path of the socket that quenchctl asks; empty: none" },
	{ .path = "admin.http", .type = CONF_KEY_STRING, .def = "",
	  .doc = "ADDRESS:PORT of /metrics and the status page; empty: none" },

	{ .path = "tickets", .type = CONF_KEY_GROUP, .def = "",
	  .doc = "how clients resume their sessions" },
	{ .path = "tickets.seed", .type = CONF_KEY_STRING, .def = "",
	  .doc = "file of random bytes, the keys' origin; empty: made at each start" },
	{ .path = "tickets.rotate", .type = CONF_KEY_SECONDS, .def = "21600.0", .unit = "seconds",
	  .min = 60, .max = 604800, .doc = "how long a key seals tickets; it opens them as long again" },
	{ .path = "tickets.lifetime", .type = CONF_KEY_SECONDS, .def = "86400.0", .unit = "seconds",
	  .min = 0, .max = 604800, .doc = "until a new full handshake is due; 0: none is resumed" },

	{ .path = "services", .type = CONF_KEY_LIST, .doc = "what is served; at least one" },
	{ .path = "services.name", .type = CONF_KEY_STRING,
	  .doc = "how log lines call it: letters, digits, dot, dash, underscore" },
	{ .path = "services.listen", .type = CONF_KEY_STRINGS,
	  .doc = "ADDRESS:PORT, [ADDRESS]:PORT, unix:PATH or fd:NAME; port 0: the kernel chooses" },
	{ .path = "services.mode", .type = CONF_KEY_STRING, .def = "terminate",
	  .choices = "terminate", .later = "originate|passthrough",
	  .doc = "terminate: TLS comes in, plain goes out" },

	{ .path = "services.tls", .type = CONF_KEY_GROUP, .def = "", .doc = "which TLS is spoken" },
	{ .path = "services.tls.policy", .type = CONF_KEY_STRING, .def = "intermediate",
	  .choices = "modern|intermediate",
	  .doc = "modern (TLS 1.3 only) or intermediate (also TLS 1.2)" },
	{ .path = "services.tls.min_version", .type = CONF_KEY_STRING, .def = "",
	  .choices = "|1.2|1.3", .doc = "1.2 or 1.3; empty: as the policy says" },
	{ .path = "services.tls.max_version", .type = CONF_KEY_STRING, .def = "",
	  .choices = "|1.2|1.3", .doc = "1.2 or 1.3; empty: as the policy says" },
	{ .path = "services.tls.ciphersuites", .type = CONF_KEY_STRINGS, .def = "[]",
	  .doc = "IANA names such as TLS_AES_128_GCM_SHA256, best first; empty: as the policy says" },
	{ .path = "services.tls.groups", .type = CONF_KEY_STRINGS, .def = "[]",
	  .doc = "X25519MLKEM768, SecP256r1MLKEM768, x25519, secp256r1, secp384r1, secp521r1, best first; empty: as the policy says" },
	{ .path = "services.tls.alpn", .type = CONF_KEY_STRINGS, .def = "[]",
	  .doc = "application protocols the backends speak, best first; empty: no ALPN" },
	{ .path = "services.tls.unknown_sni", .type = CONF_KEY_STRING, .def = "default",
	  .choices = "default|refuse",
	  .doc = "no certificate for the client's name: default (the first one) or refuse" },

	{ .path = "services.certificates", .type = CONF_KEY_LIST,
	  .doc = "chosen by the client's server name; at least one, here or in certificate_dir" },
	{ .path = "services.certificates.chain", .type = CONF_KEY_STRING,
	  .doc = "PEM file: the certificate, then those that vouch for it" },
	{ .path = "services.certificates.key", .type = CONF_KEY_STRING,
	  .doc = "PEM file: its private key" },
	{ .path = "services.certificates.staple", .type = CONF_KEY_STRING, .def = "",
	  .doc = "DER file: the OCSP response that clients get with it; empty: none" },

	{ .path = "services.certificate_dir", .type = CONF_KEY_STRING, .def = "",
	  .doc = "folder: every NAME.pem with its NAME.key, and NAME.ocsp if it is there; empty: none" },

	{ .path = "services.client_auth", .type = CONF_KEY_GROUP, .def = "",
	  .doc = "whether clients have to show a certificate" },
	{ .path = "services.client_auth.mode", .type = CONF_KEY_STRING, .def = "none",
	  .choices = "none|request|require",
	  .doc = "none, request (a client may come without one) or require" },
	{ .path = "services.client_auth.ca", .type = CONF_KEY_STRING, .def = "",
	  .doc = "PEM file: the CAs whose clients are taken; needed unless mode is none" },
	{ .path = "services.client_auth.crl", .type = CONF_KEY_STRINGS, .def = "[]",
	  .doc = "PEM files: revocation lists of these CAs" },
	{ .path = "services.client_auth.allow", .type = CONF_KEY_LATER },

	{ .path = "services.backends", .type = CONF_KEY_MIXED,
	  .doc = "where connections go, in turn: HOST:PORT, unix:PATH or { address = ...; }; at least one" },
	{ .path = "services.backends.address", .type = CONF_KEY_STRING,
	  .doc = "HOST:PORT or unix:PATH" },
	{ .path = "services.backends.weight", .type = CONF_KEY_LATER },
	{ .path = "services.backends.tls", .type = CONF_KEY_LATER },

	{ .path = "services.send_proxy", .type = CONF_KEY_STRING, .def = "none",
	  .choices = "none|v1|v2",
	  .doc = "the PROXY header that backends get first: none, v1 or v2 (with what TLS is spoken)" },

	{ .path = "services.timeouts", .type = CONF_KEY_GROUP, .def = "", .doc = "how long to wait" },
	{ .path = "services.timeouts.handshake", .type = CONF_KEY_SECONDS, .def = "10.0",
	  .unit = "seconds", .min = 0.1, .max = 3600,
	  .doc = "for the whole TLS handshake" },
	{ .path = "services.timeouts.connect", .type = CONF_KEY_SECONDS, .def = "5.0",
	  .unit = "seconds", .min = 0.1, .max = 3600,
	  .doc = "for a backend to take the connection" },
	{ .path = "services.timeouts.idle", .type = CONF_KEY_SECONDS, .def = "300.0",
	  .unit = "seconds", .min = 0, .max = 604800,
	  .doc = "without a byte in either direction; 0: no limit" },
	{ .path = "services.timeouts.drain", .type = CONF_KEY_SECONDS, .def = "30.0",
	  .unit = "seconds", .min = 0, .max = 86400,
	  .doc = "for open connections when the daemon ends; 0: they are cut" },

	{ .path = "services.accept_proxy", .type = CONF_KEY_LATER },
	{ .path = "services.balance", .type = CONF_KEY_LATER },
	{ .path = "services.health", .type = CONF_KEY_LATER },
	{ .path = "services.routes", .type = CONF_KEY_LATER },
	{ .path = "services.limits", .type = CONF_KEY_LATER },
};
/* clang-format on */
const unsigned conf_n_keys = sizeof(conf_keys) / sizeof(conf_keys[0]);

#define NAME_MAX_LEN 32

static const char *last_name(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot != NULL ? dot + 1 : path;
}

/* True if the key stands directly in the group at path. */
static bool stands_in(const struct conf_key *key, const char *path)
{
	size_t len = strlen(path);
	size_t folder_len = (size_t)(last_name(key->path) - key->path);

	if (len == 0)
		return folder_len == 0;
	return folder_len == len + 1 && strncmp(key->path, path, len) == 0;
}

const struct conf_key *conf_keys_find(const char *path, const char *name)
{
	for (unsigned i = 0; i < conf_n_keys; i++)
		if (stands_in(&conf_keys[i], path) &&
		    strcmp(last_name(conf_keys[i].path), name) == 0)
			return &conf_keys[i];
	return NULL;
}

static unsigned smallest(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Letters to change, add or remove to get from one name to the other. */
static unsigned distance(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);
	unsigned row[NAME_MAX_LEN + 1];

	if (a_len > NAME_MAX_LEN || b_len > NAME_MAX_LEN)
		return NAME_MAX_LEN;
	for (unsigned k = 0; k <= b_len; k++)
		row[k] = k;
	for (unsigned i = 1; i <= a_len; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned k = 1; k <= b_len; k++) {
			unsigned above = row[k];

			row[k] =
			    smallest(above + 1, row[k - 1] + 1, diagonal + (a[i - 1] != b[k - 1]));
			diagonal = above;
		}
	}
	return row[b_len];
}

static bool guessable(const struct conf_key *key)
{
	return key->type != CONF_KEY_LATER;
}

const struct conf_key *conf_keys_guess(const char *path, const char *name)
{
	const struct conf_key *best = NULL;
	unsigned best_distance = strlen(name) < 4 ? 2 : 3;

	for (unsigned i = 0; i < conf_n_keys; i++) {
		const struct conf_key *key = &conf_keys[i];
		unsigned d = distance(last_name(key->path), name);

		if (!guessable(key) || !stands_in(key, path) || d >= best_distance)
			continue;
		best = key;
		best_distance = d;
	}
	for (unsigned i = 0; i < conf_n_keys && best == NULL; i++)
		if (guessable(&conf_keys[i]) && strcmp(last_name(conf_keys[i].path), name) == 0)
			best = &conf_keys[i];
	return best;
}

int conf_keys_choice(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (int i = 0; words != NULL; i++) {
		size_t n = strcspn(words, "|");

		if (n == len && strncmp(words, word, n) == 0)
			return i;
		words = words[n] == '|' ? words + n + 1 : NULL;
	}
	return -1;
}

/* conf.h - the configuration: plain structs, made from a file and never changed afterwards.
 *
 * conf_load checks everything that can be checked without touching the network: whoever holds a
 * struct conf need not check it again. All problems of a file are found in one go, each one line
 * "file:line: what is wrong". Nothing of libconfig shows here. Keys, defaults and units are in the
 * table of conf/keys.c, and for people in quench.conf(5).
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "source.h"
#include "tls/tls.h"

/* Where something was written. file lives as long as the struct conf. line 0: a default. place
 * counts through the whole configuration, included files at their place. */
struct conf_origin {
	const char *file;
	unsigned line;
	unsigned place;
};

enum conf_address_kind { CONF_ADDRESS_INET, CONF_ADDRESS_UNIX, CONF_ADDRESS_FD };

/* "192.0.2.1:443", "[2001:db8::1]:443", "name.example:443" (backends only), "unix:/path",
 * "fd:NAME" (listen only: sockets that systemd has bound). */
struct conf_address {
	enum conf_address_kind kind;
	char *host;    /* without brackets; NULL for a unix socket */
	uint16_t port; /* listen: 0 lets the kernel choose; backends: never 0 */
	char *path; /* unix only: absolute, or under the configuration's folder; NULL otherwise */
	char *fd_name; /* fd only */
	char *text; /* as it was written */
	struct sockaddr_storage sa; /* ready for bind or connect when sa_len > 0 */
	socklen_t sa_len;           /* 0: host is a name that has to be resolved (backends only) */
	struct conf_origin origin;
};

enum conf_log_target { CONF_LOG_AUTO, CONF_LOG_STDERR, CONF_LOG_FILE, CONF_LOG_JOURNAL, CONF_LOG_SYSLOG };
enum conf_log_format { CONF_LOG_TEXT, CONF_LOG_JSON };
enum conf_log_level { CONF_LOG_ERROR, CONF_LOG_WARNING, CONF_LOG_INFO, CONF_LOG_DEBUG };

struct conf_log {
	enum conf_log_target target;
	char *path; /* CONF_LOG_FILE only; NULL otherwise */
	enum conf_log_format format;
	enum conf_log_level level; /* this and what stands before it is logged */
	bool connections;          /* one line per connection end */
	struct conf_origin origin;
};

/* Where a running daemon can be asked. */
struct conf_admin {
	char *socket; /* path of quenchctl's; "": none */
	bool socket_given; /* it stands in the file: it has to be had */
	bool has_http;
	struct conf_address http; /* /metrics and the status page */
	struct conf_origin socket_origin;
	struct conf_origin origin;
};

/* What the keys of session tickets are made from; wiped by conf_free. */
struct conf_tickets {
	tls_datum_t seed; /* 32 to 4096 bytes, not all zeros; NULL and 0: none is given */
	unsigned rotate_s;
	unsigned lifetime_s; /* 0: sessions are not resumed */
	struct conf_origin origin;
};

/* One certificate: an entry of certificates, or a NAME.pem of certificate_dir (origin: the folder's line).
 * Paths as opened: relative ones joined to the configuration's folder. */
struct conf_certificate {
	char *chain;
	char *key;
	char *staple; /* NULL: none */
	char *aside;  /* why it can't be used as its files are now; NULL: it can */
	bool served;  /* it is in the credentials: as its files are, or with aside as they were before */
	unsigned index; /* its number there */
	struct conf_origin origin;
};

struct conf_backend {
	struct conf_address address;
	struct conf_origin origin;
};

/* All in milliseconds. */
struct conf_timeouts {
	uint64_t handshake_ms; /* never 0 */
	uint64_t connect_ms;   /* never 0 */
	uint64_t idle_ms;      /* 0: no limit */
	uint64_t drain_ms;     /* 0: end at once */
	struct conf_origin origin;
};

enum conf_unknown_sni { CONF_UNKNOWN_SNI_DEFAULT, CONF_UNKNOWN_SNI_REFUSE };

enum conf_client_auth_mode {
	CONF_CLIENT_AUTH_NONE,
	CONF_CLIENT_AUTH_REQUEST, /* a client without a certificate is served, too */
	CONF_CLIENT_AUTH_REQUIRE
};

/* Whom to trust is in the credentials. */
struct conf_client_auth {
	enum conf_client_auth_mode mode;
	unsigned n_crls; /* revocation lists in the credentials */
	struct conf_origin origin;
};

/* What the tls group says. policy (in the service) has all of it but alpn and unknown_sni. */
struct conf_tls {
	char *policy; /* its name */
	tls_protocol_t min_version;
	tls_protocol_t max_version;
	enum conf_unknown_sni unknown_sni; /* credentials have it already */
	uint64_t lists; /* another number for other lists of suites or groups */
	struct conf_origin origin;
};

struct conf_service {
	char *name; /* unique; letters, digits, '.', '_', '-' */
	struct conf_address *listen;
	unsigned n_listen; /* at least 1 */
	struct conf_certificate *certificates; /* the list's, then the folder's by their names */
	unsigned n_certificates;               /* at least 1 */
	unsigned n_served;     /* of these: how many are in the credentials; at least 1 */
	char *certificate_dir; /* with its final '/'; NULL: none */
	struct conf_tls tls;
	struct conf_client_auth client_auth;
	struct conf_timeouts timeouts;
	struct conf_backend *backends;
	unsigned n_backends; /* at least 1 */
	unsigned send_proxy; /* version of the PROXY header that backends get; 0: none */

	/* Ready for sessions: tls_policy_set, tls_credentials_set, tls_alpn_set_protocols. Sessions
	 * hold the first two alive beyond conf_free; alpn is copied by the session. */
	tls_policy_t policy;
	tls_certificate_credentials_t credentials;
	tls_datum_t *alpn; /* NULL when n_alpn is 0 */
	unsigned n_alpn;
	struct conf_origin origin;
};

struct conf {
	char *path;       /* of the main file, as given */
	unsigned workers; /* 0: one per CPU this process may use */
	bool keeper;      /* private keys are not in the workers */
	char *user;       /* taken on when started as root; "" leaves it as it is */
	char *group;
	struct conf_origin user_origin;
	struct conf_origin group_origin;
	bool strict; /* a certificate that can't be used is an error */
	struct conf_log log;
	struct conf_admin admin;
	struct conf_tickets tickets;
	struct conf_service *services;
	unsigned n_services; /* at least 1 */

	char **files; /* names that origins point to: the main file and what it includes */
	unsigned n_files;
};

/* ---- What is wrong with a file ----------------------------------------------------------------
 */

enum conf_severity { CONF_ERROR, CONF_WARNING };

struct conf_message {
	enum conf_severity severity;
	char *text; /* "file:line: what is wrong" (or "file: ..."), printable ASCII, without a
		       newline */
	unsigned place;
};

/* Zero-initialise before use; conf_errors_clear releases the texts. Those of one load stand in the
 * order of the configuration's lines. At most CONF_MAX_ERRORS are kept; the last one then says so.
 */
#define CONF_MAX_ERRORS 200
#define CONF_MAX_WARNINGS 100 /* of these, so that errors find room behind any number of warnings */
struct conf_errors {
	struct conf_message *list;
	unsigned n;          /* messages in list */
	unsigned n_errors;   /* all that were CONF_ERROR */
	unsigned n_warnings; /* ... and CONF_WARNING */
	bool no_memory;    /* memory ran out: the list may be short; counts as an error */
};
void conf_errors_clear(struct conf_errors *errs);

/* ---- Loading ------------------------------------------------------------------------------------
 */

#define CONF_FILE_MAX_LEN (1u << 20) /* a configuration with what it includes; a PEM file */
#define CONF_FILE_LIST_MAX_LEN (32u << 20) /* CAs, revocation lists: the core's 16 MiB as PEM */

/* Reads and checks path, through source; NULL: conf_source_files. 0 and *out (released with
 * conf_free), also if there are warnings in errs; -1 and *out NULL if there is any error. errs grows;
 * messages already in it stay. */
int conf_load(struct conf **out, struct conf_errors *errs, const char *path,
    const struct conf_source *source);

/* The same from len bytes in memory, which messages call name. Relative paths are relative to the
 * working folder. CONF_TEXT_NO_FILES: no file is opened: @include is an error, certificates and folders
 * are not read and credentials stay empty (for tests and fuzzing). */
#define CONF_TEXT_NO_FILES 1u
int conf_load_text(struct conf **out, struct conf_errors *errs, const char *name, const char *text,
    size_t len, unsigned flags);

/* NULL is fine. */
void conf_free(struct conf *conf);

#endif

/* address.c - see address.h. Host names follow RFC 952 and RFC 1123 section 2.1, with '_' as well;
 * a name that ends in a numeric label can only be a mistyped IPv4 address. */
#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "files.h"
#include "mem.h"

const char conf_address_no_memory[] = "out of memory";

#define HOST_MAX_LEN 253
#define LABEL_MAX_LEN 63
#define FD_NAME_MAX_LEN 255

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool parse_port(uint16_t *port, const char *text)
{
	unsigned value = 0;
	size_t len = strlen(text);

	if (len == 0 || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_digit(text[i]))
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	*port = (uint16_t)value;
	return value <= UINT16_MAX;
}

static const char *check_name(const char *name)
{
	size_t label_len = 0;
	bool numeric = true;

	if (strlen(name) > HOST_MAX_LEN)
		return "the host name is too long";
	for (const char *p = name; *p != '\0'; p++) {
		if (*p == '.' && label_len == 0)
			return "the host name has an empty part";
		if (*p == '.' && p[1] == '\0')
			break;
		if (*p == '.') {
			label_len = 0;
			numeric = true;
			continue;
		}
		if (!is_digit(*p) && !is_letter(*p) && *p != '-' && *p != '_')
			return "the host name has a character that can't stand there";
		numeric = numeric && is_digit(*p);
		if (++label_len > LABEL_MAX_LEN)
			return "the host name has a part that is too long";
	}
	return numeric ? "not an IPv4 address" : NULL;
}

static void set_in(struct conf_address *address, const struct in_addr *in)
{
	struct sockaddr_in *sa = (struct sockaddr_in *)&address->sa;

	sa->sin_family = AF_INET;
	sa->sin_addr = *in;
	sa->sin_port = htons(address->port);
	address->sa_len = sizeof(*sa);
}

static void set_in6(struct conf_address *address, const struct in6_addr *in6)
{
	struct sockaddr_in6 *sa = (struct sockaddr_in6 *)&address->sa;

	sa->sin6_family = AF_INET6;
	sa->sin6_addr = *in6;
	sa->sin6_port = htons(address->port);
	address->sa_len = sizeof(*sa);
}

static const char *set_host(struct conf_address *address, bool bracketed, enum conf_address_use use)
{
	struct in_addr in;
	struct in6_addr in6;

	if (bracketed && inet_pton(AF_INET6, address->host, &in6) != 1)
		return "not an IPv6 address in the brackets";
	if (bracketed) {
		set_in6(address, &in6);
		return NULL;
	}
	if (strchr(address->host, ':') != NULL)
		return "an IPv6 address needs brackets: [ADDRESS]:PORT";
	if (inet_pton(AF_INET, address->host, &in) == 1) {
		set_in(address, &in);
		return NULL;
	}
	if (use == CONF_ADDRESS_BACKEND)
		return check_name(address->host);
	return "not an IP address (all addresses: 0.0.0.0:PORT or [::]:PORT)";
}

static const char *parse_inet(
    struct conf_address *address, const char *text, enum conf_address_use use)
{
	bool bracketed = text[0] == '[';
	const char *colon = strrchr(text, ':');
	size_t host_len;

	if (bracketed)
		colon = strstr(text, "]:") != NULL ? strstr(text, "]:") + 1 : NULL;
	if (colon == NULL)
		return "the port is missing: HOST:PORT";
	if (!parse_port(&address->port, colon + 1))
		return "the port is not a number up to 65535";
	if (address->port == 0 && use == CONF_ADDRESS_BACKEND)
		return "the port can't be 0";
	host_len = (size_t)(colon - text) - (bracketed ? 2 : 0);
	if (host_len == 0)
		return "the host is missing: HOST:PORT";
	address->kind = CONF_ADDRESS_INET;
	address->host = conf_mem_copy(text + bracketed, host_len);
	if (address->host == NULL)
		return conf_address_no_memory;
	return set_host(address, bracketed, use);
}

static const char *parse_unix(struct conf_address *address, const char *path, const char *folder)
{
	struct sockaddr_un *sa = (struct sockaddr_un *)&address->sa;
	size_t len;

	if (path[0] == '\0')
		return "the path is missing: unix:PATH";
	address->kind = CONF_ADDRESS_UNIX;
	address->path = conf_files_join(folder, path);
	if (address->path == NULL)
		return conf_address_no_memory;
	len = strlen(address->path);
	if (len >= sizeof(sa->sun_path))
		return "the path is too long for a unix socket (107 bytes)";
	sa->sun_family = AF_UNIX;
	memcpy(sa->sun_path, address->path, len + 1);
	address->sa_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	return NULL;
}

/* FileDescriptorName= of systemd.socket(5). */
static const char *parse_fd(struct conf_address *address, const char *name)
{
	if (name[0] == '\0')
		return "the name is missing: fd:NAME, as FileDescriptorName= of the socket unit";
	if (strlen(name) > FD_NAME_MAX_LEN)
		return "the name is longer than 255 bytes";
	for (const char *p = name; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || *p == ':')
			return "the name has a character that can't stand in FileDescriptorName=";
	if (strncmp(name, "quench-", 7) == 0)
		return "names that begin with quench- are our own";
	address->kind = CONF_ADDRESS_FD;
	address->fd_name = conf_mem_text(name);
	return address->fd_name != NULL ? NULL : conf_address_no_memory;
}

const char *conf_address_parse(
    struct conf_address *address, const char *text, enum conf_address_use use, const char *folder)
{
	const char *reason;

	if (strncmp(text, "fd:", 3) == 0 && use == CONF_ADDRESS_LISTEN)
		reason = parse_fd(address, text + 3);
	else if (strncmp(text, "unix:", 5) == 0)
		reason = parse_unix(address, text + 5, folder);
	else
		reason = parse_inet(address, text, use);
	if (reason == NULL) {
		address->text = conf_mem_text(text);
		if (address->text == NULL)
			reason = conf_address_no_memory;
	}
	if (reason != NULL)
		conf_address_clear(address);
	return reason;
}

void conf_address_clear(struct conf_address *address)
{
	conf_mem_free(address->host);
	conf_mem_free(address->path);
	conf_mem_free(address->fd_name);
	conf_mem_free(address->text);
	*address = (struct conf_address){0};
}

bool conf_address_clash(const struct conf_address *a, const struct conf_address *b)
{
	if (a->kind == CONF_ADDRESS_FD && b->kind == CONF_ADDRESS_FD)
		return strcmp(a->fd_name, b->fd_name) == 0;
	if (a->kind != b->kind || a->sa_len == 0 || a->sa_len != b->sa_len)
		return false;
	if (a->kind == CONF_ADDRESS_INET && a->port == 0)
		return false;
	return memcmp(&a->sa, &b->sa, a->sa_len) == 0;
}

/* load.c - from a file to a struct conf: read, parse, check what is known, then fill section by
 * section. Nothing stops at the first fault but what has no meaning without it: the file itself and
 * its syntax. */
#include "conf.h"

#include <string.h>

#include "errors.h"
#include "files.h"
#include "mem.h"
#include "service.h"
#include "value.h"

#define NEAR_MAX_LEN 40

static void copy_string(
    char **out, struct conf_origin *origin, const struct conf_group *group, const char *name)
{
	*out = conf_mem_text(conf_value_string(group, name, origin));
	if (*out == NULL)
		conf_errors_no_memory(group->l->errs);
}

static void load_log_target(struct conf_log *log, const struct conf_group *group)
{
	static const enum conf_log_target targets[] = {
	    CONF_LOG_AUTO, CONF_LOG_STDERR, CONF_LOG_JOURNAL, CONF_LOG_SYSLOG};
	static const char file[] = "file:";
	struct conf_origin origin;
	const char *target = conf_value_string(group, "target", &origin);
	struct conf_loader *l = group->l;

	if (strncmp(target, file, strlen(file)) != 0) {
		log->target = targets[conf_value_choice(group, "target")];
		return;
	}
	log->target = CONF_LOG_FILE;
	if (target[strlen(file)] == '\0')
		conf_errors_add(
		    l->errs, CONF_ERROR, &origin, "log.target: the path is missing: file:PATH");
	log->path = conf_files_join(l->folder, target + strlen(file));
	if (log->path == NULL)
		conf_errors_no_memory(l->errs);
}

static void load_log(struct conf_log *log, const struct conf_group *top)
{
	static const enum conf_log_level levels[] = {
	    CONF_LOG_ERROR, CONF_LOG_WARNING, CONF_LOG_INFO, CONF_LOG_DEBUG};
	struct conf_group group = conf_value_group(top, "log");

	log->origin = group.origin;
	load_log_target(log, &group);
	log->format = conf_value_choice(&group, "format") == 1 ? CONF_LOG_JSON : CONF_LOG_TEXT;
	log->level = levels[conf_value_choice(&group, "level")];
	log->connections = conf_value_bool(&group, "connections");
}

static void load_all(struct conf_loader *l, const config_setting_t *root)
{
	struct conf_group top = conf_value_top(l, root);

	conf_value_check(l, root);
	l->conf->workers = conf_value_int(&top, "workers");
	l->conf->keeper = conf_value_bool(&top, "keeper");
	copy_string(&l->conf->user, &l->conf->user_origin, &top, "user");
	copy_string(&l->conf->group, &l->conf->group_origin, &top, "group");
	l->conf->strict = conf_value_bool(&top, "strict");
	load_log(&l->conf->log, &top);
	conf_admin_load(l, &top);
	conf_tickets_load(l, &top);
	conf_service_load_all(l, &top);
}

/* libconfig's one finding, at the token it stumbled over. */
static void report_syntax(struct conf_loader *l, const config_t *parsed)
{
	unsigned line = (unsigned)config_error_line(parsed);
	struct conf_origin origin = conf_text_origin(&l->text, line);
	const char *token;

	if (l->text.n_tokens == 0 || line > l->text.n_tokens) {
		origin.file = origin.file != NULL ? origin.file : l->conf->path;
		conf_errors_add(l->errs, CONF_ERROR, &origin, "%s at the end of the file",
		    config_error_text(parsed));
		return;
	}
	token = l->text.data + l->text.tokens[line - 1].at;
	conf_errors_add(l->errs, CONF_ERROR, &origin, "%s at %.*s", config_error_text(parsed),
	    (int)strnlen(
		token, strcspn(token, "\n") < NEAR_MAX_LEN ? strcspn(token, "\n") : NEAR_MAX_LEN),
	    token);
}

static void parse(struct conf_loader *l)
{
	config_t parsed;

	config_init(&parsed);
	if (config_read_string(&parsed, l->text.data) == CONFIG_TRUE)
		load_all(l, config_root_setting(&parsed));
	else
		report_syntax(l, &parsed);
	config_destroy(&parsed);
}

static struct conf *new_conf(const char *path)
{
	struct conf *conf = conf_mem_zalloc(sizeof(*conf));

	if (conf == NULL)
		return NULL;
	conf->path = conf_mem_text(path);
	if (conf->path != NULL)
		return conf;
	conf_mem_free(conf);
	return NULL;
}

/* What a load is made of besides its text. */
struct request {
	const char *name;
	const char *folder; /* where relative paths start */
	const struct conf_source *source;
	unsigned flags;
};

static int load(struct conf **out, struct conf_errors *errs, const struct request *r,
    const char *bytes, size_t len)
{
	struct conf_loader l = {.conf = new_conf(r->name),
	    .errs = errs,
	    .folder = r->folder,
	    .source = r->source,
	    .flags = r->flags};
	struct conf_text_source source = {.conf = l.conf,
	    .errs = errs,
	    .folder = r->folder,
	    .files = r->source,
	    .flags = r->flags};
	unsigned first = errs->n, before = errs->n_errors;

	*out = NULL;
	if (l.conf == NULL) {
		conf_errors_no_memory(errs);
		return -1;
	}
	if (conf_text_make(&l.text, &source, r->name, bytes, len) == 0)
		parse(&l);
	conf_text_clear(&l.text);
	conf_errors_sort(errs, first);
	if (errs->n_errors == before) {
		*out = l.conf;
		return 0;
	}
	conf_free(l.conf);
	return -1;
}

int conf_load_text(struct conf **out, struct conf_errors *errs, const char *name, const char *text,
    size_t len, unsigned flags)
{
	struct conf_origin origin = {.file = name};
	struct request r = {name, "", &conf_source_files, flags};

	*out = NULL;
	if (len > CONF_FILE_MAX_LEN) {
		conf_errors_add(errs, CONF_ERROR, &origin, "larger than 1 MiB");
		return -1;
	}
	return load(out, errs, &r, text, len);
}

int conf_load(struct conf **out, struct conf_errors *errs, const char *path,
    const struct conf_source *source)
{
	struct conf_origin origin = {.file = path};
	struct request r = {path, NULL, source != NULL ? source : &conf_source_files, 0};
	struct conf_file file = {0};
	char *folder;
	const char *reason;
	int result = -1;

	*out = NULL;
	reason = r.source->read(r.source->ptr, &file, CONF_SOURCE_MAIN, path);
	if (reason != NULL) {
		conf_errors_add(errs, CONF_ERROR, &origin, "%s", reason);
		return -1;
	}
	folder = conf_files_folder(path);
	r.folder = folder;
	if (folder != NULL)
		result = load(out, errs, &r, file.data, file.len);
	else
		conf_errors_no_memory(errs);
	conf_mem_free(folder);
	conf_source_drop(&file);
	return result;
}

void conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	for (unsigned i = 0; i < conf->n_services; i++)
		conf_service_clear(&conf->services[i]);
	for (unsigned i = 0; i < conf->n_files; i++)
		conf_mem_free(conf->files[i]);
	conf_files_drop((char *)conf->tickets.seed.data, conf->tickets.seed.size);
	conf_mem_free(conf->services);
	conf_mem_free(conf->files);
	conf_mem_free(conf->log.path);
	conf_admin_clear(&conf->admin);
	conf_mem_free(conf->user);
	conf_mem_free(conf->group);
	conf_mem_free(conf->path);
	conf_mem_free(conf);
}

/* value.c - see value.h. */
#include "value.h"

#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "keys.h"

static struct conf_origin origin_of(struct conf_loader *l, const config_setting_t *s)
{
	unsigned line = (unsigned)config_setting_source_line(s);

	if (config_setting_name(s) == NULL && config_setting_type(s) == CONFIG_TYPE_STRING)
		return conf_text_string_origin(&l->text, line);
	return conf_text_origin(&l->text, line);
}

/* ---- Checking ----------------------------------------------------------------------------------
 */

static void check_group(struct conf_loader *l, const config_setting_t *s, const char *path);

static const char *type_name(int type)
{
	switch (type) {
	case CONFIG_TYPE_GROUP:
		return "a group { }";
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "a whole number";
	case CONFIG_TYPE_FLOAT:
		return "a number with a fraction";
	case CONFIG_TYPE_STRING:
		return "a string";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	case CONFIG_TYPE_ARRAY:
		return "an array [ ]";
	default:
		return "a list ( )";
	}
}

static const char *wanted_name(enum conf_key_type type)
{
	static const char *const names[] = {
	    [CONF_KEY_GROUP] = "a group { }",
	    [CONF_KEY_LIST] = "a list of groups ( { }, ... )",
	    [CONF_KEY_MIXED] = "a list of strings and groups ( \"...\", { }, ... )",
	    [CONF_KEY_STRINGS] = "a list of strings [ \"...\", ... ]",
	    [CONF_KEY_STRING] = "a string in quotes",
	    [CONF_KEY_INT] = "a whole number",
	    [CONF_KEY_SECONDS] = "a number",
	    [CONF_KEY_BOOL] = "true or false",
	    [CONF_KEY_LATER] = "",
	};

	return names[type];
}

static bool is_sequence(const config_setting_t *s)
{
	return config_setting_is_list(s) || config_setting_is_array(s);
}

static bool fits(const config_setting_t *s, enum conf_key_type type)
{
	int is = config_setting_type(s);

	switch (type) {
	case CONF_KEY_GROUP:
		return is == CONFIG_TYPE_GROUP;
	case CONF_KEY_LIST:
	case CONF_KEY_MIXED:
	case CONF_KEY_STRINGS:
		return is_sequence(s);
	case CONF_KEY_STRING:
		return is == CONFIG_TYPE_STRING;
	case CONF_KEY_INT:
		return is == CONFIG_TYPE_INT;
	case CONF_KEY_SECONDS:
		return is == CONFIG_TYPE_INT || is == CONFIG_TYPE_FLOAT;
	case CONF_KEY_BOOL:
		return is == CONFIG_TYPE_BOOL;
	default:
		return false;
	}
}

static bool element_fits(const config_setting_t *s, enum conf_key_type type)
{
	int is = config_setting_type(s);

	return (is == CONFIG_TYPE_GROUP && type != CONF_KEY_STRINGS) ||
	       (is == CONFIG_TYPE_STRING && type != CONF_KEY_LIST);
}

static void wrong_type(
    struct conf_loader *l, const config_setting_t *s, const struct conf_key *key, bool element)
{
	struct conf_origin origin = origin_of(l, s);

	conf_errors_add(l->errs, CONF_ERROR, &origin, "%s must be %s, not %s%s", key->path,
	    wanted_name(key->type), element ? "one with " : "", type_name(config_setting_type(s)));
}

static void check_value(
    struct conf_loader *l, const config_setting_t *s, const struct conf_key *key)
{
	if (!fits(s, key->type)) {
		wrong_type(l, s, key, false);
		return;
	}
	if (key->type == CONF_KEY_GROUP)
		check_group(l, s, key->path);
	if (!is_sequence(s))
		return;
	for (int i = 0; i < config_setting_length(s); i++) {
		const config_setting_t *element = config_setting_get_elem(s, (unsigned)i);

		if (!element_fits(element, key->type))
			wrong_type(l, element, key, true);
		else if (config_setting_is_group(element))
			check_group(l, element, key->path);
	}
}

static void unknown_key(struct conf_loader *l, const config_setting_t *s, const char *path)
{
	const char *name = config_setting_name(s);
	const char *dot = path[0] != '\0' ? "." : "";
	const struct conf_key *guess = conf_keys_guess(path, name);
	struct conf_origin origin = origin_of(l, s);

	if (guess != NULL)
		conf_errors_add(l->errs, CONF_ERROR, &origin,
		    "unknown key %s%s%s: did you mean %s?", path, dot, name, guess->path);
	else
		conf_errors_add(
		    l->errs, CONF_ERROR, &origin, "unknown key %s%s%s", path, dot, name);
}

static void check_group(struct conf_loader *l, const config_setting_t *s, const char *path)
{
	for (int i = 0; i < config_setting_length(s); i++) {
		const config_setting_t *member = config_setting_get_elem(s, (unsigned)i);
		const struct conf_key *key = conf_keys_find(path, config_setting_name(member));
		struct conf_origin origin = origin_of(l, member);

		if (key == NULL)
			unknown_key(l, member, path);
		else if (key->type == CONF_KEY_LATER)
			conf_errors_add(l->errs, CONF_ERROR, &origin,
			    "%s is not supported by this version", key->path);
		else
			check_value(l, member, key);
	}
}

void conf_value_check(struct conf_loader *l, const config_setting_t *root)
{
	check_group(l, root, "");
}

/* ---- Reading -----------------------------------------------------------------------------------
 */

/* The key's setting if it is there and of the right type. */
static const config_setting_t *find(
    const struct conf_group *group, const struct conf_key *key, const char *name)
{
	const config_setting_t *s;

	if (group->setting == NULL)
		return NULL;
	s = config_setting_get_member(group->setting, name);
	return s != NULL && fits(s, key->type) ? s : NULL;
}

bool conf_value_is_there(const struct conf_group *group, const char *name)
{
	return group->setting != NULL && config_setting_get_member(group->setting, name) != NULL;
}

static void note_origin(
    const struct conf_group *group, const config_setting_t *s, struct conf_origin *origin)
{
	if (origin != NULL)
		*origin = s != NULL ? origin_of(group->l, s) : group->origin;
}

struct conf_group conf_value_top(struct conf_loader *l, const config_setting_t *root)
{
	return (struct conf_group){
	    .l = l, .setting = root, .path = "", .origin = {.file = l->conf->path}};
}

struct conf_group conf_value_group(const struct conf_group *group, const char *name)
{
	const struct conf_key *key = conf_keys_find(group->path, name);
	struct conf_group found = {.l = group->l, .path = key->path};

	found.setting = find(group, key, name);
	note_origin(group, found.setting, &found.origin);
	return found;
}

const char *conf_value_string(
    const struct conf_group *group, const char *name, struct conf_origin *origin)
{
	const struct conf_key *key = conf_keys_find(group->path, name);
	const config_setting_t *s = find(group, key, name);
	struct conf_origin where;

	note_origin(group, s, &where);
	note_origin(group, s, origin);
	if (s == NULL && key->def == NULL && !conf_value_is_there(group, name))
		conf_errors_add(group->l->errs, CONF_ERROR, &where, "%s is missing", key->path);
	if (s == NULL)
		return key->def;
	if (key->def == NULL && config_setting_get_string(s)[0] == '\0') {
		conf_errors_add(group->l->errs, CONF_ERROR, &where, "%s is empty", key->path);
		return NULL;
	}
	return config_setting_get_string(s);
}

bool conf_value_bool(const struct conf_group *group, const char *name)
{
	const struct conf_key *key = conf_keys_find(group->path, name);
	const config_setting_t *s = find(group, key, name);

	return s != NULL ? config_setting_get_bool(s) != 0 : strcmp(key->def, "true") == 0;
}

/* The key's number, or its default if it is missing or out of range. */
static double number(const struct conf_group *group, const char *name)
{
	const struct conf_key *key = conf_keys_find(group->path, name);
	const config_setting_t *s = find(group, key, name);
	struct conf_origin origin;
	double value;

	if (s == NULL)
		return strtod(key->def, NULL);
	value = config_setting_type(s) == CONFIG_TYPE_INT ? config_setting_get_int(s)
							  : config_setting_get_float(s);
	if (value >= key->min && value <= key->max)
		return value;
	note_origin(group, s, &origin);
	conf_errors_add(group->l->errs, CONF_ERROR, &origin, "%s must be from %g to %g%s%s, not %g",
	    key->path, key->min, key->max, key->unit != NULL ? " " : "",
	    key->unit != NULL ? key->unit : "", value);
	return strtod(key->def, NULL);
}

unsigned conf_value_int(const struct conf_group *group, const char *name)
{
	return (unsigned)number(group, name);
}

uint64_t conf_value_ms(const struct conf_group *group, const char *name)
{
	return (uint64_t)(number(group, name) * 1000.0 + 0.5);
}

void conf_value_bad_choice(const struct conf_group *group, const char *name)
{
	const struct conf_key *key = conf_keys_find(group->path, name);
	struct conf_origin origin;
	const char *value = conf_value_string(group, name, &origin);

	if (conf_keys_choice(key->later, value) >= 0)
		conf_errors_add(group->l->errs, CONF_ERROR, &origin,
		    "%s: \"%s\" is not supported by this version: %s", key->path, value, key->doc);
	else
		conf_errors_add(group->l->errs, CONF_ERROR, &origin, "%s: unknown value \"%s\": %s",
		    key->path, value, key->doc);
}

int conf_value_choice(const struct conf_group *group, const char *name)
{
	const struct conf_key *key = conf_keys_find(group->path, name);
	int choice = conf_keys_choice(key->choices, conf_value_string(group, name, NULL));

	if (choice >= 0)
		return choice;
	conf_value_bad_choice(group, name);
	return conf_keys_choice(key->choices, key->def);
}

unsigned conf_value_n_items(const struct conf_group *group, const char *name)
{
	const struct conf_key *key = conf_keys_find(group->path, name);
	const config_setting_t *s = find(group, key, name);
	struct conf_origin origin;

	note_origin(group, s, &origin);
	if (s == NULL && key->def == NULL && !conf_value_is_there(group, name))
		conf_errors_add(group->l->errs, CONF_ERROR, &origin, "%s is missing", key->path);
	if (s == NULL)
		return 0;
	if (key->def == NULL && config_setting_length(s) == 0)
		conf_errors_add(group->l->errs, CONF_ERROR, &origin, "%s is empty", key->path);
	return (unsigned)config_setting_length(s);
}

struct conf_item conf_value_item(const struct conf_group *group, const char *name, unsigned index)
{
	const struct conf_key *key = conf_keys_find(group->path, name);
	const config_setting_t *list = find(group, key, name);
	const config_setting_t *s = config_setting_get_elem(list, index);
	struct conf_item item = {.group = {.l = group->l, .path = key->path}};

	item.origin = origin_of(group->l, s);
	item.group.origin = item.origin;
	if (!element_fits(s, key->type))
		return item;
	if (config_setting_is_group(s))
		item.group.setting = s;
	else
		item.string = config_setting_get_string(s);
	return item;
}

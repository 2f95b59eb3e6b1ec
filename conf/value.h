/* value.h - what stands in the file, key by key. The only header that shows libconfig.
 *
 * conf_value_check goes through the whole file once and reports what is unknown or of the wrong
 * type. After that the functions here read single values: what is missing or was reported gives its
 * default, so that nobody has to look twice and nothing is reported twice.
 */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include <libconfig.h>

#include "conf.h"
#include "text.h"

struct conf_loader {
	struct conf *conf;
	struct conf_errors *errs;
	const char *folder; /* where relative paths start: "" or with the final '/' */
	const struct conf_source *source;
	unsigned flags;
	struct conf_text text;
};

/* A group of the file, or what stands for one that is missing (setting NULL). */
struct conf_group {
	struct conf_loader *l;
	const config_setting_t *setting;
	const char *path; /* of the key table; "" at the top */
	struct conf_origin origin;
};

/* One element of a list: a string or a group. */
struct conf_item {
	const char *string; /* NULL: it is the group */
	struct conf_group group;
	struct conf_origin origin;
};

void conf_value_check(struct conf_loader *l, const config_setting_t *root);

/* The group called name in group; at the top: of root. */
struct conf_group conf_value_top(struct conf_loader *l, const config_setting_t *root);
struct conf_group conf_value_group(const struct conf_group *group, const char *name);

/* True if the key is there, of whatever type: then all has been said about its type. */
bool conf_value_is_there(const struct conf_group *group, const char *name);

/* Single values; origin (may be NULL) tells where it was written, or the group for a default. A
 * string that must be there and isn't is reported and gives NULL; an empty one where the key has no
 * default, too. */
const char *conf_value_string(
    const struct conf_group *group, const char *name, struct conf_origin *origin);
bool conf_value_bool(const struct conf_group *group, const char *name);
/* Out of range is reported and gives the default. */
unsigned conf_value_int(const struct conf_group *group, const char *name);
uint64_t conf_value_ms(const struct conf_group *group, const char *name);
/* The number of the string among the key's choices; another one is reported and gives the
 * default's. */
int conf_value_choice(const struct conf_group *group, const char *name);
/* Reports a string that is none of the key's choices. */
void conf_value_bad_choice(const struct conf_group *group, const char *name);

/* Elements of a list or array: how many, and each. 0 if it is missing; missing without a default,
 * or empty then, is reported. An element of the wrong type (reported already) has neither string
 * nor group. */
unsigned conf_value_n_items(const struct conf_group *group, const char *name);
struct conf_item conf_value_item(const struct conf_group *group, const char *name, unsigned index);

#endif

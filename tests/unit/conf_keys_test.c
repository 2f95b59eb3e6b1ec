#include "unit.h"

#include "conf_case.h"

#include "conf/keys.h"

static void test_find(void **state)
{
	(void)state;
	for (unsigned i = 0; i < conf_n_keys; i++) {
		const char *path = conf_keys[i].path;
		const char *dot = strrchr(path, '.');
		char parent[64] = "";

		if (dot != NULL)
			memcpy(parent, path, (size_t)(dot - path));
		assert_ptr_equal(
		    conf_keys_find(parent, dot != NULL ? dot + 1 : path), &conf_keys[i]);
		assert_true(conf_keys[i].type == CONF_KEY_LATER || conf_keys[i].doc != NULL);
	}
	assert_null(conf_keys_find("", "name"));
	assert_null(conf_keys_find("services", "workers"));
	assert_null(conf_keys_find("services", "tls.policy"));
	assert_null(conf_keys_find("service", "s.name"));
	assert_null(conf_keys_find("", ""));
}

static void test_guess(void **state)
{
	static const struct {
		const char *path, *name, *guess;
	} table[] = {
	    {"", "worker", "workers"},
	    {"", "wrokers", "workers"},
	    {"", "service", "services"},
	    {"services", "certificate", "services.certificates"},
	    {"services", "backend", "services.backends"},
	    {"services", "policy", "services.tls.policy"},
	    {"services", "idle", "services.timeouts.idle"},
	    {"services.tls", "cipher_suites", "services.tls.ciphersuites"},
	    {"services.tls", "cipher_suits", "services.tls.ciphersuites"},
	    {"", "completely_different", NULL},
	    {"", "xyz", NULL},
	    {"", "a_name_that_is_longer_than_any_key_has_a_right_to_be", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct conf_key *key = conf_keys_guess(table[i].path, table[i].name);

		if (table[i].guess == NULL)
			assert_null(key);
		else if (key == NULL)
			fail_msg("nothing for %s", table[i].name);
		else
			assert_string_equal(key->path, table[i].guess);
	}
}

static void test_choice(void **state)
{
	(void)state;
	assert_int_equal(conf_keys_choice("a|bc|d", "a"), 0);
	assert_int_equal(conf_keys_choice("a|bc|d", "bc"), 1);
	assert_int_equal(conf_keys_choice("a|bc|d", "d"), 2);
	assert_int_equal(conf_keys_choice("a|bc|d", "b"), -1);
	assert_int_equal(conf_keys_choice("a|bc|d", "bcd"), -1);
	assert_int_equal(conf_keys_choice("a|bc|d", ""), -1);
	assert_int_equal(conf_keys_choice("|bc", ""), 0);
	assert_int_equal(conf_keys_choice("|bc", "bc"), 1);
	assert_int_equal(conf_keys_choice(NULL, "a"), -1);
}

/* The default as it stands in a file. */
static void written(char *out, size_t room, const struct conf_key *key)
{
	const char *quote = key->type == CONF_KEY_STRING ? "\"" : "";

	snprintf(out, room, "%s%s%s", quote, key->def, quote);
}

static bool is_served_value(const struct conf_key *key)
{
	return key->type != CONF_KEY_LATER && key->type != CONF_KEY_GROUP;
}

/* Where the sample writes the key at path, behind the start of each group it is in; NULL if
 * nowhere. */
static const char *in_sample(const char *text, const char *path)
{
	const char *name = path;
	char line[80];

	for (const char *dot; (dot = strchr(name, '.')) != NULL && text != NULL; name = dot + 1) {
		snprintf(line, sizeof(line), "%.*s", (int)(dot - name), name);
		text = strstr(text, line);
	}
	snprintf(line, sizeof(line), "%s = ", name);
	return text != NULL ? strstr(text, line) : NULL;
}

static void test_sample_has_every_default(void **state)
{
	static char sample[CASE_MAX_LEN];
	char def[64], line[160];

	(void)state;
	case_source(sample, "conf/quench.conf");
	for (unsigned i = 0; i < conf_n_keys; i++) {
		const struct conf_key *key = &conf_keys[i];
		const char *at = is_served_value(key) ? in_sample(sample, key->path) : NULL;

		if (!is_served_value(key))
			continue;
		if (at == NULL)
			fail_msg("%s is not in conf/quench.conf", key->path);
		if (key->def == NULL)
			continue;
		written(def, sizeof(def), key);
		snprintf(line, sizeof(line), "%s = %s; ",
		    strrchr(key->path, '.') != NULL ? strrchr(key->path, '.') + 1 : key->path, def);
		if (strncmp(at, line, strlen(line)) != 0)
			fail_msg("%s: the sample has %.40s, the default is %s", key->path, at, def);
	}
}

static void test_man_page_has_every_key(void **state)
{
	static char page[CASE_MAX_LEN];
	char line[160];

	(void)state;
	case_source(page, "doc/quench.conf.5");
	for (unsigned i = 0; i < conf_n_keys; i++) {
		const struct conf_key *key = &conf_keys[i];
		const char *at, *end;
		char def[64];

		snprintf(line, sizeof(line),
		    key->type == CONF_KEY_LATER ? "\n.Cm %s " : "\n.It Cm %s No =", key->path);
		at = strstr(page, line);
		if (at == NULL)
			fail_msg("%s is not in doc/quench.conf.5", key->path);
		if (key->type == CONF_KEY_LATER || key->type == CONF_KEY_GROUP)
			continue;
		written(def, sizeof(def), key);
		snprintf(
		    line, sizeof(line), key->def != NULL ? "\nDefault: %s.\n" : "\nRequired", def);
		end = strstr(at, line);
		if (end == NULL ||
		    (strstr(at + 1, "\n.It Cm") != NULL && strstr(at + 1, "\n.It Cm") < end))
			fail_msg(
			    "doc/quench.conf.5 doesn't say \"%s\" for %s", line + 1, key->path);
	}
}

static void test_sample_loads(void **state)
{
	static char sample[CASE_MAX_LEN];

	(void)state;
	case_source(sample, "conf/quench.conf");
	case_expect(sample, "");
}

static void test_examples_load(void **state)
{
	static const char *const names[] = {"minimal", "nginx", "two-services"};
	static char text[CASE_MAX_LEN];
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "conf/examples/%s.conf", names[i]);
		case_source(text, path);
		case_expect(text, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_find),
	    cmocka_unit_test(test_guess),
	    cmocka_unit_test(test_choice),
	    cmocka_unit_test(test_sample_has_every_default),
	    cmocka_unit_test(test_man_page_has_every_key),
	    cmocka_unit_test(test_sample_loads),
	    cmocka_unit_test(test_examples_load),
	};

	return cmocka_run_group_tests_name("conf_keys", tests, NULL, NULL);
}

/* batch_fuzz.c - a line of quenchctl verify --batch: from JSON to the answer.
 *
 * Checked: there is an answer, one line of printable ASCII, that is an object with either an error or a result.
 */
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/batch.h"
#include "fuzz.h"

#define NOW 1795269967

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *result;
	json_t *answer;
	char *text;
	bool bad;

	text = px_batch_answer(&bad, (const char *)data, size, NOW);
	assert(text != NULL);
	for (const char *p = text; *p != '\0'; p++)
		assert(*p >= 0x20 && *p < 0x7f);
	answer = json_loads(text, 0, NULL);
	assert(json_is_object(answer) && json_object_get(answer, "id") != NULL);
	assert(bad == json_is_string(json_object_get(answer, "error")));
	result = json_string_value(json_object_get(answer, "result"));
	assert(bad == (result == NULL));
	assert(bad || strcmp(result, "SUCCESS") == 0 || strcmp(result, "FAILURE") == 0);
	assert(bad || json_is_string(json_object_get(answer, "reason")));
	json_decref(answer);
	free(text);
	return 0;
}

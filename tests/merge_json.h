#ifndef TESTS_MERGE_JSON_H
#define TESTS_MERGE_JSON_H

#include <math.h>

#include "tests/tap.h"
#include "yamlmerge/document.h"
#include "yamlmerge/merge.h"
#include "yamlmerge/scalar.h"

/* Is a merged tree the same as a JSON value?  Numbers as doubles, the sign of zero too (hubmerge 1.5); order does not count. */
static inline double
json_number(const struct scalar *scalar)
{
	return scalar->type == SCALAR_INT ? (double)scalar->integer : scalar->real;
}

static inline bool
json_same_scalar(const struct node *json, const struct merge_value *value)
{
	CLEANUP(arena_release) struct arena	store = ARENA(MIB);
	struct error				err = ERROR_INIT;
	struct scalar				scalar;
	double					number;

	if (scalar_resolve(json, &scalar_table_json, &store, &scalar, &err) != 0)
		return false;
	switch (value->kind) {
	case MERGE_NULL:
		return scalar.type == SCALAR_NULL;
	case MERGE_BOOL:
		return scalar.type == SCALAR_BOOL && scalar.boolean == value->boolean;
	case MERGE_NUMBER:
		number = json_number(&scalar);
		return (scalar.type == SCALAR_INT || scalar.type == SCALAR_FLOAT) && number == value->number &&
		    signbit(number) == signbit(value->number);
	case MERGE_STRING:
		return scalar.type == SCALAR_STRING && slice_eq(scalar.text, value->text);
	case MERGE_LIST:
	case MERGE_MAP:
		break;
	}
	return false;
}

static inline bool
json_same(const struct node *json, const struct merge_value *value)
{
	const struct node		*child;
	const struct merge_value	*mine = value->child;
	uint32_t			 count = 0;

	if (json->kind == NODE_SCALAR)
		return json_same_scalar(json, value);
	if (value->kind != (json->kind == NODE_MAP ? MERGE_MAP : MERGE_LIST))
		return false;
	for (child = json->child; child != NULL; child = child->next, count++) {
		if (json->kind == NODE_MAP)
			mine = merge_member(value, child->key->text);
		if (mine == NULL || !json_same(child, mine))
			return false;
		if (json->kind == NODE_LIST)
			mine = mine->next;
	}
	return count == value->count;
}

/* The printed form, for diagnostics. */
static inline void
json_show(const struct merged *merged)
{
	CLEANUP(buf_release) struct buf	text = BUF(LIMIT_DOCUMENT);
	struct error			err = ERROR_INIT;

	if (merged->root != NULL && merge_print(merged, &text, &err) == 0)
		tap_show("merged", text.data, text.len);
}

#endif

#include "base/num.h"
#include "kms/server_fault.h"

static const struct {
	const char		*name;
	enum server_fault_kind	 kind;
} kinds[] = {
	{ "throttle", SERVER_FAULT_THROTTLE },
	{ "500", SERVER_FAULT_500 },
	{ "deny", SERVER_FAULT_DENY },
	{ "slow", SERVER_FAULT_SLOW },
	{ "cut", SERVER_FAULT_CUT },
	{ "drop", SERVER_FAULT_DROP },
	{ "garbage", SERVER_FAULT_GARBAGE },
};

static int
parse_kind(struct slice text, struct server_fault *out, struct error *err)
{
	size_t	colon = slice_find(text, ':', 0);
	int64_t	number = -1;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (slice_eq(slice_sub(text, 0, colon), slice_str(kinds[i].name)))
			out->kind = kinds[i].kind;
	if (out->kind == SERVER_FAULT_NONE)
		return err_set(err, ERR_USAGE, "unknown fault '%.*s'", SLICE_ARG(text));
	if (colon != text.len &&
	    !num_parse(slice_from(text, colon + 1), 1, SERVER_FAULT_SLOW_MAX, &number))
		return err_set(err, ERR_USAGE, "'%.*s': the number is from 1 to %d", SLICE_ARG(text), SERVER_FAULT_SLOW_MAX);
	if (out->kind != SERVER_FAULT_SLOW) {
		out->left = number;
		return 0;
	}
	if (number < 0)
		return err_set(err, ERR_USAGE, "'slow' needs milliseconds, as in 'slow:50'");
	out->milliseconds = (uint32_t)number;
	out->left = -1;
	return 0;
}

int
server_faults_add(struct server_faults *faults, struct slice spec, struct error *err)
{
	struct server_fault	fault = { .kind = SERVER_FAULT_NONE };
	struct slice		rest = spec, part;

	if (faults->count == SERVER_FAULTS_MAX)
		return err_set(err, ERR_LIMIT, "more than %d faults", SERVER_FAULTS_MAX);
	if (!slice_split(&rest, ',', &part))
		part = spec;
	if (parse_kind(part, &fault, err) != 0)
		return err->kind;
	while (slice_split(&rest, ',', &part)) {
		if (slice_starts(part, SLICE("op=")))
			fault.operation = slice_from(part, 3);
		else if (slice_starts(part, SLICE("key=")))
			fault.key = slice_from(part, 4);
		else
			return err_set(err, ERR_USAGE, "'%.*s' in a fault is neither op=OPERATION nor key=TEXT",
			    SLICE_ARG(part));
	}
	faults->fault[faults->count++] = fault;
	return 0;
}

static bool
contains(struct slice text, struct slice part)
{
	return part.len == 0 || (text.len != 0 && memmem(text.data, text.len, part.data, part.len) != NULL);
}

struct server_fault
server_faults_take(struct server_faults *faults, struct slice operation, struct slice key)
{
	struct server_fault taken = { .kind = SERVER_FAULT_NONE };

	for (size_t i = 0; i < faults->count; i++) {
		struct server_fault *fault = &faults->fault[i];

		if (fault->left == 0 || !contains(key, fault->key) ||
		    (fault->operation.len != 0 && !slice_eq(fault->operation, operation)))
			continue;
		if (fault->kind == SERVER_FAULT_SLOW) {
			taken.milliseconds += fault->milliseconds;
		} else if (taken.kind == SERVER_FAULT_NONE) {
			taken.kind = fault->kind;
			if (fault->left > 0)
				fault->left--;
		}
	}
	return taken;
}

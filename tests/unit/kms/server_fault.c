#include "kms/server_fault.h"
#include "tests/tap.h"

static enum server_fault_kind
take(struct server_faults *faults, const char *operation, const char *key)
{
	return server_faults_take(faults, slice_str(operation), slice_str(key)).kind;
}

static void
add(struct server_faults *faults, const char *spec)
{
	struct error err = ERROR_INIT;

	if (server_faults_add(faults, slice_str(spec), &err) != 0)
		ok(false, "'%s' is understood: %s", spec, err.text);
}

static void
happens(void)
{
	struct server_faults faults = { .count = 0 };

	is_int(take(&faults, "Encrypt", ""), SERVER_FAULT_NONE, "nothing goes wrong by itself");
	add(&faults, "throttle:2,op=Encrypt");
	is_int(take(&faults, "Decrypt", ""), SERVER_FAULT_NONE, "a fault of one operation leaves others alone");
	is_int(take(&faults, "Encrypt", ""), SERVER_FAULT_THROTTLE, "it happens");
	is_int(take(&faults, "Encrypt", ""), SERVER_FAULT_THROTTLE, "twice");
	is_int(take(&faults, "Encrypt", ""), SERVER_FAULT_NONE, "and then no more");
	add(&faults, "deny,key=role/ops");
	is_int(take(&faults, "AssumeRole", "arn:aws:iam::1:role/other"), SERVER_FAULT_NONE, "another role is untouched");
	is_int(take(&faults, "AssumeRole", "arn:aws:iam::1:role/ops"), SERVER_FAULT_DENY, "a part of the name is enough");
	is_int(take(&faults, "AssumeRole", "arn:aws:iam::1:role/ops"), SERVER_FAULT_DENY, "without a number for ever");
}

static void
slow(void)
{
	struct server_faults	faults = { .count = 0 };
	struct server_fault	taken;

	add(&faults, "slow:50");
	add(&faults, "slow:7,op=Decrypt");
	add(&faults, "500:1");
	taken = server_faults_take(&faults, SLICE("Decrypt"), SLICE_NONE);
	ok(taken.kind == SERVER_FAULT_500 && taken.milliseconds == 57, "delays add up and go with another fault");
	taken = server_faults_take(&faults, SLICE("Encrypt"), SLICE_NONE);
	ok(taken.kind == SERVER_FAULT_NONE && taken.milliseconds == 50, "and happen every time");
}

static void
refuses(void)
{
	static const char *const specs[] = {
		"", "fast", "slow", "slow:", "slow:0", "slow:x", "slow:600001", "throttle:0", "throttle:-1", "deny,", "deny,foo=1",
		"deny,op=Encrypt,", ",op=Encrypt", "slow:50:50",
	};
	struct server_faults	faults = { .count = 0 };
	struct error		err = ERROR_INIT;

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		err_reset(&err);
		ok(server_faults_add(&faults, slice_str(specs[i]), &err) == ERR_USAGE && faults.count == 0,
		    "'%s' is refused", specs[i]);
	}
	for (size_t i = 0; i < SERVER_FAULTS_MAX; i++)
		add(&faults, "cut");
	err_reset(&err);
	is_int(server_faults_add(&faults, SLICE("cut"), &err), ERR_LIMIT, "there is room for so many only");
}

int
main(void)
{
	happens();
	slow();
	refuses();
	return done_testing();
}

#include "sops/flatten.h"

#include <stdlib.h>

#include "base/limits.h"
#include "tests/tap.h"

static struct flat_entry	entries[32];
static struct node		places[32];
static size_t			count;

/* NAME=TEXT, one a line. */
static void
load(const char *text)
{
	struct slice rest = slice_str(text), line;

	count = 0;
	while (slice_split(&rest, '\n', &line) && count < 32) {
		size_t cut = slice_find(line, '=', 0);

		places[count] = (struct node){ .line = (uint32_t)count + 1, .column = 1 };
		entries[count] = (struct flat_entry){ slice_sub(line, 0, cut), slice_from(line, cut + 1), &places[count] };
		count++;
	}
}

static int
put(void *context, struct slice name, struct slice text, struct error *err)
{
	struct buf *out = context;

	return buf_printf(out, err, "%.*s=%.*s\n", SLICE_ARG(name), SLICE_ARG(text));
}

#define HEAD	"lastmodified=2026-01-02T03:04:05Z\nmac=ENC[x]\n"
#define TAIL	"unencrypted_suffix=_u\nversion=3.13.2"

/* The names that sops 3.13.2 writes. */
static void
test_round_trip(void)
{
	static const char *const texts[] = {
		"age__list_0__map_enc=E\nage__list_0__map_recipient=age1x\nage__list_1__map_enc=F\nage__list_1__map_recipient=age1y\n" HEAD TAIL,
		"kms__list_0__map_arn=arn:a\nkms__list_0__map_aws_profile=\nkms__list_0__map_context__map_team=x\n"
		    "kms__list_0__map_created_at=2026-01-02T03:04:05Z\nkms__list_0__map_enc=E\n" HEAD "mac_only_encrypted=true\n" TAIL,
		"key_groups__list_0__map_age__list_0__map_enc=E\nkey_groups__list_0__map_age__list_0__map_recipient=age1x\n"
		    "key_groups__list_1__map_age__list_0__map_enc=F\nkey_groups__list_1__map_age__list_0__map_recipient=age1y\n" HEAD
		    "shamir_threshold=2\n" TAIL,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		CLEANUP(metadata_freep) struct metadata	*meta = NULL;
		CLEANUP(buf_release) struct buf		 out = BUF(MIB);
		struct error				 err = ERROR_INIT;

		load(texts[i]);
		if (!succeeds(flatten_parse(entries, count, &meta, &err), err, "flat metadata are read") ||
		    !succeeds(flatten_metadata(meta, put, &out, &err), err, "and written"))
			continue;
		is_slice(slice_sub(buf_slice(&out), 0, out.len - 1), slice_str(texts[i]), "with the same names in the same order");
	}
}

static void
test_errors(void)
{
	static const struct {
		const char	*text;
		int		 kind;
		uint32_t	 line;
	} cases[] = {
		{ "age__list_0__map_enc=E\nage__list_0__map_enc=F\n" HEAD TAIL, ERR_SYNTAX, 2 },
		{ "age__list_1__map_enc=E\n" HEAD TAIL, ERR_SYNTAX, 1 },
		{ "mac=x\nmac__map_y=z", ERR_SYNTAX, 2 },
		{ "mac__map_y=z\nmac=x", ERR_SYNTAX, 2 },
		{ "a__map_a__map_a__map_a__map_a__map_a__map_a__map_a__map_a=1", ERR_SYNTAX, 1 },
		{ TAIL, ERR_TYPE, 1 },
	};
	CLEANUP(metadata_freep) struct metadata *none = NULL;
	struct error empty = ERROR_INIT;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(metadata_freep) struct metadata	*meta = NULL;
		struct error				 err = ERROR_INIT;

		load(cases[i].text);
		is_int(flatten_parse(entries, count, &meta, &err), cases[i].kind, "names that contradict each other are refused");
		is_int(err.line, cases[i].line, "with their line");
	}
	is_int(flatten_parse(entries, 0, &none, &empty), ERR_NO_METADATA, "nothing at all is no metadata");
}

int
main(void)
{
	test_round_trip();
	test_errors();
	return done_testing();
}

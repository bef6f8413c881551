#include "kms/aws_config.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"

#define ENTRIES_MAX	20000
#define LINE_MAX_BYTES	(64 * KIB)

enum section_kind {
	SECTION_PROFILE,		/* [profile NAME] in config, [NAME] in credentials */
	SECTION_DEFAULT,		/* a bare [default] in config: [profile default] replaces it */
	SECTION_SERVICES,		/* [services NAME] */
	SECTION_SSO,			/* [sso-session NAME] */
	SECTION_OTHER,			/* ignored */
};

/* One "key = value", or with an empty key the beginning of a section. */
struct entry {
	struct entry		*next;
	enum aws_config_file	 file;
	enum section_kind	 kind;
	struct slice		 section, group, key, value;	/* group: the key that a nested block hangs on */
};

struct aws_config {
	struct arena	 arena;
	struct entry	*first, **end;
	size_t		 count;
};

/* Where the parser is. */
struct parse {
	struct aws_config	*config;
	enum aws_config_file	 file;
	enum section_kind	 kind;
	struct slice		 section;
	struct entry		*last;		/* the last key at the beginning of a line, in this section */
	uint32_t		 line;
};

int
aws_config_new(struct aws_config **out, struct error *err)
{
	struct aws_config *config = calloc(1, sizeof(*config));

	if (config == NULL)
		return err_memory(err);
	config->arena = ARENA_SECRET(8 * LIMIT_CONFIG);
	config->end = &config->first;
	*out = config;
	return 0;
}

void
aws_config_free(struct aws_config *config)
{
	if (config == NULL)
		return;
	arena_release(&config->arena);
	free(config);
}

/* --- parsing --- */

static bool
blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* A value ends where white space and a comment sign begin a comment. */
static struct slice
without_comment(struct slice value)
{
	for (size_t i = 1; i < value.len; i++)
		if ((value.data[i] == '#' || value.data[i] == ';') && blank(value.data[i - 1]))
			return slice_trim(slice_sub(value, 0, i));
	return slice_trim(value);
}

static int
add_entry(struct parse *parse, struct slice group, struct slice key, struct slice value, struct entry **out,
    struct error *err)
{
	struct aws_config	*config = parse->config;
	struct entry		*entry;
	void			*room;
	uint8_t			*lower;

	if (++config->count > ENTRIES_MAX)
		return err_set(err, ERR_LIMIT, "more than %d lines of settings", ENTRIES_MAX);
	if (arena_alloc(&config->arena, sizeof(*entry), &room, err) != 0)
		return err->kind;
	entry = room;
	*entry = (struct entry){ .file = parse->file, .kind = parse->kind, .section = parse->section, .group = group,
	    .value = value };
	if (arena_alloc(&config->arena, key.len + 1, &room, err) != 0)
		return err->kind;
	lower = room;
	for (size_t i = 0; i < key.len; i++)
		lower[i] = key.data[i] >= 'A' && key.data[i] <= 'Z' ? (uint8_t)(key.data[i] | 0x20) : key.data[i];
	entry->key = slice_of(lower, key.len);
	*config->end = entry;
	config->end = &entry->next;
	*out = entry;
	return 0;
}

/* "profile lab", "profile \"my lab\"", "services local", or in the credentials file the name alone. */
static void
read_section(struct parse *parse, struct slice inside)
{
	static const struct {
		const char		*word;
		enum section_kind	 kind;
	} words[] = {
		{ "profile", SECTION_PROFILE }, { "services", SECTION_SERVICES }, { "sso-session", SECTION_SSO },
	};
	size_t		gap = 0;
	struct slice	word, name;

	while (gap < inside.len && !blank(inside.data[gap]))
		gap++;
	word = slice_sub(inside, 0, gap);
	name = slice_trim(slice_from(inside, gap));
	parse->kind = SECTION_OTHER;
	parse->section = inside;
	if (parse->file == AWS_CREDENTIALS) {
		parse->kind = name.len == 0 ? SECTION_PROFILE : SECTION_OTHER;
		return;
	}
	if (name.len == 0) {
		if (slice_eq(word, SLICE("default")))
			parse->kind = SECTION_DEFAULT;
		return;
	}
	if (name.len >= 2 && name.data[0] == '"' && name.data[name.len - 1] == '"')
		name = slice_sub(name, 1, name.len - 1);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_eq(word, slice_str(words[i].word)))
			parse->kind = words[i].kind;
	parse->section = name;
}

/* An indented line: a pair of the block under a key without value, else more of that key's value. */
static int
read_indented(struct parse *parse, struct slice line, struct error *err)
{
	size_t		 equals = slice_find(line, '=', 0);
	struct slice	 more;
	struct entry	*entry;
	void		*room;

	if (parse->last == NULL)
		return 0;
	if (parse->last->value.len == 0) {
		if (equals == line.len)
			return 0;
		return add_entry(parse, parse->last->key, slice_trim(slice_sub(line, 0, equals)),
		    without_comment(slice_from(line, equals + 1)), &entry, err);
	}
	more = without_comment(line);
	if (arena_alloc(&parse->config->arena, parse->last->value.len + 1 + more.len, &room, err) != 0)
		return err->kind;
	memcpy(room, parse->last->value.data, parse->last->value.len);
	((uint8_t *)room)[parse->last->value.len] = '\n';
	if (more.len != 0)
		memcpy((uint8_t *)room + parse->last->value.len + 1, more.data, more.len);
	parse->last->value = slice_of(room, parse->last->value.len + 1 + more.len);
	return 0;
}

static int
read_line(struct parse *parse, struct slice line, struct error *err)
{
	struct slice	 text = slice_trim(line);
	size_t		 equals, close;
	struct entry	*entry;

	if (text.len == 0 || text.data[0] == '#' || text.data[0] == ';')
		return 0;
	if (text.len > LINE_MAX_BYTES)
		return err_set(err, ERR_LIMIT, "a line of more than %zu bytes", LINE_MAX_BYTES);
	if (slice_find(text, '\0', 0) != text.len)
		return err_set(err, ERR_CONFIG, "a line holds a NUL byte");
	if (blank(line.data[0]))
		return read_indented(parse, text, err);
	if (text.data[0] == '[') {
		/* Keys under a section that cannot be read would land in the one before it. */
		if ((close = slice_find(text, ']', 0)) == text.len)
			return err_set(err, ERR_CONFIG, "a section without its closing ']'");
		read_section(parse, slice_trim(slice_sub(text, 1, close)));
		parse->last = NULL;
		return add_entry(parse, SLICE_NONE, SLICE_NONE, SLICE_NONE, &entry, err);
	}
	/* As AWS' own tools do, pass over a line that is no setting. */
	if ((equals = slice_find(text, '=', 0)) == text.len || parse->section.data == NULL)
		return 0;
	return add_entry(parse, SLICE_NONE, slice_trim(slice_sub(text, 0, equals)),
	    without_comment(slice_from(text, equals + 1)), &parse->last, err);
}

int
aws_config_parse(struct aws_config *config, enum aws_config_file file, struct slice text, struct error *err)
{
	struct parse	parse = { .config = config, .file = file, .kind = SECTION_OTHER };
	struct slice	rest, line;

	if (text.len > LIMIT_CONFIG)
		return err_set(err, ERR_LIMIT, "more than %zu bytes", LIMIT_CONFIG);
	if (arena_copy(&config->arena, text, &rest, err) != 0)
		return err->kind;
	if (slice_starts(rest, SLICE("\xef\xbb\xbf")))
		rest = slice_from(rest, 3);
	while (slice_split(&rest, '\n', &line)) {
		parse.line++;
		if (line.len != 0 && read_line(&parse, line, err) != 0)
			return err_at(err, parse.line, 0);
	}
	return 0;
}

/* --- loading --- */

const char *
aws_env(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

static int
load_file(struct aws_config *config, enum aws_config_file file, const char *variable, const char *standard,
    struct error *err)
{
	CLEANUP(buf_release) struct buf path = BUF(64 * KIB);
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_CONFIG);
	const char	*named = aws_env(variable), *home = aws_env("HOME");
	bool		 tilde = named == NULL || (named[0] == '~' && named[1] == '/');
	struct error	 problem = ERROR_INIT;

	if (tilde && home == NULL)
		return 0;
	if ((tilde && buf_str(&path, home, err) != 0) ||
	    buf_str(&path, named == NULL ? standard : tilde ? named + 1 : named, err) != 0 ||
	    buf_terminate(&path, err) != 0)
		return err->kind;
	if (file_read((const char *)path.data, &text, &problem) != 0) {
		if (problem.kind == ERR_NOT_FOUND)
			return 0;
		*err = problem;
		return err_wrap(err, "cannot read '%s'", (const char *)path.data);
	}
	if (aws_config_parse(config, file, buf_slice(&text), err) != 0) {
		(void)err_file(err, (const char *)path.data);
		return err_wrap(err, "cannot use the AWS configuration");
	}
	return 0;
}

int
aws_config_load(struct aws_config **out, struct error *err)
{
	CLEANUP(aws_config_freep) struct aws_config *config = NULL;

	if (aws_config_new(&config, err) != 0 ||
	    load_file(config, AWS_CONFIG, "AWS_CONFIG_FILE", "/.aws/config", err) != 0 ||
	    load_file(config, AWS_CREDENTIALS, "AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials", err) != 0)
		return err->kind;
	*out = TAKE(config);
	return 0;
}

/* --- asking --- */

struct slice
aws_config_profile(bool *named)
{
	const char *name = aws_env("AWS_PROFILE");

	if (name == NULL)
		name = aws_env("AWS_DEFAULT_PROFILE");
	*named = name != NULL;
	return name != NULL ? slice_str(name) : SLICE("default");
}

/* Whether the file has "[profile default]", which makes a bare "[default]" void. */
static bool
default_is_replaced(const struct aws_config *config)
{
	for (const struct entry *entry = config->first; entry != NULL; entry = entry->next)
		if (entry->file == AWS_CONFIG && entry->kind == SECTION_PROFILE &&
		    slice_eq(entry->section, SLICE("default")))
			return true;
	return false;
}

static bool
is_of_profile(const struct aws_config *config, const struct entry *entry, struct slice profile)
{
	if (entry->kind == SECTION_DEFAULT)
		return slice_eq(profile, SLICE("default")) && !default_is_replaced(config);
	return entry->kind == SECTION_PROFILE && slice_eq(entry->section, profile);
}

bool
aws_config_has_profile(const struct aws_config *config, struct slice profile)
{
	for (const struct entry *entry = config->first; entry != NULL; entry = entry->next)
		if (is_of_profile(config, entry, profile))
			return true;
	return false;
}

static struct slice
get_from(const struct aws_config *config, enum aws_config_file file, struct slice profile, const char *key)
{
	struct slice found = SLICE_NONE;

	for (const struct entry *entry = config->first; entry != NULL; entry = entry->next)
		if (entry->file == file && entry->group.data == NULL && slice_eq(entry->key, slice_str(key)) &&
		    is_of_profile(config, entry, profile))
			found = entry->value;
	return found;
}

struct slice
aws_config_get(const struct aws_config *config, struct slice profile, const char *key)
{
	struct slice found = get_from(config, AWS_CREDENTIALS, profile, key);

	return found.len != 0 ? found : get_from(config, AWS_CONFIG, profile, key);
}

bool
aws_config_keys(const struct aws_config *config, struct slice profile, struct aws_static_keys *out)
{
	static const enum aws_config_file order[] = { AWS_CREDENTIALS, AWS_CONFIG };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct aws_static_keys keys = {
			.access_key = get_from(config, order[i], profile, "aws_access_key_id"),
			.secret = get_from(config, order[i], profile, "aws_secret_access_key"),
			.token = get_from(config, order[i], profile, "aws_session_token"),
		};

		if (keys.access_key.len == 0 || keys.secret.len == 0)
			continue;
		*out = keys;
		return true;
	}
	return false;
}

bool
aws_config_has_services(const struct aws_config *config, struct slice name)
{
	for (const struct entry *entry = config->first; entry != NULL; entry = entry->next)
		if (entry->kind == SECTION_SERVICES && slice_eq(entry->section, name))
			return true;
	return false;
}

struct slice
aws_config_service(const struct aws_config *config, struct slice name, const char *service, const char *key)
{
	struct slice found = SLICE_NONE;

	for (const struct entry *entry = config->first; entry != NULL; entry = entry->next)
		if (entry->kind == SECTION_SERVICES && slice_eq(entry->section, name) && entry->group.data != NULL &&
		    slice_eq(entry->group, slice_str(service)) && slice_eq(entry->key, slice_str(key)))
			found = entry->value;
	return found;
}

struct slice
aws_config_session(const struct aws_config *config, struct slice name, const char *key)
{
	struct slice found = SLICE_NONE;

	for (const struct entry *entry = config->first; entry != NULL; entry = entry->next)
		if (entry->kind == SECTION_SSO && slice_eq(entry->section, name) && entry->group.data == NULL &&
		    slice_eq(entry->key, slice_str(key)))
			found = entry->value;
	return found;
}

int
aws_config_switch(const struct aws_config *config, struct slice profile, const char *variable, const char *key,
    bool *out, struct error *err)
{
	const char	*set = aws_env(variable);
	struct slice	 value = set != NULL ? slice_str(set) : aws_config_get(config, profile, key);

	if (value.len != 0 && !slice_eq_nocase(value, SLICE("true")) && !slice_eq_nocase(value, SLICE("false")))
		return err_set(err, ERR_CONFIG, "%s '%s' must be 'true' or 'false', not '%.*s'",
		    set != NULL ? "the variable" : "the AWS setting", set != NULL ? variable : key, SLICE_ARG(value));
	*out = slice_eq_nocase(value, SLICE("true"));
	return 0;
}

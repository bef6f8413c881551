#include "cmd/hubmerge/check_print.h"

#include <string.h>

#include "base/limits.h"
#include "base/version.h"
#include "cmd/cli.h"
#include "cmd/json_out.h"

static bool
is_shown(const struct check_finding *finding, const struct check_print *how)
{
	return finding->level != CHECK_NOTE || how->notes;
}

/* --- text --------------------------------------------------------------------------------------------------------- */

static int
add_text(struct buf *out, const struct check_finding *finding, struct error *err)
{
	if (json_out_visible(out, slice_str(finding->path), err) != 0 ||
	    (finding->line > 0 && buf_printf(out, err, ":%u:%u", finding->line, finding->column) != 0) ||
	    buf_printf(out, err, ": %s: ", check_levels[finding->level]) != 0)
		return (int)err->kind;
	if (finding->place.len > 0 && (buf_str(out, "'", err) != 0 || json_out_visible(out, finding->place, err) != 0 ||
	    buf_str(out, "': ", err) != 0))
		return (int)err->kind;
	if (json_out_visible(out, finding->text, err) != 0 || buf_printf(out, err, " [%s]\n", check_rules[finding->rule].id) != 0)
		return (int)err->kind;
	if (finding->hint.len == 0)
		return 0;
	return buf_str(out, "  hint: ", err) != 0 || json_out_visible(out, finding->hint, err) != 0 ? (int)err->kind : buf_byte(out, '\n', err);
}

static void
count_words(const struct check *check, const struct check_print *how)
{
	const size_t	*count = check->count;
	const char	*hidden = count[CHECK_NOTE] > 0 && !how->notes ? " (--notes shows them)" : "";

	cli_note("%zu error%s, %zu warning%s, %zu note%s%s", count[CHECK_ERROR], count[CHECK_ERROR] == 1 ? "" : "s", count[CHECK_WARNING],
	    count[CHECK_WARNING] == 1 ? "" : "s", count[CHECK_NOTE], count[CHECK_NOTE] == 1 ? "" : "s", hidden);
	if (check->accepted > 0)
		cli_note("%zu finding%s accepted by comments", check->accepted, check->accepted == 1 ? "" : "s");
}

int
check_print_text(const struct check *check, const struct check_print *how, struct error *err)
{
	CLEANUP(buf_release) struct buf out = BUF(LIMIT_DOCUMENT);

	for (const struct check_finding *finding = check->first; finding != NULL; finding = finding->next)
		if (is_shown(finding, how) && add_text(&out, finding, err) != 0)
			return (int)err->kind;
	if (cli_output(buf_slice(&out), err) != 0)
		return (int)err->kind;
	count_words(check, how);
	return 0;
}

/* --- JSON --------------------------------------------------------------------------------------------------------- */

static int
add_position(struct json_out *json, const char *line, const char *column, const struct check_finding *finding, struct error *err)
{
	if (finding->line == 0)
		return 0;
	return json_out_number(json, line, finding->line, err) != 0 ? (int)err->kind : json_out_number(json, column, finding->column, err);
}

static int
add_json(struct json_out *json, const struct check_finding *finding, struct error *err)
{
	if (json_out_begin(json, NULL, '{', err) != 0 || json_out_text(json, "rule", slice_str(check_rules[finding->rule].id), err) != 0 ||
	    json_out_text(json, "level", slice_str(check_levels[finding->level]), err) != 0 ||
	    json_out_text(json, "file", slice_str(finding->path), err) != 0 || add_position(json, "line", "column", finding, err) != 0)
		return (int)err->kind;
	if ((finding->place.len > 0 && json_out_text(json, "path", finding->place, err) != 0) ||
	    json_out_text(json, "message", finding->text, err) != 0 ||
	    (finding->hint.len > 0 && json_out_text(json, "hint", finding->hint, err) != 0))
		return (int)err->kind;
	return json_out_end(json, '}', err);
}

static int
add_counts(struct json_out *json, const struct check *check, struct error *err)
{
	if (json_out_number(json, "errors", check->count[CHECK_ERROR], err) != 0 ||
	    json_out_number(json, "warnings", check->count[CHECK_WARNING], err) != 0 ||
	    json_out_number(json, "notes", check->count[CHECK_NOTE], err) != 0)
		return (int)err->kind;
	return json_out_number(json, "accepted", check->accepted, err);
}

int
check_print_json(const struct check *check, const struct check_print *how, struct error *err)
{
	CLEANUP(buf_release) struct buf	out = BUF(LIMIT_DOCUMENT);
	struct json_out			json = JSON_OUT(&out);

	if (json_out_begin(&json, NULL, '{', err) != 0 || add_counts(&json, check, err) != 0 || json_out_begin(&json, "findings", '[', err) != 0)
		return (int)err->kind;
	for (const struct check_finding *finding = check->first; finding != NULL; finding = finding->next)
		if (is_shown(finding, how) && add_json(&json, finding, err) != 0)
			return (int)err->kind;
	if (json_out_end(&json, ']', err) != 0 || json_out_end(&json, '}', err) != 0 || buf_byte(&out, '\n', err) != 0)
		return (int)err->kind;
	return cli_output(buf_slice(&out), err);
}

/* --- SARIF -------------------------------------------------------------------------------------------------------- */

#define SARIF_SCHEMA	"https://json.schemastore.org/sarif-2.1.0.json"

static int
add_message(struct json_out *json, const char *name, struct slice text, struct error *err)
{
	return json_out_begin(json, name, '{', err) != 0 || json_out_text(json, "text", text, err) != 0 ? (int)err->kind :
	    json_out_end(json, '}', err);
}

static int
add_rule(struct json_out *json, const struct check_rule *rule, struct error *err)
{
	if (json_out_begin(json, NULL, '{', err) != 0 || json_out_text(json, "id", slice_str(rule->id), err) != 0 ||
	    add_message(json, "shortDescription", slice_str(rule->title), err) != 0 ||
	    add_message(json, "fullDescription", slice_str(rule->help), err) != 0 ||
	    json_out_begin(json, "defaultConfiguration", '{', err) != 0 ||
	    json_out_text(json, "level", slice_str(check_levels[rule->level]), err) != 0 || json_out_end(json, '}', err) != 0)
		return (int)err->kind;
	return json_out_end(json, '}', err);
}

static int
add_driver(struct json_out *json, struct error *err)
{
	if (json_out_begin(json, "tool", '{', err) != 0 || json_out_begin(json, "driver", '{', err) != 0 ||
	    json_out_text(json, "name", SLICE("hubmerge"), err) != 0 || json_out_text(json, "version", SLICE(HUB_VERSION), err) != 0 ||
	    json_out_begin(json, "rules", '[', err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < CHECK_RULES; i++)
		if (add_rule(json, &check_rules[i], err) != 0)
			return (int)err->kind;
	return json_out_end(json, ']', err) != 0 || json_out_end(json, '}', err) != 0 ? (int)err->kind : json_out_end(json, '}', err);
}

/* A URI reference: what is no letter, digit or one of a few marks is %XX. */
static int
add_uri(struct json_out *json, const char *path, struct error *err)
{
	CLEANUP(buf_release) struct buf uri = BUF(64 * KIB);

	for (const char *at = path; *at != '\0'; at++) {
		bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') || strchr("/-._~", *at) != NULL;

		if ((plain ? buf_byte(&uri, (uint8_t)*at, err) : buf_printf(&uri, err, "%%%02X", (unsigned char)*at)) != 0)
			return (int)err->kind;
	}
	return json_out_text(json, "uri", buf_slice(&uri), err);
}

static int
add_location(struct json_out *json, const struct check_finding *finding, struct error *err)
{
	if (json_out_begin(json, "locations", '[', err) != 0 || json_out_begin(json, NULL, '{', err) != 0 ||
	    json_out_begin(json, "physicalLocation", '{', err) != 0 || json_out_begin(json, "artifactLocation", '{', err) != 0 ||
	    add_uri(json, finding->path, err) != 0 || json_out_text(json, "uriBaseId", SLICE("%SRCROOT%"), err) != 0 ||
	    json_out_end(json, '}', err) != 0)
		return (int)err->kind;
	if (finding->line > 0 && (json_out_begin(json, "region", '{', err) != 0 ||
	    add_position(json, "startLine", "startColumn", finding, err) != 0 || json_out_end(json, '}', err) != 0))
		return (int)err->kind;
	if (json_out_end(json, '}', err) != 0)
		return (int)err->kind;
	if (finding->place.len > 0 && (json_out_begin(json, "logicalLocations", '[', err) != 0 || json_out_begin(json, NULL, '{', err) != 0 ||
	    json_out_text(json, "fullyQualifiedName", finding->place, err) != 0 || json_out_end(json, '}', err) != 0 ||
	    json_out_end(json, ']', err) != 0))
		return (int)err->kind;
	return json_out_end(json, '}', err) != 0 ? (int)err->kind : json_out_end(json, ']', err);
}

static int
add_result(struct json_out *json, const struct check_finding *finding, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_MESSAGE);

	if (buf_append(&text, finding->text, err) != 0 || (finding->hint.len > 0 && (buf_str(&text, "; ", err) != 0 ||
	    buf_append(&text, finding->hint, err) != 0)))
		return (int)err->kind;
	if (json_out_begin(json, NULL, '{', err) != 0 || json_out_text(json, "ruleId", slice_str(check_rules[finding->rule].id), err) != 0 ||
	    json_out_number(json, "ruleIndex", (uint64_t)finding->rule, err) != 0 ||
	    json_out_text(json, "level", slice_str(check_levels[finding->level]), err) != 0 ||
	    add_message(json, "message", buf_slice(&text), err) != 0 || add_location(json, finding, err) != 0)
		return (int)err->kind;
	return json_out_end(json, '}', err);
}

int
check_print_sarif(const struct check *check, const struct check_print *how, struct error *err)
{
	CLEANUP(buf_release) struct buf	out = BUF(LIMIT_DOCUMENT);
	struct json_out			json = JSON_OUT(&out);

	if (json_out_begin(&json, NULL, '{', err) != 0 || json_out_text(&json, "$schema", SLICE(SARIF_SCHEMA), err) != 0 ||
	    json_out_text(&json, "version", SLICE("2.1.0"), err) != 0 || json_out_begin(&json, "runs", '[', err) != 0 ||
	    json_out_begin(&json, NULL, '{', err) != 0 || add_driver(&json, err) != 0 ||
	    json_out_text(&json, "columnKind", SLICE("unicodeCodePoints"), err) != 0 || json_out_begin(&json, "results", '[', err) != 0)
		return (int)err->kind;
	for (const struct check_finding *finding = check->first; finding != NULL; finding = finding->next)
		if (is_shown(finding, how) && add_result(&json, finding, err) != 0)
			return (int)err->kind;
	if (json_out_end(&json, ']', err) != 0 || json_out_end(&json, '}', err) != 0 || json_out_end(&json, ']', err) != 0 ||
	    json_out_end(&json, '}', err) != 0 || buf_byte(&out, '\n', err) != 0)
		return (int)err->kind;
	return cli_output(buf_slice(&out), err);
}

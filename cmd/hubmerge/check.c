#include <inttypes.h>

#include "cmd/hubmerge/check_print.h"
#include "cmd/hubmerge/check_read.h"
#include "cmd/hubmerge/hubmerge.h"

/* --- findings about hubs ------------------------------------------------------------------------------------------ */

static int
check_missing(struct check *check, const struct check_env *env, struct error *err)
{
	struct check_finding finding = {
		.rule = CHECK_SECRETS_MISSING, .level = CHECK_ERROR, .hint = SLICE("restore the file, or remove those of the other environments"),
	};

	if (env->layout.secrets_missing && env->layout.secrets != NULL && env->layout.secrets[0] != NULL) {
		finding.path = env->layout.secrets[0];
		return check_report(check, &finding, err, "hub '%s' has no secrets layer for '%s', though it has some for another environment",
		    env->hub, env->env);
	}
	if (env->layout.secrets_empty && env->layout.secrets != NULL && env->layout.secrets[0] != NULL) {
		finding.path = env->layout.secrets[0];
		finding.level = CHECK_NOTE;
		finding.hint = SLICE("is it a submodule that is not checked out?");
		return check_report(check, &finding, err, "the secrets folder of hub '%s' is empty", env->hub);
	}
	return 0;
}

/* What the layers of one hub make of each other.  A layer that cannot be read has been told of. */
static int
check_one(struct check *check, const struct check_env *env, struct error *err)
{
	CLEANUP(merged_release) struct merged	merged = MERGED;
	struct error				why = ERROR_INIT;
	bool					complete = !env->layout.secrets_missing && !env->layout.secrets_empty;

	if (check_missing(check, env, err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < env->layout.count; i++) {
		if (env->files[i]->layer == NULL)
			return 0;
		complete = complete && !env->files[i]->locked;
		if (merge_layer(&merged, env->files[i]->layer, &why) != 0)
			break;
	}
	if (why.kind == 0 && env->chart != NULL && merge_over_chart(&merged, env->chart, NULL, &why) != 0)
		why = ERROR_INIT;	/* the subcharts' names are Helm's business */
	if (why.kind != 0) {
		const struct check_finding finding = {
			.rule = CHECK_LAYER_BROKEN, .level = CHECK_ERROR, .path = why.path, .line = why.line, .column = why.column,
			.hint = slice_str(why.hint),
		};

		return check_report(check, &finding, err, "%s", why.text);
	}
	return check_fold(check, env->hub, env->env, &merged, complete, err);
}

static int
check_empty(struct check *check, const struct check_file *file, struct error *err)
{
	const struct check_finding finding = { .rule = CHECK_LAYER_UNUSED, .level = CHECK_NOTE, .path = file->layer->path };

	if (file->layer->root != NULL || file->locked || file->layer->role == LAYER_CHART)
		return 0;
	return check_report(check, &finding, err, "a layer without values");
}

static int
check_repository(struct check_repository *repository, struct error *err)
{
	for (const struct check_file *file = repository->files; file != NULL; file = file->next)
		if (file->selected && file->layer != NULL && (check_layer(repository->check, file->layer, err) != 0 ||
		    check_empty(repository->check, file, err) != 0))
			return (int)err->kind;
	for (const struct check_env *env = repository->envs; env != NULL; env = env->next)
		if (env->selected && check_one(repository->check, env, err) != 0)
			return (int)err->kind;
	check_sort(repository->check);
	return 0;
}

/* --- the verb ----------------------------------------------------------------------------------------------------- */

static int
print(const struct options *options, const struct check *check, struct error *err)
{
	const struct check_print how = { .notes = options->notes };

	if (options->json && options->sarif)
		return err_set(err, ERR_USAGE, "--json and --sarif exclude each other");
	if (options->json)
		return check_print_json(check, &how, err);
	return options->sarif ? check_print_sarif(check, &how, err) : check_print_text(check, &how, err);
}

int
verb_check(const struct cli_args *args, struct error *err)
{
	CLEANUP(check_release) struct check				check = CHECK;
	CLEANUP(check_repository_release) struct check_repository	repository = { .check = NULL };
	const struct options						*options = args->options;

	*args->status = 2;
	if (check_init(&check, err) != 0 ||
	    check_read(&repository, &check, args->count > 0 ? args->operands[0] : NULL, args->count > 1 ? args->operands[1] : NULL, err) != 0 ||
	    check_repository(&repository, err) != 0 || print(options, &check, err) != 0)
		return (int)err->kind;
	*args->status = check.count[CHECK_ERROR] + check.count[CHECK_WARNING] > 0;
	return 0;
}

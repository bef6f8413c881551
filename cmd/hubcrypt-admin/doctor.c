/* doctor: findings on standard output; exit status 1 when one of them is a problem. */
#include "gitfilter/doctor.h"

#include "base/limits.h"
#include "cmd/hubcrypt-admin/admin.h"
#include "cmd/json_out.h"

static const char *const levels[] = { "ok", "note", "problem" };

struct printing {
	struct buf	out;
	struct json_out	json;
	bool		as_json;
	size_t		problems;
};

static void
printing_release(struct printing *printing)
{
	buf_release(&printing->out);
}

static int
print_json(struct printing *printing, const struct doctor_finding *finding, struct error *err)
{
	struct json_out	*json = &printing->json;
	int		 rc;

	if ((rc = json_out_begin(json, NULL, '{', err)) != 0 ||
	    (rc = json_out_text(json, "level", slice_str(levels[finding->level]), err)) != 0 ||
	    (rc = json_out_text(json, "text", finding->text, err)) != 0 ||
	    (finding->fix != NULL && (rc = json_out_text(json, "fix", slice_str(finding->fix), err)) != 0))
		return rc;
	return json_out_end(json, '}', err);
}

static int
print(void *context, const struct doctor_finding *finding, struct error *err)
{
	struct printing	*printing = context;
	struct buf	*out = &printing->out;
	int		 rc;

	printing->problems += finding->level == DOCTOR_PROBLEM;
	if (printing->as_json)
		return print_json(printing, finding, err);
	if ((rc = buf_printf(out, err, "%-9s", levels[finding->level])) != 0 ||
	    (rc = json_out_visible(out, finding->text, err)) != 0 ||
	    (rc = buf_byte(out, '\n', err)) != 0 || finding->fix == NULL)
		return rc;
	return buf_printf(out, err, "         fix: %s\n", finding->fix);
}

int
verb_doctor(const struct cli_args *args, struct error *err)
{
	const struct admin_options			*options = args->options;
	CLEANUP(printing_release) struct printing	 printing = { .out = BUF(16 * MIB), .as_json = options->json };
	struct worktree					 tree;
	char						 prefix[GITDIR_PATH_MAX];
	int						 rc;

	printing.json = JSON_OUT(&printing.out);
	if ((rc = admin_enter(&tree, prefix, err)) != 0 || (options->json &&
	    (rc = json_out_begin(&printing.json, NULL, '[', err)) != 0) ||
	    (rc = doctor_run(&tree, print, &printing, err)) != 0)
		return rc;
	if (options->json && ((rc = json_out_end(&printing.json, ']', err)) != 0 || (rc = buf_byte(&printing.out, '\n', err)) != 0))
		return rc;
	if ((rc = cli_output(buf_slice(&printing.out), err)) != 0)
		return rc;
	if (printing.problems > 0)
		*args->status = 1;
	return 0;
}

#include "cmd/hubsecrets/hubsecrets.h"

/* Is a file encrypted?  Answered from its metadata alone, for scripts: one line of JSON. */
int
verb_filestatus(const struct cli_args *args, struct error *err)
{
	CLEANUP(job_release) struct job job = JOB(args);
	bool encrypted = false;

	if (job_start(&job, false, 1, err) != 0)
		return (int)err->kind;
	/* sops knows one status for all failures here. */
	*args->status = 1;
	if (job_read(&job, err) != 0)
		return (int)err->kind;
	if (sealed_load(buf_slice(&job.text), job.store, &job.opened, err) == 0)
		encrypted = job.opened.meta->mac.len != 0 && job.opened.meta->version.len != 0;
	else if (err->kind != ERR_NO_METADATA)
		return err_file(err, job.path);
	err_reset(err);
	*args->status = -1;
	return cli_output(encrypted ? SLICE("{\"encrypted\":true}\n") : SLICE("{\"encrypted\":false}\n"), err);
}

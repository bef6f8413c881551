#include "gitfilter/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/run.h"
#include "base/words.h"
#include "gitfilter/attributes.h"
#include "gitfilter/check.h"
#include "gitfilter/checkout.h"
#include "gitfilter/driver.h"
#include "gitfilter/gitcmd.h"
#include "gitfilter/guard.h"
#include "gitfilter/keydir.h"
#include "gitfilter/keyring.h"
#include "gitfilter/tracked.h"
#include "gitfilter/users.h"

#define CONFIG_MAX	(16 * MIB)
#define TEXT_MAX	(16 * KIB)

struct doctor {
	const struct worktree	*tree;
	doctor_visit		*visit;
	void			*context;
	struct buf		 config;	/* "git config -z --list": NAME, a line break, VALUE, NUL */
	struct keydir_names	 keys;
	struct tracked		 files;		/* all of the index */
	bool			 guarded;
};

static void
doctor_release(struct doctor *doctor)
{
	buf_release(&doctor->config);
	keydir_names_release(&doctor->keys);
	tracked_release(&doctor->files);
}

static int PRINTF_LIKE(5, 6)
tell(const struct doctor *doctor, enum doctor_level level, const char *fix, struct error *err, const char *format, ...)
{
	CLEANUP(buf_release) struct buf	text = BUF(TEXT_MAX);
	char				line[4 * KIB];
	va_list				arguments;
	int				rc;

	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if ((rc = buf_str(&text, line, err)) != 0)
		return rc;
	return doctor->visit(doctor->context, &(struct doctor_finding){ level, buf_slice(&text), fix }, err);
}

/* --- what git is told ----------------------------------------------------------------------------- */

/* The last value of a variable, as git takes it; false when it is not set.  Section and variable in lower case. */
static bool
config_get(const struct doctor *doctor, const char *name, struct slice *value)
{
	struct slice	rest = buf_slice(&doctor->config), entry, key;
	bool		found = false;

	while (slice_split(&rest, '\0', &entry))
		if (slice_split(&entry, '\n', &key) && slice_eq(key, slice_str(name))) {
			*value = entry.data != NULL ? entry : SLICE("true");
			found = true;
		}
	return found;
}

static bool PRINTF_LIKE(3, 4)
config_of(const struct doctor *doctor, struct slice *value, const char *format, ...)
{
	char	name[DRIVER_NAME_MAX + 64];
	va_list	arguments;

	va_start(arguments, format);
	(void)vsnprintf(name, sizeof(name), format, arguments);
	va_end(arguments);
	return config_get(doctor, name, value);
}

static bool
is_true(struct slice value)
{
	return slice_eq_nocase(value, SLICE("true")) || slice_eq_nocase(value, SLICE("yes")) || slice_eq_nocase(value, SLICE("on")) ||
	    slice_eq(value, SLICE("1"));
}

static bool
has_key(const struct doctor *doctor, const char *name)
{
	for (size_t i = 0; i < doctor->keys.count; i++)
		if (strcmp(doctor->keys.name[i], name) == 0)
			return true;
	return false;
}

static size_t
files_of(const struct doctor *doctor, const char *key_name)
{
	size_t n = 0;

	for (size_t i = 0; i < doctor->files.count; i++)
		n += doctor->files.files[i].encrypted && strcmp(doctor->files.files[i].key_name, key_name) == 0;
	return n;
}

/* --- keys ----------------------------------------------------------------------------------------- */

static int
look_at_key(const struct doctor *doctor, const char *name, struct error *err)
{
	CLEANUP(keyfile_freep) struct keyfile	*key = NULL;
	struct error				 failure = ERROR_INIT;
	char					 path[GITDIR_PATH_MAX];
	struct stat				 st;
	int					 rc;

	if (keydir_load(&doctor->tree->dir, name, &key, &failure) != 0)
		return tell(doctor, DOCTOR_PROBLEM, "unlock again with a good copy of the key", err, "key '%s' cannot be used: %s",
		    keydir_entry(name), failure.text);
	if ((rc = tell(doctor, DOCTOR_OK, NULL, err, "key '%s' is installed, for %zu tracked file%s", keydir_entry(name),
	    files_of(doctor, name), files_of(doctor, name) == 1 ? "" : "s")) != 0)
		return rc;
	if ((key->count > 1 || key->entries[0].version != 0) && (rc = tell(doctor, DOCTOR_PROBLEM,
	    "make a new key with 'hubcrypt rotate'", err,
	    "key '%s' has versions other than 0: git-crypt writes files with it that it cannot read", keydir_entry(name))) != 0)
		return rc;
	if (keydir_is_unexported(&doctor->tree->dir, name) && (rc = tell(doctor, DOCTOR_PROBLEM,
	    "'hubcrypt export-key FILE' ('-k NAME' for a named key) to a safe place, or 'hubcrypt add-gpg-user'", err,
	    "key '%s' exists in this clone alone; when the clone is lost, so are the files", keydir_entry(name))) != 0)
		return rc;
	if ((rc = keydir_path(&doctor->tree->dir, name, path, err)) != 0)
		return rc;
	if (stat(path, &st) == 0 && (st.st_mode & 077) != 0)
		return tell(doctor, DOCTOR_PROBLEM, "chmod 600 on it", err, "others may read the key file '%s'", path);
	return 0;
}

static int
look_at_keys(const struct doctor *doctor, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < doctor->keys.count; i++)
		rc = look_at_key(doctor, doctor->keys.name[i], err);
	if (rc == 0 && doctor->keys.count == 0)
		rc = tell(doctor, DOCTOR_NOTE, "'hubcrypt unlock' installs one, 'hubcrypt init' makes the first", err,
		    "this clone has no key: it is locked");
	if (rc == 0 && doctor->guarded)
		rc = tell(doctor, DOCTOR_OK, NULL, err, "the guard is on: without a key, plaintext is stopped");
	return rc;
}

/* --- drivers -------------------------------------------------------------------------------------- */

static bool
can_run(struct slice command)
{
	CLEANUP(arena_release) struct arena	arena = ARENA(64 * KIB);
	CLEANUP(buf_release) struct buf		path = BUF(16 * KIB);
	struct error				ignored = ERROR_INIT;
	const char				**words;

	return words_split(command, &arena, &words, &ignored) == 0 && run_find(words[0], &path, &ignored) == 0;
}

static int
look_at_commands(const struct doctor *doctor, const char *driver, struct error *err)
{
	struct slice	clean = SLICE_NONE, process = SLICE_NONE, required = SLICE_NONE;
	bool		has_process = config_of(doctor, &process, "filter.%s.process", driver);
	int		rc = 0;

	(void)config_of(doctor, &clean, "filter.%s.clean", driver);
	if (!can_run(has_process ? process : clean))
		rc = tell(doctor, DOCTOR_PROBLEM, "'hubcrypt refresh' writes the configuration again", err,
		    "the program of filter '%s' cannot be found: %.*s",
		    driver, SLICE_ARG(has_process ? process : clean));
	else
		rc = tell(doctor, DOCTOR_OK, NULL, err, "filter '%s' is set up: %.*s", driver, SLICE_ARG(has_process ? process : clean));
	if (rc == 0 && !has_process)
		rc = tell(doctor, DOCTOR_NOTE, "'hubcrypt refresh'", err, "filter '%s' starts a process for each file", driver);
	if (rc == 0 && (!config_of(doctor, &required, "filter.%s.required", driver) || !is_true(required)))
		rc = tell(doctor, DOCTOR_PROBLEM, "'hubcrypt refresh'", err,
		    "filter.%s.required is not true: when the filter fails, git stores plaintext", driver);
	return rc;
}

/* A key or files without what belongs to them. */
static int
look_at_driver(const struct doctor *doctor, const char *key_name, struct error *err)
{
	struct slice	value;
	char		driver[DRIVER_NAME_MAX];
	bool		key = has_key(doctor, key_name), installed;
	size_t		files = files_of(doctor, key_name);
	int		rc = 0;

	driver_name(key_name, driver);
	installed = config_of(doctor, &value, "filter.%s.process", driver) || config_of(doctor, &value, "filter.%s.clean", driver);
	if (installed && (rc = look_at_commands(doctor, driver, err)) != 0)
		return rc;
	if (!installed && key)
		rc = tell(doctor, DOCTOR_PROBLEM, "'hubcrypt refresh'", err,
		    "key '%s' is here, and filter '%s' is not set up: files are stored as they are",
		    keydir_entry(key_name), driver);
	else if (!installed && files > 0)
		rc = tell(doctor, DOCTOR_PROBLEM, "'hubcrypt guard' stops that, 'hubcrypt unlock' ends it", err,
		    "%zu file%s key '%s', which is not here: what you add to them would be committed in plaintext", files,
		    files == 1 ? " needs" : "s need", keydir_entry(key_name));
	else if (installed && !key && !doctor->guarded)
		rc = tell(doctor, DOCTOR_PROBLEM, "'hubcrypt unlock', or 'hubcrypt guard' for a clone that is to have no key", err,
		    "filter '%s' is set up, and key '%s' is not here: git's commands will fail", driver, keydir_entry(key_name));
	if (rc == 0 && key && !config_of(doctor, &value, "diff.%s.textconv", driver))
		rc = tell(doctor, DOCTOR_NOTE, "'hubcrypt refresh'", err, "diff '%s' is not set up: differences are shown as binary", driver);
	if (rc == 0 && config_of(doctor, &value, "diff.%s.cachetextconv", driver) && is_true(value))
		rc = tell(doctor, DOCTOR_PROBLEM,
		    "'git config --unset' it, then 'git update-ref -d refs/notes/textconv/NAME' for the driver's name", err,
		    "diff.%s.cachetextconv keeps plaintext in the repository", driver);
	if (rc == 0 && key && !config_of(doctor, &value, "merge.%s.driver", driver))
		rc = tell(doctor, DOCTOR_NOTE, "'hubcrypt refresh'", err,
		    "merge '%s' is not set up: both sides changed means a conflict without markers",
		    driver);
	return rc;
}

static int
look_at_drivers(const struct doctor *doctor, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < doctor->keys.count; i++)
		rc = look_at_driver(doctor, doctor->keys.name[i], err);
	/* Keys that only the attributes know, each once: at its first file. */
	for (size_t i = 0; rc == 0 && i < doctor->files.count; i++) {
		const struct tracked_file	*file = &doctor->files.files[i];
		bool				 first = file->encrypted && !has_key(doctor, file->key_name);

		for (size_t j = 0; first && j < i; j++)
			first = !doctor->files.files[j].encrypted || strcmp(doctor->files.files[j].key_name, file->key_name) != 0;
		if (first)
			rc = look_at_driver(doctor, file->key_name, err);
	}
	return rc;
}

/* --- attributes ----------------------------------------------------------------------------------- */

/* How many files share a fault, and the first of them. */
struct fault {
	struct slice	path;
	size_t		count;
};

static void
count_fault(struct fault *fault, struct slice path)
{
	if (fault->count++ == 0)
		fault->path = path;
}

static int
tell_fault(const struct doctor *doctor, const struct fault *fault, enum doctor_level level, const char *fix, const char *what,
    struct error *err)
{
	if (fault->count == 0)
		return 0;
	if (fault->count == 1)
		return tell(doctor, level, fix, err, "'%.*s' %s", SLICE_ARG(fault->path), what);
	return tell(doctor, level, fix, err, "'%.*s' and %zu other file%s: %s", SLICE_ARG(fault->path), fault->count - 1,
	    fault->count == 2 ? "" : "s", what);
}

/* Paths of ours for a question to git, each ended by a NUL byte. */
static int
encrypted_paths(const struct doctor *doctor, struct buf *out, struct error *err)
{
	int rc;

	for (size_t i = 0; i < doctor->files.count; i++)
		if (doctor->files.files[i].encrypted && ((rc = buf_append(out, doctor->files.files[i].path, err)) != 0 ||
		    (rc = buf_byte(out, '\0', err)) != 0))
			return rc;
	return 0;
}

static int
visit_merge(void *context, struct slice path UNUSED, struct slice attribute UNUSED, struct slice value,
    struct error *err UNUSED)
{
	size_t	*unset = context;
	char	 name[KEYFILE_NAME_MAX + 1];

	*unset += !driver_key_name(value, name);
	return 0;
}

static int
look_at_merge(const struct doctor *doctor, struct slice paths, struct error *err)
{
	static const char *const	names[] = { "merge", NULL };
	size_t				unset = 0;
	struct slice			value;
	struct stat			st;
	char				cache[GITDIR_PATH_MAX + 16];
	int				rc;

	if ((rc = attributes_query(false, names, paths, visit_merge, &unset, err)) != 0)
		return rc;
	if (unset > 0 && (rc = tell(doctor, DOCTOR_NOTE,
	    "add 'merge=git-crypt' (or 'merge=git-crypt-NAME') beside 'filter=' in .gitattributes",
	    err, "%zu encrypted file%s no 'merge' attribute: both sides changed means a conflict without markers", unset,
	    unset == 1 ? " has" : "s have")) != 0)
		return rc;
	(void)snprintf(cache, sizeof(cache), "%s/rr-cache", doctor->tree->dir.common);
	if (config_get(doctor, "rerere.enabled", &value) ? !is_true(value) : stat(cache, &st) != 0)
		return 0;
	return tell(doctor, DOCTOR_PROBLEM,
	    "'git config rerere.enabled false', and remove the folder rr-cache in the git directory", err,
	    "rerere is on: it keeps the plaintext of conflicts in '%s'", cache);
}

static int
look_at_attributes(const struct doctor *doctor, struct error *err)
{
	CLEANUP(buf_release) struct buf	paths = BUF(512 * MIB);
	struct fault			no_diff = { .count = 0 }, odd = { .count = 0 };
	struct error			failure = ERROR_INIT;
	struct slice			value;
	int				rc;

	for (size_t i = 0; i < doctor->files.count; i++) {
		const struct tracked_file *file = &doctor->files.files[i];

		if (file->encrypted && !slice_eq(file->diff, file->driver))
			count_fault(&no_diff, file->path);
		/* A name that begins like ours and has no driver is a slip of the pen that stores plaintext. */
		if (!file->encrypted && slice_starts(file->driver, SLICE("git")) &&
		    !config_of(doctor, &value, "filter.%.*s.clean", SLICE_ARG(file->driver)) &&
		    !config_of(doctor, &value, "filter.%.*s.process", SLICE_ARG(file->driver)))
			count_fault(&odd, file->path);
	}
	if ((rc = tell_fault(doctor, &no_diff, DOCTOR_PROBLEM,
	    "add 'diff=git-crypt' (or 'diff=git-crypt-NAME') beside 'filter=' in .gitattributes",
	    "has no 'diff' attribute like its 'filter': differences are shown as binary", err)) != 0 ||
	    (rc = tell_fault(doctor, &odd, DOCTOR_PROBLEM, "correct the name in .gitattributes, then 'git add --renormalize'",
	    "has a 'filter' that does not exist: it is stored as it is", err)) != 0 ||
	    (rc = encrypted_paths(doctor, &paths, err)) != 0)
		return rc;
	if (attributes_check_conversions(buf_slice(&paths), &failure) != 0 &&
	    (rc = tell(doctor, DOCTOR_PROBLEM, failure.hint, err, "%s", failure.text)) != 0)
		return rc;
	return paths.len > 0 ? look_at_merge(doctor, buf_slice(&paths), err) : 0;
}

/* --- files ---------------------------------------------------------------------------------------- */

struct file_look {
	struct fault	sealed, wrong, twice, absent;
	size_t		plain;		/* stored in plaintext: another part tells of these */
};

static int
visit_file(void *context, const struct tracked_file *file, enum checkout_verdict verdict, struct error *err UNUSED)
{
	struct file_look *look = context;

	if (verdict == CHECKOUT_CONVERT)
		count_fault(&look->sealed, file->path);
	else if (verdict == CHECKOUT_NO_KEY)
		count_fault(&look->wrong, file->path);
	else if (verdict == CHECKOUT_TWICE)
		count_fault(&look->twice, file->path);
	else if (verdict == CHECKOUT_UNENCRYPTED)
		look->plain++;
	else if (verdict == CHECKOUT_ABSENT || verdict == CHECKOUT_LARGE)
		count_fault(&look->absent, file->path);
	return 0;
}

static bool
wanted(void *context, const struct tracked_file *file)
{
	return file->encrypted && !file->skip_worktree && has_key(context, file->key_name);
}

static int
look_at_files(struct doctor *doctor, struct error *err)
{
	CLEANUP(keyring_release) struct keyring	ring = KEYRING;
	CLEANUP(tracked_release) struct tracked	ours = TRACKED;
	struct file_look			look = { .sealed = { .count = 0 } };
	struct error				failure = ERROR_INIT;
	int					rc;

	/* A damaged key was told of already. */
	if (keyring_load(&ring, &doctor->tree->dir, &failure) != 0)
		return 0;
	if ((rc = tracked_select(&doctor->files, wanted, doctor, &ours, err)) != 0 ||
	    (rc = checkout_run(&(struct checkout){ .form = CHECKOUT_PLAIN, .ring = &ring, .dir = &doctor->tree->dir }, &ours,
	    visit_file, &look,
	    err)) != 0)
		return rc;
	if (ours.count > look.plain && look.sealed.count + look.wrong.count + look.twice.count + look.absent.count == 0)
		return tell(doctor, DOCTOR_OK, NULL, err, "%zu encrypted file%s with this clone's keys", ours.count - look.plain,
		    ours.count - look.plain == 1 ? " opens" : "s open");
	if ((rc = tell_fault(doctor, &look.sealed, DOCTOR_PROBLEM, "'hubcrypt refresh'", "is still ciphertext in this tree",
	    err)) != 0 ||
	    (rc = tell_fault(doctor, &look.wrong, DOCTOR_PROBLEM,
	    "when it is every file, the key is the wrong one; when it is some, they are damaged: take an older version ('git log -- PATH')",
	    "is opened by no key of this clone", err)) != 0 ||
	    (rc = tell_fault(doctor, &look.twice, DOCTOR_PROBLEM,
	    "'hubcrypt cat :PATH | hubcrypt smudge >PATH', look at it, and commit it", "was encrypted twice", err)) != 0)
		return rc;
	return tell_fault(doctor, &look.absent, DOCTOR_NOTE, NULL, "is not in this clone, or too large to look at", err);
}

/* What check (check.h) has to say of the index: how often, and the first path. */
struct index_look {
	size_t	count[CHECK_PROBLEMS];
	char	first[CHECK_PROBLEMS][GITDIR_PATH_MAX];
};

static int
visit_index(void *context, const struct check_finding *finding, struct error *err UNUSED)
{
	struct index_look *look = context;

	if (look->count[finding->problem]++ == 0)
		(void)snprintf(look->first[finding->problem], GITDIR_PATH_MAX, "%.*s", SLICE_ARG(finding->path));
	return 0;
}

static int
look_at_index(const struct doctor *doctor, struct error *err)
{
	struct index_look	look = { .count = { 0 } };
	struct check_report	report;
	int			rc;

	if ((rc = check_index(&(struct check_options){ .visit = visit_index, .context = &look }, &report, err)) != 0)
		return rc;
	for (enum check_problem i = 0; rc == 0 && i < CHECK_PROBLEMS; i++) {
		const char		*fix = "mark it in .gitattributes, then 'hubcrypt status -f'; what was committed is in the history";
		const struct fault	 fault = { slice_str(look.first[i]), look.count[i] };

		if (i == CHECK_PLAINTEXT)
			fix = "'hubcrypt status -f' stages it encrypted; what was committed is in the history";
		else if (i == CHECK_GIT_FILE)
			fix = "exclude it in .gitattributes: 'PATH !filter !diff'";
		if (i != CHECK_ABSENT && i != CHECK_CONVERTED)
			rc = tell_fault(doctor, &fault, DOCTOR_PROBLEM, fix, check_problem_text(i), err);
	}
	return rc;
}

/* --- the repository ------------------------------------------------------------------------------- */

static int
look_at_state(const struct doctor *doctor, struct error *err)
{
	CLEANUP(users_release) struct users	users = USERS;
	CLEANUP(buf_release) struct buf		folder = BUF(GITDIR_PATH_MAX);
	struct stat				st;
	int					rc;

	if ((rc = users_list(&users, err)) != 0 || (rc = users_folder(&folder, err)) != 0)
		return rc;
	if ((rc = tell(doctor, DOCTOR_OK, NULL, err, "%zu cop%s of keys for users", users.count,
	    users.count == 1 ? "y" : "ies")) != 0 || users.count == 0)
		return rc;
	if ((rc = buf_str(&folder, "/.gitattributes", err)) != 0 || (rc = buf_terminate(&folder, err)) != 0)
		return rc;
	if (stat((const char *)folder.data, &st) == 0)
		return 0;
	return tell(doctor, DOCTOR_PROBLEM, "write it with the lines '* !filter !diff' and '*.gpg binary', and commit it", err,
	    "'%s' is missing: a pattern of the repository could encrypt the users' copies", (const char *)folder.data);
}

/* Attributes that nobody else has. */
static int
look_at_private_attributes(const struct doctor *doctor, struct error *err)
{
	CLEANUP(buf_release) struct buf	text = BUF(LIMIT_CONFIG);
	struct error			ignored = ERROR_INIT;
	char				path[GITDIR_PATH_MAX + 32];

	(void)snprintf(path, sizeof(path), "%s/info/attributes", doctor->tree->dir.common);
	if (file_read(path, &text, &ignored) != 0 || buf_terminate(&text, &ignored) != 0 ||
	    strstr((const char *)text.data, "filter=git-crypt") == NULL)
		return 0;
	return tell(doctor, DOCTOR_PROBLEM, "move the lines to .gitattributes and commit it", err,
	    "'%s' marks files for encryption in this clone alone: others commit them in plaintext", path);
}

static int
look_at_hooks(const struct doctor *doctor, struct error *err)
{
	static const char *const	names[] = { "pre-commit", "pre-push" };
	CLEANUP(buf_release) struct buf	folder = BUF(GITDIR_PATH_MAX);
	int				rc;

	if ((rc = gitcmd_run((const char *const[]){ "rev-parse", "--git-path", "hooks", NULL }, SLICE_NONE, &folder, err)) != 0)
		return rc;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		CLEANUP(buf_release) struct buf	text = BUF(MIB);
		struct error			ignored = ERROR_INIT;
		char				path[GITDIR_PATH_MAX + 32];
		bool				checks;

		(void)snprintf(path, sizeof(path), "%.*s/%s", SLICE_ARG(slice_trim(buf_slice(&folder))), names[i]);
		checks = file_read(path, &text, &ignored) == 0 && buf_terminate(&text, &ignored) == 0 &&
		    (strstr((const char *)text.data, "hubcrypt") != NULL || strstr((const char *)text.data, "pre-commit") != NULL);
		if (checks)
			rc = tell(doctor, DOCTOR_OK, NULL, err, "a %s hook is in place", names[i]);
		else
			rc = tell(doctor, DOCTOR_NOTE, "'hubcrypt install-hooks'", err, "no %s hook runs 'hubcrypt check'", names[i]);
		if (rc != 0)
			return rc;
	}
	return 0;
}

int
doctor_run(const struct worktree *tree, doctor_visit *visit, void *context, struct error *err)
{
	CLEANUP(doctor_release) struct doctor	doctor = { .tree = tree, .visit = visit, .context = context, .config = BUF(CONFIG_MAX),
						    .files = TRACKED, .guarded = guard_is_on(&tree->dir) };
	int					rc;

	if ((rc = gitcmd_run((const char *const[]){ "config", "-z", "--list", NULL }, SLICE_NONE, &doctor.config, err)) != 0 ||
	    (rc = keydir_list(&tree->dir, &doctor.keys, err)) != 0 || (rc = tracked_list(true, &doctor.files, err)) != 0)
		return rc;
	if ((rc = look_at_keys(&doctor, err)) != 0 || (rc = look_at_drivers(&doctor, err)) != 0 ||
	    (rc = look_at_attributes(&doctor, err)) != 0 || (rc = look_at_files(&doctor, err)) != 0 ||
	    (rc = look_at_index(&doctor, err)) != 0 || (rc = look_at_state(&doctor, err)) != 0 ||
	    (rc = look_at_private_attributes(&doctor, err)) != 0)
		return rc;
	return look_at_hooks(&doctor, err);
}

/*
 * measure [-n RUNS] [-x STATUS] [-i FILE] COMMAND [ARGUMENT...]
 *
 * Run a command several times, its input from FILE, its output thrown away, and print the medians "CPU WALL PEAK": processor time of the
 * whole process tree (user and system) and wall time in milliseconds, peak memory of the largest process in KiB.
 * A shell is not involved, so a one-millisecond program can be measured.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX	10000

extern char **environ;

struct run {
	double	cpu, wall, peak;
};

static double
milliseconds(struct timeval t)
{
	return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/*
 * RUSAGE_CHILDREN keeps the peak of all children so far, so each run has a process of its own that waits for the
 * command and reports.  Its own start is not in the figures.
 */
static int
run_once(char *const *argv, const char *input, int want, struct run *out)
{
	int	ends[2], status;
	pid_t	child;

	if (pipe(ends) != 0 || (child = fork()) < 0)
		return -1;
	if (child == 0) {
		posix_spawn_file_actions_t	files;
		struct rusage			usage;
		double				start;
		pid_t				pid;

		(void)posix_spawn_file_actions_init(&files);
		(void)posix_spawn_file_actions_addopen(&files, STDIN_FILENO, input, O_RDONLY, 0);
		(void)posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
		(void)posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
		start = now();
		if (posix_spawnp(&pid, argv[0], &files, NULL, argv, environ) != 0)
			_exit(127);
		if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != want)
			_exit(126);
		out->wall = now() - start;
		(void)getrusage(RUSAGE_CHILDREN, &usage);
		out->cpu = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
		out->peak = (double)usage.ru_maxrss;
		_exit(write(ends[1], out, sizeof(*out)) == (ssize_t)sizeof(*out) ? 0 : 125);
	}
	(void)close(ends[1]);
	if (read(ends[0], out, sizeof(*out)) != (ssize_t)sizeof(*out))
		out->cpu = -1;
	(void)close(ends[0]);
	(void)waitpid(child, &status, 0);
	return out->cpu < 0 ? -1 : 0;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *list, int count)
{
	qsort(list, (size_t)count, sizeof(*list), by_value);
	return count % 2 ? list[count / 2] : (list[count / 2 - 1] + list[count / 2]) / 2;
}

int
main(int argc, char **argv)
{
	static double	cpu[RUNS_MAX], wall[RUNS_MAX], peak[RUNS_MAX];
	const char	*input = "/dev/null";
	int		runs = 1, want = 0, option;

	while ((option = getopt(argc, argv, "+n:x:i:")) != -1)
		if (option == 'n')
			runs = atoi(optarg);
		else if (option == 'x')
			want = atoi(optarg);
		else if (option == 'i')
			input = optarg;
		else
			return 2;
	if (optind == argc || runs < 1 || runs > RUNS_MAX) {
		fprintf(stderr, "usage: measure [-n runs] [-x status] [-i file] command [argument ...]\n");
		return 2;
	}
	for (int i = 0; i < runs; i++) {
		struct run run = { 0, 0, 0 };

		if (run_once(argv + optind, input, want, &run) != 0) {
			fprintf(stderr, "measure: '%s' did not end with status %d\n", argv[optind], want);
			return 1;
		}
		cpu[i] = run.cpu;
		wall[i] = run.wall;
		peak[i] = run.peak;
	}
	printf("%.3f %.3f %.0f\n", median(cpu, runs), median(wall, runs), median(peak, runs));
	return 0;
}
